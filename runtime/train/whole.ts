/**
 * Losses and metrics of a whole set of rows from batches of it, whatever their size. Where a body joins rows (a mean over the batch, a sum,
 * a maximum), each batch gives the sum and the count of its own rows, rows that only fill the last batch left out; what the body does with
 * the joined values afterwards is done once, on the host, in double precision. A body that mixes rows before it joins them (one that
 * normalises over the batch) means the batch that it is given: there the mean over batches counts their rows.
 */
import type { Body, Entry, Expression, Model, Pointwise, Statement, ValueId } from '../../compiler/values/model.ts';
import { readsOf } from '../../compiler/values/reads.ts';
import type { Combine, Told, Tree, WholePlan } from './whole-sums.ts';
import { known } from './whole-sums.ts';

/** Name of the input that says how many rows of a batch are real. */
export const KEPT = 'rows kept';
const entryOfParts = (entry: string) => `${entry}/parts`;

/**
 * Plans the evaluation of entries. `rowAxis`: the open axis along which rows lie; `sizes`: those of open axes; `padded`: whether a batch
 * has rows that do not count. `weights`: of the losses, by name; 0 for metrics.
 */
export function planWhole(
  model: Model,
  weights: readonly { readonly name: string; readonly weight?: number }[],
  rowAxis: string,
  sizes: Readonly<Record<string, number>>,
  padded: boolean,
): WholePlan {
  const root = model.axes.findIndex(({ name, size, id }) => name === rowAxis && typeof size !== 'number' && size.open === id);
  const added: Entry[] = [];
  const told: Told[] = [];
  const seen = new Set<string>();
  const plain = new Set<string>();
  const parts = new Map<string, Combine>();
  for (const { name, weight } of weights) {
    const entry = model.entries.find((candidate) => candidate.name === name)!;
    const maker = new PartMaker(model, entry, root, sizes, padded);
    const results = entry.eval.results.map(({ name: own, value }) => ({
      name: entry.eval.results.length === 1 ? name : `${name}.${own}`,
      value,
    }));
    const reports = entry.eval.reports.map(({ path, value }) => ({ name: path, value }));
    for (const { name: result, value } of [...results, ...reports]) {
      if (seen.has(result)) continue;
      seen.add(result);
      const tree = maker.tree(value);
      if (tree === undefined) plain.add(name);
      told.push({ name: result, tree, part: result, weight: results.some((one) => one.name === result) ? weight : undefined });
    }
    const made = maker.entry();
    if (made !== undefined) added.push(made);
    for (const [part, combine] of maker.parts) parts.set(part, combine);
  }
  const plainEntries = [...plain].map((name) => ({ name, weight: 0 }));
  return {
    model: { ...model, entries: [...model.entries, ...added] },
    entries: [...plainEntries, ...added.map(({ name }) => ({ name, weight: 0 }))],
    plain: plainEntries,
    told,
    parts,
  };
}

/** How a value depends on rows. */
type State = 'constant' | 'rows' | 'joined' | 'mixed';

/** Reads the body of one entry, and adds to it what batches must give. */
class PartMaker {
  readonly #model: Model;
  readonly #own: Entry;
  readonly #root: number;
  readonly #sizes: Readonly<Record<string, number>>;
  readonly #padded: boolean;
  readonly #states: State[] = [];
  readonly #statements: Statement[];
  readonly #results: Body['results'][number][] = [];
  readonly parts = new Map<string, Combine>();
  #kept: ValueId | undefined;

  constructor(model: Model, entry: Entry, root: number, sizes: Readonly<Record<string, number>>, padded: boolean) {
    this.#model = model;
    this.#own = entry;
    this.#root = root;
    this.#sizes = sizes;
    this.#padded = padded;
    this.#statements = [...entry.eval.statements];
    for (const statement of entry.eval.statements) this.#states.push(this.#stateOf(statement));
  }

  /** The entry of parts; undefined where none is needed. */
  entry(): Entry | undefined {
    if (this.#results.length === 0) return undefined;
    // A single result would be told under the name of its entry.
    if (this.#results.length === 1) this.#results.push({ ...this.#results[0], name: 'again' });
    const inputs = this.#kept === undefined ? this.#own.inputs : [...this.#own.inputs, { name: KEPT, axes: [], type: 'int' as const }];
    const body: Body = { statements: this.#statements, results: this.#results, penalties: [], reports: [] };
    return { name: entryOfParts(this.#own.name), kind: 'function', inputs, train: body, eval: body };
  }

  /** Undefined where the value mixes rows, or is joined in a way that the host does not do. */
  tree(value: ValueId): Tree | undefined {
    const { expression, axes } = this.#statements[value];
    switch (this.#states[value]) {
      case 'constant':
        return expression.is === 'number' ? { is: 'number', value: expression.value } : { is: 'same', part: this.#part(value, 'any') };
      case 'joined':
        if (this.#joins(value)) return this.#join(value);
        if (expression.is === 'size') return { is: 'rows' };
        if (expression.is !== 'apply' || !known(expression.f)) return undefined;
        return this.#applied(expression.f, expression.of, axes.length);
      default:
        return undefined;
    }
  }

  #applied(f: Pointwise, of: readonly ValueId[], rank: number): Tree | undefined {
    const parts = of.map((id) =>
      this.#statements[id].axes.length === 0 || this.#statements[id].axes.length === rank ? this.tree(id) : undefined,
    );
    return parts.every((part) => part !== undefined) ? { is: 'apply', f, of: parts } : undefined;
  }

  #isRow(axis: number): boolean {
    const { size } = this.#model.axes[axis];
    return typeof size !== 'number' && size.open === this.#root;
  }

  #stateOf({ expression, axes }: Statement): State {
    const rows = axes.filter((axis) => this.#isRow(axis)).length;
    if (rows > 1) return 'mixed';
    if (expression.is === 'size') return this.#isRow(expression.axis) ? 'joined' : 'constant';
    if (expression.is === 'position') return rows > 0 ? 'mixed' : 'constant';
    const read = new Set(readsOf(expression).map((id) => this.#states[id]));
    if (read.has('mixed') || (read.has('rows') && read.has('joined'))) return 'mixed';
    if (rows > 0) return read.has('joined') ? 'mixed' : 'rows';
    if (read.has('joined')) return 'joined';
    if (!read.has('rows')) return 'constant';
    return canJoin(expression) ? 'joined' : 'mixed';
  }

  /** Whether rows are joined in this statement itself. */
  #joins(value: ValueId): boolean {
    return readsOf(this.#statements[value].expression).some((id) => this.#states[id] === 'rows');
  }

  #join(value: ValueId): Tree | undefined {
    const statement = this.#statements[value];
    const { expression, axes } = statement;
    if (expression.is === 'product') {
      const [factor] = expression.factors.filter((id) => this.#states[id] === 'rows');
      const row = this.#rowAxisOf(factor);
      const factors = this.#padded
        ? [...expression.factors, this.#real(this.#keptAlong(row, statement), [row], statement)]
        : expression.factors;
      return { is: 'join', part: this.#part(this.#add(statement, axes, 'real', { is: 'product', factors }), 'sum') };
    }
    if (expression.is !== 'reduce') return undefined;
    const { combine, over, of } = expression;
    const source = [of, ...(expression.where === undefined ? [] : [expression.where])].find((id) => this.#states[id] === 'rows')!;
    const row = this.#rowAxisOf(source);
    if (!over.includes(row)) return undefined;
    const where = this.#where(expression.where, row, statement);
    const reduced = (how: Combine) =>
      this.#part(
        this.#add(statement, axes, statement.type, { is: 'reduce', combine: how, over, of, ...(where === undefined ? {} : { where }) }),
        how,
      );
    if (combine !== 'mean') return { is: 'join', part: reduced(combine) };
    const count = this.#count(expression.where, where, over, axes, statement);
    return count === undefined ? undefined : { is: 'mean', part: reduced('sum'), count };
  }

  /** How many terms a mean has: a part where data decide, else so many for each row. */
  #count(
    written: ValueId | undefined,
    where: ValueId | undefined,
    over: readonly number[],
    axes: readonly number[],
    near: Statement,
  ): string | number | undefined {
    if (written === undefined) return over.filter((axis) => !this.#isRow(axis)).reduce((product, axis) => product * this.#sizeOf(axis), 1);
    const mask = this.#statements[where!];
    const left = mask.axes.filter((axis) => !over.includes(axis));
    if (left.length > 0 && left.join() !== axes.join()) return undefined;
    // Axes that the mask lacks repeat each of its positions.
    const repeated = over.filter((axis) => !mask.axes.includes(axis));
    if (repeated.some((axis) => this.#isRow(axis))) return undefined;
    const summed = mask.axes.filter((axis) => over.includes(axis));
    const ones = this.#real(where!, mask.axes, near);
    const counted = this.#add(near, left, 'real', { is: 'reduce', combine: 'sum', over: summed, of: ones });
    if (repeated.length === 0) return this.#part(counted, 'sum');
    const times = this.#add(near, [], 'real', { is: 'number', value: repeated.reduce((product, axis) => product * this.#sizeOf(axis), 1) });
    return this.#part(this.#add(near, left, 'real', { is: 'apply', f: 'mul', of: [counted, times] }), 'sum');
  }

  #sizeOf(axis: number): number {
    const { size } = this.#model.axes[axis];
    return typeof size === 'number' ? size : this.#sizes[this.#model.axes[size.open].name];
  }

  #rowAxisOf(value: ValueId): number {
    return this.#statements[value].axes.find((axis) => this.#isRow(axis))!;
  }

  #where(written: ValueId | undefined, row: number, near: Statement): ValueId | undefined {
    if (!this.#padded) return written;
    const kept = this.#keptAlong(row, near);
    if (written === undefined) return kept;
    const own = this.#statements[written].axes;
    const axes = own.includes(row) ? own : [row, ...own];
    return this.#add(near, axes, 'bool', { is: 'apply', f: 'and', of: [written, kept] });
  }

  /** Which rows count: the first `KEPT` positions. */
  #keptAlong(row: number, near: Statement): ValueId {
    this.#kept ??= this.#add(near, [], 'int', { is: 'input', name: KEPT });
    const position = this.#add(near, [row], 'int', { is: 'position', axis: row });
    return this.#add(near, [row], 'bool', { is: 'apply', f: 'lt', of: [position, this.#kept] });
  }

  #real(value: ValueId, axes: readonly number[], near: Statement): ValueId {
    return this.#add(near, axes, 'real', { is: 'apply', f: 'real', of: [value] });
  }

  #add({ name, path, place }: Statement, axes: readonly number[], type: Statement['type'], expression: Expression): ValueId {
    return this.#statements.push({ name, path, place, axes, type, expression }) - 1;
  }

  #part(value: ValueId, combine: Combine): string {
    const name = String(this.#results.length);
    this.#results.push({ name, value });
    const result = `${entryOfParts(this.#own.name)}.${name}`;
    this.parts.set(result, combine);
    return result;
  }
}

function canJoin(expression: Expression): boolean {
  return expression.is === 'reduce' || expression.is === 'product';
}
