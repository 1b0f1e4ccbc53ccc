/** Factor lists, bonds and cores of topologies. */
import type * as tree from '../../../grammar/tree.ts';
import { factoredBy } from '../../values/term.ts';
import type { Document } from '../document.ts';
import { factAt } from '../document.ts';
import { proposals, shapesOf } from '../factor-lists.ts';
import { around, codeIn, type Fix, insert, type Refactoring, textOf } from './action.ts';

const thousands = (value: number): string => value.toLocaleString('en');

/** Three lists that make up the weights of the statement, with what they would cost. */
const fittingLists: Fix = {
  codes: ['B407', 'B408', 'B409', 'B417'],
  propose({ primary: { place } }, document) {
    const statement = around<tree.Decompose | tree.Adapt>(document, place, 'decompose', 'adapt');
    const variant = around<tree.Variant>(document, place, 'variant');
    const reference = around<tree.Reference>(document, place, 'reference');
    if (statement === undefined || variant === undefined || reference === undefined || statement.over !== undefined) return [];
    const shapes = shapesOf(document, variant, textOf(document, statement.selection.place));
    if (shapes.length !== 1) return [];
    const counts = countsOf(document, reference);
    return proposals(shapes[0]!, counts).map(({ lists, parameters }) => ({
      title: `Write ${lists}, ${thousands(parameters)} parameters each as an mpo of bond 8`,
      edits: [
        reference.brackets === undefined
          ? insert(reference.place, reference.name.place.to, lists)
          : { place: reference.brackets.place, text: lists },
      ],
    }));
  },
};

/** `lokr[out[2], in[2]]` wants two; most topologies take any number. */
function countsOf({ project }: Document, { name }: tree.Reference): number[] | undefined {
  const item = project.main.scope.find(name.name)?.item;
  if (item?.kind !== 'topology') return undefined;
  const counts = item.axes.parameters.map(({ brackets }) => {
    const [first] = brackets?.items ?? [];
    return first?.kind === 'index' && first.range.from.kind === 'number' ? first.range.from.value : undefined;
  });
  const fixed = counts.find((count) => count !== undefined);
  return fixed === undefined ? undefined : [fixed];
}

/** `padded 3*6`, as the hint has it. */
const paddedList: Fix = {
  codes: ['B409', 'B417', 'W8'],
  propose({ hint, primary: { place } }, document) {
    const list = codeIn(hint, /^padded [\d*^]+$/);
    const written = textOf(document, place);
    if (list === undefined || !/^[\d\s*^]+$/.test(written)) return [];
    return [{ title: `Write \`${list}\`: rows of zeros make up the difference`, edits: [{ place, text: list }] }];
  },
};

const exchangedLists: Fix = {
  codes: ['B408'],
  propose({ hint, primary: { place } }, document) {
    const lists = around<tree.Brackets>(document, place, 'brackets')?.items;
    if (hint !== 'the two lists look exchanged' || lists?.length !== 2) return [];
    const [a, b] = lists.map((item) => item.place) as [tree.Index['place'], tree.Index['place']];
    return [
      {
        title: 'Exchange the two lists',
        edits: [
          { place: a, text: textOf(document, b) },
          { place: b, text: textOf(document, a) },
        ],
      },
    ];
  },
};

/** `give a number: \`ring(b = 8)\``. */
const bondSize: Fix = {
  codes: ['B406'],
  propose({ hint, primary: { place } }, document) {
    const given = /\(([^)]*)\)$/.exec(codeIn(hint, /\(\w+ = \d+\)$/) ?? '')?.[1];
    const reference = around<tree.Reference>(document, place, 'reference');
    if (given === undefined || reference === undefined) return [];
    const { args } = reference;
    const edit =
      args === undefined
        ? insert(place, reference.place.to, `(${given})`)
        : insert(place, args.place.to - 1, args.items.length > 0 ? `, ${given}` : given);
    return [{ title: `Give \`${given}\``, edits: [edit] }];
  },
};

/** The second `core U` of a topology places the same tensor again. */
const reuseCore: Fix = {
  codes: ['B404'],
  propose({ hint, primary: { place } }, document) {
    const core = around<tree.Core>(document, place, 'core');
    if (codeIn(hint, /^reuse /) === undefined || core === undefined) return [];
    const word = { file: place.file, from: core.place.from, to: core.place.from + 'core'.length };
    return [{ title: `Place \`${core.name.name}\` again`, edits: [{ place: word, text: 'reuse' }] }];
  },
};

/** `mpo(n = 3, b = 8)` with the factors that were chosen: written, they stay when sizes change. */
export const writeFactors: Refactoring = (document, selected) => {
  const change = around<tree.Decompose>(document, selected, 'decompose');
  const fact = change && factAt(document, change.place, 'networks');
  if (change === undefined || fact === undefined) return [];
  return change.as.flatMap(({ topology: { name, brackets } }) => {
    const lists = fact.weights.flatMap((weight) =>
      weight.terms.flatMap((term) =>
        term.is === 'network' && term.topology === name.name
          ? [
              factoredBy(term, weight.axes)
                .map((axis) => `${axis.padded === undefined ? '' : 'padded '}${axis.factors.join('*')}`)
                .join(', '),
            ]
          : [],
      ),
    );
    const [list, ...others] = new Set(lists);
    if (brackets !== undefined || list === undefined || others.length > 0) return [];
    return [{ title: `Write the factors [${list}]`, edits: [insert(name.place, name.place.to, `[${list}]`)] }];
  });
};

export const networkFixes: readonly Fix[] = [fittingLists, paddedList, exchangedLists, bondSize, reuseCore];
