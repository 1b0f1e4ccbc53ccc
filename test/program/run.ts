/** Runs programs of hand-made models in the reference meaning, with values by name: what the tests of `program` share. */
import { stepProgram, table, verifyAfter } from '../../compiler/index.ts';
import { evaluate } from '../../compiler/values/evaluate.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { ByRate, Program, Source } from '../../compiler/values/program.ts';
import { elements } from '../../compiler/values/shape.ts';
import '../verified.ts';

export type Values = Record<string, Float64Array>;

/** Numbers in [-1, 1) from a seed, by linear congruence: enough to tell programs apart. */
export function uniform(seed: number): () => number {
  let state = (Math.imul(seed, 2654435761) + 12345) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
}
export function randomArray(length: number, seed: number, scale = 1): Float64Array {
  const next = uniform(seed);
  return Float64Array.from({ length }, () => next() * scale);
}
export function randomInts(length: number, below: number, seed: number): Float64Array {
  const next = uniform(seed);
  return Float64Array.from({ length }, () => Math.floor(((next() + 1) / 2) * below));
}
/** Every parameter by name, seeded by its position. */
export function parametersOf(model: Model, scale = 1): Values {
  return Object.fromEntries(model.parameters.map(({ names, legs }, k) => [names[0], randomArray(elements(legs), k + 1, scale)]));
}

/** Outputs by `KIND NAME`; states that a closed gate keeps are the old values. */
export function run(program: Program, values: Readonly<Values>, tick = 0): Values {
  const read = (source: Source): Float64Array => {
    const found = values[source.name];
    if (found === undefined) throw new Error(`the test gives no ${source.kind} ${source.name}`);
    return found;
  };
  const outputs = evaluate(program, table, read, { seed: [1, 2], tick });
  return Object.fromEntries(
    outputs.map(({ output, value, taken }) => [
      `${output.kind} ${output.name}`,
      taken ? Float64Array.from(value.data) : values[output.name],
    ]),
  );
}
/**
 * The parts of a step in their order, `batch` once for each of the batches: outputs by `KIND NAME`, those of `batch` the last batch's. What
 * one part writes the next reads.
 */
export function runParts(parts: ByRate<Program>, values: Readonly<Values>, batches: readonly Readonly<Values>[]): Values {
  const state: Values = { ...values };
  const found: Values = {};
  const step = (program: Program | undefined, more: Readonly<Values> = {}, tick = 0) => {
    if (program === undefined) return;
    for (const [key, value] of Object.entries(run(program, { ...state, ...more }, tick))) {
      found[key] = value;
      if (/^(folded|sum|state) /.test(key)) state[key.slice(key.indexOf(' ') + 1)] = value;
    }
  };
  step(parts.frozen);
  step(parts.begin);
  for (const [tick, batch] of batches.entries()) step(parts.batch, batch, tick);
  step(parts.end);
  return found;
}
/** The program of a step, verified after every pass. */
export function verifiedStep(model: Model, options: StepOptions): Program {
  return stepProgram(model, options, verifyAfter);
}
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a).reduce((most, x, k) => Math.max(most, Math.abs(x - b[k])), 0);
}
/** Central differences of one result in every entry of a source. */
export function differences(program: Program, values: Readonly<Values>, result: string, name: string, step = 1e-6): Float64Array {
  const own = values[name];
  const at = (k: number, shift: number) => {
    const moved = own.slice();
    moved[k] += shift;
    return run(program, { ...values, [name]: moved })[`result ${result}`][0];
  };
  return Float64Array.from(own, (_, k) => (at(k, step) - at(k, -step)) / (2 * step));
}
