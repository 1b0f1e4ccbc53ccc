/** What an evaluation gathers from batches, and the arithmetic that joins it on the host, in double precision. */
import type { Model, Pointwise } from '../../compiler/values/model.ts';
import type { ScalarFunction } from '../../compiler/values/program.ts';
import { applyFunction } from '../../compiler/values/scalar.ts';

/** How values of batches become one. */
export type Combine = 'sum' | 'max' | 'min' | 'logsumexp' | 'any' | 'all';
/** What a result is on the host. `part`: name of what a batch gives. */
export type Tree =
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'rows' }
  /** A value that no row changes. */
  | { readonly is: 'same'; readonly part: string }
  | { readonly is: 'join'; readonly part: string }
  /** Sum over the rows, divided by the count: a part, or so many for each row. */
  | { readonly is: 'mean'; readonly part: string; readonly count: string | number }
  | { readonly is: 'apply'; readonly f: Pointwise; readonly of: readonly Tree[] };

/** One result of an evaluation. `tree` absent: the body mixes rows, and `part` is the plain result of a batch. */
export interface Told {
  readonly name: string;
  readonly tree?: Tree;
  readonly part: string;
  /** In `loss`; undefined for what is no loss. */
  readonly weight?: number;
}

export interface WholePlan {
  /** With an entry of parts beside each entry that is evaluated. */
  readonly model: Model;
  /** To be compiled for every batch; a last batch of its own size has the plain ones alone. */
  readonly entries: readonly { readonly name: string; readonly weight: number }[];
  readonly plain: readonly { readonly name: string; readonly weight: number }[];
  readonly told: readonly Told[];
  /** What a batch gives, by the name of its result. */
  readonly parts: ReadonlyMap<string, Combine>;
}

const own: Partial<Record<Pointwise, (...of: number[]) => number>> = {
  pow: (x, y) => x ** y,
  abs: Math.abs,
  ne: (x, y) => (x === y ? 0 : 1),
  gt: (x, y) => (x > y ? 1 : 0),
  ge: (x, y) => (x >= y ? 1 : 0),
  relu: (x) => Math.max(0, x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};
const shared = new Set<string>([
  ...['add', 'sub', 'mul', 'div', 'neg', 'min', 'max', 'mod', 'idiv', 'floor', 'exp', 'log', 'sqrt', 'tanh', 'erf', 'sin', 'cos'],
  ...['lt', 'le', 'eq', 'and', 'or', 'not', 'select', 'stop', 'real', 'int'],
]);
/** Whether the host does it. */
export const known = (f: Pointwise) => f in own || shared.has(f);

function applied(f: Pointwise, of: readonly number[]): number {
  return own[f]?.(...of) ?? applyFunction(f as ScalarFunction, of);
}

/** Gathers what batches give. */
export class WholeSums {
  readonly #plan: WholePlan;
  readonly #parts = new Map<string, Float64Array>();
  readonly #plain = new Map<string, Float64Array>();

  constructor(plan: WholePlan) {
    this.#plan = plan;
  }

  /** Adds a batch of `rows` rows, by what its program gives. */
  async add(rows: number, results: ReadonlySet<string>, read: (result: string) => Promise<ArrayLike<number>>): Promise<void> {
    for (const [part, combine] of this.#plan.parts)
      if (results.has(part)) accumulate(this.#parts, part, Float64Array.from(await read(part)), combine);
    for (const { name, tree, part } of this.#plan.told)
      if (tree === undefined && results.has(part)) accumulate(this.#plain, name, scaled(await read(part), rows), 'sum');
  }

  /** Over `rows` rows in all, by name; those along a row under `NAME[1]`, `NAME[2]`, ...; `loss` is the weighted sum of the losses. */
  results(rows: number): Record<string, number> {
    const found: [string, number][] = [];
    let loss: number | undefined;
    for (const { name, tree, weight } of this.#plan.told) {
      const value = tree === undefined ? scaled(this.#plain.get(name)!, 1 / rows) : this.#value(tree, rows);
      if (value.length === 1) found.push([name, value[0]]);
      else value.forEach((entry, k) => void found.push([`${name}[${k + 1}]`, entry]));
      if (weight !== undefined) loss = (loss ?? 0) + weight * value[0];
    }
    return Object.fromEntries(loss === undefined ? found : [['loss', loss], ...found]);
  }

  #value(tree: Tree, rows: number): Float64Array {
    switch (tree.is) {
      case 'number':
        return Float64Array.of(tree.value);
      case 'rows':
        return Float64Array.of(rows);
      case 'same':
      case 'join':
        return this.#parts.get(tree.part)!;
      case 'mean': {
        const sums = this.#parts.get(tree.part)!;
        const counts = typeof tree.count === 'number' ? Float64Array.of(rows * tree.count) : this.#parts.get(tree.count)!;
        return elementwise([sums, counts], ([sum, count]) => (count === 0 ? 0 : sum / count));
      }
      case 'apply':
        return elementwise(
          tree.of.map((part) => this.#value(part, rows)),
          (of) => applied(tree.f, of),
        );
    }
  }
}

function scaled(values: ArrayLike<number>, by: number): Float64Array {
  return Float64Array.from(values, (value) => value * by);
}

function elementwise(values: readonly Float64Array[], f: (of: readonly number[]) => number): Float64Array {
  const length = Math.max(...values.map((value) => value.length));
  return Float64Array.from({ length }, (_, k) => f(values.map((value) => value[value.length === 1 ? 0 : k])));
}

const combined: Readonly<Record<Combine, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
  any: Math.max,
  all: Math.min,
  logsumexp: (a, b) => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b))),
};

function accumulate(into: Map<string, Float64Array>, name: string, values: Float64Array, combine: Combine): void {
  const before = into.get(name);
  into.set(name, before === undefined ? values : before.map((value, k) => combined[combine](value, values[k])));
}
