/** A package that runs: entries called with tensors of any size that was built for. It is the engine with the launches of open sizes. */

import type { Runnable } from '../../compiler/values/executable.ts';
import { type SizedKernel, stepFor } from '../../compiler/values/sized.ts';
import type { Space } from '../engine/engine.ts';
import { type CoreOptions, openCore, type WasmCore } from '../engine/wasm/core.ts';
import { makeRunner, type Runner } from '../train/runner.ts';
import { type Asset, carriedCode, checkedAsset } from './code.ts';
import { PackageError } from './error.ts';
import type { CarriedAxis, CarriedEntry, CarriedInput, CarriedProgram } from './program.ts';
import { valuesIn } from './weights.ts';

/** Row-major numbers; `shape` has a length for each axis. */
export interface Tensor<Shape extends readonly number[] = readonly number[]> {
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
}
export interface Result<Shape extends readonly number[] = readonly number[]> {
  readonly data: Float32Array;
  readonly shape: Shape;
}
export type OpenOptions = Pick<CoreOptions, 'threads' | 'workers' | 'limit' | 'tell'>;

type Run = Runner<Runnable<SizedKernel>>;
/** Sizes whose launches are kept ready. */
const KEPT = 8;

/** Throws PackageError where a file is damaged, MemoryLimit. */
export async function openNet(program: CarriedProgram, asset: Asset, options: OpenOptions = {}): Promise<Net> {
  const [weights, engine] = await Promise.all([
    checkedAsset(asset, program.weights),
    openCore<SizedKernel>(options, (request) => carriedCode(program, asset, request)),
  ]);
  const persistent = engine.allocate(program.persistent);
  const values = valuesIn(weights, program.parameters);
  for (const { name, offset } of program.parameters) engine.write(persistent, offset, values.get(name)!, 'real');
  return new Net(program, engine, persistent);
}

export class Net {
  readonly #program: CarriedProgram;
  readonly #engine: WasmCore<SizedKernel>;
  readonly #persistent: Space;
  readonly #runners = new Map<string, Run>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(program: CarriedProgram, engine: WasmCore<SizedKernel>, persistent: Space) {
    this.#program = program;
    this.#engine = engine;
    this.#persistent = persistent;
  }

  /** Results by name. One call runs at a time. Throws PackageError that names the input, what is expected and what was found. */
  call(name: string, inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Result>> {
    const next = this.#last.then(() => this.#call(name, inputs));
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Ends its threads; it is of no use afterwards. */
  close(): void {
    this.#engine.close();
  }

  async #call(name: string, inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Result>> {
    const entry = this.#program.entries.find((own) => own.name === name);
    if (entry === undefined)
      throw new PackageError(`there is no entry ${name}; there are ${this.#program.entries.map((own) => own.name).join(', ')}`);
    const sizes = this.#sizes(entry, inputs);
    const { rows } = entry;
    const all = rows === undefined ? 1 : sizes[rows];
    const most = rows === undefined ? 1 : Math.min(all, this.#program.open[rows].most);
    const found = entry.results.map(({ name: result, axes }) => {
      const shape = axes.map(({ size }) => sizeOf(size, sizes));
      return [result, { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) }] as const;
    });
    for (let from = 0; from < all; from += most) {
      const count = Math.min(most, all - from);
      const run = await this.#runner(entry, rows === undefined ? sizes : sizes.with(rows, count));
      for (const { name: input } of entry.inputs) run.set(input, part(inputs[input].data, all, from, count));
      run.run({ seed: [0, 0], tick: 0 });
      for (const [k, { key }] of entry.results.entries()) {
        const values = await run.read(key);
        found[k][1].data.set(values, (values.length / count) * from);
      }
    }
    return Object.fromEntries(found);
  }

  #sizes(entry: CarriedEntry, inputs: Readonly<Record<string, Tensor>>): number[] {
    const sizes: (number | undefined)[] = this.#program.open.map(() => undefined);
    for (const input of entry.inputs) checkInput(entry, input, inputs[input.name], this.#program.open, sizes);
    return sizes.map((size) => size ?? 1);
  }

  async #runner(entry: CarriedEntry, sizes: readonly number[]): Promise<Run> {
    const key = `${entry.name} ${sizes.join(' ')}`;
    const known = this.#runners.get(key);
    if (known !== undefined) return known;
    const run = await makeRunner<Runnable<SizedKernel>>(this.#engine, stepFor(entry.step, sizes), this.#persistent);
    this.#runners.set(key, run);
    const [oldest] = this.#runners;
    if (this.#runners.size > KEPT) {
      oldest[1].release();
      this.#runners.delete(oldest[0]);
    }
    return run;
  }
}

function part(data: ArrayLike<number>, rows: number, from: number, count: number): ArrayLike<number> {
  if (count === rows) return data;
  const each = data.length / rows;
  return Array.prototype.slice.call(data, from * each, (from + count) * each);
}

function sizeOf(size: CarriedAxis['size'], sizes: readonly number[]): number {
  return typeof size === 'number' ? size : sizes[size.open];
}

/** `sizes` gets what the shape says. */
function checkInput(
  entry: CarriedEntry,
  { name, type, axes, below }: CarriedInput,
  given: Tensor | undefined,
  open: CarriedProgram['open'],
  sizes: (number | undefined)[],
): void {
  const wanted = `${name}[${axes.map((axis) => (typeof axis.size === 'number' ? `${axis.name} = ${axis.size}` : axis.name)).join(', ')}]`;
  const refuse = (found: string) =>
    new PackageError(`${entry.name} takes ${wanted}${below === undefined ? '' : ` of whole numbers from 0 to ${below - 1}`}; ${found}`);
  if (given === undefined) throw refuse('it is not given');
  const { shape, data } = given;
  if (!Array.isArray(shape) || shape.length !== axes.length) throw refuse(`given is the shape [${String(shape)}]`);
  if (data.length !== shape.reduce((product, size) => product * size, 1))
    throw refuse(`given are ${data.length} values for the shape [${shape.join(', ')}]`);
  for (const [k, axis] of axes.entries()) {
    const known = typeof axis.size === 'number' ? axis.size : sizes[axis.size.open];
    if (!(Number.isInteger(shape[k]) && shape[k] > 0)) throw refuse(`given is ${axis.name} = ${shape[k]}`);
    if (known !== undefined && known !== shape[k]) throw refuse(`given is ${axis.name} = ${shape[k]}, elsewhere it is ${known}`);
    if (typeof axis.size === 'number') continue;
    const { most } = open[axis.size.open];
    if (shape[k] > most && axis.size.open !== entry.rows) throw refuse(`given is ${axis.name} = ${shape[k]}, built was up to ${most}`);
    sizes[axis.size.open] = shape[k];
  }
  for (let k = 0; k < data.length; k++) {
    const value = data[k];
    const good =
      type === 'real' && below === undefined
        ? Number.isFinite(value)
        : Number.isInteger(value) && value >= 0 && !(below !== undefined && value >= below);
    if (!good && !(type === 'int' && below === undefined && Number.isInteger(value))) throw refuse(`given is ${value} at element ${k}`);
  }
}
