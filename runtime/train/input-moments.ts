/**
 * What weights are multiplied by, on given examples: the body of a loss with one more product for each weight, its input with itself, is
 * compiled like any other and run over the batches once. Weights are those of the model as it is written, dense.
 */
import type { AxisId, Body, Entry, Expression, Model, ModelAxis, Statement, ValueId } from '../../compiler/values/model.ts';
import { readsOf } from '../../compiler/values/reads.ts';
import { DataError, type Feed } from '../data/feed.ts';
import type { Engine } from '../engine/engine.ts';
import type { Moments } from '../weights/input-moment.ts';
import type { HostTensor } from '../weights/tensor.ts';
import { fixedRunner } from './evaluate.ts';
import { gradientMoments } from './gradient-moments.ts';
import { setAll } from './runner.ts';

const ENTRY = 'inputs of weights';

/** By path of a weight: its moments, or why there are none. */
export type MomentsOf = ReadonlyMap<string, Moments | string>;

export interface Calibration {
  readonly model: Model;
  /** By parameter id. */
  readonly values: readonly HostTensor[];
  /** A loss of the model, whose body the examples go through. */
  readonly loss: string;
  readonly feed: Pick<Feed, 'validation'>;
  /** Examples, in whole batches; all where there are fewer. */
  readonly examples: number;
  /** Whether those of the gradients at the outputs are wanted, too. */
  readonly gradients: boolean;
  /** Bytes of engine memory; 0: what the engine takes. */
  readonly memory: number;
}

/** Throws DataError where there is not one batch of examples. */
export async function momentsOn(engine: Engine, calibration: Calibration): Promise<MomentsOf> {
  const { model, values, loss, feed, examples, memory } = calibration;
  const { validation } = feed;
  const taken = Math.min(examples, validation.rows);
  const batches = Math.floor(taken / validation.perBatch);
  if (batches === 0)
    throw new DataError(
      `calibration takes whole batches of ${validation.perBatch}, and there are ${taken} examples; give a smaller --batch`,
    );
  const collector = new Collector(model, model.entries.find(({ name }) => name === loss)!);
  const sums = new Map<string, Float64Array>();
  if (collector.found.length > 0) {
    const options = { entries: [{ name: ENTRY, weight: 0 }], sizes: validation.sizes, mode: 'eval' as const };
    const runner = await fixedRunner(engine, collector.model(), options, values, memory);
    try {
      for (let batch = 0; batch < batches; batch++) {
        setAll(runner, validation.batch(batch * validation.perBatch, validation.perBatch));
        runner.run({ seed: [0, 0], tick: batch });
        for (const { path, result } of collector.found) {
          const part = await runner.read(result);
          const sum = sums.get(path) ?? new Float64Array(part.length);
          for (let k = 0; k < part.length; k++) sum[k] += part[k];
          sums.set(path, sum);
        }
      }
    } finally {
      runner.release();
    }
  }
  const gradients = calibration.gradients ? await gradientMoments(engine, calibration, collector.found, batches) : new Map();
  return new Map(
    model.weights.map(({ path }): [string, Moments | string] => {
      const axes = collector.found.find((one) => one.path === path)?.axes;
      const refused = collector.refused.get(path);
      if (refused !== undefined) return [path, refused];
      if (axes === undefined) return [path, `${loss} multiplies nothing by it`];
      const own = gradients.get(path);
      return [path, { inputs: { axes, matrix: sums.get(path)! }, ...(own === undefined ? {} : { gradients: own }) }];
    }),
  );
}

/** A value that is a weight under other names of its axes: `axes[k]` is what axis k of the weight is called. */
interface Renamed {
  readonly path: string;
  readonly axes: readonly AxisId[];
}

/** A product of a weight with its input, in the body of the loss. `axes` and `outer`: those of the weight that are summed, and the others. */
export interface WeightProduct {
  readonly path: string;
  readonly axes: readonly number[];
  readonly outer: readonly { readonly axis: number; readonly id: AxisId }[];
  readonly product: ValueId;
}

/** Reads the body of one loss, and adds the products to it. */
class Collector {
  /** One for each product that a weight is in; those of one weight add up. */
  readonly found: (WeightProduct & { readonly result: string })[] = [];
  readonly refused = new Map<string, string>();
  readonly #model: Model;
  readonly #entry: Entry;
  readonly #axes: ModelAxis[];
  readonly #statements: Statement[];
  readonly #results: { name: string; value: ValueId }[] = [];
  readonly #weights = new Map<ValueId, Renamed>();

  constructor(model: Model, entry: Entry) {
    this.#model = model;
    this.#entry = entry;
    this.#axes = [...model.axes];
    this.#statements = [...entry.eval.statements];
    for (const [id, statement] of entry.eval.statements.entries()) this.#read(id, statement);
  }

  model(): Model {
    // A single result would be told under the name of its entry.
    const results = this.#results.length === 1 ? [...this.#results, { ...this.#results[0], name: 'again' }] : this.#results;
    const body: Body = { statements: this.#statements, results, penalties: [], reports: [] };
    const entry: Entry = { name: ENTRY, kind: 'function', inputs: this.#entry.inputs, train: body, eval: body };
    return { ...this.#model, axes: this.#axes, entries: [...this.#model.entries, entry] };
  }

  #read(id: ValueId, { expression, axes }: Statement): void {
    if (expression.is === 'weight') {
      this.#weights.set(id, { path: this.#model.weights[expression.weight].path, axes });
      return;
    }
    if (expression.is === 'product') {
      expression.factors.forEach((factor, k) => {
        const weight = this.#weights.get(factor);
        const others = expression.factors.filter((_, other) => other !== k);
        if (weight !== undefined && weight.axes.length > 1) this.#multiplied(id, weight, others, axes);
      });
      return;
    }
    for (const used of readsOf(expression)) {
      const weight = this.#weights.get(used);
      if (weight === undefined || weight.axes.length < 2) continue;
      const renamed = expression.is === 'refit' ? afterMoves(weight, expression) : undefined;
      if (renamed === undefined) this.refused.set(weight.path, 'it is not only multiplied with its inputs, but looked up or taken apart');
      else this.#weights.set(id, renamed);
    }
  }

  #multiplied(product: ValueId, { path, axes }: Renamed, others: readonly ValueId[], result: readonly AxisId[]): void {
    const summed = axes.flatMap((axis, k) => (result.includes(axis) ? [] : [k]));
    const [only] = others;
    const own = others.length === 1 ? this.#statements[only].axes : [];
    const ids = summed.map((k) => axes[k]);
    const outer = axes.filter((_, k) => !summed.includes(k));
    const plain = ids.every((axis) => own.includes(axis)) && !outer.some((axis) => own.includes(axis));
    if (summed.length === 0 || others.length !== 1 || !plain) {
      this.refused.set(path, 'its product is none of a sum over some of its axes with one input that has no other of them');
      return;
    }
    const before = this.found.find((one) => one.path === path);
    if (before !== undefined && before.axes.join() !== summed.join()) {
      this.refused.set(path, 'it is multiplied from both sides');
      return;
    }
    const primes = ids.map((axis) => this.#prime(axis));
    const renamed = this.#add(
      { is: 'refit', of: only, moves: ids.map((from, k) => ({ is: 'rename', from, to: primes[k] })) },
      own.map((axis) => (ids.includes(axis) ? primes[ids.indexOf(axis)] : axis)),
    );
    const value = this.#add({ is: 'product', factors: [only, renamed] }, [...ids, ...primes]);
    const name = `moment ${this.found.length}`;
    this.#results.push({ name, value });
    const left = axes.flatMap((id, axis) => (summed.includes(axis) ? [] : [{ axis, id }]));
    this.found.push({ path, axes: summed, outer: left, product, result: `${ENTRY}.${name}` });
  }

  #add(expression: Expression, axes: readonly AxisId[]): ValueId {
    const { path, place } = this.#statements[0];
    this.#statements.push({ name: ENTRY, axes, type: 'real', path, place, expression });
    return this.#statements.length - 1;
  }

  /** An axis of the same size that no other value has. */
  #prime(of: AxisId): AxisId {
    const { name, size } = this.#axes[of];
    const id = this.#axes.length;
    this.#axes.push({ id, name: `${name} ${id}`, size, products: [], primeOf: of });
    return id;
  }
}

/** Undefined where the moves do more than call axes otherwise. */
function afterMoves({ path, axes }: Renamed, { moves }: Extract<Expression, { is: 'refit' }>): Renamed | undefined {
  let now = axes;
  for (const move of moves) {
    if (move.is !== 'rename') return undefined;
    now = now.map((axis) => (axis === move.from ? move.to : axis));
  }
  return { path, axes: now };
}
