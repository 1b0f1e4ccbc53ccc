/**
 * Compiled functions called one by one, in any order that the caller's own control flow chooses, on one engine. Inside `tape` the calls are
 * recorded and can be replayed backwards. Calls return handles at once; the engine's work waits in one queue, so only reading is a promise.
 */
import type { Allocation, Executable, Layout } from '../../compiler/values/executable.ts';
import type { SpaceName } from '../../compiler/values/kernel.ts';
import type { Axis, Dtype, Type } from '../../compiler/values/program.ts';
import { elements, printType, sameShape } from '../../compiler/values/shape.ts';
import type { Engine, Loaded, Space, Values } from '../engine/engine.ts';
import { Bindings } from './bindings.ts';
import { CallError, type CompiledFunction, type Functions, sizesOf } from './functions.ts';
import { Handle } from './handle.ts';
import { CallerPlace, TapeError, type TapeRecord } from './record.ts';
import { replay } from './replay.ts';
import { Slabs } from './slabs.ts';

export interface TapeSessionOptions {
  readonly engine: Engine;
  readonly functions: Functions;
  /** Holds the parameters, their `NAME.gradient` and the optimiser's states, where `layout` says. */
  readonly persistent: Space;
  readonly layout: Layout;
  readonly seed: readonly [number, number];
}
/** Handles, or numbers for inputs of rank 0. */
export type Inputs = Readonly<Record<string, Handle | number>>;

/** Of the type that the numbers have: converting them in a loop took a tenth of a step. */
function copyOf(values: ArrayLike<number>): ArrayLike<number> {
  const typed = values instanceof Float32Array || values instanceof Float64Array || values instanceof Int32Array;
  return typed ? values.slice() : Float64Array.from(values);
}

export class TapeSession {
  readonly engine: Engine;
  readonly functions: Functions;
  readonly slabs: Slabs;
  readonly seed: readonly [number, number];
  readonly #persistent: Space;
  readonly #layout: Layout;
  readonly #compiled = new Map<string, CompiledFunction>();
  readonly #loaded = new Map<Executable, Promise<Loaded>>();
  readonly #bindings = new Bindings();
  /** Versions of parameters, and who changed them last. */
  readonly #versions = new Map<string, { version: number; by: CallerPlace }>();
  #queue: Promise<void> = Promise.resolve();
  #records: TapeRecord[] | undefined;
  #tick = 0;

  constructor({ engine, functions, persistent, layout, seed }: TapeSessionOptions) {
    this.engine = engine;
    this.functions = functions;
    this.slabs = new Slabs(engine);
    this.seed = seed;
    this.#persistent = persistent;
    this.#layout = layout;
  }

  /** Numbers of the caller, row-major, with a shape; they are copied. */
  tensor(values: ArrayLike<number>, shape: readonly (number | Axis)[], dtype: Dtype = 'real'): Handle {
    const axes = shape.map((axis, k) => (typeof axis === 'number' ? { name: `axis${k}`, size: axis } : axis));
    const type = { dtype, axes };
    if (values.length !== elements(axes))
      throw new CallError(`${printType(type)} has ${elements(axes)} elements, given are ${values.length}`);
    return new Handle(type, { is: 'given', values: copyOf(values) }, (handle) => this.#fetch(handle));
  }

  /** Records the calls made in `body`; at its end all values are released, and what failed in the queue is thrown. */
  async tape<T>(body: () => T | Promise<T>): Promise<T> {
    if (this.#records !== undefined) throw new TapeError('a tape is recording already; one tape at a time');
    const records: TapeRecord[] = [];
    this.#records = records;
    try {
      const value = await body();
      await this.#queue;
      return value;
    } finally {
      this.#records = undefined;
      await this.#queue.catch(() => undefined);
      for (const record of records) this.#end(record);
      // What failed was thrown above, or the body threw before; the next tape starts clean.
      this.#queue = Promise.resolve();
    }
  }

  /** Calls a function on the sizes that the inputs have; handles of its results by name. Throws CallError where inputs do not fit. */
  call(name: string, inputs: Inputs): Readonly<Record<string, Handle>> {
    const records = this.#records;
    if (records === undefined) throw new TapeError(`${name} is called outside of a tape; write tape(() => ...) around the calls`);
    const given = new Map(Object.entries(inputs).map(([key, value]) => [key, typeof value === 'number' ? this.#scalar(value) : value]));
    const compiled = this.#specialise(name, given);
    checkInputs(name, compiled.forward, given);
    for (const [key, handle] of given) {
      if (handle.origin.is === 'result' && handle.origin.record.state === 'ended')
        throw new TapeError(`${key} of ${name} is of a tape that has ended`);
    }
    const versions = new Map(parametersOf(compiled.forward).map((key) => [key, this.#versions.get(key)?.version ?? 0]));
    const record: TapeRecord = { name, place: new CallerPlace(), compiled, inputs: given, versions, tick: this.#tick++, state: 'recorded' };
    records.push(record);
    this.enqueue(() => this.#forward(record));
    const results = [...compiled.forward.places].filter(([key]) => key.startsWith('result '));
    return Object.fromEntries(results.map(([, place]) => [place.name, this.#result(record, place.name, place.type)]));
  }

  /**
   * Adds the gradients of a rank-0 result to the states `NAME.gradient`, replaying the calls of this tape from the last to the first; of
   * any real result where the caller gives its cotangent, row-major: the vector of a vector-Jacobian product. Throws TapeError when a
   * parameter was changed since its call, naming both places.
   */
  backward(loss: Handle, cotangent?: ArrayLike<number>): void {
    if (this.#records === undefined) throw new TapeError('backward is called outside of a tape');
    const { origin, type } = loss;
    if (origin.is !== 'result' || !this.#records.includes(origin.record))
      throw new TapeError('backward starts from a result of a call on this tape');
    if (type.dtype !== 'real' || (type.axes.length > 0 && cotangent === undefined))
      throw new TapeError(`backward starts from one real number, or a real result and its cotangent; ${origin.name} is ${printType(type)}`);
    const seed = Float64Array.from(cotangent ?? [1]);
    if (seed.length !== elements(type.axes))
      throw new TapeError(`${origin.name} is ${printType(type)}, its cotangent has ${seed.length} numbers`);
    if (!seed.every(Number.isFinite)) throw new TapeError(`the cotangent of ${origin.name} has a number that is not finite`);
    const work = replay(this, this.#records, loss, seed, (record) => this.#checkVersions(record));
    this.enqueue(work);
  }

  /**
   * Runs a program on the persistent space, as an optimiser's update: `scalars` are its rank-0 inputs by name. Parameters that it
   * writes get a new version. Resolves to the results.
   */
  update(
    executable: Executable,
    scalars: Readonly<Record<string, number>> = {},
    gates?: Readonly<Record<string, boolean>>,
  ): Promise<ReadonlyMap<string, Values>> {
    const by = new CallerPlace();
    for (const [key, { name }] of executable.places) if (key.startsWith('state ')) this.#bump(name, by);
    const given = new Map(Object.entries(scalars).map(([key, value]) => [key, this.#scalar(value)]));
    const tick = this.#tick++;
    const results = new Map<string, Promise<Values>>();
    const done = this.enqueue(async () => {
      const inputs = this.slabs.take(executable.sizes.inputs);
      const space = this.slabs.take(executable.sizes.results);
      this.fill(executable, inputs, given);
      await this.run(executable, { inputs, results: space }, tick, gates);
      for (const [key, { name, type, address }] of executable.places) {
        if (key.startsWith('result ')) results.set(name, this.engine.read(space, address.offset, address.length, type.dtype));
      }
      this.slabs.give(inputs);
      this.slabs.give(space);
    });
    const values = done.then(async () => new Map(await Promise.all([...results].map(async ([key, value]) => [key, await value] as const))));
    values.catch(() => undefined);
    return values;
  }

  /** Sets a member of the layout: a parameter (which gets a new version), a gradient or a state. */
  write(name: string, values: ArrayLike<number>): void {
    const { address, type } = this.#member(name);
    if (values.length !== address.length) throw new CallError(`${name} is ${printType(type)}, given are ${values.length} numbers`);
    this.#bump(name, new CallerPlace());
    const copy = Float64Array.from(values);
    this.enqueue(() => this.engine.write(this.#persistent, address.offset, copy, type.dtype));
  }
  /** The present values of a parameter, gradient or state. */
  readMember(name: string): Promise<Values> {
    const { address, type } = this.#member(name);
    return this.enqueue(() => undefined).then(() => this.engine.read(this.#persistent, address.offset, address.length, type.dtype));
  }
  zeroGradients(): void {
    for (const { name, address } of this.#layout.members)
      if (name.endsWith('.gradient')) this.write(name, new Float32Array(address.length));
  }

  /** Gives back all memory that calls took; the session may be used again. Not inside a tape. */
  async release(): Promise<void> {
    if (this.#records !== undefined) throw new TapeError('a session is released inside its tape');
    await this.#queue.catch(() => undefined);
    this.#bindings.release();
    for (const loaded of this.#loaded.values()) (await loaded).release();
    this.#loaded.clear();
    this.slabs.release();
  }

  // what replay uses too ---------------------------------------------------------------------------------------------------
  /** Work of the engine, after all that was asked before. After a failure nothing runs any more until the tape ends. */
  enqueue(task: () => void | Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(task);
    // Whoever reads, or the end of the tape, reports the failure.
    this.#queue.catch(() => undefined);
    return this.#queue;
  }
  async run(
    executable: Executable,
    spaces: Partial<Record<SpaceName, Space>>,
    tick: number,
    gates?: Readonly<Record<string, boolean>>,
  ): Promise<void> {
    let loaded = this.#loaded.get(executable);
    if (loaded === undefined) {
      loaded = this.engine.load(executable);
      this.#loaded.set(executable, loaded);
      loaded.catch(() => this.#loaded.delete(executable));
    }
    this.#bindings.of(executable, await loaded, { ...spaces, persistent: this.#persistent }).run({ seed: this.seed, tick, gates });
  }
  /** Writes or copies the numbers of handles to the inputs of the same name, but those that `filled` has read already. */
  fill(executable: Executable, space: Space, inputs: ReadonlyMap<string, Handle>, filled?: Executable): void {
    for (const [name, handle] of inputs) {
      const place = executable.places.get(`input ${name}`);
      if (place !== undefined && filled?.places.get(`input ${name}`) === undefined) this.#move(handle, space, place);
    }
  }
  #move({ origin }: Handle, to: Space, { address, type }: Allocation): void {
    if (origin.is === 'given') this.engine.write(to, address.offset, origin.values, type.dtype);
    else {
      const from = origin.record.compiled.forward.places.get(`result ${origin.name}`)!.address;
      this.engine.copy(origin.record.results!, from.offset, to, address.offset, from.length);
    }
  }
  async #forward(record: TapeRecord): Promise<void> {
    const { forward, backward } = record.compiled;
    const { sizes } = forward;
    // Backward reads what forward does at the same places, and has its cotangents behind it.
    const inputs = this.slabs.take((backward ?? forward).sizes.inputs);
    record.given = inputs;
    record.results = this.slabs.take(sizes.results);
    record.saved = this.slabs.take(sizes.saved);
    this.fill(forward, inputs, record.inputs);
    await this.run(forward, { inputs, results: record.results, saved: record.saved }, record.tick);
  }
  #end(record: TapeRecord): void {
    for (const space of ['given', 'results', 'saved'] as const) {
      if (record[space] !== undefined) this.slabs.give(record[space]);
      record[space] = undefined;
    }
    record.state = 'ended';
  }
  #specialise(name: string, given: ReadonlyMap<string, Handle>): CompiledFunction {
    const types = new Map([...given].map(([key, handle]) => [key, handle.type]));
    const sizes = sizesOf(name, this.functions.signature(name), types);
    // Nobody could ask for the gradient of what the caller gave.
    const gradients = [...given].flatMap(([key, { origin, type }]) => (origin.is === 'result' && type.dtype === 'real' ? [key] : []));
    const key = JSON.stringify([name, Object.entries(sizes).sort(), gradients.sort()]);
    const known = this.#compiled.get(key) ?? this.functions.compile(name, sizes, gradients);
    this.#compiled.set(key, known);
    return known;
  }
  #result(record: TapeRecord, name: string, type: Type): Handle {
    return new Handle(type, { is: 'result', record, name }, (handle) => this.#fetch(handle));
  }
  #scalar(value: number): Handle {
    return this.tensor([value], []);
  }
  async #fetch({ origin, type }: Handle): Promise<Values> {
    if (origin.is === 'given') return type.dtype === 'real' ? Float64Array.from(origin.values) : Int32Array.from(origin.values);
    const { record, name } = origin;
    await this.#queue;
    if (record.results === undefined)
      throw new TapeError(`${name} of ${record.name} (${record.place}) is of a tape that has ended; read it inside`);
    const { address } = record.compiled.forward.places.get(`result ${name}`)!;
    return this.engine.read(record.results, address.offset, address.length, type.dtype);
  }
  #checkVersions(record: TapeRecord): void {
    for (const [name, version] of record.versions) {
      const now = this.#versions.get(name);
      if (now === undefined || now.version === version) continue;
      throw new TapeError(
        `backward needs ${name} as it was when ${record.name} was called at ${record.place}, but it was changed at ${now.by}; ` +
          'call backward before the update, or call the function again',
      );
    }
  }
  #bump(name: string, by: CallerPlace): void {
    this.#versions.set(name, { version: (this.#versions.get(name)?.version ?? 0) + 1, by });
  }
  #member(name: string): Layout['members'][number] {
    const found = this.#layout.members.find((member) => member.name === name);
    if (found === undefined) throw new CallError(`there is no parameter or state ${name}`);
    return found;
  }
}

function parametersOf(executable: Executable): string[] {
  return [...executable.places].filter(([key]) => key.startsWith('parameter ')).map(([, place]) => place.name);
}

function checkInputs(name: string, executable: Executable, given: ReadonlyMap<string, Handle>): void {
  for (const [key, { name: input, type }] of executable.places) {
    if (!key.startsWith('input ')) continue;
    const handle = given.get(input);
    if (handle === undefined) throw new CallError(`${name} takes the input ${input}: ${printType(type)}, which is not given`);
    const scalar = handle.origin.is === 'given' && type.axes.length === 0 && handle.type.axes.length === 0;
    if (!scalar && !sameShape(handle.type, type))
      throw new CallError(`${name}: ${input} is ${printType(type)}, given is ${printType(handle.type)}`);
  }
}
