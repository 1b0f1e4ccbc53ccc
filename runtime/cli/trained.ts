/**
 * A run as others read it: everything is in its folder. What lies beside it (the program, the data) may have changed or be gone; that is
 * told, and the run's own is used.
 */
import { applyEvents } from '../../compiler/index.ts';
import type { Taken } from '../../compiler/values/decision.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Sources } from '../../grammar/diagnostic.ts';
import { recordOf, storedValues } from '../api/saved.ts';
import type { OpenedCheckpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { FileProblem, readText } from '../checkpoint/files.ts';
import type { RunRecord } from '../checkpoint/record.ts';
import { encodeTensors, openTensors } from '../checkpoint/safetensors.ts';
import type { Feed } from '../data/feed.ts';
import { heldTensors, readExamples, tensorFeed } from '../data/tensors.ts';
import type { Vocabulary } from '../data/text.ts';
import { vocabularyOf } from '../data/text.ts';
import type { RunFolder } from '../train/run-state.ts';
import { folderAt } from '../train/run-state.ts';
import { withDecidedBonds } from '../weights/decided.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import type { RunSettings } from './prepare.ts';
import { requestOf } from './prepare.ts';
import type { ProgramRequest } from './program.ts';
import { loadModel } from './program.ts';
import { differingSettings, readRun, settingsIn } from './settings.ts';

/** `model`: as the checkpoint has it, after what events decided. */
export interface Trained {
  readonly folder: string;
  readonly model: Model;
  /** Of the text, before any event. */
  readonly base: Model;
  readonly sources: Sources;
  readonly settings: RunSettings;
  readonly record: RunRecord;
  readonly vocabulary?: Vocabulary;
  readonly checkpoint: OpenedCheckpoint;
  readonly taken: readonly Taken[];
}

/** Reads a run folder; `which`: the weights of the lowest validation loss (where there are such), or of the last step. */
export function openTrained(context: Context, folder: string, which: 'best' | 'last'): Trained {
  const { last, chosen: checkpoint } = checkpointsOf(context, folder, which);
  const record = recordOf(checkpoint);
  const settings = settingsIn(record.settings, checkpoint.file.path);
  tellChanges(context, folder, settingsIn(recordOf(last).settings, last.file.path), record);
  const { model: checked, sources } = loadModel({ ...context, err: () => undefined }, programOf(settings, record));
  const base = withDecidedBonds(checked, checkpoint.state.bonds);
  const taken = checkpoint.state.events?.taken ?? [];
  const vocabulary = record.vocabulary === '' ? undefined : vocabularyOf(record.vocabulary);
  return { folder, model: applyEvents(base, taken), base, sources, settings, record, vocabulary, checkpoint, taken };
}

/** How the checker is asked for a run's own program. */
export function programOf(settings: RunSettings, { program }: RunRecord): ProgramRequest {
  return { ...requestOf(settings), file: program.file, program };
}

/**
 * That of the last step, by which `run.json` is judged, since a run may have been resumed to more steps; and the one that is wanted. The
 * best of another model than the last step has is not the best of this run any more: events changed it since.
 */
function checkpointsOf(
  { files }: Context,
  folder: string,
  which: 'best' | 'last',
): { readonly last: OpenedCheckpoint; readonly chosen: OpenedCheckpoint } {
  const paths = folderAt(folder);
  if (files.size(paths.checkpoint) === undefined) {
    const begun = files.size(paths.settings) !== undefined;
    throw new FileProblem(folder, begun ? 'its run was ended before anything was saved' : 'it holds no run: there is no run.json in it');
  }
  const last = openCheckpoint(files, paths.checkpoint);
  if (which === 'last' || files.size(paths.best) === undefined) return { last, chosen: last };
  const best = openCheckpoint(files, paths.best);
  return { last, chosen: best.state.digest === last.state.digest ? best : last };
}

function tellChanges(context: Context, folder: string, settings: RunSettings, { program }: RunRecord): void {
  const changed = program.texts.filter(([path, text]) => isOther(context, path, text)).map(([path]) => path);
  if (changed.length > 0) context.err(`note: ${changed.join(', ')} changed since the run began; its own program is used\n`);
  const { settings: path } = folderAt(folder);
  if (context.files.size(path) === undefined) return;
  const edited = differingSettings(readRun(context.files, folder), settings);
  if (edited.length > 0) context.err(`note: ${path} was edited: ${edited.join('; ')}; what the run began with is used\n`);
}

function isOther({ files }: Context, path: string, text: string): boolean {
  try {
    return files.size(path) !== undefined && readText(files, path, 2 ** 21) !== text;
  } catch {
    // What cannot be read any more is no text that changed.
    return false;
  }
}

/** Elements of held-out rows that a run keeps; more stay where they are, and `eval` asks for them. */
const MOST_HELD = 2 ** 26;

export function keepHeld({ files }: Context, { held }: RunFolder, model: Model, feed: Feed): void {
  const { rows, perBatch, batch } = feed.validation;
  if (rows === 0) return;
  const each = Object.values(batch(0, perBatch)).reduce((sum, { length }) => sum + length, 0) / perBatch;
  if (each * rows <= MOST_HELD) files.replace(held, encodeTensors(heldTensors(model, feed), {}, true));
}

/** The rows that the run held out, from its folder. Throws FileProblem where it kept none. */
export function heldFeed(context: Context, { folder, base, settings }: Trained): Pick<Feed, 'validation'> {
  const { held } = folderAt(folder);
  if (context.files.size(held) === undefined)
    throw new FileProblem(folder, 'it keeps no held-out rows; give the data to evaluate with --text or --data');
  const file = openTensors(context.files, held);
  if (!file.checked) throw new FileProblem(held, 'its fingerprints are missing, so nobody knows whether it is as it was written');
  const examples = readExamples(base, file);
  return tensorFeed({ model: base, examples, held: examples, batch: settings.batch, seed: settings.seed, evaluated: true });
}

/** Values of all parameters. */
export function valuesOf({ model, checkpoint }: Trained): HostTensor[] {
  return storedValues(model, checkpoint.file);
}
