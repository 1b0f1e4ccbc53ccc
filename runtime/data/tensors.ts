/**
 * Data in a safetensors file: one tensor for each input of the model, by name, examples along the first axis. Without a file for
 * validation the last tenth of the examples is held out.
 */
import type { Model, ModelInput } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import type { TensorFile, TensorToStore } from '../checkpoint/safetensors.ts';
import type { BucketRequest } from './buckets.ts';
import { bucketed } from './buckets.ts';
import type { Examples } from './examples.ts';
import { pick } from './examples.ts';
import type { Feed, Held } from './feed.ts';
import { checkInputSizes, DataError, describeInput, openAxis } from './feed.ts';
import { shuffled } from './shuffled.ts';

const HELD_OUT = 0.1;

export interface TensorRequest {
  readonly model: Model;
  readonly examples: Examples;
  readonly held?: Examples;
  readonly batch: number;
  readonly seed: Words;
  /** Nothing is trained: a batch may be larger than the examples. */
  readonly evaluated?: boolean;
  /** Rows of like length together: in how many groups, micro-batches of a step, inputs that the losses read. */
  readonly buckets?: Pick<BucketRequest, 'count' | 'accumulate' | 'read'> | undefined;
}

/** Reads and checks the tensors of those inputs that the file has. Throws DataError or FileProblem. */
export function readExamples(model: Model, file: TensorFile): Examples {
  const tensors = new Map<string, { shape: readonly number[]; data: Float64Array }>();
  for (const { name } of model.inputs) {
    const stored = file.tensors.get(name);
    if (stored !== undefined) tensors.set(name, { shape: stored.shape, data: file.read(name) });
  }
  return examplesOf(model, tensors, file.path);
}

/** Checks shapes against the inputs that are given, and integers against their axes. `name` is for messages. */
export function examplesOf(
  model: Model,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>,
  name: string,
): Examples {
  const inputs = model.inputs.filter((input) => tensors.has(input.name));
  const exampleAxis = commonAxis(model, inputs);
  const sizes = new Map<string, number>();
  const columns = new Map<string, { data: ArrayLike<number>; each: number }>();
  for (const input of inputs) {
    const { shape, data } = tensors.get(input.name)!;
    const refuse = (message: string) => new DataError(`${name}: tensor ${input.name} has shape [${shape.join(', ')}], ${message}`);
    if (shape.length !== input.axes.length) throw refuse(`the input is ${describeInput(model, input)}`);
    input.axes.forEach((axis, k) => {
      const { name: axisName, size } = model.axes[axis];
      const known = typeof size === 'number' ? size : sizes.get(model.axes[size.open].name);
      if (known !== undefined && known !== shape[k]) throw refuse(`but ${axisName} is ${known}`);
      if (typeof size !== 'number' && axis !== exampleAxis && size.max !== undefined && shape[k] > size.max) {
        throw refuse(`but ${axisName} is at most ${size.max}`);
      }
      if (typeof size !== 'number') sizes.set(model.axes[size.open].name, shape[k]);
    });
    checkValues(model, input, data, name);
    columns.set(input.name, { data, each: shape.slice(1).reduce((product, size) => product * size, 1) });
  }
  const count = sizes.get(model.axes[exampleAxis].name)!;
  sizes.delete(model.axes[exampleAxis].name);
  if (count === 0) throw new DataError(`${name} has no examples`);
  return { count, columns: Object.fromEntries(columns), sizes: Object.fromEntries(sizes) };
}

/** The first axis of these inputs, which must be open. */
function commonAxis(model: Model, inputs: readonly ModelInput[]): number {
  const first = inputs.map((input) => input.axes[0]);
  if (first.length > 0 && first[0] !== undefined && first.every((axis) => axis === first[0]) && openAxis(model, first[0]) === first[0])
    return first[0];
  const found = inputs.map((input) => describeInput(model, input)).join(', ');
  throw new DataError(
    `examples lie along the first axis, so all inputs of ${model.name} must begin with one open axis; they are ${found || 'none'}`,
  );
}

function checkValues(model: Model, input: ModelInput, data: ArrayLike<number>, name: string): void {
  const size = input.index === undefined ? undefined : model.axes[input.index].size;
  const below = input.type === 'bool' ? 2 : typeof size === 'number' ? size : 2 ** 31;
  for (let k = 0; k < data.length; k++) {
    const value = data[k];
    const good =
      input.type === 'real' && input.index === undefined
        ? Number.isFinite(value)
        : Number.isInteger(value) && value < below && value >= lowest(input);
    if (good) continue;
    const where = input.index === undefined ? '' : ` (${model.axes[input.index].name} is ${below})`;
    throw new DataError(
      `${name}: tensor ${input.name} has ${value} at element ${k}, which ${describeInput(model, input)} cannot hold${where}`,
    );
  }
}

function lowest(input: ModelInput): number {
  return input.index === undefined && input.type === 'int' ? -(2 ** 31) : 0;
}

/** Training goes through a new seeded order in each epoch; a last batch that would be short waits for the next epoch's order. */
export function tensorFeed({ model, examples, held, batch, seed, evaluated, buckets }: TensorRequest): Feed {
  const border = held === undefined ? examples.count - Math.floor(examples.count * HELD_OUT) : examples.count;
  if (border < batch && !evaluated)
    throw new DataError(`a batch of ${batch} is more than the ${border} examples that there are for training; give a smaller --batch`);
  const { columns } = examples;
  const given = model.inputs.filter(({ name }) => Object.hasOwn(columns, name));
  const axis = model.axes[commonAxis(model, given)].name;
  checkInputSizes(model, { [axis]: batch, ...examples.sizes });
  const batchesPerEpoch = Math.max(1, Math.floor(border / batch));
  let order: { epoch: number; positions: Int32Array } | undefined;
  const rowsOf = (tick: number) => {
    const epoch = Math.floor(tick / batchesPerEpoch);
    if (order?.epoch !== epoch) order = { epoch, positions: shuffled(seed, epoch, border) };
    const from = (tick % batchesPerEpoch) * batch;
    return order.positions.subarray(from, from + batch);
  };
  const grouped =
    buckets === undefined || buckets.count === 1 || evaluated
      ? { batchesPerEpoch, rowsOf, short: undefined }
      : bucketed({ model, examples, rows: border, batch, seed, ...buckets });
  const validation =
    held === undefined ? heldOut(examples, border, examples.count, batch, axis) : heldOut(held, 0, held.count, batch, axis);
  return {
    sizes: { [axis]: batch, ...examples.sizes },
    unit: 'examples',
    unitsPerBatch: batch,
    batchesPerEpoch: grouped.batchesPerEpoch,
    train: (tick) => pick(examples, grouped.rowsOf(tick)),
    short: grouped.short,
    validation,
  };
}

/** In the order of the file. */
function heldOut(examples: Examples, from: number, to: number, batch: number, axis: string): Held {
  const rows = to - from;
  const perBatch = Math.max(1, Math.min(batch, rows));
  return {
    inputs: Object.keys(examples.columns),
    rows,
    axis,
    perBatch,
    sizes: { [axis]: perBatch, ...examples.sizes },
    batch: (first, count) =>
      pick(
        examples,
        Int32Array.from({ length: count }, (_, k) => from + Math.min(first + k, rows - 1)),
      ),
  };
}

/** All held-out rows as tensors, to be kept beside a run: reals in single precision where that is exact. */
export function heldTensors(model: Model, { validation }: Pick<Feed, 'validation'>): TensorToStore[] {
  const { rows, axis, sizes } = validation;
  const columns = rows === 0 ? {} : validation.batch(0, rows);
  return Object.entries(columns).map(([name, data]) => {
    const input = model.inputs.find((one) => one.name === name)!;
    const shape = input.axes.map((id) => {
      const { size } = model.axes[id];
      if (typeof size === 'number') return size;
      const open = model.axes[size.open].name;
      return open === axis ? rows : sizes[open];
    });
    if (input.type !== 'real' || input.index !== undefined) return { name, shape, data: Int32Array.from(data) };
    const single = Float32Array.from(data);
    return { name, shape, data: single.every((value, k) => value === data[k]) ? single : Float64Array.from(data) };
  });
}
