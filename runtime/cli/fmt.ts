/** `bondsmith fmt`: files in the one style of the language. Either every file given can be read as a program, or nothing is written. */
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/parse.ts';
import { print } from '../../grammar/printer.ts';
import type { Context } from './context.ts';
import { command } from './context.ts';
import { flag } from './options.ts';
import { errorCount, readSource, renderAll } from './program.ts';

export const fmtCommand = command({
  name: 'fmt',
  argument: '<file...>',
  summary: 'Write .bond files in the one style of the language; comments stay',
  options: { check: flag('write nothing, name the files that are not in this style, exit with 1 if there are any') },
  examples: ['bondsmith fmt model.bond', 'bondsmith fmt models/*.bond --check'],
  run: (files, { check }, context) => run(files, check, context),
});

interface Formatted {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly errors: readonly Diagnostic[];
}

function run(files: readonly string[], checks: boolean, context: Context): number {
  const formatted = [...new Set(files)].map((file) => format(file, context));
  const refused = formatted.filter(({ errors }) => errors.length > 0);
  if (refused.length > 0) return refuse(refused, context);
  const changed = formatted.filter(({ before, after }) => before !== after);
  for (const { file, after } of changed) {
    if (!checks) context.files.replace(file, [new TextEncoder().encode(after)]);
    context.out(`${file}${checks ? ': not in the style of bondsmith fmt' : ''}\n`);
  }
  return checks && changed.length > 0 ? 1 : 0;
}

function format(file: string, context: Context): Formatted {
  const { text, diagnostics } = readSource(context.files, file);
  if (diagnostics.length > 0) return { file, before: text, after: text, errors: diagnostics };
  const parsed = parse(text, file);
  return { file, before: text, after: print(parsed.file), errors: parsed.diagnostics };
}

function refuse(refused: readonly Formatted[], context: Context): number {
  const sources = new Map(refused.map(({ file, before }) => [file, before]));
  const errors = refused.flatMap((one) => one.errors);
  context.err(`${renderAll(errors, sources, context.color)}\n\n`);
  context.out(`${errorCount(errors.length)}; nothing was written\n`);
  return 1;
}
