/** Entries of a model as targets build them: which ones, their open axes and sizes, what they take and give. */
import { NotSized } from '../../../compiler/index.ts';
import type { AxisId, Entry, Model, ModelAxis } from '../../../compiler/values/model.ts';
import type { CarriedAxis, CarriedEntry } from '../../package/program.ts';
import { Problem } from '../context.ts';

/** Rows of an axis without a limit: what is planned for. */
const PLANNED = 8;

export interface OpenAxes {
  readonly axes: readonly ModelAxis[];
  /** By position: the limit, where there is one. */
  readonly most: readonly (number | undefined)[];
  /** By name: what contractions are planned for. */
  readonly sizes: Readonly<Record<string, number>>;
}

export function openAxes(model: Model, planned: ReadonlyMap<string, number>): OpenAxes {
  const axes = model.axes.filter(({ id, size }) => typeof size !== 'number' && size.open === id);
  const most = axes.map(({ size }) => (typeof size === 'number' ? undefined : size.max));
  return { axes, most, sizes: Object.fromEntries(axes.map(({ name }, k) => [name, planned.get(name) ?? most[k] ?? PLANNED])) };
}

/** Throws Problem where sizes cannot be left open. */
export function sizedOrTold<T>(compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (error instanceof NotSized) throw new Problem(`code for any size cannot be made: ${error.message}; nothing was written`);
    throw error;
  }
}

/** Those named, or all functions. Throws Problem where there is none. */
export function chosenEntries(model: Model, names: readonly string[] | undefined): Entry[] {
  const all = model.entries;
  const list = all.map(({ name, kind }) => `${name} (${kind})`).join(', ');
  if (names === undefined) {
    const functions = all.filter(({ kind }) => kind === 'function');
    if (functions.length === 0) throw new Problem(`${model.name} has no function; name what is built by --entry: ${list}`);
    return functions;
  }
  return names.map((name) => {
    const found = all.find((entry) => entry.name === name);
    if (found === undefined) throw new Problem(`${model.name} has no entry ${name}; it has ${list}`);
    return found;
  });
}

export function usesAxis(model: Model, { inputs }: Entry, axis: AxisId): boolean {
  return inputs.some(({ axes }) => axes.some((own) => openOf(model, own) === axis));
}
/** An open axis that no input of the entry has. */
function hasOwnSize(model: Model, entry: Entry, axis: AxisId): boolean {
  const open = openOf(model, axis);
  return open !== undefined && !usesAxis(model, entry, open);
}
function openOf(model: Model, axis: AxisId): AxisId | undefined {
  const { size } = model.axes[axis];
  return typeof size === 'number' ? undefined : size.open;
}

/** What an entry takes and gives, with open axes by their position. Throws Problem where a result has a size that no input has. */
export function signatureOf(model: Model, entry: Entry, open: readonly AxisId[]): Omit<CarriedEntry, 'step' | 'rows'> {
  const axesOf = (axes: readonly AxisId[]) =>
    axes.map((axis): CarriedAxis => {
      const own = openOf(model, axis);
      return { name: model.axes[axis].name, size: own === undefined ? (model.axes[axis].size as number) : { open: open.indexOf(own) } };
    });
  const inputs = entry.inputs.map(({ name, type, axes, index }) => {
    const below = index === undefined ? undefined : model.axes[index].size;
    return { name, type, axes: axesOf(axes), ...(typeof below === 'number' ? { below } : {}) };
  });
  const { results, statements } = entry.eval;
  const unknown = results.flatMap(({ value }) => statements[value].axes).find((axis) => hasOwnSize(model, entry, axis));
  if (unknown !== undefined)
    throw new Problem(`${entry.name} gives the axis ${model.axes[unknown].name}, whose size no input of it has; nothing was written`);
  const named = results.map(({ name, value }) => ({
    name: entry.kind === 'function' ? name : entry.name,
    key: results.length === 1 ? entry.name : `${entry.name}.${name}`,
    axes: axesOf(statements[value].axes),
  }));
  return { name: entry.name, inputs, results: named };
}
