/** `load`: a model from a program, from a published checkpoint, from a run folder, or from a file that `save` wrote. */
import { join, resolve } from 'node:path';
import type { Model } from '../../compiler/values/model.ts';
import type { ModelParts } from '../api/model.ts';
import { LoadedModel } from '../api/model.ts';
import type { SavedParts } from '../api/saved.ts';
import { keptOf, openSaved, originOf, seededOf } from '../api/saved.ts';
import { classNames } from '../checkpoint/hub/config.ts';
import type { GivenWeights } from '../checkpoint/hub/folder.ts';
import { isPublished } from '../checkpoint/hub/folder.ts';
import { VERSION } from '../checkpoint/version.ts';
import type { Labels, Reading } from '../data/memory.ts';
import type { DataSettings } from '../data/settings.ts';
import { readTokenizerFiles } from '../tokens/files.ts';
import { Tokenizer } from '../tokens/tokenizer.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';
import type { EngineName } from './engines.ts';
import { DEFAULT_ENGINE, openEngine, shippedProfile } from './engines.ts';
import { knownOf, openGiven } from './given.ts';
import { nodeContext } from './host.ts';
import { loadModel } from './program.ts';
import { holdsRun } from './settings.ts';
import { readingOf } from './task.ts';
import type { Trained } from './trained.ts';
import { openTrained, valuesOf } from './trained.ts';
import { loadByName } from './weights.ts';

export interface LoadOptions {
  /** A model or a variant of a program; may be absent where the file has only one. */
  readonly variant?: string;
  readonly set?: Readonly<Record<string, number | boolean>>;
  /** Given weights for a program (safetensors, or the folder of a published checkpoint), and a map of their names (JSON). */
  readonly from?: string;
  readonly names?: string;
  /** Of first values. */
  readonly seed?: number;
  readonly engine?: EngineName;
  /** Of a run: the weights of the last step, not those of the lowest validation loss. */
  readonly last?: boolean;
}

/** Throws Refused or Problem where the program is wrong, FileProblem where a file is. */
export async function load(path: string, options: LoadOptions = {}): Promise<LoadedModel> {
  const context = { ...nodeContext(), err: () => undefined };
  const name = options.engine ?? DEFAULT_ENGINE;
  const engine = await openEngine(name, 0, { profile: shippedProfile(name) });
  const { files, now } = context;
  const parts = partsOf(context, resolve(path), options);
  return new LoadedModel({ engine, files, now, version: VERSION, ...parts });
}

/** A model with values that something was trained to: the run folder, checkpoint or published folder at this path. */
export function isTrained({ files }: Context, at: string): boolean {
  return holdsRun(files, at) || at.endsWith('.safetensors') || isPublished(files, at);
}

/** Model and values of the run folder, checkpoint, published folder or program at an absolute path. */
export function partsOf(context: Context, at: string, options: LoadOptions = {}): SavedParts {
  const { files } = context;
  if (holdsRun(files, at)) {
    const trained = openTrained(context, at, options.last ? 'last' : 'best');
    const { model, record, settings } = trained;
    const origin = originOf(record, settings);
    const tokenizer = () => readTokenizer(context, at);
    const decided = { bonds: trained.checkpoint.state.bonds, taken: trained.taken };
    const parts = { origin, decided, model, values: valuesOf(trained), seeded: seededOf(trained.checkpoint), tokenizer, ...keptOf(record) };
    return { ...parts, reading: readingOfRun(context, trained), ...(options.last ? { run: runOf(trained) } : {}) };
  }
  if (at.endsWith('.safetensors')) return openSaved(files, at);
  const { variant, set = {}, from, seed = 1 } = options;
  const own = isPublished(files, at);
  const given = own || from !== undefined ? openGiven(files, own ? at : resolve(from!), options.names) : undefined;
  const { source, defaults } = knownOf(given);
  const seen = new Map<string, string>();
  const program = own ? publishedProgram(at, given!) : { file: at, name: variant };
  const request = { ...program, set, source: source && new Set(source), defaults, seen };
  const { model: checked } = loadModel(context, request);
  const { model, values, seeded } = loadByName(context, checked, [seed >>> 0, Math.floor(seed / 2 ** 32)], given);
  const origin = { program: { file: program.file, texts: [...seen] }, variant: program.name, set, source, defaults };
  const beside = own ? { tokenizer: () => readTokenizer(context, at), labels: labelsOf(model, given!) } : {};
  return { origin, model, values, seeded, ...beside };
}

/** The classes of a published head, by the axis that they are. */
function labelsOf({ axes }: Model, { published }: GivenWeights): Labels {
  const classes = published && classNames(published.config);
  const isHead = axes.some(({ name, size }) => name === 'classes' && size === classes?.length);
  return classes !== undefined && isHead ? { classes } : {};
}

/** How its rows were read: a task's texts are columns like others. */
function readingOfRun(context: Context, { folder, model, settings }: Trained): Pick<Reading, 'said' | 'texts'> {
  const { task } = settings;
  const reading = readingOf(context, { ...settings, tokenizer: folder }, model);
  if (task === undefined) return reading;
  const label = task.labels === undefined ? 'value' : 'label';
  const said: DataSettings = {
    ...settings.config.data,
    texts: { ids: task.texts },
    columns: task.label === undefined ? {} : { [label]: task.label },
    labels: task.labels === undefined ? {} : { classes: task.labels },
  };
  return { ...reading, said };
}

/** Settings and the state of the optimiser after the last step. */
function runOf({ checkpoint, settings }: Trained): NonNullable<ModelParts['run']> {
  const { config, steps } = settings;
  return { config, steps, step: checkpoint.state.step, state: (name) => checkpoint.optimiser(name) };
}

/** The tokenizer of a published checkpoint or a run folder: texts as rows of numbers, and back. Throws FileProblem, Problem. */
export function openTokenizer(folder: string): Tokenizer {
  const found = readTokenizer(nodeContext(), resolve(folder));
  if (found === undefined)
    throw new Problem(`${folder} has no tokenizer: neither tokenizer.json nor vocab.txt nor vocab.json with merges.txt`);
  return found;
}
/** Undefined where the folder has none. Throws FileProblem. */
export function readTokenizer({ files }: Pick<Context, 'files'>, folder: string): Tokenizer | undefined {
  const found = readTokenizerFiles(files, folder);
  return found === undefined ? undefined : new Tokenizer(found, folder);
}

/** A program that is nothing but the model of a published checkpoint, with what an adapter adds to it. */
function publishedProgram(folder: string, { published, adapted }: GivenWeights): { file: string; name: string; text: string } {
  if (published === undefined) throw new Problem(`${folder} is of no known family with --names; write its model in a .bond file`);
  const { module, model } = published.family;
  const file = join(folder, `${module}.bond`);
  const text = `edition 1\nuse ${module} { ${model} }\n`;
  if (adapted === undefined) return { file, name: model, text };
  const statements = [...adapted].map(([name, { rank, scale }]) => `  adapt ${name} with low_rank(r = ${rank}) scaled by ${scale}\n`);
  return { file, name: 'Adapted', text: `${text}\nvariant Adapted of ${model} {\n${statements.join('')}  train only adapter of all\n}\n` };
}
