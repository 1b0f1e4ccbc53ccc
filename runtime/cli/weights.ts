/** First values of a model with given weights: decomposed where the model says so, by name where they fit. */
import type { Model } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { differenceTable } from '../checkpoint/checkpoint.ts';
import { compareWithGiven, storedFor } from '../checkpoint/given.ts';
import type { GivenWeights } from '../checkpoint/hub/folder.ts';
import { belongsTo } from '../checkpoint/hub/names.ts';
import { proposalTable, proposeNames } from '../checkpoint/hub/propose.ts';
import { outside } from '../checkpoint/positions.ts';
import type { TensorFile } from '../checkpoint/safetensors.ts';
import { seedFrom } from '../checkpoint/seeded.ts';
import type { Calibrated, Initial } from '../weights/initialise.ts';
import { initialise } from '../weights/initialise.ts';
import { withFirstScores } from '../weights/learned.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';
import { decompositionRecords, decompositionText } from './decompositions.ts';

export function tensorOf(file: TensorFile, name: string): HostTensor | undefined {
  const stored = file.tensors.get(name);
  return stored === undefined ? undefined : { shape: stored.shape, data: file.read(name) };
}

export interface Loaded extends Initial {
  /** By which seeded tensors are drawn. */
  readonly seeded: Words;
}
/**
 * A parameter that the model would draw takes its value from the file where that has one of its names: cores of an earlier run. What the
 * model takes from given weights itself is left to it, with its scales and its own laws. Tells what is missing and what is left over, and
 * how well decomposed weights are kept. `calibrated`: for what is decomposed by it. Throws Problem with a table of all that differs where a shape does not fit or nothing is used, and
 * where a value is not finite.
 */
export function loadByName(context: Context, model: Model, seed: Words, given: GivenWeights | undefined, calibrated?: Calibrated): Loaded {
  const file = given?.file;
  if (given !== undefined) {
    tellDifferences(context, model, given);
    checkScales(model, given);
  }
  const seeded = file === undefined ? seed : seedFrom(file, model, seed);
  const initial = {
    ...initialise(model, seed, (path) => (file === undefined ? undefined : tensorOf(file, path)), seeded, calibrated),
    seeded,
  };
  for (const warning of initial.warnings) context.err(`warning: ${warning}\n`);
  if (file === undefined) return initial;
  for (const line of decompositionText(decompositionRecords(initial))) context.err(`${line}\n`);
  for (const { path, report } of initial.decompositions)
    for (const warning of report.warnings) context.err(`warning: ${path}: ${warning}\n`);
  const taken = initial.model.parameters.map((parameter) => {
    const stored = storedFor(file, parameter);
    if (stored === undefined) return initial.values[parameter.id];
    return { shape: parameter.legs.map(({ size }) => size), data: file.read(stored.name) };
  });
  const values = withFirstScores(initial.model, taken, (scores) => storedFor(file, scores) !== undefined);
  const broken = initial.model.parameters.filter(({ id }) => !values[id].data.every(Number.isFinite));
  if (broken.length > 0) throw new Problem(`${file.path}: values that are not finite in ${broken.map(({ names }) => names[0]).join(', ')}`);
  const wrong = initial.model.parameters
    .map((parameter) => outside(parameter, values[parameter.id].data))
    .find((text) => text !== undefined);
  if (wrong !== undefined) throw new Problem(`${file.path}: ${wrong}`);
  return { ...initial, values };
}

/** An adapter means its scale: the variant's must be the same. Throws Problem. */
function checkScales(model: Model, { file, adapted = new Map() }: GivenWeights): void {
  for (const [name, { rank, scale }] of adapted) {
    const core = model.parameters.find(({ names }) => names.includes(`${name}.adapter.U`));
    const term = model.weights
      .flatMap(({ terms }) => terms)
      .find((one) => one.is === 'network' && one.nodes.some(({ parameter }) => parameter === core?.id));
    if (core === undefined || term === undefined || Math.abs(term.scale - scale) <= 1e-12 * Math.abs(scale)) continue;
    throw new Problem(
      `${file.path} adds to ${name} a product of rank ${rank} scaled by ${scale}, the variant scales it by ${term.scale}: say \`adapt ${name} with low_rank(r = ${rank}) scaled by ${scale}\``,
    );
  }
}

function tellDifferences(context: Context, model: Model, { file, published }: GivenWeights): void {
  const { differences, used } = compareWithGiven(file, model);
  if (differences.length === 0) return;
  const table = (most?: number) => differenceTable(differences, most);
  if (differences.some(({ kind }) => kind === 'misshapen'))
    throw new Problem(`${file.path} has tensors of other shapes than ${model.name} takes; all that differs:\n${table(Infinity)}`);
  if (used.size === 0)
    throw new Problem(
      `${file.path} has no tensor that ${model.name} takes; all that differs:\n${table(Infinity)}\nA map of names (--names) might say:\n${proposalTable(proposeNames(model, file))}`,
    );
  const lacks = published && differences.filter(({ name, kind }) => kind === 'missing' && belongsTo(published.family, name));
  if (lacks !== undefined && lacks.length > 0)
    throw new Problem(`${file.path} lacks tensors that every ${published!.family.model} has; all that differs:\n${table(Infinity)}`);
  const count = (wanted: string) => differences.filter(({ kind }) => kind === wanted).length;
  context.err(`${file.path}: ${count('missing')} tensors missing, which start fresh, ${count('extra')} not used:\n${table()}\n`);
}
