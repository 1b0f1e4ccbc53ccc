/** `bondsmith check`: is the file a program, and if not, everything that is wrong with it. */
import { toJson } from '../../grammar/render.ts';
import type { Context } from './context.ts';
import { command } from './context.ts';
import type { Values } from './options.ts';
import { flag, named, settings, useOnly } from './options.ts';
import { checkFile, errorCount, renderAll } from './program.ts';

const options = {
  variant: named('<name>', 'check one model or variant only (default: all in the file)'),
  set: settings('<option=value>', 'set an option of the model or variant; may be repeated'),
  json: flag('print {"diagnostics": [...]}'),
};

export const checkCommand = command({
  name: 'check',
  argument: '<file>',
  summary: 'Check a .bond file: every error with its places, and a hint',
  options,
  examples: ['bondsmith check examples/char-gpt/char-gpt.bond', 'bondsmith check model.bond --variant Mpo --json'],
  run: ([file], given, context) => run(file, given, context),
});

function run(file: string, { variant, set, json }: Values<typeof options>, context: Context): number {
  const { diagnostics, sources, names } = checkFile(context.files, {
    file,
    name: variant,
    set,
  });
  const all = [...names.models, ...names.variants];
  if (variant === undefined && all.length > 1) useOnly({ set }, [], `${file} has ${all.join(', ')}; say which with --variant`);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
  if (json) {
    context.out(`${JSON.stringify({ diagnostics: diagnostics.map((diagnostic) => toJson(diagnostic, sources)) }, null, 1)}\n`);
  } else {
    if (diagnostics.length > 0) context.err(`${renderAll(diagnostics, sources, context.color)}\n\n`);
    context.out(
      errors > 0
        ? `${errorCount(errors)} in ${file}\n`
        : variant !== undefined
          ? `${file}: no errors in ${variant}\n`
          : `${file}: no errors; ${listOf('model', names.models)}, ${listOf('variant', names.variants)}\n`,
    );
  }
  return errors === 0 ? 0 : 1;
}

function listOf(kind: string, names: readonly string[]): string {
  const count = `${names.length} ${kind}${names.length === 1 ? '' : 's'}`;
  return names.length === 0 ? count : `${count} (${names.join(', ')})`;
}
