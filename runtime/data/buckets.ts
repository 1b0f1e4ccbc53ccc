/**
 * Rows of like length together, so that batches of texts are filled up to the longest of their group and not of all rows. Groups are parted
 * at quantiles of the lengths; in each epoch rows go in a seeded order into groups of a whole step, what is left over in one length is
 * taken with the next longer one, and the groups come in another seeded order.
 */
import type { Model, ModelInput } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import type { Examples } from './examples.ts';
import { pick } from './examples.ts';
import type { Short } from './feed.ts';
import { DataError, describeInput } from './feed.ts';
import { shuffled } from './shuffled.ts';

export interface BucketRequest {
  readonly model: Model;
  readonly examples: Examples;
  /** The first ones are trained. */
  readonly rows: number;
  /** How many groups. */
  readonly count: number;
  /** Of a micro-batch, and micro-batches of a step: all of a step have one length. */
  readonly batch: number;
  readonly accumulate: number;
  readonly seed: Words;
  /** Inputs that the losses read. */
  readonly read: readonly ModelInput[];
}
export interface Bucketed {
  readonly batchesPerEpoch: number;
  /** Rows of a training batch. */
  rowsOf(tick: number): Int32Array;
  readonly short: Short;
}

/** By this input losses leave out what rows are filled with. */
const MASK = 'real';

/** Throws DataError where the model does not say what rows are filled with, or there are too few rows. */
export function bucketed(request: BucketRequest): Bucketed {
  const { model, examples, rows, batch, accumulate, seed } = request;
  const time = timeOf(request);
  const lengths = lengthsOf(examples, rows);
  const ends = endsOf(lengths, request.count);
  const group = batch * accumulate;
  if (rows < group) throw new DataError(`buckets: a step of ${group} rows is more than the ${rows} that there are for training`);
  const groups = Math.floor(rows / group);
  let known: { epoch: number; steps: readonly Step[] } | undefined;
  const stepAt = (tick: number): Step => {
    const step = Math.floor(tick / accumulate);
    const epoch = Math.floor(step / groups);
    if (known?.epoch !== epoch) {
      const steps = stepsOf(shuffled(seed, epoch, rows), lengths, ends, group);
      known = { epoch, steps: Array.from(shuffled(seed, epoch, groups, 'data/groups'), (k) => steps[k]) };
    }
    return known.steps[step % groups];
  };
  const rowsOf = (tick: number) => {
    const from = (tick % accumulate) * batch;
    return stepAt(tick).rows.subarray(from, from + batch);
  };
  const axis = model.axes[time].name;
  const cut = new Map(model.inputs.filter(({ axes }) => axes.includes(time)).map(({ name }) => [name, examples.sizes[axis]]));
  const sizesOf = (length: number) => ({ ...examples.sizes, [axis]: length });
  const first = model.axes[model.inputs.find(({ name }) => name === MASK)!.axes[0]].name;
  const withBatch = (length: number) => ({ ...sizesOf(length), [first]: batch });
  return {
    batchesPerEpoch: groups * accumulate,
    rowsOf,
    short: {
      sizes: ends.map(withBatch),
      at(tick) {
        const { length } = stepAt(tick);
        return { sizes: withBatch(length), batch: pick(examples, rowsOf(tick), (name) => (cut.has(name) ? length / cut.get(name)! : 1)) };
      },
    },
  };
}

interface Step {
  readonly rows: Int32Array;
  /** To which they are filled up. */
  readonly length: number;
}

/** Rows in their order, group by group, the shortest first. */
function stepsOf(order: Int32Array, lengths: Int32Array, ends: readonly number[], group: number): Step[] {
  const found: Step[] = [];
  let left: number[] = [];
  ends.forEach((length, k) => {
    const least = k === 0 ? -1 : ends[k - 1];
    const own = [...left, ...order.filter((row) => lengths[row] > least && lengths[row] <= length)];
    const whole = Math.floor(own.length / group) * group;
    for (let from = 0; from < whole; from += group) found.push({ rows: Int32Array.from(own.slice(from, from + group)), length });
    left = own.slice(whole);
  });
  return found;
}

/** The axis that rows are cut along: the second one of the mask. */
function timeOf({ model, examples, read }: BucketRequest): number {
  const mask = read.find(({ name }) => name === MASK);
  const time = mask?.axes[1];
  if (
    mask === undefined ||
    time === undefined ||
    mask.axes.length !== 2 ||
    typeof model.axes[time].size === 'number' ||
    !Object.hasOwn(examples.columns, MASK)
  )
    throw new DataError(
      `buckets want texts, and an input ${MASK}[batch, time] that the losses read, by which they leave out what rows are filled with; ${model.name} reads ${read.map((input) => describeInput(model, input)).join(', ')}`,
    );
  const other = model.inputs.find(({ axes }) => axes.includes(time) && axes[1] !== time);
  if (other !== undefined) throw new DataError(`buckets cut along the second axis, which is not that of ${describeInput(model, other)}`);
  return time;
}

/** One more than the last position that is real, at least 1. */
function lengthsOf({ columns }: Examples, rows: number): Int32Array {
  const { data, each } = columns[MASK];
  return Int32Array.from({ length: rows }, (_, row) => {
    let length = each;
    while (length > 1 && data[row * each + length - 1] === 0) length--;
    return length;
  });
}

/** Lengths up to which the groups go: so many groups of about as many rows, fewer where lengths are equal. */
function endsOf(lengths: Int32Array, count: number): number[] {
  const sorted = lengths.toSorted();
  return [...new Set(Array.from({ length: count }, (_, k) => sorted[Math.ceil(((k + 1) * sorted.length) / count) - 1]))];
}
