/**
 * A small reader of settings: rules for numbers, words, lists of keys, that collect every problem instead of stopping at the first.
 * Unknown keys are refused, because a misspelt setting that is silently ignored costs a night of training.
 */
import { BondsmithError } from '../../grammar/error.ts';
import { didYouMean } from '../../grammar/nearest.ts';

/** Reads a value at a path such as `optimiser.rate`; adds to `problems` what is wrong, and then its result is not used. */
export type Rule<T> = (value: unknown, path: string, problems: string[]) => T;
export type Read<R> = R extends Rule<infer T> ? T : never;

/** Everything that is wrong with a file of settings. */
export class SettingsError extends BondsmithError {
  readonly problems: readonly string[];
  constructor(name: string, problems: readonly string[]) {
    super(
      'settings',
      [
        `${name} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:`,
        ...problems.map((problem) => `  ${problem}`),
      ].join('\n'),
    );
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/** Throws SettingsError with all problems; `name` says which file. */
export function readSettings<T>(rule: Rule<T>, value: unknown, name: string): T {
  const problems: string[] = [];
  const result = rule(value, '', problems);
  if (problems.length > 0) throw new SettingsError(name, problems);
  return result;
}

/** What a person wrote, short. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

interface Range {
  readonly least?: number;
  readonly most?: number;
  /** Excluded lower end. */
  readonly above?: number;
  /** Excluded upper end. */
  readonly below?: number;
  readonly whole?: boolean;
}

export function number(range: Range = {}): Rule<number> {
  return (value, path, problems) => {
    const { least = -Infinity, most = Infinity, above = -Infinity, below = Infinity, whole = false } = range;
    const good = typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most && value > above && value < below;
    if (good && (!whole || Number.isSafeInteger(value))) return value;
    problems.push(`${path} is ${shown(value)}, expected ${whole ? 'a whole number' : 'a number'}${rangeText(range)}`);
    return Number.NaN;
  };
}

function rangeText({ least, most, above, below }: Range): string {
  const parts = [
    least === undefined ? '' : `at least ${least}`,
    above === undefined ? '' : `above ${above}`,
    most === undefined ? '' : `at most ${most}`,
    below === undefined ? '' : `below ${below}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}

export function oneOf<const T extends string>(words: readonly T[]): Rule<T> {
  return (value, path, problems) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const hint = typeof value === 'string' ? didYouMean(value, words) : undefined;
    problems.push(
      `${path} is ${shown(value)}, expected ${words.map((word) => `"${word}"`).join(' or ')}${hint === undefined ? '' : `; ${hint}`}`,
    );
    return words[0];
  };
}

/** The fallback where the value is absent. */
export function optional<T>(rule: Rule<T>, fallback: T): Rule<T> {
  return (value, path, problems) => (value === undefined ? fallback : rule(value, path, problems));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Exactly these keys; absent ones are read by their rules as undefined. */
export function object<F extends Record<string, Rule<unknown>>>(fields: F): Rule<{ readonly [K in keyof F]: Read<F[K]> }> {
  return (value, path, problems) => {
    const given = isObject(value) ? value : {};
    if (!isObject(value)) problems.push(`${path === '' ? 'the file' : path} is ${shown(value)}, expected an object in braces`);
    for (const key of Object.keys(given)) {
      if (Object.hasOwn(fields, key)) continue;
      const hint = didYouMean(key, Object.keys(fields)) ?? `known here: ${Object.keys(fields).join(', ')}`;
      problems.push(`${join(path, key)} is unknown; ${hint}`);
    }
    const read = Object.entries(fields).map(([key, rule]) => [key, rule(given[key], join(path, key), problems)]);
    return Object.fromEntries(read) as { readonly [K in keyof F]: Read<F[K]> };
  };
}

/** Any keys, all values by one rule. */
export function record<T>(rule: Rule<T>): Rule<Readonly<Record<string, T>>> {
  return (value, path, problems) => {
    if (!isObject(value)) {
      problems.push(`${path} is ${shown(value)}, expected an object in braces`);
      return {};
    }
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, rule(entry, `${path}[${JSON.stringify(key)}]`, problems)]));
  };
}

/** Chooses the rule by the value of `key`; its words are the names of the rules. */
export function tagged<R extends Record<string, Rule<unknown>>>(key: string, rules: R): Rule<Read<R[keyof R]>> {
  return (value, path, problems) => {
    const names = Object.keys(rules);
    const tag = isObject(value) && value[key] !== undefined ? value[key] : names[0];
    const name = oneOf(names)(tag, join(path, key), problems);
    return rules[name](value, path, problems) as Read<R[keyof R]>;
  };
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
