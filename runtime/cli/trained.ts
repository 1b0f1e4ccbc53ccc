/** A finished or running run, as evaluation and generation read it: settings, checkpoint, model, values. */
import { applyEvents } from '../../compiler/index.ts';
import type { Taken } from '../../compiler/values/decision.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Sources } from '../../grammar/diagnostic.ts';
import type { OpenedCheckpoint } from '../checkpoint/checkpoint.ts';
import { compareWithModel, differenceTable, openCheckpoint, storedParameter } from '../checkpoint/checkpoint.ts';
import type { TensorFile } from '../checkpoint/safetensors.ts';
import { folderAt } from '../train/run-state.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';
import type { Prepared, RunSettings } from './prepare.ts';
import { prepare, requestOf, withDecidedBonds } from './prepare.ts';
import { loadModel } from './program.ts';
import { readRun } from './settings.ts';

/** `model`: as the checkpoint has it, after what events decided. */
export interface Trained extends Prepared {
  /** Of the text, before any event. */
  readonly base: Model;
  readonly settings: RunSettings;
  readonly checkpoint: OpenedCheckpoint;
  readonly values: readonly HostTensor[];
}

/** Reads a run folder; `which`: the weights of the lowest validation loss (where there are such), or of the last step. */
export function openTrained(context: Context, folder: string, which: 'best' | 'last'): Trained {
  const settings = readRun(context.files, folder);
  const paths = folderAt(folder, '');
  const path = which === 'best' && context.files.size(paths.best) !== undefined ? paths.best : paths.checkpoint;
  const checkpoint = openCheckpoint(context.files, path);
  const prepared = prepare(context, settings, checkpoint.state.bonds);
  const model = applyEvents(prepared.model, checkpoint.state.events?.taken ?? []);
  return { ...prepared, base: prepared.model, model, settings, checkpoint, values: storedValues(model, checkpoint.file) };
}

/** The model of a run as its last checkpoint has it, without reading data or weights. */
export function modelOfRun(
  context: Context,
  folder: string,
): { readonly model: Model; readonly sources: Sources; readonly taken: readonly Taken[] } {
  const settings = readRun(context.files, folder);
  const { state } = openCheckpoint(context.files, folderAt(folder, '').checkpoint);
  const { model, sources } = loadModel(context, requestOf(settings));
  const taken = state.events?.taken ?? [];
  return { model: applyEvents(withDecidedBonds(model, state.bonds), taken), sources, taken };
}

/** All parameters of a model from a file. Throws Problem with the tensors that differ. */
export function storedValues(model: Model, file: TensorFile): HostTensor[] {
  const differences = compareWithModel(file, model).filter((difference) => difference.kind !== 'extra');
  if (differences.length > 0)
    throw new Problem(`${file.path} does not hold the weights of ${model.name}; these tensors differ:\n${differenceTable(differences)}`);
  return model.parameters.map(({ names, legs }) => ({
    shape: legs.map((leg) => leg.size),
    data: file.read(storedParameter(file, names)!.name),
  }));
}
