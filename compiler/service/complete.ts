/** What may stand at a place: names in scope of the kinds that fit there, members along a path, options, factor lists, words. */
import { parse } from '../../grammar/parse.ts';
import type * as tree from '../../grammar/tree.ts';
import { beforeCursor, type Unfinished } from './before-cursor.ts';
import type { Definition, Kind, Scope } from './definition.ts';
import type { Document } from './document.ts';
import { factorLists } from './factor-lists.ts';
import { followPath, type Ground, groundOf } from './resolve-variant.ts';
import { typeOf } from './resolver.ts';
import { headOf } from './texts.ts';

export interface Completion {
  readonly label: string;
  readonly kind: Kind | 'word' | 'snippet';
  readonly detail: string;
  /** Replaces what is typed of the name. */
  readonly insert: string;
}

const STATEMENTS = 'decompose adapt share tie untie wrap replace apply init freeze train keep learn squeeze grow let require'.split(' ');
const MEMBERS = 'axis let require input fn forward loss metric'.split(' ');
const ITEMS = 'model layer topology variant fn let use edition'.split(' ');
const ROLES = 'central auxiliary adapter dense'.split(' ');

/** In the order in which they are offered; those that begin with what is typed first. */
export function complete(document: Document, offset: number): Completion[] {
  const at = beforeCursor(document.text, offset);
  if (at.comment) return [];
  const found = candidates(document, at);
  const all = found.filter((each, k) => found.findIndex((other) => other.label === each.label) === k);
  const begins = (each: Completion) => (each.label.toLowerCase().startsWith(at.prefix.toLowerCase()) ? 0 : 1);
  const near = all.filter((each) => isNear(each.label, at.prefix));
  return near.sort((a, b) => begins(a) - begins(b));
}

/** All letters of what is typed, in their order. */
function isNear(label: string, prefix: string): boolean {
  let from = 0;
  for (const letter of prefix.toLowerCase()) {
    from = label.toLowerCase().indexOf(letter, from) + 1;
    if (from === 0) return false;
  }
  return true;
}

function candidates(document: Document, at: Unfinished): Completion[] {
  const { main } = document.project;
  const scope = main.scopeAt(at.from);
  const item = main.tree.items.find(({ place }) => place.from < at.from && at.from <= place.to);
  if (item === undefined) return words(ITEMS);
  const offer = (definitions: readonly Definition[]) => definitions.map((each) => completionOf(document, each));
  const ofKind = (...kinds: Kind[]) => offer(scope.visible().filter(({ kind }) => kinds.includes(kind)));
  if (item.kind === 'variant') return inVariant(document, at, item, scope, ofKind, offer);
  if (at.chain !== undefined) return offer([...(typeOf(expressionOf(at.chain), scope)?.names.values() ?? [])]);
  if (at.position) return ofKind('axis', 'option');
  const given = givenIn(document, at, scope);
  if (at.within?.open === '[') return [...ofKind('axis', 'index', 'option', 'let'), ...given];
  if (item.kind === 'layer' && /^\s*[\w, [\].]*:\s*$/.test(at.line)) return ofKind('layer');
  if (item.kind === 'layer' && /^\s*$/.test(at.line) && !isInBody(document, at.from)) return words(MEMBERS);
  if (item.kind === 'topology')
    return [...words(['core', 'reuse', 'role', 'for', 'if']), ...ofKind('axis', 'bond', 'core', 'index', 'part'), ...given];
  return [
    ...given,
    ...ofKind('local', 'argument', 'index', 'member', 'function', 'input', 'option', 'let', 'axis'),
    ...words(['for', 'if', 'else']),
  ];
}

function inVariant(
  document: Document,
  at: Unfinished,
  variant: tree.Variant,
  scope: Scope,
  ofKind: (...kinds: Kind[]) => Completion[],
  offer: (definitions: readonly Definition[]) => Completion[],
): Completion[] {
  const ground = groundOf(variant, scope);
  const { line } = at;
  const statement = /^\s*(\w+)\b/.exec(line)?.[1] ?? '';
  if (at.chain !== undefined) return offer(pathMembers(at.chain, ground, scope));
  if (/\b(as|with)\s+$/.test(line) && (statement === 'decompose' || statement === 'adapt'))
    return [...factorLists(document, at.from, variant), ...ofKind('topology')];
  if (/\bin\s+$/.test(line) || (/\bwith\s+$/.test(line) && statement === 'replace')) return ofKind('layer');
  if (/\bapply\s+$/.test(line)) return ofKind('variant');
  if (/\b(of|model|variant)\s+\w*\s*of\s+$/.test(line) && statement === 'variant') return ofKind('model', 'variant');
  if (/\bover\s+$/.test(line)) return [...line.matchAll(/\[(\w+)\]|\{(\w+):/g)].map(([, a, b]) => word((a ?? b)!));
  if (at.position)
    return offer(ground.topologies.flatMap((each) => [...each.names.values()].filter(({ kind }) => kind === 'bond' || kind === 'axis')));
  const given = givenIn(document, at, scope);
  if (at.within?.open === '(') return [...given, ...ofKind('option', 'let', 'index')];
  if (at.within?.open === '[')
    return [...ofKind('index', 'option', 'let'), word('*')].filter(({ label }) => label !== '*' || at.prefix === '');
  if (/^\s*$/.test(line) && at.within === undefined) return words(STATEMENTS);
  const named = ground.topologies.flatMap((each) =>
    [...each.names.values()].filter(({ kind }) => ['core', 'bond', 'role', 'part'].includes(kind)),
  );
  const members =
    ground.model === undefined ? ofKind('option') : offer([...ground.model.names.values()].filter(({ kind }) => kind === 'member'));
  const before = /\bof\s+$/.test(line) || statement === 'decompose' || statement === 'adapt' ? [] : [...words(ROLES), ...offer(named)];
  return [...members, word('all'), ...before];
}

function pathMembers(chain: string, ground: Ground, scope: Scope): Definition[] {
  const parsed = parse(`variant v of m { freeze ${chain} }`, '').file.items[0];
  const change = parsed?.kind === 'variant' ? parsed.changes[0] : undefined;
  const choice = change?.kind === 'freeze' ? change.selection.choices[0] : undefined;
  if (choice === undefined) return [];
  const ends = followPath(choice, scope, ground);
  return ends.flatMap((each) => [...each.names.values()].filter(({ kind }) => ['member', 'core', 'part', 'role', 'bond'].includes(kind)));
}

/** The names of options or arguments of what the bracket around belongs to. */
function givenIn(document: Document, { within, line }: Unfinished, scope: Scope): Completion[] {
  if (within?.open !== '(' || /=\s*$/.test(line)) return [];
  const target = scope.find(within.of.split('.')[0]!);
  const options = [...(target?.inside?.names.values() ?? [])].filter(
    ({ kind }) => kind === 'option' || kind === 'bond' || kind === 'argument',
  );
  return options.map((each) => ({ ...completionOf(document, each), insert: each.kind === 'argument' ? each.name : `${each.name} = ` }));
}

function isInBody({ project }: Document, offset: number): boolean {
  const inside = project.main.regions.filter(({ place }) => place.from < offset && offset <= place.to);
  return inside.some(({ scope }) => [...scope.names.values()].some(({ kind }) => kind === 'argument' || kind === 'local'));
}

function completionOf({ project }: Document, definition: Definition): Completion {
  const { name, kind, place } = definition;
  const text = project.tableOf(place.file)?.text ?? '';
  const library = place.file.startsWith('std/') ? ` (${place.file})` : '';
  return { label: name, kind, detail: `${headOf(definition, text)}${library}`, insert: name };
}

const word = (text: string): Completion => ({ label: text, kind: 'word', detail: '', insert: text });
const words = (texts: readonly string[]): Completion[] => texts.map(word);

function expressionOf(text: string): tree.Expression {
  const [item] = parse(`let x = ${text}`, '').file.items;
  return item?.kind === 'let' ? item.value : { kind: 'identifier', name: '', place: { file: '', from: 0, to: 0 } };
}
