/** Data in memory as columns: typed arrays, nested arrays, rows as objects. Integers stay integers; labels given as words become numbers. */
import type { Model, ModelInput } from '../../compiler/values/model.ts';
import type { Wanted } from './feed.ts';
import { DataError, describeInput, exactly } from './feed.ts';

/** Row-major numbers with their shape. */
export interface Column {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}
type Nested = number | boolean | string | readonly Nested[];
/** A column: with its shape, as nested lists, or as one typed array whose shape follows from the model. */
export type Given = Column | ArrayLike<number> | readonly Nested[] | number;
/** Columns by the name of the input, or rows one after another. */
export type DataGiven = Readonly<Record<string, Given>> | Iterable<Readonly<Record<string, Nested | ArrayLike<number>>>>;

/** Names of labels by axis, in the order of their numbers. */
export type Labels = Readonly<Record<string, readonly string[]>>;
export interface Columns {
  readonly columns: Map<string, Column>;
  readonly labels: Labels;
}

/**
 * Columns for inputs of a model; those that it does not take are passed over. Rows have another input than the needed ones if the first has it. `place` says where a row is, for messages. `labels`: those of
 * an earlier run, whose numbers stay. Throws DataError.
 */
export function columnsOf(
  model: Model,
  given: DataGiven,
  wanted: Wanted = exactly(model.inputs),
  labels: Labels = {},
  place: (row: number) => string = (row) => `row ${row + 1}`,
): Columns {
  const found = new Map<string, Column>();
  const words = new Map(Object.entries(labels));
  const listed: Readonly<Record<string, Given>> = isRows(given) ? columnsOfRows([...given], wanted, place) : given;
  for (const input of [...wanted.needed, ...wanted.others]) {
    const column = Object.hasOwn(listed, input.name) ? listed[input.name] : undefined;
    if (column === undefined && wanted.others.includes(input)) continue;
    if (column === undefined)
      throw new DataError(
        `there is no column ${input.name}; ${model.name} takes ${wanted.needed.map((one) => describeInput(model, one)).join(', ')}`,
      );
    found.set(input.name, columnOf(model, input, column, words, place));
  }
  return { columns: found, labels: Object.fromEntries(words) };
}

function isRows(given: DataGiven): given is Iterable<Readonly<Record<string, Nested | ArrayLike<number>>>> {
  return Symbol.iterator in given;
}

function columnsOfRows(
  rows: readonly Readonly<Record<string, unknown>>[],
  { needed, others }: Wanted,
  place: (row: number) => string,
): Record<string, Given> {
  const first = rows[0];
  const there = others.filter(({ name }) => typeof first === 'object' && first !== null && Object.hasOwn(first, name));
  const columns = [...needed, ...there].map(({ name }) => {
    const values = rows.map((row, k) => {
      const value = typeof row === 'object' && row !== null && Object.hasOwn(row, name) ? row[name] : undefined;
      if (value === undefined)
        throw new DataError(`${place(k)}: there is no ${name}; it has ${Object.keys(row ?? {}).join(', ') || 'nothing'}`);
      return value;
    });
    return [name, values as Nested[]] as const;
  });
  return Object.fromEntries(columns);
}

function columnOf(
  model: Model,
  input: ModelInput,
  given: Given,
  words: Map<string, readonly string[]>,
  place: (row: number) => string,
): Column {
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
  return { shape, data: numbersOf(model, input, flat, words, (k) => place(Math.floor(k / Math.max(1, each)))) };
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
  words: Map<string, readonly string[]>,
  place: (k: number) => string,
): ArrayLike<number> {
  const strange = values.findIndex((value) => typeof value === 'string');
  if (strange === -1) {
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
