/**
 * A model to work with: fit it to data, evaluate, predict, adapt, look at its weights. It holds values of its parameters; what changes
 * them changes these alone, and `save` writes a file that stands alone. Nothing of a host is in here but what is handed in.
 */
import { isTrainable } from '../../compiler/index.ts';
import { withScores } from '../../compiler/values/learned.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { BondsmithError } from '../../grammar/error.ts';
import { encodeCheckpoint } from '../checkpoint/checkpoint.ts';
import type { Files } from '../checkpoint/files.ts';
import { isStored } from '../checkpoint/seeded.ts';
import { exactly } from '../data/feed.ts';
import type { Given, Labels, Reading } from '../data/memory.ts';
import { columnsOf } from '../data/memory.ts';
import type { Engine } from '../engine/engine.ts';
import type { Tokenizer } from '../tokens/tokenizer.ts';
import type { TrainConfig } from '../train/config.ts';
import { readConfig } from '../train/config.ts';
import { chosenLosses, evaluate } from '../train/evaluate.ts';
import { groupsBy } from '../train/groups.ts';
import type { Group } from '../train/host-values.ts';
import { train } from '../train/loop.ts';
import type { TrainResult } from '../train/request.ts';
import { bondsOf } from '../weights/bonds.ts';
import { type Decided, refuseChanged } from '../weights/decided.ts';
import { initialise } from '../weights/initialise.ts';
import { withoutHeld } from '../weights/kept.ts';
import { withFirstScores } from '../weights/learned.ts';
import type { HostTensor } from '../weights/tensor.ts';
import { alphabetOf } from './alphabet.ts';
import { callFunction, functionOf } from './call.ts';
import { Hearing } from './callbacks.ts';
import type { Data } from './feeds.ts';
import { feedOf } from './feeds.ts';
import { generateText } from './generate.ts';
import type { FitOptions, TapeOptions } from './options.ts';
import type { Origin } from './origin.ts';
import { resolveModel } from './origin.ts';
import { savedModel } from './save.ts';
import type { TapeStart } from './tape.ts';
import { Tape } from './tape.ts';

export interface ModelParts {
  readonly origin: Origin;
  /** What was decided since its text; absent: nothing, or bonds by given weights alone. */
  readonly decided?: Decided;
  readonly model: Model;
  readonly values: readonly HostTensor[];
  /** By which seeded tensors among them were drawn. */
  readonly seeded: Words;
  readonly engine: Engine;
  readonly files: Files;
  readonly now: () => number;
  readonly version: string;
  readonly vocabulary?: string;
  /** Of the published checkpoint or the run that it is of. */
  readonly tokenizer?: () => Tokenizer | undefined;
  readonly labels?: Labels;
  readonly sizes?: Readonly<Record<string, number>>;
  /** How its data were read: what columns are, and its tokenizer. */
  readonly reading?: Pick<Reading, 'said' | 'texts'>;
  /** The run that it is the last step of: settings, and where its optimiser is. */
  readonly run?: TapeStart & { readonly config: TrainConfig; readonly steps: number };
}
const wordsOf = (seed: number) => [seed >>> 0, Math.floor(seed / 2 ** 32)] as const;

export class LoadedModel {
  #parts: ModelParts;

  constructor(parts: ModelParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.model.name;
  }
  /** As the compiler has it: axes, parameters, entries. */
  get resolved(): Model {
    return this.#parts.model;
  }
  /** Names of labels by axis, where data gave names. */
  get labels(): Labels {
    return this.#parts.labels ?? {};
  }

  /** Every parameter by its name; the arrays are the model's own. */
  get weights(): ReadonlyMap<string, HostTensor> {
    const { model, values } = this.#parts;
    return new Map(model.parameters.flatMap(({ id, names }) => names.map((name) => [name, values[id]] as const)));
  }

  /** Gives a parameter other values. Throws BondsmithError where there is none, or they do not fit or are not finite. */
  setWeight(name: string, data: ArrayLike<number>): void {
    const { model, values } = this.#parts;
    const found = model.parameters.find(({ names }) => names.includes(name));
    if (found === undefined) throw new BondsmithError('weight', `${model.name} has no parameter ${name}`);
    if (found.origin.is === 'seeded')
      throw new BondsmithError('weight', `${name} is seeded: its values follow from the seed and are not set`);
    const { shape } = values[found.id];
    const own = Float64Array.from(data);
    if (own.length !== values[found.id].data.length)
      throw new BondsmithError('weight', `${name} has shape [${shape.join(', ')}], ${own.length} values are given`);
    if (!own.every(Number.isFinite)) throw new BondsmithError('weight', `${name}: a value is not finite`);
    this.#parts = { ...this.#parts, values: values.map((value, id) => (id === found.id ? { shape, data: own } : value)) };
  }

  /** Trains, and keeps what came out. The optimiser begins anew each time. Throws DataError, SettingsError, MemoryLimit, NotFinite. */
  async fit(data: Data, options: FitOptions = {}): Promise<TrainResult> {
    const { model, engine, files, now } = this.#parts;
    const { steps = 1000, seed = 1 } = options;
    const config = readConfig(options.config ?? {}, 'config');
    const reading = this.#reading(options, config);
    const { feed, vocabulary, labels } = this.#feed(data, options.batch ?? 32, seed, config, reading, options.validation);
    const hearing = new Hearing(options, now);
    const { bonds, taken } = this.#parts.decided ?? { bonds: bondsOf(model), taken: [] };
    let next: Pick<ModelParts, 'model' | 'values'> = this.#parts;
    const result = await train({
      model,
      engine,
      feed,
      config,
      groups: this.#groups(config),
      steps,
      seed: wordsOf(seed),
      values: () => this.#parts.values,
      seeded: this.#parts.seeded,
      host: { files, now, interrupted: hearing.interrupted },
      listeners: [hearing.listener],
      done: (state, of) => {
        const values = of.parameters.map((parameter) => ({
          shape: parameter.legs.map(({ size }) => size),
          data: Float64Array.from(withoutHeld(parameter, state.get(parameter.names[0])!)),
        }));
        next = { model: of, values };
      },
    });
    const decided = { bonds, taken: [...taken, ...result.taken] };
    this.#parts = { ...this.#parts, ...next, decided, vocabulary, labels, sizes: feed.sizes, reading, run: undefined };
    hearing.check();
    return result;
  }

  /** Losses and metrics over all rows. Throws DataError, LossError. */
  async evaluate(
    data: Data,
    options: { readonly batch?: number; readonly losses?: Readonly<Record<string, number>> } = {},
  ): Promise<Record<string, number>> {
    const { model, engine, values } = this.#parts;
    const config = readConfig(options.losses === undefined ? {} : { losses: options.losses }, 'options');
    const { feed } = this.#feed(data, options.batch ?? 32, 1, config, this.#parts.reading ?? {}, data);
    return { ...(await evaluate(engine, model, values, feed, config, 0)) };
  }

  /** A function of the program on columns by input, its results by the names that the program gives them. */
  async call(name: string, inputs: Readonly<Record<string, Given>>, batch = Infinity): Promise<Record<string, HostTensor>> {
    const { model, engine, values, labels } = this.#parts;
    const entry = functionOf(model, name);
    const { columns } = columnsOf(model, inputs, { ...this.#parts.reading, wanted: exactly(entry.inputs), labels });
    return callFunction(engine, model, values, entry, columns, batch);
  }

  /** As `call`, of the only function or `options.name`, in batches. */
  async predict(
    inputs: Readonly<Record<string, Given>>,
    options: { readonly name?: string; readonly batch?: number } = {},
  ): Promise<Record<string, HostTensor>> {
    return this.call(functionOf(this.#parts.model, options.name).name, inputs, options.batch ?? 64);
  }

  /** What follows a prompt, or is made of it: of a model that was fitted to a text, or has a published tokenizer. */
  async generate(options: { prompt?: string; length?: number; temperature?: number; top?: number; seed?: number } = {}): Promise<string> {
    const { model, engine, values, vocabulary, tokenizer, sizes = {}, now } = this.#parts;
    const alphabet = alphabetOf(vocabulary, tokenizer);
    if (alphabet === undefined)
      throw new BondsmithError('text', `${model.name} was not fitted to a text and has no tokenizer, so it has no alphabet to write with`);
    const { prompt, length = 300, temperature = 0.8, top, seed = 1 } = options;
    const request = { engine, model, values, alphabet, prompt, length, temperature, top, seed: wordsOf(seed), sizes, now };
    return (await generateText(request)).text;
  }

  /**
   * The model with a recipe of its program applied, `adapt('Lora', { target: 'block[*].up', rank: 4 })`: parameters that both have keep
   * their values, new ones begin as the recipe says. Throws Refused.
   */
  adapt(
    recipe: string,
    { target, ...options }: { readonly target: string } & Readonly<Record<string, number | boolean | string>>,
    seed = 1,
  ): LoadedModel {
    refuseChanged(this.#parts.model, this.#parts.decided);
    const given = Object.entries(options).map(([name, value]) => `${name} = ${value}`);
    return this.#with(`apply ${recipe}${given.length === 0 ? '' : `(${given.join(', ')})`} to ${target}`, 'Adapted', seed);
  }

  /** Names of the parameters that a selection of the language means. Throws Refused. */
  select(selection: string): string[] {
    const { resolved } = this.#with(`train only ${selection}`, 'Selected', 1);
    return withScores(resolved, isTrainable).map(({ names }) => names[0]);
  }

  #with(statement: string, name: string, seed: number): LoadedModel {
    const { origin, model, values } = this.#parts;
    const texts = new Map(origin.program.texts);
    const { file } = origin.program;
    const parent = origin.variant ?? model.name;
    const variant = `${parent}${name}`;
    texts.set(file, `${texts.get(file)}\nvariant ${variant} of ${parent} { ${statement} }\n`);
    const next: Origin = { ...origin, program: { file, texts: [...texts] }, variant };
    const own = new Map(model.parameters.map(({ id, names }) => [names[0], values[id]]));
    const source = (path: string) => own.get(path);
    const seeded = model.parameters.some((parameter) => parameter.origin.is === 'seeded') ? this.#parts.seeded : wordsOf(seed);
    const drawn = initialise(resolveModel(next), wordsOf(seed), source, seeded);
    const kept = drawn.model.parameters.map(({ id, names }) => {
      const before = names.map(source).find((value) => value !== undefined);
      return before?.shape.join() === drawn.values[id].shape.join() ? before : drawn.values[id];
    });
    const scored = withFirstScores(drawn.model, kept, ({ names: [name] }) => own.has(name));
    return new LoadedModel({ ...this.#parts, origin: next, model: drawn.model, values: scored, seeded });
  }

  /**
   * Compiled functions called in any order, with gradients and an optimiser. With `resume` the optimiser goes on with the settings, the
   * state and the count of steps of the run whose last step was loaded. `steps`: where a schedule ends. Throws BondsmithError.
   */
  tape(options: TapeOptions = {}): Tape {
    const { engine, model, values, run } = this.#parts;
    const { resume = false, seed = 1 } = options;
    if (resume && run === undefined)
      throw new BondsmithError('resume', `${model.name} has no state of an optimiser: load a run folder with { last: true }`);
    if (resume && options.config !== undefined)
      throw new BondsmithError('resume', 'a tape that goes on has the settings of its run; leave out config');
    const config = resume ? run!.config : readConfig(options.config ?? {}, 'config');
    const start = resume ? run : undefined;
    const steps = options.steps ?? start?.steps;
    return new Tape({ engine, model, values, config, groups: this.#groups(config), seed: wordsOf(seed), steps, start });
  }

  /** A loss and its gradients by parameter, on columns by input. */
  async grad(loss: string, inputs: Readonly<Record<string, Given>>): Promise<{ loss: number; gradients: Map<string, ArrayLike<number>> }> {
    const { model, labels } = this.#parts;
    const entry = model.entries.find(({ name }) => name === loss);
    const { columns } = columnsOf(model, inputs, { ...this.#parts.reading, wanted: exactly(entry?.inputs ?? model.inputs), labels });
    const tape = this.tape({ config: { optimiser: { kind: 'sgd', momentum: 0 }, clip: 0 } });
    try {
      const value = await tape.record(async () => {
        const results = tape.call(loss, Object.fromEntries(columns));
        const [handle] = Object.values(results);
        tape.backward(handle);
        return (await handle.read())[0];
      });
      return { loss: value, gradients: await tape.gradients() };
    } finally {
      await tape.release();
    }
  }

  /** Takes the present values of a tape. */
  async take(tape: Tape): Promise<void> {
    for (const { names } of this.#parts.model.parameters.filter(isStored)) this.setWeight(names[0], await tape.weight(names[0]));
  }

  /** Writes a file that stands alone: `load` reads it again, and so does any reader of safetensors. Throws FileProblem. */
  save(path: string): void {
    this.#parts.files.replace(path, encodeCheckpoint(savedModel(this.#parts)));
  }

  /** As the options say; where they say nothing, as before. */
  #reading({ tokenizer: given, longer, config: said }: FitOptions, { data, sizes }: TrainConfig): NonNullable<ModelParts['reading']> {
    const before = this.#parts.reading;
    const own = Object.hasOwn(Object(said), 'data') ? data : (before?.said ?? data);
    const hasTexts = Object.keys(own.texts).length > 0;
    const tokenizer = given ?? before?.texts?.tokenizer ?? (hasTexts ? this.#parts.tokenizer?.() : undefined);
    return tokenizer === undefined
      ? { said: own }
      : { said: own, texts: { tokenizer, longer: longer ?? before?.texts?.longer ?? 'refuse', sizes } };
  }

  #feed(data: Data, batch: number, seed: number, config: TrainConfig, reading: NonNullable<ModelParts['reading']>, validation?: Data) {
    const { model, vocabulary, labels } = this.#parts;
    const losses = chosenLosses(model, config).map(({ name }) => name);
    return feedOf({
      model,
      vocabulary,
      labels,
      losses,
      data,
      validation,
      batch,
      seed: wordsOf(seed),
      reading,
      sizes: config.sizes,
      accumulate: config.accumulate,
    });
  }

  #groups(config: TrainConfig): Group[] {
    return groupsBy(this.#parts.model, config, (selection) => this.select(selection));
  }
}
