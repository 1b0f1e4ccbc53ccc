/**
 * Unrolls the cores of a declaration: every `for` is walked, every leg named. A leg is an outer axis or a bond; a bond whose index is
 * out of its range is absent (the ends of a chain), an outer leg out of range is a mistake. A core placed again (`reuse`, `reused`) is
 * the same tensor, so all its legs must be there.
 */
import type { Label, Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { refuse } from '../refuse.ts';
import { listed, meant } from '../report.ts';
import { evaluateInteger, type Names, namesOf } from '../static.ts';
import { namesIn } from '../walk.ts';
import { mostFactors } from './factors.ts';
import { axesOfNested } from './nested.ts';
import { limited, type Pattern } from './pattern.ts';
import type { TopologyUse } from './use.ts';

/** A tensor of the network, stored once, or a topology within this one. */
export interface PlacedCore {
  readonly family: string;
  readonly indices: readonly number[];
  readonly name: string;
  readonly item: tree.Core | tree.Nested;
  /** With the values of the loops around its first place. */
  readonly names: Names;
}
/** A tensor at one place of the network; `legs` are names such as `b[2]`, `out[3]`, `r`. */
export interface Placement {
  readonly core: number;
  readonly legs: readonly string[];
  /** Where each leg is written. */
  readonly places: readonly Place[];
  /** Of a nested topology: the legs of each of its axes. */
  readonly axes?: readonly (readonly string[])[];
}
/** A leg that may be attached: `key` is its name, `family` that of the axis or bond. */
export interface LegInfo {
  readonly key: string;
  readonly family: string;
  readonly outer?: readonly [axis: number, factor: number];
}
export interface Placed {
  readonly cores: readonly PlacedCore[];
  readonly placements: readonly Placement[];
  /** Every leg in range, outer legs first, in order of declaration. */
  readonly legs: ReadonlyMap<string, LegInfo>;
}

export function legName(family: string, indices: readonly number[]): string {
  return indices.length === 0 ? family : `${family}[${indices.join(',')}]`;
}

export function placeCores(use: TopologyUse, pattern: Pattern): Placed {
  const legs = legsInRange(pattern);
  const walk: Walk = { use, pattern, legs, cores: [], placements: [], byName: new Map(), families: new Map() };
  for (const item of pattern.items) {
    if (item.kind === 'nested') {
      checkFirst(walk, item);
      for (const names of unrolled(item.family ?? [], pattern.names)) placeNested(walk, item, names);
    }
    if (item.kind !== 'core') continue;
    checkItem(walk, item);
    for (const names of unrolled(item.loops, pattern.names)) place(walk, item, names);
  }
  return walk;
}
interface Walk extends Placed {
  readonly use: TopologyUse;
  readonly pattern: Pattern;
  readonly cores: PlacedCore[];
  readonly placements: Placement[];
  readonly byName: Map<string, number>;
  readonly families: Map<string, tree.Core | tree.Nested>;
}

function legsInRange(pattern: Pattern): Map<string, LegInfo> {
  const legs = new Map<string, LegInfo>();
  pattern.axes.forEach((axis, i) => {
    const indices = combinations(axis.dims.map((to) => ({ from: 1, to })));
    indices.forEach((index, factor) => {
      const key = legName(axis.name, index);
      legs.set(key, { key, family: axis.name, outer: [i, factor] });
    });
  });
  for (const bond of pattern.bonds.values()) {
    for (const index of combinations(bond.ranges)) {
      const key = legName(bond.name, index);
      legs.set(key, { key, family: bond.name });
    }
  }
  return legs;
}

/** All index tuples, the last running fastest; one empty tuple for no ranges. */
export function combinations(ranges: readonly { readonly from: number; readonly to: number }[]): number[][] {
  let all: number[][] = [[]];
  for (const { from, to } of ranges) {
    const longer: number[][] = [];
    for (const head of all) for (let k = from; k <= to; k++) longer.push([...head, k]);
    all = longer;
  }
  return all;
}

/** More values of loops than any network has cores, even where nothing is placed. */
const mostIterations = 2 ** 16;

function* unrolled(loops: readonly tree.Loop[], names: Names, count = { left: mostIterations }): Generator<Names> {
  const [loop, ...rest] = loops;
  if (loop === undefined) {
    yield names;
    return;
  }
  if (loop.range.to === undefined) {
    refuse({ code: 'B413', message: 'a core is placed over a range', at: loop.place, label: 'not a range', hint: 'as in `for k in 1..n`' });
  }
  const from = evaluateInteger(loop.range.from, names, 'a bound of a loop');
  const to = evaluateInteger(loop.range.to, names, 'a bound of a loop');
  for (let k = from; k <= to; k++) {
    if (count.left-- === 0) {
      refuse({ code: 'B422', message: 'a network has at most 4096 cores', at: loop.place, label: `runs from ${from} to ${to}` });
    }
    yield* unrolled(rest, namesOf(new Map([[loop.name.name, k]]), names), count);
  }
}

/** J21: declared once; every loop variable in the name, unless one tensor is meant for all of them. */
function checkItem(walk: Walk, item: tree.Core): void {
  const first = walk.families.get(item.name.name);
  if (item.reuse) {
    if (first === undefined) {
      const known = [...walk.families.keys()];
      refuse({
        code: 'B416',
        message: `\`reuse ${item.name.name}\`: no core \`${item.name.name}\` above`,
        at: item.name.place,
        label: 'not declared before this',
        hint: meant(item.name.name, known, `cores: ${listed(known)}`),
      });
    }
    return;
  }
  checkFirst(walk, item);
  const indices = (item.brackets?.items ?? []).flatMap((index) => (index.kind === 'index' ? [index.range.from] : []));
  const inName = new Set(indices.flatMap((index) => namesIn(index).map(({ name }) => name)));
  const missing = item.loops.find((loop) => !inName.has(loop.name.name));
  if (missing !== undefined && !item.reused) {
    const name = `${item.name.name}[${item.loops.map((loop) => loop.name.name).join(', ')}]`;
    refuse({
      code: 'B403',
      message: `one tensor ${item.name.name} is placed for every ${missing.name.name}`,
      at: item.name.place,
      label: `\`${missing.name.name}\` is not in the name`,
      also: [{ place: missing.place, text: `\`${missing.name.name}\`` }],
      hint: `\`${name}\` for a tensor each, \`reused\` before \`for\` if one tensor is meant`,
    });
  }
}

function checkFirst({ families }: Walk, item: tree.Core | tree.Nested): void {
  const first = families.get(item.name.name);
  families.set(item.name.name, first ?? item);
  if (first === undefined) return;
  refuse({
    code: 'B404',
    message: `core ${item.name.name} is declared twice`,
    at: item.name.place,
    label: 'second',
    also: [{ place: first.name.place, text: 'first' }],
    hint:
      item.kind === 'nested' || first.kind === 'nested'
        ? 'give it another name'
        : `\`reuse ${item.name.name} (...)\` places the same tensor again; another tensor needs another name`,
  });
}

/** A nested topology is one core to those around it. Bonds that are out of range are absent, as of a core. */
function placeNested(walk: Walk, item: tree.Nested, names: Names): void {
  const indices = (item.family ?? []).map(({ name }) => evaluateInteger(name, names, 'an index'));
  const written = axesOfNested(item).map((legs) =>
    legs.flatMap((leg) => legKeys(walk, leg, names, true).flatMap((key) => (walk.legs.has(key) ? [{ key, place: leg.place }] : []))),
  );
  const name = legName(item.name.name, indices);
  const core = walk.cores.push({ family: item.name.name, indices, name, item, names }) - 1;
  const axes = written.map((legs) => legs.map(({ key }) => key));
  walk.placements.push({ core, legs: axes.flat(), places: written.flat().map(({ place }) => place), axes });
}

function place(walk: Walk, item: tree.Core, names: Names): void {
  const indices = (item.brackets?.items ?? []).map((index) => {
    if (index.kind === 'index' && index.range.to === undefined) return evaluateInteger(index.range.from, names, 'an index');
    return refuse({ code: 'B413', message: 'the index of a core is one number', at: index.place, label: 'not one number' });
  });
  const name = legName(item.name.name, indices);
  const legs: string[] = [];
  const places: Place[] = [];
  let absent: Label | undefined;
  for (const leg of item.legs) {
    for (const key of legKeys(walk, leg, names)) {
      if (!walk.legs.has(key)) absent ??= { place: leg.place, text: `\`${key}\` is out of range` };
      else {
        legs.push(key);
        places.push(leg.place);
      }
    }
  }
  const again = walk.byName.get(name);
  if (absent !== undefined && (item.reuse || item.reused || again !== undefined)) {
    refuse({
      code: 'B420',
      message: `every place of the reused core ${name} needs all its legs`,
      at: absent.place,
      label: absent.text,
      also: [{ place: walk.use.reference.place, text: 'used here' }],
    });
  }
  if (again === undefined && item.reuse) {
    refuse({
      code: 'B416',
      message: `there is no core ${name} to place again`,
      at: item.name.place,
      label: 'not declared before this',
      hint: `cores: ${listed([...walk.byName.keys()])}`,
    });
  }
  const core = again ?? walk.cores.push({ family: item.name.name, indices, name, item, names }) - 1;
  walk.byName.set(name, core);
  if (walk.placements.push({ core, legs, places }) > 16 * mostFactors) {
    refuse({ code: 'B422', message: 'a network has at most 4096 cores', at: item.place, label: 'more than 4096 cores' });
  }
}

/** The names that a leg stands for: one, or for `r[1..n]` all of the range; J19. In a nested topology a bare name is all of the family. */
function legKeys(walk: Walk, leg: tree.Leg, names: Names, all = false): string[] {
  const family = leg.name.name;
  const { pattern, use } = walk;
  const axis = pattern.axes.find((candidate) => candidate.name === family);
  const bond = pattern.bonds.get(family);
  const count = axis?.dims.length ?? bond?.ranges.length;
  if (count === undefined) {
    const known = [...pattern.axes.map((candidate) => candidate.name), ...pattern.bonds.keys()];
    return refuse({
      code: 'B414',
      message: `\`${family}\` is no axis and no bond of \`${use.topology.name.name}\``,
      at: leg.name.place,
      label: 'unknown leg',
      also: [{ place: use.topology.name.place, text: `axes and bonds: ${listed(known)}` }],
      hint: meant(family, known, 'bonds are declared in ( ) after the axes'),
    });
  }
  if (all && leg.indices === undefined) return [...walk.legs.values()].filter((info) => info.family === family).map(({ key }) => key);
  const written = leg.indices ?? [];
  if (written.length !== count) {
    const declared = axis === undefined ? bond!.place : use.topology.axes.place;
    refuse({
      code: 'B415',
      message: `\`${family}\` is declared with ${count === 0 ? 'no index' : count === 1 ? 'one index' : `${count} indices`}`,
      at: leg.place,
      label: `${written.length === 0 ? 'no index' : written.length} here`,
      also: [{ place: declared, text: 'declared here' }],
    });
  }
  const ranges = written.map((index) => {
    const from = evaluateInteger(index.from, names, 'an index');
    return { from, to: index.to === undefined ? from : evaluateInteger(index.to, names, 'an index') };
  });
  const keys = combinations(limited(ranges, leg.place)).map((indices) => legName(family, indices));
  const outside = axis === undefined ? undefined : keys.find((key) => !walk.legs.has(key));
  if (outside !== undefined) {
    refuse({
      code: 'B413',
      message: `\`${outside}\` does not exist: ${family} has ${axis!.dims.join(' x ') || 'no'} factors here`,
      at: leg.place,
      label: `${outside} is out of range`,
      also: [{ place: use.reference.place, text: 'used here' }],
    });
  }
  return keys;
}
