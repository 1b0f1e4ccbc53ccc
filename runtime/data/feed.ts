/**
 * What the training loop asks of data: a batch for a number. A training batch is a pure function of (seed, tick), so a resumed run needs
 * no position in the data, and validation batches are the same every time.
 */

import type { Model, ModelInput, Size } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { streamKey, wordAt } from '../../compiler/values/random.ts';
import { BondsmithError } from '../../grammar/error.ts';

/** Values of each input by name, row-major over its axes. */
export type Batch = Readonly<Record<string, ArrayLike<number>>>;
export interface Feed {
  /** Sizes of the model's open axes, by axis name. */
  readonly sizes: Readonly<Record<string, number>>;
  /** What progress counts. */
  readonly unit: 'tokens' | 'examples';
  readonly unitsPerBatch: number;
  /** Training batches in one pass over the data. */
  readonly batchesPerEpoch: number;
  train(tick: number): Batch;
  /** Where rows of like length are together: the same batches, filled up no further than to the longest of their group. */
  readonly short?: Short | undefined;
  readonly validation: Held;
}
export interface Short {
  /** Of open axes, all that occur. */
  readonly sizes: readonly Readonly<Record<string, number>>[];
  at(tick: number): { readonly sizes: Readonly<Record<string, number>>; readonly batch: Batch };
}
/** Held-out data, row by row. */
export interface Held {
  /** Inputs that a batch has. */
  readonly inputs: readonly string[];
  readonly rows: number;
  /** The open axis along which rows lie, and how many of them a batch has. */
  readonly axis: string;
  readonly perBatch: number;
  /** Of open axes in a batch. */
  readonly sizes: Readonly<Record<string, number>>;
  /** So many rows from row `from` on; behind the last one it comes again. */
  batch(from: number, count: number): Batch;
}
/** The data do not fit the model, or are broken: what was expected, what was found, where. */
export class DataError extends BondsmithError {
  constructor(message: string) {
    super('data', message);
    this.name = 'DataError';
  }
}

/** Inputs that data are looked through for: those that must be there, and those that are taken where they are. */
export interface Wanted {
  readonly needed: readonly ModelInput[];
  readonly others: readonly ModelInput[];
}
/** What these losses, metrics or functions read is needed, whatever else the model takes. */
export function wantedBy(model: Model, entries: readonly string[]): Wanted {
  const read = new Set(model.entries.filter(({ name }) => entries.includes(name)).flatMap(({ inputs }) => inputs.map(({ name }) => name)));
  return { needed: model.inputs.filter(({ name }) => read.has(name)), others: model.inputs.filter(({ name }) => !read.has(name)) };
}
/** These and no others. */
export const exactly = (inputs: readonly ModelInput[]): Wanted => ({ needed: inputs, others: [] });

/** Engines address at most so many elements of one value. */
const MOST_ELEMENTS = 2 ** 31;

/** Throws DataError for a batch whose inputs no engine could hold. */
export function checkInputSizes(model: Model, sizes: Readonly<Record<string, number>>): void {
  for (const input of model.inputs) {
    const elements = input.axes.reduce((product, axis) => {
      const { size } = model.axes[axis];
      return product * (typeof size === 'number' ? size : (sizes[model.axes[size.open].name] ?? 1));
    }, 1);
    if (elements <= MOST_ELEMENTS) continue;
    throw new DataError(`a batch of ${describeInput(model, input)} would have ${elements} elements, the most is 2^31; use a smaller batch`);
  }
}

/** An integer in [0, below), number `index` of `stream`, uniform to 2^-32: the word as a fraction of `below`. */
export function drawBelow(seed: Words, stream: string, tick: number, index: number, below: number): number {
  return Math.floor((wordAt(streamKey(seed, stream, tick), 0, index) / 2 ** 32) * below);
}

export function sizeOf(model: Model, axis: number): Size {
  return model.axes[axis].size;
}

/** `ids[batch, time]`. */
export function describeInput(model: Model, input: ModelInput): string {
  const axes = input.axes.map((axis) => model.axes[axis].name).join(', ');
  return `${input.name}[${axes}]${input.index === undefined ? '' : ` in ${model.axes[input.index].name}`}`;
}

/** The open axis whose size an axis has: itself, or the one it is a prime of. */
export function openAxis(model: Model, axis: number): number | undefined {
  const size = sizeOf(model, axis);
  return typeof size === 'number' ? undefined : size.open;
}
