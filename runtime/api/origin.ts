/** The program that a model is of, and the model that it means. */
import type { CheckResult, Defaults } from '../../compiler/index.ts';
import { check } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { Refused } from '../../grammar/diagnostic.ts';
import { BondsmithError } from '../../grammar/error.ts';
import type { RunRecord } from '../checkpoint/record.ts';
import { absent, either, list, number, object, record, text, truth } from '../checkpoint/schema.ts';

/** What a program is: its texts, and which model or variant of them is meant. */
export interface Origin {
  readonly program: RunRecord['program'];
  readonly variant?: string;
  readonly set: Readonly<Record<string, number | boolean>>;
  readonly source?: readonly string[];
  readonly defaults?: Defaults;
}
/** Options of a published checkpoint. */
export const modelDefaults = object({
  model: text,
  options: record(either(either(number(), truth, 'a number, true or false'), text, 'a number, true, false or a name')),
});

/** What a file says beside its program: which model is meant. */
export const originSettings = object({
  file: text,
  variant: absent(text),
  set: record(either(number(), truth, 'a number, true or false')),
  source: absent(list(text)),
  defaults: absent(modelDefaults),
});

/** What the checker says of an origin's program. */
export function checkOrigin({ program, variant, set, source, defaults }: Origin): CheckResult {
  const texts = new Map(program.texts);
  const { file } = program;
  const load = (path: string, from: string) => texts.get(joined(from, path));
  return check({ file, text: texts.get(file)!, name: variant, set, source: source && new Set(source), defaults, load });
}

/** The model that an origin means. Throws Refused with every diagnostic, BondsmithError where a name is needed. */
export function resolveModel(origin: Origin): Model {
  const result = checkOrigin(origin);
  const wrong = result.diagnostics.filter(({ severity }) => severity === 'error');
  if (wrong.length > 0) throw new Refused(wrong);
  if (result.model !== undefined) return result.model;
  const { models, variants } = result.names;
  throw new BondsmithError(
    'name',
    `${origin.program.file} has ${[...variants, ...models].join(', ') || 'no model'}; say which with variant`,
  );
}

/** A path beside a file, without `.` and `..`. */
export function joined(from: string, path: string): string {
  if (/^([/\\]|\w:)/.test(path)) return path;
  const parts = [...from.split(/[/\\]/).slice(0, -1), ...path.split('/')];
  const found: string[] = [];
  for (const part of parts) {
    if (part === '..' && found.length > 0) found.pop();
    else if (part !== '.') found.push(part);
  }
  return found.join('/');
}
