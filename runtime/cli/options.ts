/**
 * Options of commands, as tables: how each is written, what it means, and how its text becomes a value. Everything a person types stays
 * text until its own option reads it; what no option reads is refused before the command begins.
 */
import { parseArgs } from 'node:util';
import { didYouMean } from '../../grammar/nearest.ts';
import { UsageError } from './context.ts';

export interface Option<T> {
  /** As help shows it: `<file>`. Absent for a flag. */
  readonly value?: string;
  readonly meaning: string;
  /** May be given several times; others are refused then. */
  readonly many?: true;
  /** From the texts that it was given, none where it was not. Throws UsageError. `flag`: `--steps`, for messages. */
  read(given: readonly string[], flag: string): T;
}
export type OptionTable = Readonly<Record<string, Option<unknown>>>;
export type Values<O extends OptionTable> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** Any text, the empty one too. */
export function text(value: string, meaning: string): Option<string | undefined> {
  return { value, meaning, read: ([given]) => given };
}

/** A path or a name: not empty. */
export function named(value: string, meaning: string): Option<string | undefined> {
  return {
    value,
    meaning,
    read([given], flag) {
      if (given === '') throw new UsageError(`${flag} is empty, expected ${value}`);
      return given;
    },
  };
}

/** `A,B`: names with commas between, each once. */
export function nameList(value: string, meaning: string): Option<readonly string[] | undefined> {
  return {
    value,
    meaning,
    read([given], flag) {
      const found = given?.split(',').map((name) => name.trim());
      const wrong = found?.find((name, k) => name === '' || found.indexOf(name) !== k);
      if (wrong === undefined) return found;
      throw new UsageError(`${flag} ${given}: ${wrong === '' ? 'a name is empty' : `${wrong} is there twice`}`);
    },
  };
}

export function flag(meaning: string): Option<boolean> {
  return { meaning, read: (given) => given.length > 0 };
}

interface Range {
  readonly least: number;
  readonly most?: number;
}

export function number(value: string, meaning: string, { least, most = Infinity }: Range): Option<number | undefined> {
  return { value, meaning, read: ([given], name) => numberIn(given, name, 'a number', { least, most }) };
}

export function count(value: string, meaning: string, { least, most = Number.MAX_SAFE_INTEGER }: Range): Option<number | undefined> {
  return {
    value,
    meaning,
    read([given], name) {
      const found = numberIn(given, name, 'a whole number', { least, most });
      if (found === undefined || Number.isSafeInteger(found)) return found;
      throw new UsageError(`${name} ${given}: expected a whole number from ${least} on`);
    },
  };
}

/** Decimal digits with an optional exponent; `Number` alone takes `0x10`, ` 1 ` and the empty text. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function numberIn(given: string | undefined, name: string, what: string, { least, most = Infinity }: Range): number | undefined {
  if (given === undefined) return undefined;
  const value = DECIMAL.test(given) ? Number(given) : Number.NaN;
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  const range = most === Infinity || most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  throw new UsageError(`${name} ${given}: expected ${what} ${range}`);
}

/** `1,32`: whole numbers with commas between, each once. */
export function countList(value: string, meaning: string, range: Range): Option<readonly number[] | undefined> {
  const [texts, one] = [nameList(value, meaning), count(value, meaning, range)];
  return { value, meaning, read: (given, name) => texts.read(given, name)?.map((text) => one.read([text], name)!) };
}

export function choice<const W extends string>(words: readonly W[], value: string, meaning: string): Option<W | undefined> {
  return {
    value,
    meaning,
    read([given], name) {
      const found = words.find((word) => word === given);
      if (found !== undefined || given === undefined) return found;
      throw new UsageError(`${name} ${given}: there are ${words.join(', ')}`);
    },
  };
}

/** `--set depth=48 --set biased=false`: numbers and booleans by name. */
export function settings(value: string, meaning: string): Option<Readonly<Record<string, number | boolean>>> {
  return { value, meaning, many: true, read: (given, name) => byName(given, name, settingOf) };
}

/** `--size time=128`: whole numbers from 1 on. */
export function sizes(value: string, meaning: string): Option<Readonly<Record<string, number>>> {
  return { value, meaning, many: true, read: (given, name) => byName(given, name, sizeOf) };
}

function byName<T>(given: readonly string[], name: string, read: (item: string, key: string, text: string | undefined, name: string) => T) {
  const found = new Map<string, T>();
  for (const item of given) {
    const [key, value] = item.split(/=(.*)/s);
    if (found.has(key)) throw new UsageError(`${name} ${key} is given twice`);
    found.set(key, read(item, key, value, name));
  }
  return Object.fromEntries(found);
}

function settingOf(item: string, key: string, value: string | undefined, name: string): number | boolean {
  if (key !== '' && (value === 'true' || value === 'false')) return value === 'true';
  if (key !== '' && value !== undefined && DECIMAL.test(value)) return Number(value);
  throw new UsageError(`${name} ${item}: expected NAME=NUMBER, NAME=true or NAME=false`);
}

function sizeOf(item: string, key: string, value: string | undefined, name: string): number {
  const size = settingOf(item, key, value, name);
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 1) return size;
  throw new UsageError(`${name} ${item}: a size is a whole number from 1 on`);
}

/** At most 2^53, as two words of 32 bits. */
export function seed(meaning: string): Option<readonly [number, number] | undefined> {
  const whole = count('<number>', meaning, { least: 0 });
  return {
    ...whole,
    read(given, name) {
      const value = whole.read(given, name);
      return value === undefined ? undefined : [value >>> 0, Math.floor(value / 2 ** 32)];
    },
  };
}

// reading a command line ---------------------------------------------------------------------------------------------------

/** What was typed after the name of a command. Throws UsageError for what no option of the table takes. */
export function readArguments<O extends OptionTable>(
  table: O,
  argv: readonly string[],
): { args: string[]; options: Values<O>; help: boolean } {
  const known = { ...table, help: flag('') };
  const types = Object.entries(known).map(([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' }] as const);
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(types),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  const args: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') args.push(token.value);
    if (token.kind !== 'option') continue;
    const name = token.rawName === '-h' ? 'help' : token.name;
    const option = Object.hasOwn(known, name) && (token.rawName.startsWith('--') || name === 'help') ? known[name] : undefined;
    if (option === undefined) throw new UsageError(`there is no option ${token.rawName}${hintFor(token.rawName, table)}`);
    given.set(name, [...(given.get(name) ?? []), textOf(token, option)]);
  }
  for (const [name, texts] of given)
    if (texts.length > 1 && known[name].many === undefined) throw new UsageError(`--${name} is given ${texts.length} times`);
  if (given.has('help')) return { args, options: {} as Values<O>, help: true };
  const options = Object.entries(table).map(([name, option]) => [name, option.read(given.get(name) ?? [], `--${name}`)] as const);
  return { args, options: Object.fromEntries(options) as Values<O>, help: false };
}

function textOf(token: { rawName: string; value: string | undefined; inlineValue: boolean | undefined }, option: Option<unknown>): string {
  const { rawName, value, inlineValue } = token;
  if (option.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value, it has ${JSON.stringify(value)}`);
    return '';
  }
  if (value === undefined) throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}`);
  if (inlineValue !== true && value.startsWith('--'))
    throw new UsageError(`${rawName} needs a value before ${value}; a value that begins so is written ${rawName}=${value}`);
  return value;
}

function hintFor(rawName: string, table: OptionTable): string {
  const names = Object.keys(table).map((name) => `--${name}`);
  const hint = didYouMean(rawName, names);
  return hint === undefined ? `; there are ${names.join(', ')}` : `; ${hint}`;
}

/**
 * For a command of several forms: refuses what is given beside the options that this form uses. Throws UsageError that names it and says
 * `why`.
 */
export function useOnly(options: Readonly<Record<string, unknown>>, used: readonly string[], why: string): void {
  const unused = Object.entries(options).filter(([name, value]) => isGiven(value) && !used.includes(name));
  if (unused.length === 0) return;
  throw new UsageError(`${unused.map(([name]) => `--${name}`).join(', ')} has no effect here: ${why}`);
}

function isGiven(value: unknown): boolean {
  if (value === undefined || value === false) return false;
  return typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length > 0;
}
