/** What a command gets of the world, so that tests run commands in their own process. */
import { resolve } from 'node:path';
import type { Files } from '../checkpoint/files.ts';
import type { TrainHost } from '../train/loop.ts';

export interface Context extends TrainHost {
  readonly files: Files;
  /** Results, for people or as JSON. */
  out(text: string): void;
  /** Everything else: warnings, progress. */
  err(text: string): void;
  /** ANSI colours on `err`. */
  readonly color: boolean;
  /** Folder of plans that were found before; absent: none are kept. */
  readonly plans?: string;
}
/** A mistake in how a command is called: exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
/** A mistake in what a command is given: exit code 1, message as it is. */
export class Problem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Problem';
  }
}
export type Options = Readonly<Record<string, unknown>>;
export interface CommandSpec {
  /** `train [file]`. */
  readonly usage: string;
  readonly summary: string;
  /** Flags as they are written, and what they mean. */
  readonly options: readonly (readonly [flag: string, meaning: string])[];
  readonly examples: readonly string[];
  /** Yields the exit code. */
  run(args: readonly string[], options: Options, context: Context): Promise<number>;
}

/** The last value where an option is given twice. */
function last(options: Options, name: string): unknown {
  const value = options[name];
  return Array.isArray(value) ? value.at(-1) : value;
}

export function textOption(options: Options, name: string): string | undefined {
  const value = last(options, name);
  if (value === undefined) return undefined;
  if (typeof value === 'boolean' || value === '') throw new UsageError(`--${name} needs a value`);
  return String(value);
}

/** --out FILE. What is written must not take the place of what it is made from. */
export function outOption(options: Options, command: string, given: readonly string[]): string {
  const out = textOption(options, 'out');
  if (out === undefined) throw new UsageError(`${command} wants --out FILE`);
  if (given.some((path) => resolve(path) === resolve(out))) throw new UsageError(`--out ${out}: ${command} reads this file; name another`);
  return out;
}

export function numberOption(options: Options, name: string, range: { least: number; whole?: boolean }): number | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  const whole = range.whole ?? true;
  if (Number.isFinite(value) && value >= range.least && (!whole || Number.isSafeInteger(value))) return value;
  throw new UsageError(`--${name} ${text}: expected ${whole ? 'a whole number' : 'a number'} from ${range.least} on`);
}

export function flagOption(options: Options, name: string): boolean {
  return last(options, name) === true;
}

/** `--set depth=48 --set biased=false`: numbers and booleans by name. */
export function settingsOption(options: Options, name: string): Record<string, number | boolean> {
  const given = options[name];
  const items = given === undefined ? [] : Array.isArray(given) ? given : [given];
  return Object.fromEntries(
    items.map((item) => {
      const [key, text] = String(item).split(/=(.*)/s);
      const value = text === 'true' ? true : text === 'false' ? false : Number(text);
      if (key !== '' && text !== undefined && text !== '' && !Number.isNaN(value)) return [key, value] as const;
      throw new UsageError(`--${name} ${String(item)}: expected NAME=NUMBER, NAME=true or NAME=false`);
    }),
  );
}

/** As `settingsOption`, but whole numbers from 1 on: sizes of open axes. */
export function sizesOption(options: Options, name: string): Record<string, number> {
  const settings = Object.entries(settingsOption(options, name));
  const wrong = settings.find(([, value]) => typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1);
  if (wrong !== undefined) throw new UsageError(`--${name} ${wrong[0]}=${wrong[1]}: a size is a whole number from 1 on`);
  return Object.fromEntries(settings.map(([key, value]) => [key, Number(value)]));
}

/** --seed, 64 bits at most 2^53, as two words. */
export function seedOption(options: Options): readonly [number, number] | undefined {
  const seed = numberOption(options, 'seed', { least: 0 });
  return seed === undefined ? undefined : [seed >>> 0, Math.floor(seed / 2 ** 32)];
}
