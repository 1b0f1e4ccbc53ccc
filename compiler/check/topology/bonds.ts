/**
 * Sizes of bonds. A bond is full where it joins two cores and cutting it separates the network: then more than min(outer entries of
 * one side, of the other) adds nothing. A number is a cap, clipped at full; a tuple is exact. Where no full size exists, a number must
 * be given. The same cuts tell whether the network is a tree, in which case truncated SVDs give the cores.
 */
import type { Label } from '../../../grammar/diagnostic.ts';
import { diagnostic, refuse } from '../refuse.ts';
import type { Report } from '../report.ts';
import type { Pattern } from './pattern.ts';
import type { Placed } from './place.ts';
import type { TopologyUse } from './use.ts';

export interface Sized {
  readonly sizes: ReadonlyMap<string, number>;
  readonly full: ReadonlyMap<string, number>;
  readonly shape: Shape;
}
/** `tree`: connected, every core at one place, every bond between two cores, no loop. */
export type Shape = 'tree' | 'loops' | 'repeated';

export function sizeLegs(use: TopologyUse, pattern: Pattern, placed: Placed, report: Report): Sized {
  const ends = endsOf(placed);
  checkEnds(use, pattern, placed, ends);
  const sizes = new Map<string, number>();
  for (const leg of placed.legs.values()) {
    if (leg.outer !== undefined) sizes.set(leg.key, pattern.axes[leg.outer[0]]!.factors[leg.outer[1]]!);
  }
  const full = new Map<string, number>();
  for (const leg of placed.legs.values()) {
    const size = leg.outer === undefined ? fullSize(leg.key, placed, ends, sizes) : undefined;
    if (size !== undefined) full.set(leg.key, size);
  }
  for (const bond of pattern.bonds.values()) {
    const keys = [...placed.legs.values()].filter((leg) => leg.outer === undefined && leg.family === bond.name).map((leg) => leg.key);
    const given = bond.given?.value;
    if (typeof given === 'object' && given.length !== keys.length) {
      refuse({
        code: 'B412',
        message: `\`${bond.name}\` has ${keys.length} bonds, the tuple has ${given.length}`,
        at: bond.given!.place,
        label: `${given.length} sizes`,
        also: [{ place: bond.place, text: `${keys.length} here: ${keys.join(', ') || 'none'}` }],
      });
    }
    keys.forEach((key, k) => {
      const most = full.get(key);
      if (given === undefined && most === undefined) refuseUnsized(use, pattern, placed, ends, key);
      if (typeof given !== 'object') sizes.set(key, Math.min(given ?? most!, most ?? given!));
      else {
        sizes.set(key, given[k]!);
        if (most !== undefined && given[k]! > most) warnAbove(report, bond.given!, key, given[k]!, most);
      }
    });
  }
  checkPlacements(use, placed, sizes);
  return { sizes, full, shape: shapeOf(placed, ends) };
}

/** Placement numbers at each leg, twice where a core has the leg twice. */
function endsOf(placed: Placed): Map<string, number[]> {
  const ends = new Map<string, number[]>([...placed.legs.keys()].map((key) => [key, []]));
  placed.placements.forEach((placement, p) => {
    for (const key of placement.legs) ends.get(key)!.push(p);
  });
  return ends;
}

/** J20. */
function checkEnds(use: TopologyUse, pattern: Pattern, placed: Placed, ends: ReadonlyMap<string, number[]>): void {
  const name = (p: number) => placed.cores[placed.placements[p]!.core]!.name;
  const used: Label = { place: use.reference.place, text: 'used here' };
  for (const leg of placed.legs.values()) {
    const at = ends.get(leg.key)!;
    if (leg.outer !== undefined && at.length === 0) {
      refuse({
        code: 'B402',
        message: `leg ${leg.key} is on no core: the tensor would not depend on it`,
        at: use.topology.axes.place,
        label: `${leg.key} is missing`,
        also: [used],
      });
    }
    if (leg.outer !== undefined || at.length >= 2) continue;
    const declared = pattern.bonds.get(leg.family)!;
    const range = declared.ranges.map(({ from, to }) => `${from}..${to}`).join(', ');
    const alone = at[0] === undefined ? undefined : placed.placements[at[0]]!;
    refuse({
      code: 'B401',
      message: alone === undefined ? `bond ${leg.key} is on no core` : `bond ${leg.key} has one end`,
      at: alone === undefined ? declared.place : alone.places[alone.legs.indexOf(leg.key)]!,
      label: alone === undefined ? 'declared and not used' : `in ${name(at[0]!)} only`,
      also: [...(alone === undefined ? [] : [{ place: declared.place, text: `${leg.family}${range && `[${range}]`} declared` }]), used],
      hint: 'a bond joins two cores or more',
    });
  }
}

/** Placements that hang together with `start` when `cut` is taken away; legs of any kind connect. */
function sideOf(start: number, cut: string, placed: Placed, ends: ReadonlyMap<string, number[]>): Set<number> {
  const seen = new Set([start]);
  const waiting = [start];
  for (let p = waiting.pop(); p !== undefined; p = waiting.pop()) {
    for (const key of placed.placements[p]!.legs) {
      if (key === cut) continue;
      for (const q of ends.get(key)!) {
        if (!seen.has(q)) {
          seen.add(q);
          waiting.push(q);
        }
      }
    }
  }
  return seen;
}

function fullSize(
  key: string,
  placed: Placed,
  ends: ReadonlyMap<string, number[]>,
  sizes: ReadonlyMap<string, number>,
): number | undefined {
  const [a, b, more] = ends.get(key)!;
  if (more !== undefined || a === b) return undefined;
  const left = sideOf(a!, key, placed, ends);
  if (left.has(b!)) return undefined;
  const outer = (side: Set<number>) => {
    const keys = new Set([...side].flatMap((p) => placed.placements[p]!.legs.filter((leg) => placed.legs.get(leg)!.outer !== undefined)));
    return [...keys].reduce((product, leg) => product * sizes.get(leg)!, 1);
  };
  return Math.min(outer(left), outer(sideOf(b!, key, placed, ends)));
}

function shapeOf(placed: Placed, ends: ReadonlyMap<string, number[]>): Shape {
  const count = placed.placements.length;
  if (placed.cores.length < count) return 'repeated';
  let bonds = 0;
  for (const leg of placed.legs.values()) {
    const at = ends.get(leg.key)!;
    if (at.length > (leg.outer === undefined ? 2 : 1) || (at.length === 2 && at[0] === at[1])) return 'loops';
    if (leg.outer === undefined) bonds++;
  }
  return bonds === count - 1 && (count === 0 || sideOf(0, '', placed, ends).size === count) ? 'tree' : 'loops';
}

/** J22: a core at several places has one shape. */
function checkPlacements(use: TopologyUse, placed: Placed, sizes: ReadonlyMap<string, number>): void {
  const first = new Map<number, number>();
  placed.placements.forEach((placement, p) => {
    const before = first.get(placement.core);
    if (before === undefined) {
      first.set(placement.core, p);
      return;
    }
    const shape = (q: number) => placed.placements[q]!.legs.map((key) => sizes.get(key)!).join(' x ');
    if (shape(before) === shape(p)) return;
    const { name } = placed.cores[placement.core]!;
    const placeOf = (q: number) => {
      const { places } = placed.placements[q]!;
      const [from, to] = [places[0] ?? use.topology.place, places.at(-1) ?? use.topology.place];
      return { file: from.file, from: from.from, to: to.to };
    };
    refuse({
      code: 'B405',
      message: `${name} is ${shape(p)} here and ${shape(before)} there`,
      at: placeOf(p),
      label: `(${placement.legs.join(', ')}) is ${shape(p)}`,
      also: [
        { place: placeOf(before), text: `(${placed.placements[before]!.legs.join(', ')}) is ${shape(before)}` },
        { place: use.reference.place, text: 'used here' },
      ],
      hint: 'one tensor has one shape: only axes and bonds of one size can share it',
    });
  });
}

function refuseUnsized(use: TopologyUse, pattern: Pattern, placed: Placed, ends: ReadonlyMap<string, number[]>, key: string): never {
  const at = ends.get(key)!;
  const { family } = placed.legs.get(key)!;
  const name = (p: number) => placed.cores[placed.placements[p]!.core]!.name;
  const joins = [...new Set(at.map(name))].join(', ');
  const cause = at.length > 2 ? `joins ${at.length} cores` : 'lies on a cycle';
  return refuse({
    code: 'B406',
    message: `${key} ${cause}, it has no full size`,
    at: use.reference.place,
    label: `no size for ${key}`,
    also: [{ place: pattern.bonds.get(family)!.place, text: at.length > 2 ? joins : `cutting it leaves ${joins} connected` }],
    hint: `give a number: \`${use.topology.name.name}(${family} = 8)\``,
  });
}

function warnAbove(report: Report, given: { readonly place: Label['place'] }, key: string, size: number, full: number): void {
  const label = `${size} for ${key}`;
  const message = `${key} = ${size} is above its full size ${full}`;
  report.take([
    diagnostic({ code: 'W1', severity: 'warning', message, at: given.place, label, hint: 'the rest adds parameters and nothing else' }),
  ]);
}
