/**
 * `bondsmith/web`: bondsmith in a page. Compiler and engine are in a worker, which starts when it is first asked for something; this file
 * is what the page itself loads (docs/web.md). Files beside it: `worker.js`, and `thread.js` for the other threads of the engine.
 */
import type { Data } from '../api/feeds.ts';
import type { Given } from '../data/memory.ts';
import type { ModelRecord } from '../explain/describe.ts';
import type { Drawing } from '../explain/drawing.ts';
import type { TrainResult } from '../train/request.ts';
import type { TrainEvent } from '../train/stream.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Pause, WorkerEnded, WorkerPort } from './line.ts';
import { Line } from './line.ts';
import type { Around, Checked, Explained, GenerateSettings, Held, PageFitOptions, ProgramGiven } from './messages.ts';

export type { Diagnostic } from '../../grammar/diagnostic.ts';
export { Refused } from '../../grammar/diagnostic.ts';
export { BondsmithError } from '../../grammar/error.ts';
export { render } from '../../grammar/render.ts';
export type { Data } from '../api/feeds.ts';
export type { CoreRecord, ModelRecord, WeightRecord } from '../explain/describe.ts';
export type { Drawing, DrawnCore, DrawnEdge } from '../explain/drawing.ts';
export type { LayerPlan } from '../explain/plans.ts';
export type { Measurement } from '../train/metrics.ts';
export type { TrainResult } from '../train/request.ts';
export type { TrainEvent } from '../train/stream.ts';
export { Pause, WorkerEnded } from './line.ts';
export type { Around, Checked, Explained, GenerateSettings, ProgramGiven } from './messages.ts';

export interface StartOptions {
  /** Starts a worker that runs `worker.js`, where a bundler does not follow `new Worker(new URL(...))`. */
  readonly worker?: () => WorkerPort;
  /** Threads of the engine; default: all cores where the page is cross-origin isolated, else one. Results are the same. */
  readonly threads?: number;
  /** Told once why there are fewer threads than were asked for. */
  readonly tell?: (text: string) => void;
}

/** As in Node; `pause` holds the run up between two steps. */
export interface FitOptions extends PageFitOptions {
  readonly pause?: Pause;
}

const ownWorker = (): WorkerPort => new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'bondsmith' });

/** Nothing is loaded before something is asked for. */
export function start(options: StartOptions = {}): Bondsmith {
  return new Bondsmith(options);
}

export class Bondsmith {
  readonly #options: StartOptions;
  #line: Line | undefined;

  constructor(options: StartOptions) {
    this.#options = options;
  }

  get #worker(): Line {
    const { worker = ownWorker, ...options } = this.#options;
    this.#line ??= new Line(worker(), options);
    return this.#line;
  }

  /** Every mistake of a program, and what it declares. */
  check(program: ProgramGiven): Promise<Checked> {
    return this.#worker.call('check', [program]);
  }
  /** What it is made of, and the plans of a training step. Throws Refused. */
  explain(program: ProgramGiven, sizes: Readonly<Record<string, number>> = {}): Promise<Explained> {
    return this.#worker.call('explain', [program, sizes]);
  }
  /** Which model or variant a place of the text is in, and of which weights the statement there makes networks. */
  around(program: ProgramGiven, offset: number): Promise<Around> {
    return this.#worker.call('around', [program, offset]);
  }
  /** The networks of a weight as lines and circles: one for each term of its sum, none where it is dense. Throws Refused. */
  draw(program: ProgramGiven, path: string): Promise<readonly Drawing[]> {
    return this.#worker.call('draw', [program, path]);
  }
  /** One stage of its compilation as text: `check`, `plan`, `program`, `kernels`, `wat`, `wgsl`, `pytorch`. Throws Refused. */
  print(program: ProgramGiven, stage: string, sizes: Readonly<Record<string, number>> = {}): Promise<string> {
    return this.#worker.call('print', [program, stage, sizes]);
  }
  /** A model of a program, or of the bytes that `save` gave. Throws Refused, or FileProblem where the bytes are none. */
  async load(given: ProgramGiven | Uint8Array, { seed = 1 }: { readonly seed?: number } = {}): Promise<WebModel> {
    return new WebModel(this.#worker, await this.#worker.call('open', [given, seed]));
  }

  /** Resolves with the reason when the worker that holds the models ended by itself, or by `close`. */
  get ended(): Promise<WorkerEnded> {
    return this.#worker.ended;
  }
  /** Ends the worker and all models that it holds. */
  close(): void {
    this.#line?.close();
  }
}

/** A model that the worker holds: as `LoadedModel`, each call with a promise. */
export class WebModel {
  readonly #line: Line;
  readonly #id: number;
  readonly record: ModelRecord;

  constructor(line: Line, { id, record }: Held) {
    this.#line = line;
    this.#id = id;
    this.record = record;
  }

  get name(): string {
    return this.record.name;
  }

  /** Trains, and keeps what came out; a model that is fitted again goes on from its values. Throws DataError, SettingsError, MemoryLimit, NotFinite. */
  fit(data: Data, { signal, pause, onStep, onEvent, ...settings }: FitOptions = {}): Promise<TrainResult> {
    const hear = (event: TrainEvent) => {
      onEvent?.(event);
      if (event.is === 'step') onStep?.(event.measurement);
    };
    return this.#line.call('fit', [this.#id, data, settings], { signal, pause, hear });
  }
  /** Losses and metrics over all rows. */
  evaluate(data: Data, settings: { readonly batch?: number } = {}): Promise<Record<string, number>> {
    return this.#line.call('evaluate', [this.#id, data, settings]);
  }
  /** The only function of the model, or `name`, on columns by input. */
  predict(
    inputs: Readonly<Record<string, Given>>,
    { name, batch }: { readonly name?: string; readonly batch?: number } = {},
  ): Promise<Record<string, HostTensor>> {
    return this.#line.call('call', [this.#id, name, inputs, batch]);
  }
  /** Text of a model that was fitted to a text. */
  generate(settings: GenerateSettings = {}): Promise<string> {
    return this.#line.call('generate', [this.#id, settings]);
  }
  /** A copy. */
  weight(name: string): Promise<HostTensor> {
    return this.#line.call('weight', [this.#id, name]);
  }
  setWeight(name: string, values: ArrayLike<number>): Promise<void> {
    return this.#line.call('setWeight', [this.#id, name, values]);
  }
  /** The model with a recipe of its program applied. */
  async adapt(
    recipe: string,
    options: { readonly target: string } & Readonly<Record<string, number | boolean | string>>,
    seed = 1,
  ): Promise<WebModel> {
    return new WebModel(this.#line, await this.#line.call('adapt', [this.#id, recipe, options, seed]));
  }
  /** The bytes of a file that stands alone: `load` reads it again, in Node too, and so does any reader of safetensors. */
  save(): Promise<Uint8Array> {
    return this.#line.call('save', [this.#id]);
  }
  /** Gives back its memory. */
  release(): Promise<void> {
    return this.#line.call('release', [this.#id]);
  }
}
