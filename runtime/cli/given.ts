/** Given weights of the command line and the API: a file, or the folder of a published checkpoint, with a map of names or without. */
import type { Defaults } from '../../compiler/index.ts';
import { weightNames } from '../checkpoint/checkpoint.ts';
import type { Files } from '../checkpoint/files.ts';
import { readJsonObject } from '../checkpoint/hub/config.ts';
import { readNameMap } from '../checkpoint/hub/family.ts';
import type { GivenWeights } from '../checkpoint/hub/folder.ts';
import { openWeights } from '../checkpoint/hub/folder.ts';

/** What the checker is told of given weights: which tensors there are, and what stands for the defaults of whose model. */
export interface Known {
  readonly source?: readonly string[];
  readonly defaults?: Defaults;
}

/** Throws FileProblem and SettingsError. */
export function openGiven(files: Files, from: string, names?: string): GivenWeights {
  return openWeights(files, from, names === undefined ? undefined : readNameMap(readJsonObject(files, names), names));
}

export function knownOf(given: GivenWeights | undefined): Known {
  if (given === undefined) return {};
  const { file, published } = given;
  const source = [...weightNames(file)];
  return published === undefined ? { source } : { source, defaults: { model: published.family.model, options: published.options } };
}
