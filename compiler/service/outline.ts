/** The parts of a file: as a tree of names, as what can be folded, and as what each name is, for colours. */
import type { Place } from '../../grammar/diagnostic.ts';
import { Lines } from '../../grammar/position.ts';
import type * as tree from '../../grammar/tree.ts';
import { forwardName } from './declare.ts';
import type { Kind } from './definition.ts';
import type { Document } from './document.ts';
import { nodesIn } from './nodes.ts';

export interface Part {
  readonly name: string;
  readonly kind: Kind;
  /** Beside the name: what a member is made of. */
  readonly detail: string;
  readonly place: Place;
  /** The name itself. */
  readonly at: Place;
  readonly parts: readonly Part[];
}

export function outline({ project }: Document): Part[] {
  return project.main.tree.items.map(partOf);
}

function partOf(item: tree.FileItem): Part {
  const { name, place } = item;
  const own = { name: name.name, place, at: name.place };
  if (item.kind === 'layer') return { ...own, kind: item.model ? 'model' : 'layer', detail: '', parts: item.items.flatMap(partsOf) };
  if (item.kind === 'topology') return { ...own, kind: 'topology', detail: '', parts: coresOf(item.items) };
  if (item.kind === 'variant')
    return { ...own, kind: 'variant', detail: item.of === undefined ? '' : `of ${item.of.name.name}`, parts: [] };
  return { ...own, kind: item.kind === 'fn' ? 'function' : 'let', detail: '', parts: [] };
}

function partsOf(item: tree.Item): Part[] {
  if (item.kind === 'require') return [];
  if (item.kind === 'input') return item.parameters.map(({ name, place }) => leaf(name, 'input', place));
  if (item.kind === 'forward') return [leaf(forwardName(item), 'function', item.place)];
  if (item.kind !== 'member') return [leaf(item.name, item.kind === 'fn' ? 'function' : item.kind, item.place)];
  const { body } = item;
  return item.names.map(({ name }) => ({
    ...leaf(name, 'member', item.place),
    detail: body.kind === 'reference' ? body.name.name : body.kind === 'tensor' ? 'weight' : '',
    parts: body.kind === 'group' ? body.items.flatMap(partsOf) : [],
  }));
}

function coresOf(items: readonly tree.TopologyItem[]): Part[] {
  return items.flatMap((item) => {
    if (item.kind === 'if') return coresOf([...item.then.items, ...(item.else?.items ?? [])]);
    if (item.kind === 'core' && !item.reuse) return [leaf(item.name, 'core', item.place)];
    if (item.kind === 'role') return [leaf(item.name, 'role', item.place)];
    return item.kind === 'nested' ? [{ ...leaf(item.name, 'part', item.place), detail: item.topology.name.name }] : [];
  });
}

function leaf(name: tree.Identifier, kind: Kind, place: Place): Part {
  return { name: name.name, kind, detail: '', place, at: name.place, parts: [] };
}

/** First and last line, from 1. */
export interface Fold {
  readonly from: number;
  readonly to: number;
  readonly comment: boolean;
}

const blocks: ReadonlySet<string> = new Set([
  'layer',
  'topology',
  'variant',
  'fn',
  'forward',
  'group',
  'loss',
  'metric',
  'for',
  'if',
  'use',
]);

/** Blocks and comments of more than one line. */
export function folds({ text, project }: Document): Fold[] {
  const lines = new Lines(text);
  const line = (offset: number) => lines.positionOf(offset).line;
  const { tree } = project.main;
  const found = [...nodesIn(tree)]
    .filter(({ kind }) => blocks.has(kind ?? ''))
    .map(({ place }) => ({ from: line(place.from), to: line(place.to), comment: false }));
  const alone = tree.comments.filter(({ trailing }) => !trailing).map(({ place }) => line(place.from));
  const runs = alone
    .filter((at, k) => alone[k - 1] !== at - 1)
    .map((from) => {
      let to = from;
      while (alone.includes(to + 1)) to++;
      return { from, to, comment: true };
    });
  const all = [...found, ...runs].filter(({ from, to }) => to > from);
  return all.filter((fold, k) => all.findIndex((other) => other.from === fold.from) === k).sort((a, b) => a.from - b.from);
}

/** What each name is, in the order of the text. */
export interface NameToken {
  readonly place: Place;
  readonly kind: Kind;
  readonly defines: boolean;
  readonly library: boolean;
}

export function nameTokens({ project }: Document): NameToken[] {
  const tokens = project.main.uses.map(({ place, definition }) => ({
    place,
    kind: definition.kind,
    defines: definition.place.file === place.file && definition.place.from === place.from,
    library: definition.place.file.startsWith('std/'),
  }));
  return tokens.sort((a, b) => a.place.from - b.place.from);
}
