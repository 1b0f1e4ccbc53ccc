/** Static predicates over the positions of a tensor. */
import { countStill } from './mask-count.ts';
import { compareHolds, indexParts } from './mask-index.ts';
import type { Mask, MaskIndex, Ramp } from './model.ts';

/** Whether the mask holds at a position; `ramp` gives the present value of a ramp. */
export function maskHolds(mask: Mask, position: readonly number[], ramp: (ramp: Ramp) => number): boolean {
  switch (mask.is) {
    case 'compare':
      return compareHolds(mask, position, ramp);
    case 'and':
      return mask.of.every((part) => maskHolds(part, position, ramp));
    case 'or':
      return mask.of.some((part) => maskHolds(part, position, ramp));
    case 'not':
      return !maskHolds(mask.of, position, ramp);
  }
}

function indicesIn(mask: Mask): MaskIndex[] {
  if (mask.is === 'compare') return [...indexParts(mask.left), ...indexParts(mask.right)];
  return mask.is === 'not' ? indicesIn(mask.of) : mask.of.flatMap(indicesIn);
}

/** The ramps of a mask, each once. */
export function rampsIn(mask: Mask): Ramp[] {
  const ramps = indicesIn(mask).flatMap((part) => (part.is === 'ramp' ? [part.ramp] : []));
  return ramps.filter((ramp, k) => ramps.findIndex((other) => JSON.stringify(other) === JSON.stringify(ramp)) === k);
}

/** All values that a ramp takes, from first to last. */
function rampValues({ from, to, by }: Ramp): number[] {
  const steps = by === 0 ? 0 : Math.max(0, Math.ceil((to - from) / by));
  const values = Array.from({ length: Math.min(steps, 4096) }, (_, k) => from + k * by);
  return [...values, to];
}

/** Positions in `Parameter.legs` of the legs that a mask speaks of. */
export function legsIn(mask: Mask): number[] {
  return [...new Set(indicesIn(mask).flatMap((part) => (part.is === 'leg' ? [part.leg] : [])))];
}

/** Whether the mask holds at a position at some value of its ramps. */
export function holdsAtSomeTime(mask: Mask): (position: readonly number[]) => boolean {
  const ramps = rampsIn(mask);
  const settings: ((ramp: Ramp) => number)[] =
    ramps.length === 0
      ? [(ramp) => ramp.to]
      : rampValues(ramps[0]!).map((first) => (ramp) => (JSON.stringify(ramp) === JSON.stringify(ramps[0]) ? first : ramp.to));
  return (position) => settings.some((setting) => maskHolds(mask, position, setting));
}

/** At how many positions the mask holds, at some value of its ramps. */
export function countMask(mask: Mask, sizes: readonly number[]): number {
  const ramps = rampsIn(mask);
  if (ramps.length === 0) return countStill(mask, sizes);
  const [first] = ramps as [Ramp, ...Ramp[]];
  const key = JSON.stringify(first);
  const settings = rampValues(first).map((value) => settled(mask, (ramp) => (JSON.stringify(ramp) === key ? value : ramp.to)));
  return countStill(settings.length === 1 ? settings[0]! : { is: 'or', of: settings }, sizes);
}

/** The mask with numbers in place of its ramps. */
function settled(mask: Mask, ramp: (ramp: Ramp) => number): Mask {
  const index = (part: MaskIndex): MaskIndex => {
    if (part.is === 'ramp') return { is: 'number', value: ramp(part.ramp) };
    return part.is === 'apply' ? { ...part, of: [index(part.of[0]), index(part.of[1])] } : part;
  };
  if (mask.is === 'compare') return { ...mask, left: index(mask.left), right: index(mask.right) };
  if (mask.is === 'not') return { is: 'not', of: settled(mask.of, ramp) };
  return { ...mask, of: mask.of.map((part) => settled(part, ramp)) };
}
