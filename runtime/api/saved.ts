/** A model from a checkpoint that stands alone: its program, and its values by their names. */
import type { Model } from '../../compiler/values/model.ts';
import { BondsmithError } from '../../grammar/error.ts';
import type { OpenedCheckpoint } from '../checkpoint/checkpoint.ts';
import { compareWithModel, differenceTable, openCheckpoint, parameterValue } from '../checkpoint/checkpoint.ts';
import type { Files } from '../checkpoint/files.ts';
import { FileProblem } from '../checkpoint/files.ts';
import { outside } from '../checkpoint/positions.ts';
import type { RunRecord } from '../checkpoint/record.ts';
import type { TensorFile } from '../checkpoint/safetensors.ts';
import { readSettings } from '../checkpoint/schema.ts';
import { seededIn } from '../checkpoint/seeded.ts';
import { placeNotFinite } from '../train/diagnose.ts';
import { decidedModel } from '../weights/decided.ts';
import { withoutHeld } from '../weights/kept.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { ModelParts } from './model.ts';
import type { Origin } from './origin.ts';
import { originSettings, resolveModel } from './origin.ts';

/** Of the values that a checkpoint holds, or draws again. */
export type SavedParts = Omit<ModelParts, 'engine' | 'files' | 'now' | 'version'>;

/** Throws FileProblem where the file is no such checkpoint, Refused where its program is, BondsmithError where tensors differ. */
export function openSaved(files: Files, path: string): SavedParts {
  const checkpoint = openCheckpoint(files, path);
  const record = recordOf(checkpoint);
  const origin = originOf(record, readSettings(originSettings, record.settings, path));
  const { bonds, events } = checkpoint.state;
  const decided = { bonds, taken: events?.taken ?? [] };
  const model = decidedModel(resolveModel(origin), decided);
  return { origin, decided, model, values: storedValues(model, checkpoint.file), seeded: seededOf(checkpoint), ...keptOf(record) };
}

export function recordOf({ file, state }: OpenedCheckpoint): RunRecord {
  if (state.run !== undefined) return state.run;
  throw new FileProblem(file.path, 'it does not hold the program that it is of; give it to a program with --from');
}

export function originOf({ program }: Pick<Origin, 'program'>, { variant, set, source, defaults }: Omit<Origin, 'program'>): Origin {
  return { program, variant, set, source, defaults };
}

/** By which its seeded tensors are drawn. */
export function seededOf({ file, state }: OpenedCheckpoint) {
  return seededIn(file)?.seed ?? state.seed;
}

/** What data gave a model beside values. */
export function keptOf({ vocabulary, labels, sizes }: RunRecord): Pick<ModelParts, 'vocabulary' | 'labels' | 'sizes'> {
  return { labels, sizes, ...(vocabulary === '' ? {} : { vocabulary }) };
}

/** All parameters of a model from a file. Throws BondsmithError with the tensors that differ. */
export function storedValues(model: Model, file: TensorFile): HostTensor[] {
  const differences = compareWithModel(file, model).filter((difference) => difference.kind !== 'extra');
  if (differences.length > 0)
    throw new BondsmithError(
      'weights',
      `${file.path} does not hold the weights of ${model.name}; these tensors differ:\n${differenceTable(differences)}`,
    );
  return model.parameters.map((parameter) => {
    const data = parameterValue(file, parameter);
    const at = placeNotFinite(data);
    if (at >= 0) throw new BondsmithError('weights', `${file.path} has ${data[at]} in ${parameter.names[0]}, which is no weight`);
    const wrong = outside(parameter, data);
    if (wrong !== undefined) throw new BondsmithError('weights', `${file.path}: ${wrong}`);
    return { shape: parameter.legs.map((leg) => leg.size), data: withoutHeld(parameter, data) };
  });
}
