/** Statements of variants: what is shared, what contradicts itself, recipes. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Document } from '../document.ts';
import type { Edit } from '../navigate.ts';
import { nodesIn } from '../nodes.ts';
import { type Action, applied, around, codeIn, type Fix, indentAt, insert, type Refactoring, textOf } from './action.ts';
import { freshName } from './bodies.ts';

/** Tensors that start different become one. */
const fromFirst: Fix = {
  codes: ['B602'],
  propose({ primary: { place } }, document) {
    const share = around<tree.Share>(document, place, 'share');
    if (share === undefined || share.from !== undefined) return [];
    return ['first', 'mean'].map((how) => ({ title: `Start \`from ${how}\``, edits: [insert(place, share.place.to, ` from ${how}`)] }));
  },
};

/** One statement is said of all but what the other one selects: whichever way is accepted. */
const takeOut: Fix = {
  codes: ['B701'],
  propose({ hint, primary, secondary }, document) {
    const first = secondary.find(({ text }) => text === 'first');
    if (first === undefined || !/take it out of one with `except`/.test(hint ?? '')) return [];
    const proposed = [except(document, first.place, primary.place), except(document, primary.place, first.place)].flat();
    return proposed.filter(
      ({ edits }) => !document.diagnosticsOf(applied(document, edits)).some(({ code }) => code === 'B701' || code === 'B502'),
    );
  },
};

function except(document: Document, from: Place, out: Place): Omit<Action, 'fixes'>[] {
  const statement = around<tree.Freeze>(document, from, 'freeze', 'train', 'init', 'keep', 'squeeze', 'grow');
  if (statement === undefined) return [];
  const { selection } = statement;
  const name = textOf(document, out).replace(/\s+except\s.*$/s, '');
  const text = selection.except.length > 0 ? `, ${name}` : ` except ${name}`;
  return [{ title: `\`${statement.kind}\` all but \`${name}\``, edits: [insert(from, selection.place.to, text)] }];
}

/** `write \`train only a, b\``. */
const oneTrainOnly: Fix = {
  codes: ['B701'],
  propose({ hint, primary, secondary }, document) {
    const code = codeIn(hint, /^train only /);
    const first = secondary.find(({ text }) => text === 'first');
    if (code === undefined || first === undefined) return [];
    const statements = [first.place, primary.place].map((place) => around<tree.Train>(document, place, 'train'));
    const [one, other] = statements;
    if (one === undefined || other === undefined) return [];
    return [
      {
        title: `Write \`${code}\``,
        edits: [
          { place: one.place, text: code },
          { place: withSpace(document, other.place), text: '' },
        ],
      },
    ];
  },
};

/** A statement with the blanks before it, so that no empty line is left. */
function withSpace({ text }: Document, { file, from, to }: Place): Place {
  return { file, from: from - /\s*$/.exec(text.slice(0, from))![0].length, to };
}

/** Statements that speak of the same path become a recipe for it. */
export const extractRecipe: Refactoring = (document, selected): Action[] => {
  const variant = around<tree.Variant>(document, selected, 'variant');
  if (variant === undefined || variant.target !== undefined) return [];
  const chosen = variant.changes.filter(({ place }) => place.from <= selected.to && selected.from <= place.to);
  const targets = new Set(chosen.map((change) => targetOf(document, change)));
  const [target] = targets;
  if (chosen.length === 0 || targets.size !== 1 || target === undefined) return [];
  const recipe = freshName(document, 'Recipe');
  const options = variant.options.filter(({ name }) => chosen.some((change) => namesIn(change).has(name.name)));
  const head = options.length === 0 ? '' : `(${options.map(({ place }) => textOf(document, place)).join(', ')})`;
  const given = options.length === 0 ? '' : `(${options.map(({ name }) => `${name.name} = ${name.name}`).join(', ')})`;
  const lines = chosen.map((change) => `  ${replaceTarget(document, change, 'target')}\n`).join('');
  const declared = `variant ${recipe}${head} to target {\n${lines}}\n\n`;
  const [first, ...rest] = chosen;
  return [
    {
      title: `Extract the recipe \`${recipe}\``,
      edits: [
        insert(variant.place, variant.place.from, declared),
        { place: first!.place, text: `apply ${recipe}${given} to ${target}` },
        ...rest.map(({ place }): Edit => ({ place: withSpace(document, place), text: '' })),
      ],
    },
  ];
};

const namesIn = (node: tree.Change): Set<string> =>
  new Set([...nodesIn(node)].filter(({ kind }) => kind === 'identifier').map((each) => (each as tree.Identifier).name));

/** The one path that a statement is about. */
function targetOf(document: Document, change: tree.Change): string | undefined {
  if (!('selection' in change)) return undefined;
  const { choices, except } = change.selection;
  return choices.length === 1 && except.length === 0 ? textOf(document, choices[0]!.path.place) : undefined;
}

function replaceTarget(document: Document, change: tree.Change, by: string): string {
  if (!('selection' in change)) return textOf(document, change.place);
  const { place } = change.selection.choices[0]!.path;
  return `${document.text.slice(change.place.from, place.from)}${by}${document.text.slice(place.to, change.place.to)}`;
}

/** `apply Lora(rank = 4) to S` becomes what the recipe says of S. */
export const inlineRecipe: Refactoring = (document, selected): Action[] => {
  const apply = around<tree.Apply>(document, selected, 'apply');
  const found = apply && document.project.main.scope.find(apply.recipe.name);
  const recipe = found?.item;
  const source = found && document.project.tableOf(found.place.file);
  if (apply === undefined || recipe?.kind !== 'variant' || recipe.target === undefined || source === undefined || apply.to === undefined)
    return [];
  const values = new Map(
    recipe.options.map(({ name, value }) => [name.name, value && source.text.slice(value.place.from, value.place.to)]),
  );
  for (const { name, value } of apply.args?.items ?? []) if (name !== undefined) values.set(name.name, textOf(document, value.place));
  if (apply.args?.items.some(({ name }) => name === undefined) || [...values.values()].includes(undefined)) return [];
  if (recipe.changes.some((change) => change.kind === 'let' || change.kind === 'apply')) return [];
  const target = textOf(document, apply.to.place);
  const lines = recipe.changes.map((change) => substituted(source.text, change, new Map([...values, [recipe.target!.name, target]])));
  const text = lines.join(`\n${indentAt(document, apply.place.from)}`);
  const edits = [{ place: apply.place, text }];
  // A body overrides what a recipe says of training, and may not contradict itself.
  const isAccepted = !document.diagnosticsOf(applied(document, edits)).some(({ severity }) => severity === 'error');
  return isAccepted ? [{ title: `Write out \`${recipe.name.name}\``, edits }] : [];
};

/** The text of a statement with values in the place of names. */
function substituted(text: string, change: tree.Change, values: ReadonlyMap<string, string | undefined>): string {
  const named = [...nodesIn(change)].filter((node) => node.kind === 'identifier' && values.has((node as tree.Identifier).name));
  const own = named.filter(({ place }) => !isOptionName(text, place.to));
  let from = change.place.from;
  const parts = own.map(({ place }) => {
    const value = values.get(text.slice(place.from, place.to))!;
    const part = `${text.slice(from, place.from)}${/^[\w.[\]*{}, ]+$/.test(value) ? value : `(${value})`}`;
    from = place.to;
    return part;
  });
  return `${parts.join('')}${text.slice(from, change.place.to)}`;
}

/** The `r` of `(r = rank)` names an option of what it is given to. */
const isOptionName = (text: string, to: number): boolean => /^\s*=(?!=)/.test(text.slice(to, to + 20));

export const variantFixes: readonly Fix[] = [fromFirst, takeOut, oneTrainOnly];
