/**
 * What settings and records of files must be, as schemas of valibot: numbers with ranges, words, objects of exactly these keys, tables.
 * Every problem is told, by path and by what is expected there. Unknown keys are refused, because a misspelt setting that is silently
 * ignored costs a night of training.
 */
import * as v from 'valibot';
import { BondsmithError } from '../../grammar/error.ts';
import { didYouMean } from '../../grammar/nearest.ts';

/** Reads any value, gives a T or problems. */
export type Schema<T> = v.GenericSchema<unknown, T>;
export type Read<S extends Schema<unknown>> = v.InferOutput<S>;

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
export function readSettings<T>(schema: Schema<T>, value: unknown, name: string): T {
  const found = problemsOf(schema, value);
  if ('value' in found) return found.value;
  throw new SettingsError(name, found.problems);
}

/** The value with its defaults, or every problem: `optimiser.rate is -1, expected a number above 0`. */
export function problemsOf<T>(schema: Schema<T>, value: unknown): { readonly value: T } | { readonly problems: readonly string[] } {
  const result = v.safeParse(schema, value, { abortPipeEarly: true });
  if (result.success) return { value: result.output };
  return { problems: [...new Set(result.issues.flatMap(problemsIn))] };
}

/** What a person wrote, short. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

// problems -----------------------------------------------------------------------------------------------------------------

type Issue = v.BaseIssue<unknown>;

function problemsIn(issue: Issue): string[] {
  const { path = [], expected, message, input } = issue;
  const last = path.at(-1);
  if (expected === UNKNOWN && last !== undefined) return unknownKeys(path.slice(0, -1), last.input, message.split(', '));
  const at = pathText(path);
  const given = last === undefined ? input : last.value;
  const hint = typeof given === 'string' ? didYouMean(given, wordsIn(message)) : undefined;
  const said = given === undefined ? 'is missing' : `is ${shown(given)}`;
  return [`${at === '' ? 'the file' : at} ${said}, expected ${message}${hint === undefined ? '' : `; ${hint}`}`];
}

/** What valibot expects of a key that an object does not have; it reports the first one, whose message is the list of those that are known. */
const UNKNOWN = 'never';

function unknownKeys(path: readonly v.IssuePathItem[], object: unknown, known: readonly string[]): string[] {
  const unknown = Object.keys(object as object).filter((key) => !known.includes(key));
  return unknown.map((key) => {
    const at = pathText(path);
    return `${at === '' ? '' : `${at}.`}${key} is unknown; ${didYouMean(key, known) ?? `known here: ${known.join(', ')}`}`;
  });
}

function wordsIn(message: string): string[] {
  return [...message.matchAll(/"([^"]*)"/g)].map(([, word]) => word);
}

/** `groups["central of all"].rate`, `seed[1]`. */
function pathText(path: readonly v.IssuePathItem[]): string {
  return path.reduce((text, { type, key }) => {
    if (type === 'array') return `${text}[${Number(key) + 1}]`;
    if (type === 'map') return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

// schemas ------------------------------------------------------------------------------------------------------------------

interface Range {
  readonly least?: number;
  readonly most?: number;
  /** Excluded lower end. */
  readonly above?: number;
  /** Excluded upper end. */
  readonly below?: number;
  readonly whole?: boolean;
}

export function number(range: Range = {}): Schema<number> {
  const { least, most, above, below, whole = false } = range;
  const message = `${whole ? 'a whole number' : 'a number'}${rangeText(range)}`;
  const limits = [
    ...(whole ? [v.safeInteger<number, string>(message)] : [v.finite<number, string>(message)]),
    ...(least === undefined ? [] : [v.minValue<number, number, string>(least, message)]),
    ...(most === undefined ? [] : [v.maxValue<number, number, string>(most, message)]),
    ...(above === undefined ? [] : [v.gtValue<number, number, string>(above, message)]),
    ...(below === undefined ? [] : [v.ltValue<number, number, string>(below, message)]),
  ];
  return v.pipe(v.number(message), ...limits);
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

export const count: Schema<number> = number({ least: 0, whole: true });
export const text: Schema<string> = v.string('a text');
export const truth: Schema<boolean> = v.boolean('true or false');
/** Anything, looked at elsewhere. */
export const anything: Schema<unknown> = v.unknown();

export function oneOf<const T extends string>(words: readonly T[]): Schema<T> {
  return v.picklist(words, words.map((word) => `"${word}"`).join(' or '));
}

/** This word or number alone. */
export function exactly<const T extends string | number>(value: T): Schema<T> {
  return v.literal(value, shown(value));
}

/** What a guard of ours takes. `message`: what is expected. */
export function like<T>(guard: (value: unknown) => value is T, message: string): Schema<T> {
  return v.custom<T>(guard, message) as unknown as Schema<T>;
}

export function list<T>(each: Schema<T>): Schema<readonly T[]> {
  return v.array(each, 'a list');
}

export function pair<A, B>(first: Schema<A>, second: Schema<B>): Schema<readonly [A, B]> {
  return v.strictTuple([first, second], 'a list of two');
}

/** The first that takes the value. `message`: what is expected. */
export function either<A, B>(first: Schema<A>, second: Schema<B>, message: string): Schema<A | B> {
  return v.union([first, second], message);
}

/** The fallback, which is read too, where the value is absent. */
export function optional<T>(schema: Schema<T>, fallback: unknown): Schema<T> {
  return v.optional(schema, fallback) as Schema<T>;
}

/** May be absent. */
export function absent<T>(schema: Schema<T>): Schema<T | undefined> {
  return v.optional(schema) as Schema<T | undefined>;
}

/** The same; editors that know the schema show what it means. */
export function about<T>(meaning: string, schema: Schema<T>): Schema<T> {
  return v.pipe(schema, v.description(meaning)) as Schema<T>;
}

const BRACES = 'an object in braces';
const plain = () => v.custom<Record<string, unknown>>(isObject, BRACES);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Fields = Readonly<Record<string, Schema<unknown>>>;
/** Keys whose values may be undefined may be absent. */
type ObjectOf<F extends Fields> = { readonly [K in keyof F as undefined extends Read<F[K]> ? never : K]: Read<F[K]> } & {
  readonly [K in keyof F as undefined extends Read<F[K]> ? K : never]?: Read<F[K]>;
};

/** Exactly these keys. */
export function object<const F extends Fields>(fields: F): Schema<ObjectOf<F>> {
  const message = ({ expected, path }: Issue) =>
    expected === UNKNOWN ? Object.keys(fields).join(', ') : kindOf(fields[String(path?.at(-1)?.key)]);
  return v.pipe(plain(), v.strictObject(fields, message)) as unknown as Schema<ObjectOf<F>>;
}

/** What a schema says where a value is of another kind. */
function kindOf(schema: Schema<unknown>): string {
  const { message } = schema as { readonly message?: unknown };
  return typeof message === 'string' ? message : 'a value';
}

const tables = new WeakMap<object, Schema<unknown>>();

/** Any keys, all values by one schema. valibot's own record passes over the names that objects inherit. */
export function record<T>(each: Schema<T>): Schema<Readonly<Record<string, T>>> {
  const any = plain();
  tables.set(any, each);
  return v.pipe(
    any,
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const read = Object.entries(dataset.value).map(([key, value]) => {
        const result = v.safeParse(each, value, { abortPipeEarly: true });
        const item = { type: 'map', origin: 'value', input: dataset.value, key, value } as unknown as v.IssuePathItem;
        for (const { message, expected, input, path } of result.issues ?? [])
          addIssue({ message, input, expected: expected ?? undefined, path: path === undefined ? [item] : [item, ...path] });
        return { key, result };
      });
      if (!read.every(({ result }) => result.success)) return NEVER;
      return Object.fromEntries(read.map(({ key, result }) => [key, result.output as T]));
    }),
  ) as unknown as Schema<Readonly<Record<string, T>>>;
}

const tags = new WeakMap<object, readonly Schema<unknown>[]>();

/** Chooses the schema by the value of `key`, by default the first; its words are the names of the schemas. */
export function tagged<S extends Fields>(key: string, schemas: S): Schema<Read<S[keyof S]>> {
  const names = Object.keys(schemas);
  const unknown = v.pipe(plain(), v.looseObject({ [key]: oneOf(names) }));
  const chosen = v.lazy((value) => {
    const tag = isObject(value) && value[key] !== undefined ? value[key] : names[0];
    return names.includes(tag as string) ? schemas[tag as string] : unknown;
  });
  tags.set(chosen, Object.values(schemas));
  return chosen as unknown as Schema<Read<S[keyof S]>>;
}

/** For who prints schemas: the schema of a table's values, and those that a tag chooses from. */
export const partsOf = { table: (schema: object) => tables.get(schema), tagged: (schema: object) => tags.get(schema) };
