/** From a .bond file to its model, with every diagnostic as a frame of source. */
import { dirname, resolve } from 'node:path';
import type { CheckResult, Defaults } from '../../compiler/index.ts';
import { check } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Diagnostic, Place, Sources } from '../../grammar/diagnostic.ts';
import { largestFile } from '../../grammar/limits.ts';
import { decode } from '../../grammar/parse.ts';
import { rangeOf } from '../../grammar/position.ts';
import { render } from '../../grammar/render.ts';
import type { Files } from '../checkpoint/files.ts';
import { FileProblem } from '../checkpoint/files.ts';
import type { RunRecord } from '../checkpoint/record.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';

export interface ProgramRequest {
  readonly file: string;
  /** A model or variant; may be absent where the file has only one. */
  readonly name?: string;
  readonly set?: Readonly<Record<string, number | boolean>>;
  /** Names of given weights. */
  readonly source?: ReadonlySet<string>;
  /** Of the model that a published checkpoint is of. */
  readonly defaults?: Defaults;
  /** The model itself, without what variants change. */
  readonly dense?: boolean;
  /** Instead of what the file holds. */
  readonly text?: string;
  /** The texts of a run: no file is read. */
  readonly program?: RunRecord['program'];
  /** Gets every text that was read, by its path. */
  readonly seen?: Map<string, string>;
}

/** Reads and checks a file. Throws FileProblem where it cannot be read; everything else is in the diagnostics. */
export function checkFile(files: Files, request: ProgramRequest): CheckResult {
  const { file, name, set, source, defaults, dense, program, seen } = request;
  const kept = program && new Map(program.texts);
  const own = request.text ?? kept?.get(file);
  const { text, diagnostics } = own === undefined ? readSource(files, file) : { text: own, diagnostics: [] };
  seen?.set(file, text);
  const load = (path: string, from: string) => {
    const target = resolve(dirname(from), path);
    const found = kept === undefined ? loadFrom(files, target) : kept.get(target);
    if (typeof found === 'string') seen?.set(target, found);
    return found;
  };
  if (diagnostics.length > 0) return { diagnostics, sources: new Map([[file, text]]), names: { models: [], variants: [] } };
  return check({ file, text, name, set, source, defaults, dense, load });
}

/** The text of a file, with B006 or B008 where it is not one that can be read. Throws FileProblem where there is none. */
export function readSource(files: Files, file: string): { text: string; diagnostics: readonly Diagnostic[] } {
  const size = files.size(file);
  if (size === undefined) throw new FileProblem(file, 'no such file');
  // One byte more than is allowed is enough for the refusal.
  return decode(files.read(file, 0, Math.min(size, largestFile + 1)), file);
}

/** What `use` names: its text, or why that cannot be had. */
export function loadFrom(files: Files, target: string) {
  if (files.size(target) === undefined) return undefined;
  try {
    const { text, diagnostics } = readSource(files, target);
    return diagnostics.length > 0 ? { why: diagnostics[0].message } : text;
  } catch (error) {
    if (error instanceof FileProblem) return { why: error.message.slice(error.path.length + 2) };
    throw error;
  }
}

/** All diagnostics as text, most severe last so that a terminal shows them. */
export function renderAll(diagnostics: readonly Diagnostic[], sources: Sources, color: boolean): string {
  return diagnostics.map((diagnostic) => render(diagnostic, sources, { color })).join('\n\n');
}

/** The model asked for; warnings go to `err`. Throws Problem with all errors, or that a name is needed. */
export function loadModel(context: Context, request: ProgramRequest): { model: Model; sources: Sources } {
  const result = checkFile(context.files, request);
  const { diagnostics, sources, names, model } = result;
  const wrong = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (wrong.length > 0) throw new Problem(`${renderAll(wrong, sources, context.color)}\n\n${errorCount(wrong.length)} in ${request.file}`);
  const warnings = diagnostics.filter((diagnostic) => diagnostic.severity === 'warning');
  if (warnings.length > 0) context.err(`${renderAll(warnings, sources, context.color)}\n`);
  if (model !== undefined) return { model, sources };
  const all = [...names.variants, ...names.models];
  throw new Problem(
    all.length === 0 ? `${request.file} has no model` : `${request.file} has ${all.join(', ')}; choose one with --variant NAME`,
  );
}

export function errorCount(count: number): string {
  return count === 1 ? '1 error' : `${count} errors`;
}

/** `model.bond:12:5`. */
export function placeText(place: Place, sources: Sources): string {
  const { start } = rangeOf(place, sources);
  return `${place.file}:${start.line}:${start.column}`;
}
