/**
 * What holds of a composed program in numbers: four steps in the reference and in WASM agree; nothing frozen moved, what is kept is zero
 * elsewhere; and, as an oracle that reads no network, the model without any of the statements, with the merged weights, has the loss of the
 * variant.
 */
import * as assert from 'uvu/assert';
import { stepProgram, table } from '../../compiler/index.ts';
import { holdsAtSomeTime } from '../../compiler/values/mask.ts';
import type { Model, Parameter } from '../../compiler/values/model.ts';
import type { Composed } from '../../runtime/corpus/composed/compose.ts';
import type { Batch, Feed } from '../../runtime/data/feed.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { readConfig } from '../../runtime/train/config.ts';
import { openSession } from '../../runtime/train/session.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { examples } from '../corpus/programs.ts';
import { run } from '../program/run.ts';

const steps = 4;
type Values = Readonly<Record<string, Float64Array>>;

export async function trainBoth(composed: Composed): Promise<void> {
  const { model } = composed;
  const batch = batchOf(composed);
  const first = initialise(model, [3, 0]).values;
  const slow = await trained(referenceEngine(table), composed, batch, first);
  const fast = await trained(await wasmEngine(), composed, batch, first);
  const context = `seed ${composed.seed}\n${composed.text}`;
  for (const { names, legs } of model.parameters) {
    const [a, b] = [slow.get(names[0]!)!, fast.get(names[0]!)!];
    assert.is(
      a.length,
      legs.reduce((product, { size }) => product * size, 1),
    );
    const apart = Math.max(...Array.from(a, (value, k) => Math.abs(value - b[k]!)));
    assert.ok(apart < 1e-4, `${names[0]} of the engines is ${apart} apart: ${context}`);
  }
  for (const parameter of model.parameters) checkStates(parameter, first[parameter.id]!, slow.get(parameter.names[0]!)!, context);
  // Layers that were copied or replaced have weights that the model without statements has not.
  const copied = composed.drawn.some(({ kind, refused }) => refused === undefined && ['wrap', 'untie', 'replace'].includes(kind));
  if (!copied) checkOracle(composed, batch, slow, context);
}

function batchOf({ dense, base }: Composed): Batch {
  return Object.fromEntries(
    examples(dense, { set: {}, batch: base.batch, open: base.open }).map(({ name, shape, data }) => {
      const row = data.length / shape[0]!;
      const first = dense.inputs.find((input) => input.name === name)!.axes[0]!;
      // Examples lie along the axis that all inputs have; any other input is the same for all.
      return [name, typeof dense.axes[first]!.size === 'number' ? Array.from(data) : Array.from(data.subarray(0, row * base.batch))];
    }),
  );
}

async function trained(
  engine: Engine,
  { model, base, dense }: Composed,
  batch: Batch,
  first: readonly HostTensor[],
): Promise<ReadonlyMap<string, ArrayLike<number>>> {
  const sizes = sizesFor(dense, base);
  const held = { inputs: Object.keys(batch), rows: 0, axis: 'batch', perBatch: base.batch, sizes, batch: () => batch };
  const feed: Feed = { sizes, unit: 'examples', unitsPerBatch: base.batch, batchesPerEpoch: 1, train: () => batch, validation: held };
  const groups = [{ name: 'all', parameters: model.parameters.map(({ id }) => id), rate: 0.05, decay: 0 }];
  const losses = Object.fromEntries(lossesOf(dense).map((name) => [name, 1]));
  // Adam would make steps of the noise in gradients that are zero, such as those of the biases of keys.
  const config = readConfig({ losses, optimiser: { kind: 'sgd', rate: 0.05, momentum: 0.5 } }, 'run.json');
  const session = await openSession({ model, engine, feed, config, groups, steps, seed: [5, 0] });
  session.load(first);
  for (let step = 0; step < steps; step++) await session.step(step);
  const state = await session.state();
  session.release();
  return state as ReadonlyMap<string, ArrayLike<number>>;
}

function sizesFor(model: Model, { batch, open }: Composed['base']): Record<string, number> {
  return Object.fromEntries(
    model.axes.flatMap(({ id, name, size }) => (typeof size === 'number' || size.open !== id ? [] : [[name, open[name] ?? batch]])),
  );
}

const lossesOf = (model: Model) => model.entries.filter(({ kind }) => kind === 'loss').map(({ name }) => name);

function checkStates({ names, legs, update, keep }: Parameter, first: HostTensor, last: ArrayLike<number>, context: string): void {
  const position = legs.map(() => 0);
  const [isKept, isTrained] = [keep, update.frozen ? undefined : update.where].map((mask) =>
    mask === undefined ? () => true : holdsAtSomeTime(mask),
  );
  for (let k = 0; k < last.length; k++) {
    const start = Math.fround(first.data[k]!);
    // What is not kept counts as zero whatever is stored: the oracle sees that.
    if (isKept!(position) && (update.frozen || !isTrained!(position))) {
      assert.ok(Math.abs(last[k]! - start) < 1e-6, `${names[0]} at ${position} is not trained: ${context}`);
    }
    for (let axis = legs.length - 1; axis >= 0; axis--) {
      if (++position[axis]! < legs[axis]!.size) break;
      position[axis] = 0;
    }
  }
}

/** Losses in evaluation, where nothing is drawn. */
function checkOracle({ model, dense, base }: Composed, batch: Batch, state: ReadonlyMap<string, ArrayLike<number>>, context: string): void {
  const values = model.parameters.map(
    ({ names, legs }): HostTensor => ({ shape: legs.map(({ size }) => size), data: Float64Array.from(state.get(names[0]!)!) }),
  );
  const sizes = sizesFor(dense, base);
  const inputs = Object.fromEntries(Object.entries(batch).map(([name, data]) => [name, Float64Array.from(data)]));
  const own = Object.fromEntries(model.parameters.map(({ names }, id) => [names[0]!, values[id]!.data]));
  const merged = Object.fromEntries(model.weights.map((weight) => [weight.path, mergeWeight(model, values, weight).data]));
  for (const name of lossesOf(dense)) {
    const lossOf = (of: Model, given: Values) => {
      const found = run(stepProgram(of, { entries: [{ name, weight: 1 }], sizes, mode: 'eval' }), { ...inputs, ...given });
      return Object.entries(found).find(([key]) => key.startsWith('result '))![1][0]!;
    };
    const [variant, oracle] = [lossOf(model, own), lossOf(dense, merged)];
    assert.ok(
      Math.abs(variant - oracle) < 1e-6 * Math.max(1, Math.abs(oracle)),
      `${name} is ${variant}, of merged weights ${oracle}: ${context}`,
    );
  }
}
