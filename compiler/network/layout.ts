/**
 * How the values of a plan lie in memory, and what that makes of a pairwise product. A value in between has the letters of the result
 * first, in its order, then those of the operands as they come (compiler/program/passes/binarise.ts asks here); so the layout of a value
 * follows from its letters alone, whatever tree made it. What a product costs beside its multiply-adds is decided by the layouts: sides
 * that lie as the kernel walks them are read in runs, others element by element.
 */
import type { Network } from '../values/plan.ts';
import { wasm } from '../values/target.ts';

/** Letters in the order in which values in between have them, outermost first. */
export function letterOrder({ inputs, output }: Network): number[] {
  return [...new Set([...output, ...inputs.flat()])];
}

const { thin } = wasm.product;

/** A value in memory: its letters, outermost first, without those of size 1. */
export interface Laid {
  readonly letters: readonly number[];
  readonly size: number;
}

/** A product of two values as a batch of products of matrices, the left side with the rows. */
export interface Shape {
  batch: number;
  rows: number;
  columns: number;
  depth: number;
  /** Elements. */
  left: number;
  right: number;
  result: number;
  /** Of the left side, what can be walked in steps of one: the depth, the rows, or neither. */
  leftWalks: 'depth' | 'rows' | 'neither';
  /** Can the right side be packed in runs, along its columns or along the depth? */
  rightInRuns: boolean;
  /** Are the columns of the result one run? */
  resultInRuns: boolean;
}

/** The product of two numbers. */
export const unitShape: Shape = {
  batch: 1,
  rows: 1,
  columns: 1,
  depth: 1,
  left: 1,
  right: 1,
  result: 1,
  leftWalks: 'depth',
  rightInRuns: true,
  resultInRuns: true,
};

/** Finds shapes; all tables are made once, and the shape that is handed out is the same record each time. */
export class Shapes {
  private readonly sizes: readonly number[];
  private readonly inA: Int32Array;
  private readonly inB: Int32Array;
  private readonly inC: Int32Array;
  private readonly shape: Shape = { ...unitShape };

  constructor(sizes: readonly number[]) {
    this.sizes = sizes;
    [this.inA, this.inB, this.inC] = [0, 1, 2].map(() => new Int32Array(sizes.length).fill(-1));
  }

  /** Of the product of `a` and `b` into `c`. */
  of(a: Laid, b: Laid, c: Laid): Shape {
    const { inA, inB, inC } = this;
    enter(inA, a);
    enter(inB, b);
    enter(inC, c);
    this.fill(a, b, c);
    leave(inA, a);
    leave(inB, b);
    leave(inC, c);
    return this.shape;
  }

  private fill(a: Laid, b: Laid, c: Laid): void {
    const { sizes, inA, inB, inC, shape } = this;
    let [batch, ofA, ofB, depth] = [1, 1, 1, 1];
    // Letters that follow one another in both values are walked as one.
    let [runsA, runsB, runsDepth] = [0, 0, 0];
    for (let i = 0; i < a.letters.length; i++) {
      const letter = a.letters[i];
      const before = i === 0 ? -1 : a.letters[i - 1];
      if (inC[letter] < 0) {
        depth *= sizes[letter];
        if (before < 0 || inC[before] >= 0 || inB[before] < 0 || inB[before] !== inB[letter] - 1) runsDepth++;
      } else if (inB[letter] < 0) {
        ofA *= sizes[letter];
        if (before < 0 || inB[before] >= 0 || inC[before] < 0 || inC[before] !== inC[letter] - 1) runsA++;
      } else batch *= sizes[letter];
    }
    for (let i = 0; i < b.letters.length; i++) {
      const letter = b.letters[i];
      if (inA[letter] >= 0) continue;
      const before = i === 0 ? -1 : b.letters[i - 1];
      ofB *= sizes[letter];
      if (before < 0 || inA[before] >= 0 || inC[before] !== inC[letter] - 1) runsB++;
    }
    const [endA, endB, endC] = [a, b, c].map(({ letters }) => (letters.length === 0 ? -1 : letters[letters.length - 1]));
    const endsInA = endC >= 0 && inB[endC] < 0;
    const endsInB = endC >= 0 && inA[endC] < 0;
    const swap = Math.min(ofA, ofB) < thin && ofA !== ofB ? ofA > ofB : endsInA || (!endsInB && ofA > ofB);
    const depthInA = runsDepth === 1 && endA >= 0 && inC[endA] < 0;
    const depthInB = runsDepth === 1 && endB >= 0 && inC[endB] < 0;
    const ownInA = runsA === 1 && endA >= 0 && inB[endA] < 0;
    const ownInB = runsB === 1 && endB >= 0 && inA[endB] < 0;
    shape.batch = batch;
    shape.depth = depth;
    shape.result = c.size;
    [shape.rows, shape.columns] = swap ? [ofB, ofA] : [ofA, ofB];
    [shape.left, shape.right] = swap ? [b.size, a.size] : [a.size, b.size];
    const [depthInLeft, rowsInLeft] = swap ? [depthInB, ownInB] : [depthInA, ownInA];
    shape.leftWalks = depthInLeft ? 'depth' : rowsInLeft ? 'rows' : 'neither';
    shape.rightInRuns = swap ? ownInA || depthInA : ownInB || depthInB;
    shape.resultInRuns = swap ? runsA === 1 && endsInA : runsB === 1 && endsInB;
  }
}

function enter(places: Int32Array, { letters }: Laid): void {
  for (let k = 0; k < letters.length; k++) places[letters[k]] = k;
}
function leave(places: Int32Array, { letters }: Laid): void {
  for (const letter of letters) places[letter] = -1;
}
