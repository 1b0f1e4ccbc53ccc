/** `bondsmith decompose model.bond`: given weights as the cores of a variant, without a run. */
import { extname, resolve } from 'node:path';
import type { Model } from '../../compiler/values/model.ts';
import { kept } from '../checkpoint/positions.ts';
import { encodeTensors } from '../checkpoint/safetensors.ts';
import { isStored, seededMetadata, seededRecord } from '../checkpoint/seeded.ts';
import { DATA_FORMATS } from '../data/files.ts';
import { describeModel } from '../explain/describe.ts';
import { calibrated } from './calibration.ts';
import type { Context } from './context.ts';
import { UsageError } from './context.ts';
import { decompositionRecords } from './decompositions.ts';
import type { DataType } from './dtype.ts';
import { typeOf } from './dtype.ts';
import { openGiven } from './given.ts';
import { outPath } from './out.ts';
import { prepare, requestOf } from './prepare.ts';
import { loadModel } from './program.ts';
import type { SettingsGiven } from './settings.ts';
import { DEFAULT_BATCH, DEFAULT_EXAMPLES, settingsFrom } from './settings.ts';
import { loadByName } from './weights.ts';

export type ModelGiven = SettingsGiven & { readonly dtype?: DataType; readonly out?: string; readonly json: boolean };

/** Writes every parameter of the variant under its name: `train --from` and `eval --from` take the file. */
export async function decomposeModel(file: string, given: ModelGiven, context: Context): Promise<number> {
  const { from, calibrate, dtype, json } = given;
  if (from === undefined) throw new UsageError('decompose of a model wants --from WEIGHTS: what is to be decomposed');
  const out = outPath(given.out, 'decompose', [file, from]);
  // Examples are read as training would read them.
  const examples =
    calibrate === undefined ? {} : DATA_FORMATS.split(', ').includes(extname(calibrate)) ? { data: calibrate } : { text: calibrate };
  const batch = given.batch ?? Math.min(DEFAULT_BATCH, given.examples ?? DEFAULT_EXAMPLES);
  const settings = settingsFrom(file, { ...given, ...examples, batch }, context);
  const prepared = calibrate === undefined ? undefined : prepare(context, settings, 'evaluate all');
  const model: Model = prepared?.model ?? loadModel(context, requestOf(settings)).model;
  const measured = prepared && (await calibrated(context, settings, prepared));
  const loaded = loadByName(context, model, settings.seed, openGiven(context.files, resolve(from), settings.names), measured);
  const type = typeOf(dtype ?? 'f32');
  const stored = loaded.model.parameters.filter(isStored);
  const tensors = stored.map((parameter) => ({
    name: parameter.names[0],
    shape: parameter.legs.map(({ size }) => size),
    data: kept(parameter, loaded.values[parameter.id].data),
    ...(parameter.positions === undefined ? { type } : {}),
  }));
  context.files.replace(out, encodeTensors(tensors, seededMetadata(seededRecord(loaded.model.parameters, loaded.seeded))));
  const { parameters } = describeModel(loaded.model);
  const total = `${model.name}: ${parameters.total.toLocaleString('en')} parameters, dense ${parameters.dense.toLocaleString('en')}`;
  if (json) context.out(`${JSON.stringify({ out, tensors: tensors.length, parameters, ...decompositionRecords(loaded) })}\n`);
  else context.out(`${total}, written to ${out}\n`);
  return 0;
}
