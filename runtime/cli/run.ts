/** The command line: which command, its options, its exit code. 0 done, 1 the user's error, 2 wrong usage, 130 interrupted. */

import { BondsmithError } from '../../grammar/error.ts';
import { didYouMean } from '../../grammar/nearest.ts';
import { VERSION } from '../checkpoint/version.ts';
import { benchCommand } from './bench/index.ts';
import { buildCommand } from './build/index.ts';
import { calibrateCommand } from './calibrate.ts';
import { checkCommand } from './check.ts';
import { compareCommand } from './compare.ts';
import type { Command, Context } from './context.ts';
import { UsageError } from './context.ts';
import { corpusCommand } from './corpus/index.ts';
import { decomposeCommand } from './decompose.ts';
import { evalCommand } from './eval.ts';
import { explainCommand } from './explain.ts';
import { fmtCommand } from './fmt.ts';
import { generateCommand } from './generate.ts';
import { lspCommand } from './lsp.ts';
import { mergeCommand } from './merge.ts';
import { newCommand } from './new.ts';
import { readArguments } from './options.ts';
import { planCommand } from './plan.ts';
import { predictCommand } from './predict.ts';
import { squeezeCommand } from './squeeze.ts';
import { trainCommand } from './train.ts';
import { tuneCommand } from './tune.ts';

export const commands: readonly Command[] = [
  checkCommand,
  explainCommand,
  trainCommand,
  compareCommand,
  evalCommand,
  generateCommand,
  decomposeCommand,
  squeezeCommand,
  predictCommand,
  mergeCommand,
  buildCommand,
  corpusCommand,
  fmtCommand,
  lspCommand,
  newCommand,
  planCommand,
  calibrateCommand,
  tuneCommand,
  benchCommand,
];
/** Runs one command; `argv` without the names of node and the script. Never throws. */
export async function runCommand(argv: readonly string[], context: Context): Promise<number> {
  try {
    return await dispatch(argv, context);
  } catch (error) {
    return report(error, context);
  }
}

async function dispatch(argv: readonly string[], context: Context): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h') {
    context.out(overview());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    context.out(`bondsmith ${VERSION}\n`);
    return 0;
  }
  if (name === 'help') {
    context.out(rest.length === 0 ? overview() : helpText(commandCalled(rest[0])));
    return 0;
  }
  const command = commandCalled(name);
  const { args, options, help } = readArguments(command.options, rest);
  if (help) {
    context.out(helpText(command));
    return 0;
  }
  const least = command.argument.startsWith('<') ? 1 : 0;
  const most = command.argument.includes('...') ? Number.POSITIVE_INFINITY : 1;
  if (args.length < least || args.length > most) throw new UsageError(`usage: bondsmith ${usageOf(command)}`);
  return command.run(args, options, context);
}

function commandCalled(name: string): Command {
  const found = commands.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const names = commands.map((command) => command.name);
  throw new UsageError(`there is no command ${name}; ${didYouMean(name, names) ?? `there are ${names.join(', ')}`}`);
}

const usageOf = ({ name, argument }: Command) => `${name} ${argument}`;

export function helpText(command: Command | undefined): string {
  if (command === undefined) return overview();
  const options = Object.entries(command.options).map(
    ([name, { value, meaning }]) => [`--${name}${value === undefined ? '' : ` ${value}`}`, meaning] as const,
  );
  const width = Math.max(...options.map(([written]) => written.length));
  return [
    `${command.summary}.`,
    '',
    `  bondsmith ${usageOf(command)} [options]`,
    '',
    ...options.map(([written, meaning]) => `  ${written.padEnd(width)}  ${meaning}`),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

function overview(): string {
  const width = Math.max(...commands.map((command) => usageOf(command).length));
  return [
    `bondsmith ${VERSION}: a language, compiler and runtime for tensor-network layers of neural networks`,
    '',
    ...commands.map((command) => `  bondsmith ${usageOf(command).padEnd(width)}  ${command.summary}`),
    '',
    'bondsmith COMMAND --help says what a command takes. Exit codes: 0 done, 1 an error in what was given, 2 wrong usage, 130 interrupted.',
    '',
  ].join('\n');
}

function report(error: unknown, context: Context): number {
  if (error instanceof UsageError) {
    context.err(`${error.message}\n`);
    return 2;
  }
  if (error instanceof BondsmithError) {
    context.err(`${error.message}\n`);
    return 1;
  }
  context.err(`this is a mistake in bondsmith, not in what you gave it:\n${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
