/**
 * What a tree costs, counted from the letters of the request and not from what a search kept: whoever found a tree, its costs are
 * these. Lists of letters instead of sets of bits, so that the largest networks can be counted, and whole numbers of any size.
 */
import type { Network, Plan, Request } from '../values/plan.ts';
import type { Steps } from './tree.ts';

/** One step in whole numbers. */
export interface StepRecord {
  readonly macs: bigint;
  readonly constant: boolean;
  /** How often the product is computed in a training step: the value, and the adjoint of each side in which one is wanted. */
  readonly times: number;
  readonly uses: number;
  readonly result: readonly number[];
  readonly size: bigint;
}

/** Letters that an operand has when the first step comes: without repetitions and without those that only it has. */
function operandLetters({ inputs, output, sizes }: Network): number[][] {
  const holders = new Int32Array(sizes.length);
  const sets = inputs.map((list) => [...new Set(list)]);
  for (const list of sets) for (const letter of list) holders[letter]++;
  for (const letter of new Set(output)) holders[letter]++;
  return sets.map((list) => list.filter((letter) => holders[letter] > 1).sort((x, y) => x - y));
}

/** All steps of a tree. */
export function recordsOf(steps: Steps, request: Request): StepRecord[] {
  const { network, wanted, constant, uses } = request;
  const { output, sizes } = network;
  const big = sizes.map(BigInt);
  const product = (letters: readonly number[]) => letters.reduce((value, letter) => value * big[letter], 1n);
  const values = operandLetters(network);
  const ends = new Int32Array(sizes.length);
  for (const list of values) for (const letter of list) ends[letter]++;
  for (const letter of new Set(output)) ends[letter]++;
  const marks = network.inputs.map((_, k) => ({
    wanted: wanted?.[k] ?? false,
    constant: constant?.[k] ?? false,
    uses: Math.max(1, uses?.[k] ?? 1),
  }));
  return steps.map(([a, b]) => {
    const [left, right] = [marks[a], marks[b]];
    const own = new Set(values[a]);
    const union = [...values[a], ...values[b].filter((letter) => !own.has(letter))];
    for (const letter of values[b]) if (own.has(letter)) ends[letter]--;
    const result = union.filter((letter) => ends[letter] > 1).sort((x, y) => x - y);
    const made = {
      wanted: left.wanted || right.wanted,
      constant: left.constant && right.constant,
      uses: Math.min(left.uses, right.uses),
    };
    marks.push(made);
    values.push(result);
    const times = (made.constant ? 0 : 1) + (left.wanted ? 1 : 0) + (right.wanted ? 1 : 0);
    return { macs: product(union), constant: made.constant, times, uses: made.uses, result, size: product(result) };
  });
}

/** Costs in whole numbers; `training` weighs each step by how often it is computed, none by `uses`. */
export interface Totals {
  readonly macs: bigint;
  readonly folded: bigint;
  readonly training: bigint;
  readonly write: bigint;
  readonly largest: bigint;
  /** Most elements alive at once: of two parts the one that needs more is made first. */
  readonly peak: bigint;
  /** Elements of values that the backward pass reads and that are no operands; constants are kept anyway and do not count. */
  readonly kept: bigint;
}
export function totalsOf(records: readonly StepRecord[], steps: Steps, request: Request): Totals {
  const sum = (pick: (record: StepRecord) => bigint) => records.reduce((total, record) => total + pick(record), 0n);
  const count = request.network.inputs.length;
  const wanted = request.network.inputs.map((_, k) => request.wanted?.[k] ?? false);
  for (const [a, b] of steps) wanted.push(wanted[a] || wanted[b]);
  const reads = new Set(steps.flatMap(([a, b]) => [...(wanted[a] ? [b] : []), ...(wanted[b] ? [a] : [])]));
  return {
    macs: sum((record) => (record.constant ? 0n : record.macs)),
    folded: sum((record) => (record.constant ? record.macs : 0n)),
    training: sum((record) => BigInt(record.times) * record.macs),
    write: sum((record) => record.size),
    largest: records.reduce((most, { size }) => greater(most, size), 1n),
    peak: peakOf(records, steps, request),
    kept: records.reduce((total, record, k) => total + (reads.has(count + k) && !record.constant ? record.size : 0n), 0n),
  };
}

/** The network of one slice: sliced letters have one value. */
export function slicedRequest(request: Request, sliced: readonly number[]): Request {
  const sizes = request.network.sizes.slice();
  for (const letter of sliced) sizes[letter] = 1;
  return { ...request, network: { ...request.network, sizes } };
}

/** The order of Sethi and Ullman: a part is made while the result of the other is held, then both are read while the join is written. */
function peakOf(records: readonly StepRecord[], steps: Steps, { network }: Request): bigint {
  const big = network.sizes.map(BigInt);
  const sizes = operandLetters(network).map((list) => list.reduce((value, letter) => value * big[letter], 1n));
  const peaks = [...sizes];
  steps.forEach(([a, b], k) => {
    const leftFirst = greater(peaks[a], sizes[a] + peaks[b]);
    const rightFirst = greater(peaks[b], sizes[b] + peaks[a]);
    sizes.push(records[k].size);
    peaks.push(greater(-greater(-leftFirst, -rightFirst), sizes[a] + sizes[b] + records[k].size));
  });
  return peaks[peaks.length - 1];
}

/** Math.max takes no whole numbers of this kind; the lesser of two is the greater of both negated. */
function greater(a: bigint, b: bigint): bigint {
  if (a < b) return b;
  return a;
}

/** Results and costs of a tree as a plan states them: those of all slices, where letters are sliced. */
export function measure(steps: Steps, request: Request, sliced: readonly number[] = []): Omit<Plan, 'method' | 'optimal'> {
  const one = sliced.length === 0 ? request : slicedRequest(request, sliced);
  const slices = sliced.reduce((times, letter) => times * request.network.sizes[letter], 1);
  const records = recordsOf(steps, one);
  let [macs, foldedMacs, trainingMacs] = [0, 0, 0];
  for (const record of records) {
    const cost = Number(record.macs);
    if (record.constant) foldedMacs += cost;
    else macs += cost / record.uses;
    trainingMacs += (cost * record.times) / record.uses;
  }
  const results = records.map((record) => record.result);
  const whole = { macs: macs * slices, foldedMacs: foldedMacs * slices, trainingMacs: trainingMacs * slices };
  return { steps, results, ...whole, log2Peak: log2Peak(records, one) };
}

/** Elements of the largest value that is read or made, in bits. */
function log2Peak(records: readonly StepRecord[], { network }: Request): number {
  const operand = operandLetters(network).map((list) => list.reduce((sum, letter) => sum + Math.log2(network.sizes[letter]), 0));
  return records.reduce(
    (most, { size }) => Math.max(most, log2(size)),
    operand.reduce((most, size) => Math.max(most, size), 0),
  );
}

/** Of a whole number above 0, to the precision of a double. */
export function log2(value: bigint): number {
  const digits = value.toString(2).length;
  return digits <= 1000 ? Math.log2(Number(value)) : digits - 53 + Math.log2(Number(value >> BigInt(digits - 53)));
}
