/** Programs of the tests: a file of text, and files that it may import. */
import { readFileSync } from 'node:fs';
import { type CheckRequest, type CheckResult, check } from '../../compiler/check/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { render } from '../../grammar/render.ts';
import '../verified-draft.ts';

const corpus = new URL('../corpus/', import.meta.url);
export const corpusText = (file: string) => readFileSync(new URL(file, corpus), 'utf8');

/** Checks a text; `files` are those it may import, by name. */
export function checkText(text: string, more: Partial<CheckRequest> = {}, files: Record<string, string> = {}): CheckResult {
  return check({ file: 'main.bond', text, load: (path) => files[path.replace(/^\.\//, '')], ...more });
}

/** The model; throws with the rendered messages where the program is refused. */
export function modelOf(text: string, name?: string, more: Partial<CheckRequest> = {}): Model {
  const result = checkText(text, { ...more, ...(name === undefined ? {} : { name }) });
  if (result.model === undefined) throw new Error(rendered(result));
  return result.model;
}

export function rendered(result: CheckResult): string {
  return result.diagnostics.map((diagnostic) => render(diagnostic, result.sources)).join('\n\n');
}
