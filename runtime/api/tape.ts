/** The tape with its optimiser: losses put together by the caller's own control flow, their gradients, and a step that knows its rates. */
import { compileStep, layoutOf } from '../../compiler/index.ts';
import type { CompiledStep, Layout } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { BondsmithError } from '../../grammar/error.ts';
import type { Column } from '../data/memory.ts';
import type { Engine, Space, Values } from '../engine/engine.ts';
import type { Handle } from '../tape/handle.ts';
import { functionsOf } from '../tape/model.ts';
import { TapeSession } from '../tape/session.ts';
import type { TrainConfig } from '../train/config.ts';
import type { Group } from '../train/host-values.ts';
import { optimiserSpec, stepScalars } from '../train/host-values.ts';
import type { HostTensor } from '../weights/tensor.ts';

/** What a call takes: a result of another call, a number, or numbers with a shape. */
export type TapeInput = Handle | number | Column;

export interface TapeParts {
  readonly engine: Engine;
  readonly model: Model;
  readonly values: readonly HostTensor[];
  readonly config: TrainConfig;
  readonly groups: readonly Group[];
  readonly seed: readonly [number, number];
  /** Where the schedule of the rate ends; absent: it has no end, so it must be constant. */
  readonly steps?: number | undefined;
  readonly start?: TapeStart | undefined;
}
/** An optimiser that goes on: steps that it did, its state by member. */
export interface TapeStart {
  readonly step: number;
  state(name: string): ArrayLike<number> | undefined;
}

export class Tape {
  readonly #parts: TapeParts;
  readonly #layout: Layout;
  readonly #space: Space;
  readonly #session: TapeSession;
  #update: CompiledStep | undefined;
  #steps: number;

  constructor(parts: TapeParts) {
    const { engine, model, config, groups, seed, values } = parts;
    if (parts.steps === undefined && config.schedule.kind !== 'constant')
      throw new BondsmithError('settings', `schedule.kind is ${config.schedule.kind}: say with steps where it ends`);
    this.#parts = parts;
    this.#steps = parts.start?.step ?? 0;
    this.#layout = layoutOf(model, optimiserSpec(config, groups), true);
    this.#space = engine.allocate(this.#layout.size);
    const functions = functionsOf(model, 'train', this.#layout, engine.planning);
    this.#session = new TapeSession({ engine, functions, persistent: this.#space, layout: this.#layout, seed });
    for (const { id, names } of model.parameters) this.#session.write(names[0], values[id].data);
    for (const { name } of this.#layout.members) {
      const state = parts.start?.state(name);
      if (state !== undefined) this.#session.write(name, state);
    }
  }

  /** Records the calls made in `body`; only there are results to be had. */
  record<T>(body: (tape: this) => T | Promise<T>): Promise<T> {
    return this.#session.tape(() => body(this));
  }

  /** Calls a function, loss or metric of the model; its results by name. Throws CallError. */
  call(name: string, inputs: Readonly<Record<string, TapeInput>>): Readonly<Record<string, Handle>> {
    const entry = this.#parts.model.entries.find((candidate) => candidate.name === name);
    const handles = Object.entries(inputs).map(([key, value]): [string, Handle | number] => {
      if (typeof value === 'number' || !('shape' in value)) return [key, value];
      const input = entry?.inputs.find((one) => one.name === key);
      return [
        key,
        this.#session.tensor(
          value.data,
          value.shape,
          input === undefined || (input.type === 'real' && input.index === undefined) ? 'real' : input.type === 'bool' ? 'bit' : 'int',
        ),
      ];
    });
    const results = this.#session.call(name, Object.fromEntries(handles));
    // A function with one result hands it out under its own name.
    const [only] = entry?.kind === 'function' && entry.eval.results.length === 1 ? entry.eval.results : [];
    return only === undefined ? results : { [only.name]: results[name] };
  }

  /** Adds the gradients of a loss to those that are there; of any result where its cotangent is given, row-major. Throws TapeError. */
  backward(loss: Handle, cotangent?: ArrayLike<number>): void {
    this.#session.backward(loss, cotangent);
  }

  /** One step of the optimiser with the gradients that were added up; they are zero afterwards. Its corrections and rates count its steps. */
  async step(): Promise<void> {
    const { model, config, groups, engine } = this.#parts;
    this.#update ??= compileStep(model, {
      ...engine.planning,
      entries: [],
      sizes: {},
      mode: 'train',
      phase: 'update',
      optimiser: optimiserSpec(config, groups),
      layout: this.#layout,
    });
    const scalars = { ...stepScalars(config, groups, this.#steps, this.#parts.steps ?? Infinity), share: 1 };
    const { batch } = this.#update;
    const read = Object.entries(scalars).filter(([name]) => batch.places.has(`input ${name}`));
    await this.#session.update(batch, Object.fromEntries(read));
    this.#steps++;
  }

  /** Gradients by the name of the parameter, as they are added up. */
  async gradients(): Promise<Map<string, Values>> {
    const found = new Map<string, Values>();
    for (const { names, update } of this.#parts.model.parameters)
      if (!update.frozen) found.set(names[0], (await this.#session.readMember(`${names[0]}.gradient`)).slice());
    return found;
  }

  /** Present values of a parameter. */
  async weight(name: string): Promise<Values> {
    return (await this.#session.readMember(name)).slice();
  }

  zero(): void {
    this.#session.zeroGradients();
  }

  async release(): Promise<void> {
    await this.#session.release();
    this.#parts.engine.release(this.#space);
  }
}
