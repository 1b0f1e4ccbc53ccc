/** A function of a model on given values: any number of rows, in batches, the last one filled and cut. */
import type { Entry, Model, ModelInput } from '../../compiler/values/model.ts';
import { BondsmithError } from '../../grammar/error.ts';
import { describeInput, openAxis } from '../data/feed.ts';
import type { Column } from '../data/memory.ts';
import type { Engine } from '../engine/engine.ts';
import { fixedRunner } from '../train/evaluate.ts';
import type { HostTensor } from '../weights/tensor.ts';

/** A function that a model does not have, or inputs that do not fit it. */
export class FunctionError extends BondsmithError {
  constructor(message: string) {
    super('function', message);
    this.name = 'FunctionError';
  }
}

/** The function of that name, or the only one. Throws FunctionError. */
export function functionOf(model: Model, name: string | undefined): Entry {
  const functions = model.entries.filter(({ kind }) => kind === 'function');
  const found = name === undefined && functions.length === 1 ? functions[0] : functions.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const names = functions.map((entry) => entry.name).join(', ') || 'none';
  throw new FunctionError(
    name === undefined ? `${model.name} has the functions ${names}; say which` : `${model.name} has no function ${name}; it has ${names}`,
  );
}

/** Results by the names that the program gives them. `columns`: by input. Throws FunctionError, SizeError, MemoryLimit. */
export async function callFunction(
  engine: Engine,
  model: Model,
  values: readonly HostTensor[],
  entry: Entry,
  columns: ReadonlyMap<string, Column>,
  batch: number,
): Promise<Record<string, HostTensor>> {
  const sizes = sizesFor(model, entry, columns);
  const row = rowAxisOf(model, entry);
  const rows = row === undefined ? 1 : sizes[row];
  const perBatch = row === undefined ? 1 : Math.max(1, Math.min(batch, rows));
  const own = row === undefined ? sizes : { ...sizes, [row]: perBatch };
  const runner = await fixedRunner(engine, model, { entries: [{ name: entry.name, weight: 1 }], sizes: own, mode: 'eval' }, values);
  try {
    const found = new Map<string, Float64Array>();
    for (let from = 0; from < rows; from += perBatch) {
      for (const [name, { data }] of columns) runner.set(name, part(data, rows, from, perBatch));
      runner.run({ seed: [0, 0], tick: 0 });
      for (const { name } of entry.eval.results) {
        const result = await runner.read(entry.eval.results.length === 1 ? entry.name : `${entry.name}.${name}`);
        const each = result.length / perBatch;
        const all = found.get(name) ?? new Float64Array(each * rows);
        all.set(result.subarray(0, each * Math.min(perBatch, rows - from)), each * from);
        found.set(name, all);
      }
    }
    return Object.fromEntries(
      entry.eval.results.map(({ name, value }) => {
        const { axes } = entry.eval.statements[value];
        return [name, { shape: axes.map((axis) => sizeOf(model, axis, sizes)), data: found.get(name)! }];
      }),
    );
  } finally {
    runner.release();
  }
}

function sizeOf(model: Model, axis: number, sizes: Readonly<Record<string, number>>): number {
  const { size } = model.axes[axis];
  return typeof size === 'number' ? size : sizes[model.axes[size.open].name];
}

/** The open axis that every input and result begins with. */
export function rowAxisOf(model: Model, { inputs, eval: body }: Entry): string | undefined {
  const first = [...inputs.map(({ axes }) => axes[0]), ...body.results.map(({ value }) => body.statements[value].axes[0])];
  const [axis] = first;
  if (axis === undefined || first.some((other) => other !== axis) || openAxis(model, axis) !== axis) return undefined;
  return model.axes[axis].name;
}

/** Rows from `from` on; behind the last one it comes again. */
function part(data: ArrayLike<number>, rows: number, from: number, count: number): Float64Array {
  const each = data.length / rows;
  const found = new Float64Array(each * count);
  for (let row = 0; row < count; row++) {
    const start = Math.min(from + row, rows - 1) * each;
    for (let k = 0; k < each; k++) found[row * each + k] = data[start + k];
  }
  return found;
}

function sizesFor(model: Model, { inputs, name }: Entry, columns: ReadonlyMap<string, Column>): Record<string, number> {
  const sizes = new Map<string, number>();
  for (const input of inputs) {
    const column = columns.get(input.name);
    if (column === undefined) throw new FunctionError(`${name} takes ${describeInput(model, input)}, which is not given`);
    checkShape(model, input, column, sizes);
  }
  return Object.fromEntries(sizes);
}

function checkShape(model: Model, input: ModelInput, { shape, data }: Column, sizes: Map<string, number>): void {
  const refuse = (message: string) => new FunctionError(`${input.name} has shape [${shape.join(', ')}], ${message}`);
  if (shape.length !== input.axes.length) throw refuse(`expected is ${describeInput(model, input)}`);
  if (data.length !== shape.reduce((product, size) => product * size, 1)) throw refuse(`but ${data.length} values`);
  input.axes.forEach((axis, k) => {
    const { size, name } = model.axes[axis];
    const open = typeof size === 'number' ? undefined : model.axes[size.open].name;
    const known = typeof size === 'number' ? size : sizes.get(open!);
    if (known !== undefined && known !== shape[k]) throw refuse(`but ${name} is ${known}`);
    if (typeof size !== 'number' && size.max !== undefined && shape[k] > size.max) throw refuse(`but ${name} is at most ${size.max}`);
    if (open !== undefined) sizes.set(open, shape[k]);
  });
  const below = input.index === undefined ? undefined : model.axes[input.index].size;
  for (let k = 0; k < data.length; k++) {
    const value = data[k];
    const good = input.type === 'real' && input.index === undefined ? Number.isFinite(value) : Number.isInteger(value);
    if (!good || (typeof below === 'number' && (value < 0 || value >= below)))
      throw new FunctionError(`${input.name} has ${value} at element ${k}, which ${describeInput(model, input)} cannot hold`);
  }
}
