/**
 * Second moments of the gradients of a loss at the outputs of weights, on given examples: to each product of a weight a probe is added, a
 * parameter of zeros as large as the output of one batch. One step of plain descent of rate 1 leaves minus the gradient in it.
 */
import { compileStep, layoutOf } from '../../compiler/index.ts';
import type { Body, Entry, Model, ModelAxis, Parameter, Statement, ValueId, Weight } from '../../compiler/values/model.ts';
import type { Engine } from '../engine/engine.ts';
import type { InputMoment } from '../weights/input-moment.ts';
import { multiply, transpose } from '../weights/linear-algebra.ts';
import { count, permute } from '../weights/tensor.ts';
import { checkMemory, footprintOf } from './footprint.ts';
import type { Calibration, WeightProduct } from './input-moments.ts';
import { withReads } from './micro.ts';
import { makeRunner, setAll } from './runner.ts';

const GROUP = 'probes';
const SCALARS = { share: 1, [`rate/${GROUP}`]: 1, [`decay/${GROUP}`]: 0 };

/** By path of a weight, over the batches of `validation`. */
export async function gradientMoments(
  engine: Engine,
  { model, values, loss, feed: { validation }, memory }: Calibration,
  products: readonly WeightProduct[],
  batches: number,
): Promise<Map<string, InputMoment>> {
  const sums = new Map<string, { readonly axes: readonly number[]; readonly matrix: Float64Array }>();
  if (products.length === 0) return sums;
  const probed = withProbes(model, loss, validation.sizes, products);
  const optimiser = { kind: 'sgd', momentum: 0, clip: false, groups: [{ name: GROUP, parameters: probed.probes }] } as const;
  const layout = layoutOf(probed.model, optimiser, false);
  const entries = [{ name: loss, weight: 1 }];
  const step = compileStep(probed.model, { ...engine.planning, entries, sizes: validation.sizes, mode: 'train', optimiser, layout });
  checkMemory(engine, footprintOf(engine.needs, layout.size, [step]), memory);
  const persistent = engine.allocate(layout.size);
  const members = new Map(layout.members.map((member) => [member.name, member]));
  for (const { id, names, legs } of probed.model.parameters) {
    const { address, type } = members.get(names[0])!;
    const data = values[id]?.data ?? new Float64Array(count(legs.map(({ size }) => size)));
    engine.write(persistent, address.offset, data, type.dtype);
  }
  const runner = await makeRunner(engine, step, persistent);
  try {
    for (let batch = 0; batch < batches; batch++) {
      setAll(runner, { ...validation.batch(batch * validation.perBatch, validation.perBatch) });
      setAll(runner, SCALARS);
      const call = { seed: [0, 0], tick: batch, gates: {} } as const;
      runner.begin(call);
      runner.run(call);
      runner.end(call);
      for (const [k, { path, outer, product }] of products.entries()) {
        const parameter = probed.model.parameters[probed.probes[k]];
        const { address, type } = members.get(parameter.names[0])!;
        const found = await engine.read(persistent, address.offset, address.length, type.dtype);
        engine.write(persistent, address.offset, new Float64Array(address.length), type.dtype);
        const axes = probed.axesOf(product);
        const last = outer.map(({ id }) => axes.indexOf(id));
        const order = [...axes.keys()].filter((axis) => !last.includes(axis));
        const rows = permute({ shape: parameter.legs.map(({ size }) => size), data: Float64Array.from(found) }, [...order, ...last]);
        const width = count(last.map((axis) => parameter.legs[axis].size));
        const height = rows.data.length / width;
        const own = multiply(transpose(rows.data, height, width), rows.data, width, height, width);
        const before = sums.get(path)?.matrix;
        for (let at = 0; before !== undefined && at < own.length; at++) own[at] += before[at];
        sums.set(path, { axes: outer.map(({ axis }) => axis), matrix: own });
      }
    }
  } finally {
    runner.release();
    engine.release(persistent);
  }
  return sums;
}

interface Probed {
  readonly model: Model;
  /** Parameters, by product. */
  readonly probes: readonly number[];
  axesOf(value: ValueId): Statement['axes'];
}

/** The model of one loss, as it is evaluated, in which nothing but the probes is trained. Open axes have their sizes, as parameters need them. */
function withProbes(model: Model, loss: string, sizes: Readonly<Record<string, number>>, products: readonly WeightProduct[]): Probed {
  const axes = model.axes.map((axis): ModelAxis => ({ ...axis, size: sizeOf(model, axis, sizes) }));
  const entry = model.entries.find(({ name }) => name === loss)!;
  const parameters: Parameter[] = model.parameters.map((parameter) => ({ ...parameter, update: { frozen: true } }));
  const weights: Weight[] = [...model.weights];
  const statements: Statement[] = [];
  const places = new Map<ValueId, ValueId>();
  const probes: number[] = [];
  const probe = (statement: Statement): ValueId => {
    const path = `probe ${probes.length}`;
    const own = statement.axes.map((id) => ({ name: axes[id].name, axis: id, size: axes[id].size as number }));
    const law = { is: 'zeros' } as const;
    const legs = own.map(({ name, size }) => ({ name, size }));
    const parameter = parameters.length;
    parameters.push({
      id: parameter,
      names: [path],
      legs,
      origin: { is: 'fresh', path },
      init: { law, scale: 1 },
      update: { frozen: false },
    });
    const perm = own.map((_, axis) => axis);
    const factored = own.map((axis) => ({ ...axis, factors: [axis.size] }));
    weights.push({ id: weights.length, path, axes: factored, terms: [{ is: 'dense', parameter, perm, scale: 1 }], law });
    probes.push(parameter);
    return statements.push({ ...statement, name: path, expression: { is: 'weight', weight: weights.length - 1 } }) - 1;
  };
  for (const [id, statement] of entry.eval.statements.entries()) {
    const expression = withReads(statement.expression, (value) => places.get(value)!);
    const own = statements.push({ ...statement, expression }) - 1;
    const probed = products.some(({ product }) => product === id);
    const of = probed ? [own, probe(statement)] : [];
    places.set(id, probed ? statements.push({ ...statement, expression: { is: 'apply', f: 'add', of } }) - 1 : own);
  }
  const results = entry.eval.results.map((result) => ({ ...result, value: places.get(result.value)! }));
  const body: Body = { statements, results, penalties: [], reports: [] };
  const own: Entry = { ...entry, train: body, eval: body };
  return {
    model: { ...model, axes, parameters, weights, entries: [own], schedule: [], gates: [] },
    probes: products.map(({ product }) => probes[[...new Set(products.map((one) => one.product))].sort((a, b) => a - b).indexOf(product)]),
    axesOf: (value) => entry.eval.statements[value].axes,
  };
}

function sizeOf({ axes }: Model, { size }: ModelAxis, sizes: Readonly<Record<string, number>>): number {
  return typeof size === 'number' ? size : sizes[axes[size.open].name];
}
