/** Data in memory as columns: typed arrays, nested arrays, rows as objects. Integers stay integers; labels given as words become numbers. */
import type { Model, ModelInput } from '../../compiler/values/model.ts';
import type { Wanted } from './feed.ts';
import { DataError, describeInput, exactly } from './feed.ts';
import type { DataSettings } from './settings.ts';
import { PLAIN } from './settings.ts';
import type { TextReading } from './texts.ts';
import { textColumns } from './texts.ts';

/** Row-major numbers with their shape. */
export interface Column {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}
type Nested = number | boolean | string | readonly Nested[];
/** A column: with its shape, as nested lists, or as one typed array whose shape follows from the model. */
export type Given = Column | ArrayLike<number> | readonly Nested[] | number;
/** Columns by the name of the input, or rows one after another. */
type GivenColumns = Readonly<Record<string, Given>>;
export type DataGiven = GivenColumns | Iterable<Readonly<Record<string, Nested | ArrayLike<number>>>>;

/** Names of labels by axis, in the order of their numbers. */
export type Labels = Readonly<Record<string, readonly string[]>>;
export interface Columns {
  readonly columns: Map<string, Column>;
  readonly labels: Labels;
  /** Texts that lost their end. */
  readonly cut: number;
}

/** How data are read: what of them, and what is known beforehand. */
export interface Reading {
  /** Default: all inputs of the model. */
  readonly wanted?: Wanted;
  /** Names of an earlier run, whose numbers stay. */
  readonly labels?: Labels;
  /** Where a row is, for messages. */
  place?(row: number): string;
  readonly said?: DataSettings;
  /** How what is said to be a text becomes tokens. */
  readonly texts?: TextReading;
}

/**
 * Columns for inputs of a model; those that it does not take are passed over. Rows have another input than the needed ones if the first has
 * it. Throws DataError.
 */
export function columnsOf(model: Model, given: DataGiven, reading: Reading = {}): Columns {
  const { wanted = exactly(model.inputs), place = (row) => `row ${row + 1}`, said = PLAIN } = reading;
  const names = namesIn(model, said);
  const rows = isRows(given) ? [...given] : undefined;
  const cells = (column: string) =>
    rows === undefined ? listOf(given as GivenColumns, column) : rows.map((row, k) => cellOf(row, column, place(k)));
  const { columns: texts, cut } = textColumns(model, said, cells, place, reading.texts);
  const found = new Map<string, Column>();
  const words = new Map([...Object.entries(said.labels), ...Object.entries(reading.labels ?? {})]);
  for (const input of [...wanted.needed, ...wanted.others]) {
    const made = texts.get(input.name);
    const name = names.get(input.name) ?? input.name;
    const isThere = made !== undefined || (rows === undefined ? Object.hasOwn(given, name) : hasOwn(rows[0], name));
    if (!isThere && wanted.others.includes(input)) continue;
    if (!isThere && rows === undefined)
      throw new DataError(
        `there is no column ${name}; ${model.name} takes ${wanted.needed.map((one) => describeInput(model, one)).join(', ')}`,
      );
    const own = () => (rows === undefined ? (given as GivenColumns)[name] : (cells(name) as Given));
    found.set(input.name, made ?? columnOf(model, input, own(), { words, said: said.labels, place }));
  }
  return { columns: found, labels: Object.fromEntries(words), cut };
}

/** What inputs are called in the data. */
export function namesIn(model: Model, { columns }: DataSettings): ReadonlyMap<string, string> {
  const strange = Object.keys(columns).find((name) => !model.inputs.some((input) => input.name === name));
  if (strange === undefined) return new Map(Object.entries(columns));
  throw new DataError(`data.columns: ${model.name} has no input ${strange}; it takes ${model.inputs.map(({ name }) => name).join(', ')}`);
}

const hasOwn = (row: unknown, name: string) => typeof row === 'object' && row !== null && Object.hasOwn(row, name);

function cellOf(row: unknown, name: string, place: string): unknown {
  if (hasOwn(row, name)) return (row as Record<string, unknown>)[name];
  throw new DataError(`${place}: there is no ${name}; it has ${Object.keys(row ?? {}).join(', ') || 'nothing'}`);
}

function listOf(given: GivenColumns, name: string): readonly unknown[] {
  const found = Object.hasOwn(given, name) ? given[name] : undefined;
  if (Array.isArray(found)) return found;
  throw new DataError(`${found === undefined ? `there is no column ${name}` : `column ${name} is no list`}; expected are texts`);
}

function isRows(given: DataGiven): given is Iterable<Readonly<Record<string, Nested | ArrayLike<number>>>> {
  return Symbol.iterator in given;
}

/** Names of labels: all that are known, and those by which every value of their axis goes, whether it looks like a number or not. */
interface Words {
  readonly words: Map<string, readonly string[]>;
  readonly said: Labels;
  place(at: number): string;
}

function columnOf(model: Model, input: ModelInput, given: Given, names: Words): Column {
  const { place } = names;
  if (typeof given === 'number') return { shape: [], data: [given] };
  if (isColumn(given)) return given;
  if (ArrayBuffer.isView(given)) {
    const data = given as unknown as ArrayLike<number>;
    return { shape: shapeFor(model, input, data.length), data };
  }
  const shape: number[] = [];
  for (let level: unknown = given; isList(level); level = level[0]) shape.push(level.length);
  const flat: (number | boolean | string)[] = [];
  const walk = (value: unknown, depth: number, row: number): void => {
    if (isList(value)) {
      if (depth >= shape.length || value.length !== shape[depth])
        throw new DataError(
          `${place(row)}: ${input.name} has ${value.length} values where the first row has ${shape[depth] ?? 'one number'}`,
        );
      for (let k = 0; k < value.length; k++) walk(value[k], depth + 1, depth === 0 ? k : row);
      return;
    }
    if (depth !== shape.length) throw new DataError(`${place(row)}: ${input.name} is one value where the first row has a list`);
    if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'string')
      throw new DataError(`${place(row)}: ${input.name} is ${value === null ? 'null' : typeof value}, expected a number`);
    flat.push(value);
  };
  walk(given, 0, 0);
  const each = shape.slice(1).reduce((product, size) => product * size, 1);
  return { shape, data: numbersOf(model, input, flat, { ...names, place: (k) => place(Math.floor(k / Math.max(1, each))) }) };
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function isColumn(given: unknown): given is Column {
  return typeof given === 'object' && given !== null && !isList(given) && 'shape' in given && 'data' in given;
}

/** One size may follow from the number of values. */
function shapeFor(model: Model, input: ModelInput, length: number): number[] {
  const sizes = input.axes.map((axis) => model.axes[axis].size).map((size) => (typeof size === 'number' ? size : undefined));
  const known = sizes.reduce<number>((product, size) => product * (size ?? 1), 1);
  const open = sizes.filter((size) => size === undefined).length;
  if (open !== 1 || length % known !== 0)
    throw new DataError(`${input.name}: ${length} values do not say their shape; ${describeInput(model, input)} wants { shape, data }`);
  return sizes.map((size) => size ?? length / known);
}

/** Numbers as they are; words as positions of the axis that they are labels of. */
function numbersOf(
  model: Model,
  input: ModelInput,
  values: readonly (number | boolean | string)[],
  { words, said, place }: Words,
): ArrayLike<number> {
  const strange = values.findIndex((value) => typeof value === 'string');
  const byName = input.index !== undefined && Object.hasOwn(said, model.axes[input.index].name);
  if (strange === -1 && !byName) {
    const numbers = values.map(Number);
    const whole = (input.type !== 'real' || input.index !== undefined) && numbers.every((value) => (value | 0) === value);
    return whole ? Int32Array.from(numbers) : Float64Array.from(numbers);
  }
  if (input.index === undefined)
    throw new DataError(`${place(strange)}: ${input.name} is ${JSON.stringify(values[strange])}, expected a number`);
  const { name, size } = model.axes[input.index];
  const known = words.get(name) ?? [...new Set(values.map(String))].sort();
  if (typeof size === 'number' && known.length > size)
    throw new DataError(`${input.name} has ${known.length} different labels, ${name} is ${size}: ${known.slice(0, 5).join(', ')}, ...`);
  words.set(name, known);
  const ids = new Map(known.map((word, id) => [word, id]));
  return Int32Array.from(values, (value, k) => {
    const id = ids.get(String(value));
    if (id === undefined)
      throw new DataError(`${place(k)}: ${input.name} is ${JSON.stringify(value)}, which is no label of ${name}: ${known.join(', ')}`);
    return id;
  });
}
