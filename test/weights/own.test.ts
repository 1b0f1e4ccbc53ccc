/**
 * Topologies that a user writes in a few lines (`own.bond`): counts, the dense weight, first values, decomposition and merge back, exact
 * or not; and each learns a weight of its own kind from examples.
 */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { table } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { examplesOf, tensorFeed } from '../../runtime/data/tensors.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { readConfig } from '../../runtime/train/config.ts';
import { metricsIn } from '../../runtime/train/listeners/metrics.ts';
import { train } from '../../runtime/train/loop.ts';
import { readMeasurements } from '../../runtime/train/metrics.ts';
import type { TrainRequest } from '../../runtime/train/request.ts';
import { folderAt } from '../../runtime/train/run-state.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { multiply, transpose } from '../../runtime/weights/linear-algebra.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';
import { modelOf } from '../check/program.ts';
import { testHost } from '../train/fixture.ts';
import { gaussian } from './networks.ts';
import { coresIn, mergedWeight, naiveWeight, networkIn, secondMoment, untilReached } from './programs.ts';

const text = readFileSync(new URL('own.bond', import.meta.url), 'utf8');
const [ROWS, COLUMNS] = [16, 16];

interface Case {
  readonly shapes: string;
  readonly role?: readonly [name: string, cores: string];
  readonly fit: 'als' | 'descent';
  /** Relative error of the best of three seeds for a weight of this kind. */
  readonly reached: number;
}
const cases: Readonly<Record<string, Case>> = {
  Rungs: { shapes: '4x2x3 2x4x3 4x2x3 2x4x3 3x3', role: ['rung', 'R'], fit: 'descent', reached: 0.05 },
  Torus: { shapes: '2x2x2x2x2x2 2x2x2x2x2x2 2x2x2x2x2x2 2x2x2x2x2x2', fit: 'als', reached: 0.1 },
  Congruence: { shapes: '16x4 4x4', fit: 'descent', reached: 1e-6 },
  Scales: { shapes: '2x2x2 2x16', fit: 'descent', reached: 1e-6 },
  Star: { shapes: '4x4x4 4x4x4 4', role: ['hub', 'H'], fit: 'als', reached: 1e-3 },
};

/** Random inputs, and what the weight makes of them. */
function lessons(model: Model, weight: Float64Array) {
  const count = 96;
  const x = gaussian([count, COLUMNS], 8).data;
  const wanted = multiply(x, transpose(weight, ROWS, COLUMNS), count, COLUMNS, ROWS);
  const tensors = new Map([
    ['x', { shape: [count, COLUMNS], data: x }],
    ['wanted', { shape: [count, ROWS], data: wanted }],
  ]);
  return examplesOf(model, tensors, 'lessons');
}

for (const [name, { shapes, role, fit, reached }] of Object.entries(cases)) {
  const model = modelOf(text, name);
  const network = networkIn(model);
  const teacher = mergedWeight(model, initialise(model, [99, 0]).values);

  test(`${name}: shapes, roles, how it is fitted`, () => {
    assert.is(model.parameters.map(({ legs }) => legs.map(({ size }) => size).join('x')).join(' '), shapes);
    if (role !== undefined) {
      const members = model.parameters.filter((parameter) => parameter.role === role[0]);
      assert.equal(
        members.map(({ names: [first] }) => first),
        [`w.${role[1]}`],
      );
    }
    assert.is(network.fit, fit);
    assert.not.ok(network.exact);
    assert.equal(
      model.notes.map(({ code }) => code).filter((code) => code !== 'W3'),
      [],
    );
  });

  test(`${name}: the dense weight is the plainest sum; its variance is what is asked for`, () => {
    const { values } = initialise(model, [3, 0]);
    const naive = naiveWeight(network, model.weights[0].axes, coresIn(model, values));
    assert.ok(distance(mergedWeight(model, values).data, naive.data) <= 1e-13 * norm(naive.data));
    const { mean, error } = secondMoment(model, 400);
    assert.ok(Math.abs(mean - 1 / COLUMNS) < 4 * error + 1e-12, `${mean} for ${1 / COLUMNS}, standard error ${error}`);
  });

  test(`${name}: a weight of this kind is decomposed and merged back`, () => {
    const given = modelOf(text, name, { source: new Set(['w']) });
    const errors = untilReached(reached, (seed) => {
      const { values, decompositions } = initialise(given, [seed, 0], () => teacher);
      const error = distance(mergedWeight(given, values).data, teacher.data) / norm(teacher.data);
      assert.ok(Math.abs(error - decompositions[0].report.error) < 1e-12);
      return error;
    });
    assert.ok(errors.at(-1)! <= reached, errors.join());
  });

  test(`${name}: 150 steps leave less than a tenth of the loss of predicting nothing`, async () => {
    const examples = lessons(model, teacher.data);
    const config = readConfig({ optimiser: { kind: 'adamw', rate: 0.03, decay: 0 }, evaluate: { every: 150 } }, 'own.bond');
    const folder = folderAt('run');
    const host = testHost();
    const request: TrainRequest = {
      model,
      config,
      engine: referenceEngine(table),
      feed: tensorFeed({ model, examples, held: examples, batch: 48, seed: [1, 0] }),
      groups: [{ name: 'all', parameters: model.parameters.map(({ id }) => id), rate: config.optimiser.rate, decay: 0 }],
      steps: 150,
      seed: [1, 0],
      values: () => initialise(model, [1, 0]).values,
      folder,
      host,
      listeners: [metricsIn(host.files, folder.metrics)],
    };
    const { validation } = await train(request);
    const nothing = norm(Float64Array.from(examples.columns.wanted.data)) ** 2 / examples.columns.wanted.data.length;
    const first = readMeasurements(host.files, folder.metrics)[0].loss;
    assert.ok(first > 0.5 * nothing, `starts with ${first} of ${nothing}`);
    assert.ok(validation!.loss < 0.1 * nothing, `${validation!.loss} of ${nothing}`);
  });
}

test.run();
