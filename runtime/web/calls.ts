/** What the worker does. Models stay here; the page has their numbers. */
import { dump, isTrainable, printPytorch } from '../../compiler/index.ts';
import { defaultProfiles } from '../../compiler/network/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { BondsmithError } from '../../grammar/error.ts';
import { LoadedModel } from '../api/model.ts';
import type { Origin } from '../api/origin.ts';
import { checkOrigin, joined, resolveModel } from '../api/origin.ts';
import { openSaved, type SavedParts } from '../api/saved.ts';
import { readWhole } from '../checkpoint/files.ts';
import { VERSION } from '../checkpoint/version.ts';
import type { Engine } from '../engine/engine.ts';
import { describeModel } from '../explain/describe.ts';
import { planLines, stepPlans, usualSizes, wholeStep } from '../explain/plans.ts';
import { readConfig } from '../train/config.ts';
import { optimiserSpec } from '../train/host-values.ts';
import type { TrainEvent } from '../train/stream.ts';
import { initialise } from '../weights/initialise.ts';
import { memoryFiles } from './files.ts';
import type { Calls, Explained, Held, ProgramGiven } from './messages.ts';

/** Of the call that goes on. */
export interface Ear {
  readonly signal: AbortSignal;
  hear(event: TrainEvent): void;
}
export type Work = { [Name in keyof Calls]: (ear: Ear, ...given: Parameters<Calls[Name]>) => ReturnType<Calls[Name]> };

type Sizes = Readonly<Record<string, number>>;
const SAVED = 'model.safetensors';
const profile = defaultProfiles.wasm;

/** `engine`: opened when a model first needs one. */
export function workOn(engine: () => Promise<Engine>): Work {
  const files = memoryFiles();
  const models = new Map<number, LoadedModel>();
  let next = 1;
  const hold = (model: LoadedModel): Held => {
    models.set(next, model);
    return { id: next++, record: describeModel(model.resolved) };
  };
  const model = (id: number): LoadedModel => {
    const found = models.get(id);
    if (found === undefined) throw new BondsmithError('model', 'this model was released');
    return found;
  };
  return {
    check: (_, program) => {
      const { diagnostics, names } = checkOrigin(originOf(program));
      return { diagnostics, ...names };
    },
    explain: (_, program, sizes) => explained(resolveModel(originOf(program)), sizes),
    print: (_, program, stage, sizes) => printed(resolveModel(originOf(program)), stage, sizes),
    open: async (_, given, seed) => {
      const parts = given instanceof Uint8Array ? saved(given) : drawn(originOf(given), seed);
      return hold(new LoadedModel({ engine: await engine(), files, now: () => performance.now(), version: VERSION, ...parts }));
    },
    fit: ({ signal, hear }, id, data, settings) => model(id).fit(data, { ...settings, signal, onEvent: hear }),
    evaluate: (_, id, data, settings) => model(id).evaluate(data, settings),
    call: (_, id, name, inputs, batch) => model(id).predict(inputs, { ...(name && { name }), ...(batch && { batch }) }),
    generate: (_, id, settings) => model(id).generate(settings),
    weight: (_, id, name) => {
      const found = model(id).weights.get(name);
      if (found === undefined) throw new BondsmithError('weight', `${model(id).name} has no parameter ${name}`);
      return found;
    },
    setWeight: (_, id, name, values) => model(id).setWeight(name, values),
    adapt: (_, id, recipe, options, seed) => hold(model(id).adapt(recipe, options, seed)),
    save: (_, id) => {
      model(id).save(SAVED);
      return readWhole(files, SAVED);
    },
    release: (_, id) => void models.delete(id),
  };
}

function originOf({ text, file = 'program.bond', imports = {}, variant, set = {} }: ProgramGiven): Origin {
  const texts = [[file, text], ...Object.entries(imports).map(([path, own]) => [joined(file, path), own])] as [string, string][];
  return { program: { file, texts }, set, ...(variant === undefined ? {} : { variant }) };
}

function saved(bytes: Uint8Array): SavedParts {
  const files = memoryFiles();
  files.replace(SAVED, [bytes]);
  return openSaved(files, SAVED);
}

function drawn(origin: Origin, seed: number): SavedParts {
  const words = [seed >>> 0, Math.floor(seed / 2 ** 32)] as const;
  const { model, values } = initialise(resolveModel(origin), words);
  return { origin, model, values, seeded: words };
}

function explained(model: Model, given: Sizes): Explained {
  const sizes = { ...usualSizes(model), ...given };
  const { plans, refused } = stepPlans(model, { ...wholeStep(model), sizes, profile, accumulate: 1 });
  return {
    record: describeModel(model),
    sizes,
    plans: plans.map(({ record }) => record),
    planText: planLines(plans, sizes).join('\n').trim(),
    ...(refused === undefined ? {} : { refused }),
  };
}

/** Throws Error for a stage that does not exist, naming those that do. */
function printed(model: Model, stage: string, given: Sizes): string {
  const sizes = { ...usualSizes(model), ...given };
  if (stage === 'pytorch') return printPytorch(model, { sizes: new Map(Object.entries(sizes)) }).model;
  const step = { ...wholeStep(model), sizes, profile };
  if (step.mode === 'eval') return dump(model, step, stage);
  const parameters = model.parameters.filter(isTrainable).map(({ id }) => id);
  const config = readConfig({}, 'config');
  const optimiser = optimiserSpec(config, [{ name: 'all', parameters, rate: config.optimiser.rate, decay: config.optimiser.decay }]);
  return dump(model, { ...step, accumulate: 1, optimiser }, stage);
}
