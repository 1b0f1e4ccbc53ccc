/** Static predicates over the positions of a tensor: evaluated, and counted without visiting legs that they do not mention. */
import type { Mask, MaskIndex, Ramp } from './model.ts';

/** Whether the mask holds at a position; `ramp` gives the present value of a ramp. */
export function maskHolds(mask: Mask, position: readonly number[], ramp: (ramp: Ramp) => number): boolean {
  switch (mask.is) {
    case 'compare': {
      const left = indexValue(mask.left, position, ramp);
      const right = indexValue(mask.right, position, ramp);
      switch (mask.f) {
        case 'lt':
          return left < right;
        case 'le':
          return left <= right;
        case 'eq':
          return left === right;
        case 'ne':
          return left !== right;
        case 'gt':
          return left > right;
        default:
          return left >= right;
      }
    }
    case 'and':
      return mask.of.every((part) => maskHolds(part, position, ramp));
    case 'or':
      return mask.of.some((part) => maskHolds(part, position, ramp));
    case 'not':
      return !maskHolds(mask.of, position, ramp);
  }
}

/** `div` floors, `mod` has the sign of the divisor; by zero both give NaN, so that no comparison holds. */
function indexValue(index: MaskIndex, position: readonly number[], ramp: (ramp: Ramp) => number): number {
  switch (index.is) {
    case 'number':
      return index.value;
    case 'leg':
      return position[index.leg]!;
    case 'ramp':
      return ramp(index.ramp);
    case 'apply': {
      const a = indexValue(index.of[0], position, ramp);
      const b = indexValue(index.of[1], position, ramp);
      if (index.f === 'add') return a + b;
      if (index.f === 'sub') return a - b;
      if (index.f === 'mul') return a * b;
      return index.f === 'div' ? Math.floor(a / b) : a - b * Math.floor(a / b);
    }
  }
}

function indexParts(index: MaskIndex): MaskIndex[] {
  return index.is === 'apply' ? index.of.flatMap(indexParts) : [index];
}
function parts(mask: Mask): MaskIndex[] {
  if (mask.is === 'compare') return [...indexParts(mask.left), ...indexParts(mask.right)];
  return mask.is === 'not' ? parts(mask.of) : mask.of.flatMap(parts);
}

/** The ramps of a mask, each once. */
export function rampsIn(mask: Mask): Ramp[] {
  const ramps = parts(mask).flatMap((part) => (part.is === 'ramp' ? [part.ramp] : []));
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
  return [...new Set(parts(mask).flatMap((part) => (part.is === 'leg' ? [part.leg] : [])))];
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

/** At how many positions the mask holds, at some value of its ramps. Only the legs that it mentions are visited. */
export function countMask(mask: Mask, sizes: readonly number[]): number {
  const mentioned = legsIn(mask);
  const holds = holdsAtSomeTime(mask);
  const position = new Array<number>(sizes.length).fill(0);
  let count = 0;
  const visit = (k: number): void => {
    if (k === mentioned.length) {
      if (holds(position)) count++;
      return;
    }
    const leg = mentioned[k]!;
    for (position[leg] = 0; position[leg] < sizes[leg]!; position[leg]++) visit(k + 1);
  };
  visit(0);
  return sizes.reduce((product, size, leg) => (mentioned.includes(leg) ? product : product * size), count);
}
