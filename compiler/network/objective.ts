/**
 * What a tree costs. Every objective is a function of the same four numbers of a step, the product of the sizes in the union of both
 * operands' letters and the sizes of both operands and of the result; they even tell the shape of the step as a matrix product. Sums of
 * steps, except `size` (the largest value) and `peak` (values alive at once), which fold the costs of the parts in their own way.
 */
import type { Objective, Profile } from '../values/plan.ts';
import { wasm } from '../values/target.ts';
import { type Shape, unitShape } from './layout.ts';
import { defaultProfiles, secondsBy } from './profile.ts';

/** How the costs of both parts and of the step that joins them make one. */
export type Fold = 'sum' | 'max' | 'peak';
/**
 * A step: `union` multiply-adds, operands of `a` and `b` elements, a result of `c`; it is computed `forward` times for the value, and
 * once for the adjoint of each side that is wanted (1 or 0), which are products over the same union.
 */
export type StepCost = (union: number, a: number, b: number, c: number, forward: number, wantedA: number, wantedB: number) => number;

export interface Measure {
  readonly objective: Objective;
  readonly fold: Fold;
  readonly step: StepCost;
  /** An additive cost that leads local moves where the objective itself is no sum. */
  readonly guide: StepCost;
}

/** Elements written are worth this many multiply-adds in `combo` and `limit` (the default of cotengra). */
const WRITE_FACTOR = 64;

const flops: StepCost = (union, _a, _b, _c, forward, wantedA, wantedB) => union * (forward + wantedA + wantedB);
const write: StepCost = (_union, a, b, c, forward, wantedA, wantedB) => forward * c + wantedA * a + wantedB * b;
const combo: StepCost = (union, a, b, c, f, wa, wb) => flops(union, a, b, c, f, wa, wb) + WRITE_FACTOR * write(union, a, b, c, f, wa, wb);
const limit: StepCost = (union, a, b, c, forward, wantedA, wantedB) =>
  forward * Math.max(union, WRITE_FACTOR * c) + wantedA * Math.max(union, WRITE_FACTOR * a) + wantedB * Math.max(union, WRITE_FACTOR * b);
const result: StepCost = (_union, _a, _b, c) => c;

export function measureOf(objective: Objective = 'flops', profile: Profile = defaultProfiles.wasm): Measure {
  switch (objective) {
    case 'flops':
      return { objective, fold: 'sum', step: flops, guide: flops };
    case 'write':
      return { objective, fold: 'sum', step: write, guide: write };
    case 'combo':
      return { objective, fold: 'sum', step: combo, guide: combo };
    case 'limit':
      return { objective, fold: 'sum', step: limit, guide: limit };
    case 'size':
      return { objective, fold: 'max', step: result, guide: write };
    case 'peak':
      return { objective, fold: 'peak', step: result, guide: write };
    case 'time': {
      const step = timeOf(profile);
      return { objective, fold: 'sum', step, guide: step };
    }
  }
}

/**
 * Seconds of a step from sizes alone, for searches that do not know how values lie (timed-search.ts does): the shape of the product
 * follows from the four sizes, and the larger side is taken as badly laid.
 */
function timeOf(profile: Profile): StepCost {
  const { thin } = wasm.product;
  const seconds = secondsBy(profile);
  const shape: Shape = { ...unitShape, leftWalks: 'neither', resultInRuns: false };
  const product = (union: number, x: number, y: number, z: number) => {
    if (!(union < LARGEST)) return Number.POSITIVE_INFINITY;
    // Whole numbers up to the rounding of roots, and tiles are counted by ceilings.
    const sides = [Math.max(1, Math.round(union / y)), Math.max(1, Math.round(union / x))];
    const [less, more] = [Math.min(...sides), Math.max(...sides)];
    shape.batch = Math.max(1, Math.round((x * y * z) / (union * union)));
    shape.depth = Math.max(1, Math.round(union / z));
    [shape.rows, shape.columns] = less < thin ? [less, more] : [more, less];
    [shape.left, shape.right, shape.result] = less < thin ? [Math.min(x, y), Math.max(x, y), z] : [Math.max(x, y), Math.min(x, y), z];
    return seconds(shape);
  };
  return (union, a, b, c, forward, wantedA, wantedB) =>
    (forward > 0 ? forward * product(union, a, b, c) : 0) +
    (wantedA > 0 ? wantedA * product(union, c, b, a) : 0) +
    (wantedB > 0 ? wantedB * product(union, a, c, b) : 0);
}
/** Squares of larger numbers are beyond doubles. */
const LARGEST = 1e150;

/** The cost of a joined pair under the objective. `left` and `right` are the costs of the parts, `a` and `b` their sizes. */
export function folded(fold: Fold, left: number, right: number, step: number, a: number, b: number, c: number): number {
  if (fold === 'sum') return left + right + step;
  if (fold === 'max') return Math.max(left, right, step);
  const leftFirst = Math.max(left, a + right);
  const rightFirst = Math.max(right, b + left);
  return Math.max(Math.min(leftFirst, rightFirst), a + b + c);
}
