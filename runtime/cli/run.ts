/** The command line: which command, its options, its exit code. 0 done, 1 the user's error, 2 wrong usage, 130 interrupted. */
import type { CAC } from 'cac';
import { cac } from 'cac';
import { DecisionError, MemoryError, SizeError } from '../../compiler/index.ts';
import { FileProblem } from '../checkpoint/files.ts';
import { DataError } from '../data/feed.ts';
import { MemoryLimit } from '../engine/engine.ts';
import { LossError } from '../train/evaluate.ts';
import { NotFinite } from '../train/loop.ts';
import { ResumeError } from '../train/run-state.ts';
import { SettingsError } from '../train/validate.ts';
import { SourceError } from '../weights/initialise.ts';
import { calibrateCommand } from './calibrate.ts';
import { checkCommand } from './check.ts';
import type { CommandSpec, Context, Options } from './context.ts';
import { Problem, UsageError } from './context.ts';
import { decomposeCommand } from './decompose.ts';
import { evalCommand } from './eval.ts';
import { explainCommand } from './explain.ts';
import { fmtCommand } from './fmt.ts';
import { generateCommand } from './generate.ts';
import { mergeCommand } from './merge.ts';
import { planCommand } from './plan.ts';
import { squeezeCommand } from './squeeze.ts';
import { trainCommand } from './train.ts';
import { VERSION } from './version.ts';

export const commands: readonly CommandSpec[] = [
  checkCommand,
  explainCommand,
  trainCommand,
  evalCommand,
  generateCommand,
  decomposeCommand,
  squeezeCommand,
  mergeCommand,
  fmtCommand,
  planCommand,
  calibrateCommand,
];
/** Errors whose message is meant for the user. */
const expected = [
  Problem,
  FileProblem,
  DataError,
  MemoryLimit,
  MemoryError,
  LossError,
  NotFinite,
  ResumeError,
  SettingsError,
  SourceError,
  SizeError,
  DecisionError,
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
  const [name] = argv;
  if (argv.includes('--help') || argv.includes('-h') || argv.length === 0 || name === 'help') {
    const topic = name === 'help' ? argv[1] : name;
    context.out(helpText(commands.find((command) => commandName(command) === topic)));
    return argv.length === 0 ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    context.out(`bondsmith ${VERSION}\n`);
    return 0;
  }
  const command = commands.find((candidate) => commandName(candidate) === name);
  if (command === undefined) throw new UsageError(`there is no command ${name}; there are ${commands.map(commandName).join(', ')}`);
  const { args, options } = parse(command, argv);
  return command.run(args, options, context);
}

const commandName = (command: CommandSpec) => command.usage.split(' ')[0];

function parse(command: CommandSpec, argv: readonly string[]): { args: readonly string[]; options: Options } {
  const program: CAC = cac('bondsmith');
  const [name, argument] = command.usage.split(/ (.*)/s);
  const declared = program.command(`${name} [...args]`, command.summary);
  for (const [flag, meaning] of command.options) declared.option(flag, meaning);
  try {
    program.parse(['node', 'bondsmith', ...argv], { run: false });
    declared.checkUnknownOptions();
    declared.checkOptionValue();
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; bondsmith ${name} --help lists the options`);
  }
  const args = program.args.map(String);
  const needed = argument.startsWith('<') ? 1 : 0;
  const most = argument.includes('...') ? Number.POSITIVE_INFINITY : 1;
  if (args.length < needed || args.length > most) throw new UsageError(`usage: bondsmith ${command.usage}`);
  return { args, options: program.options };
}

export function helpText(command: CommandSpec | undefined): string {
  if (command === undefined) return overview();
  const width = Math.max(...command.options.map(([flag]) => flag.length));
  return [
    `${command.summary}.`,
    '',
    `  bondsmith ${command.usage} [options]`,
    '',
    ...command.options.map(([flag, meaning]) => `  ${flag.padEnd(width)}  ${meaning}`),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

function overview(): string {
  const width = Math.max(...commands.map((command) => command.usage.length));
  return [
    `bondsmith ${VERSION}: a language, compiler and runtime for tensor-network layers of neural networks`,
    '',
    ...commands.map((command) => `  bondsmith ${command.usage.padEnd(width)}  ${command.summary}`),
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
  if (expected.some((kind) => error instanceof kind)) {
    context.err(`${(error as Error).message}\n`);
    return 1;
  }
  context.err(`this is a mistake in bondsmith, not in what you gave it:\n${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
