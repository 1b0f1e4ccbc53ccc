/** `bondsmith check`: is the file a program, and if not, everything that is wrong with it. */
import { toJson } from '../../grammar/render.ts';
import type { CommandSpec, Context, Options } from './context.ts';
import { flagOption, settingsOption, textOption } from './context.ts';
import { checkFile, errorCount, renderAll } from './program.ts';

export const checkCommand: CommandSpec = {
  usage: 'check <file>',
  summary: 'Check a .bond file: every error with its places, and a hint',
  options: [
    ['--variant <name>', 'check one model or variant only (default: all in the file)'],
    ['--set <option=value>', 'set an option of the model or variant; may be repeated'],
    ['--json', 'print {"diagnostics": [...]}'],
  ],
  examples: ['bondsmith check examples/char-gpt/char-gpt.bond', 'bondsmith check model.bond --variant Mpo --json'],
  run: async (args, options, context) => run(args[0], options, context),
};

function run(file: string, options: Options, context: Context): number {
  const { diagnostics, sources, names } = checkFile(context.files, {
    file,
    name: textOption(options, 'variant'),
    set: settingsOption(options, 'set'),
  });
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
  if (flagOption(options, 'json')) {
    context.out(`${JSON.stringify({ diagnostics: diagnostics.map((diagnostic) => toJson(diagnostic, sources)) }, null, 1)}\n`);
  } else {
    if (diagnostics.length > 0) context.err(`${renderAll(diagnostics, sources, context.color)}\n\n`);
    context.out(
      errors > 0
        ? `${errorCount(errors)} in ${file}\n`
        : `${file}: no errors; ${listOf('model', names.models)}, ${listOf('variant', names.variants)}\n`,
    );
  }
  return errors === 0 ? 0 : 1;
}

function listOf(kind: string, names: readonly string[]): string {
  const count = `${names.length} ${kind}${names.length === 1 ? '' : 's'}`;
  return names.length === 0 ? count : `${count} (${names.join(', ')})`;
}
