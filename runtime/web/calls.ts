/** What the worker does. Models stay here; the page has their numbers. */
import { dump, isTrainable, printPytorch } from '../../compiler/index.ts';
import { defaultProfiles } from '../../compiler/network/index.ts';
import { Editor, outline } from '../../compiler/service/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Place } from '../../grammar/diagnostic.ts';
import { BondsmithError } from '../../grammar/error.ts';
import { parse } from '../../grammar/parse.ts';
import { LoadedModel } from '../api/model.ts';
import type { Origin } from '../api/origin.ts';
import { checkOrigin, joined, resolveModel } from '../api/origin.ts';
import { openSaved, type SavedParts } from '../api/saved.ts';
import { readWhole } from '../checkpoint/files.ts';
import { VERSION } from '../checkpoint/version.ts';
import type { Engine } from '../engine/engine.ts';
import { describeModel } from '../explain/describe.ts';
import { drawingsOf } from '../explain/drawing.ts';
import { planLines, stepPlans, usualSizes, wholeStep } from '../explain/plans.ts';
import { readConfig } from '../train/config.ts';
import { optimiserSpec } from '../train/host-values.ts';
import type { TrainEvent } from '../train/stream.ts';
import { initialise } from '../weights/initialise.ts';
import { memoryFiles } from './files.ts';
import type { Around, Calls, Explained, Held, ProgramGiven } from './messages.ts';

/** Of the call that goes on. */
export interface Ear {
  readonly signal: AbortSignal;
  hear(event: TrainEvent): void;
  /** Pending while the page wants it to pause. */
  ready(): Promise<void> | undefined;
}
export type Work = { [Name in keyof Calls]: (ear: Ear, ...given: Parameters<Calls[Name]>) => ReturnType<Calls[Name]> };

type Sizes = Readonly<Record<string, number>>;
const SAVED = 'model.safetensors';
const PROGRAM = 'program.bond';
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
  // A page asks several things of one program in a row.
  let last: { readonly key: string; readonly model: Model } | undefined;
  const resolved = (program: ProgramGiven): Model => {
    const key = JSON.stringify(program);
    if (last?.key !== key) last = { key, model: resolveModel(originOf(program)) };
    return last.model;
  };
  const model = (id: number): LoadedModel => {
    const found = models.get(id);
    if (found === undefined) throw new BondsmithError('model', 'this model was released');
    return found;
  };
  return {
    check: (_, program) => {
      const { diagnostics, names } = checkOrigin(originOf(program));
      const { items } = parse(program.text, program.file ?? PROGRAM).file;
      const recipes = new Set(items.flatMap((item) => (item.kind === 'variant' && item.target !== undefined ? [item.name.name] : [])));
      return { diagnostics, models: names.models, variants: names.variants.filter((name) => !recipes.has(name)) };
    },
    explain: (_, program, sizes) => explained(resolved(program), sizes),
    around: (_, program, offset) => around(originOf(program), offset),
    draw: (_, program, path) => drawingsOf(resolved(program), path),
    print: (_, program, stage, sizes) => printed(resolved(program), stage, sizes),
    open: async (_, given, seed) => {
      const parts = given instanceof Uint8Array ? saved(given) : drawn(originOf(given), seed);
      return hold(new LoadedModel({ engine: await engine(), files, now: () => performance.now(), version: VERSION, ...parts }));
    },
    fit: (ear, id, data, settings) =>
      model(id).fit(data, { ...settings, signal: ear.signal, ready: () => ear.ready(), onEvent: (event) => ear.hear(event) }),
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

function originOf({ text, file = PROGRAM, imports = {}, variant, set = {} }: ProgramGiven): Origin {
  const texts = [[file, text], ...Object.entries(imports).map(([path, own]) => [joined(file, path), own])] as [string, string][];
  return { program: { file, texts }, set, ...(variant === undefined ? {} : { variant }) };
}

/** As far as the text can be read. */
function around({ program: { file, texts } }: Origin, offset: number): Around {
  const known = new Map(texts);
  const document = new Editor(file, (path, from) => known.get(joined(from, path))).open(known.get(file)!);
  const holds = ({ place }: { readonly place: Place }) => place.from <= offset && offset <= place.to;
  const part = outline(document).find((each) => (each.kind === 'model' || each.kind === 'variant') && holds(each));
  const made = document.facts.find((each) => each.fact.is === 'networks' && each.place.file === file && holds(each));
  const weights = made?.fact.is === 'networks' ? made.fact.weights.map(({ path }) => path) : [];
  const item = document.project.main.tree.items.find((each) => each.name.name === part?.name);
  const declared = item?.kind === 'layer' || item?.kind === 'variant' ? item.options : [];
  const options = declared.flatMap(({ name, value }) =>
    value?.kind === 'number' && value.integer ? [{ name: name.name, value: value.value }] : [],
  );
  return { ...(part === undefined ? {} : { name: part.name, kind: part.kind === 'variant' ? 'variant' : 'model' }), weights, options };
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
