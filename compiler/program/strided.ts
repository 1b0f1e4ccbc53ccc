/**
 * The loop behind `reference` of contractions: sums of products over letters, every tensor addressed by strides and looked-up offsets.
 * Offsets are carried from point to point, so a step costs additions only; the innermost letter is one that no lookup depends on.
 */
import type { Tensor } from '../values/operation.ts';
import type { Axis, Contract, Subscript } from '../values/program.ts';
import { elements, strides } from '../values/shape.ts';

/** A tensor seen from the letters: one stride for each, and axes whose position is read from ids. */
interface View {
  readonly data: Float64Array;
  readonly byLetter: readonly number[];
  readonly lookups: readonly { readonly ids: View; readonly stride: number; readonly size: number }[];
}

function viewOf(
  tensor: { readonly data: Float64Array; readonly axes: readonly Axis[] },
  subscripts: readonly Subscript[],
  letters: number,
  inputs: readonly Tensor[],
): View {
  const steps = strides(tensor.axes);
  const byLetter = new Array<number>(letters).fill(0);
  const lookups: View['lookups'][number][] = [];
  subscripts.forEach((subscript, axis) => {
    if (typeof subscript === 'number') byLetter[subscript] += steps[axis];
    else {
      const { type, data } = inputs[subscript.ids];
      const ids = viewOf({ data, axes: type.axes }, subscript.over, letters, inputs);
      lookups.push({ ids, stride: steps[axis], size: subscript.axis.size });
    }
  });
  return { data: tensor.data, byLetter, lookups };
}

/** Evaluates a contraction; the result has the given axes, row-major. */
export function contractStrided(a: Contract, inputs: readonly Tensor[], resultAxes: readonly Axis[]): Float64Array {
  const out = new Float64Array(elements(resultAxes));
  const count = a.letters.length;
  const operands = a.operands.map((subscripts, k) =>
    viewOf({ data: inputs[k].data, axes: inputs[k].type.axes }, subscripts, count, inputs),
  );
  const result = viewOf({ data: out, axes: resultAxes }, a.result, count, inputs);
  const views = [...operands, result];
  const idViews = views.flatMap((view) => view.lookups.map((lookup) => lookup.ids));
  const inner = innerLetter(a, idViews);
  const outer = a.letters.flatMap((_, letter) => (letter === inner ? [] : [letter]));
  const innerSize = inner < 0 ? 1 : a.letters[inner].size;
  const walkers = [...views, ...idViews];
  const offsets = new Array<number>(walkers.length).fill(0);
  const positions = new Array<number>(outer.length).fill(0);
  const starts = new Array<number>(views.length).fill(0);
  const innerSteps = views.map((view) => (inner < 0 ? 0 : view.byLetter[inner]));
  const steps = outer.map((letter) => walkers.map((view) => view.byLetter[letter]));
  if (a.letters.some((letter) => letter.size === 0)) return out;

  /** Adds what the lookups say to the offsets; false where an id lies outside. */
  const locate = (): boolean => {
    let walker = views.length;
    for (let v = 0; v < views.length; v++) {
      let start = offsets[v];
      for (const { ids, stride, size } of views[v].lookups) {
        const id = ids.data[offsets[walker++]];
        if (!(id >= 0 && id < size)) return false;
        start += id * stride;
      }
      starts[v] = start;
    }
    return true;
  };
  /** Moves to the next point of the outer letters; false after the last. */
  const advance = (): boolean => {
    for (let level = outer.length - 1; level >= 0; level--) {
      const step = steps[level];
      const back = ++positions[level] === a.letters[outer[level]].size ? positions[level] : 0;
      for (let w = 0; w < step.length; w++) offsets[w] += step[w] * (1 - back);
      if (back === 0) return true;
      positions[level] = 0;
    }
    return false;
  };
  do {
    if (locate()) innerLoop(operands, out, starts, innerSteps, innerSize);
  } while (advance());
  return out;
}

/** The largest letter that no lookup depends on; -1 when there is none. */
function innerLetter(a: Contract, ids: readonly View[]): number {
  let best = -1;
  a.letters.forEach(({ size }, letter) => {
    const free = ids.every((view) => view.byLetter[letter] === 0);
    if (free && (best < 0 || size > a.letters[best].size)) best = letter;
  });
  return best;
}

function innerLoop(operands: readonly View[], out: Float64Array, starts: readonly number[], steps: readonly number[], size: number): void {
  const n = operands.length;
  let to = starts[n];
  const toStep = steps[n];
  if (n === 2) {
    const left = operands[0].data;
    const right = operands[1].data;
    let l = starts[0];
    let r = starts[1];
    const lStep = steps[0];
    const rStep = steps[1];
    for (let i = 0; i < size; i++, l += lStep, r += rStep, to += toStep) out[to] += left[l] * right[r];
    return;
  }
  for (let i = 0; i < size; i++, to += toStep) {
    let product = 1;
    for (let k = 0; k < n; k++) product *= operands[k].data[starts[k] + i * steps[k]];
    out[to] += product;
  }
}
