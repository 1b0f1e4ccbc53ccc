/** Predicted time: shapes of products by how their values lie, profiles, and trees that are fastest by prediction. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { extentsOf } from '../../compiler/kernel/write-tiles.ts';
import { Greedy } from '../../compiler/network/greedy.ts';
import { defaultProfiles, NetworkError, plan, profileKey, readProfile, Shapes, search, secondsOf } from '../../compiler/network/index.ts';
import { problemOf } from '../../compiler/network/problem.ts';
import { secondsBy, timeModels } from '../../compiler/network/profile.ts';
import { climbed } from '../../compiler/network/timed-tree.ts';
import type { Steps } from '../../compiler/network/tree.ts';
import type { Request } from '../../compiler/values/plan.ts';
import { wasm } from '../../compiler/values/target.ts';
import { fitProfile } from '../../runtime/plan/fit.ts';
import { operatorLayer, randomNumbers, randomRequest } from './cases.ts';

const random = randomNumbers(61);
const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));

/** Of `"ab,bc->ac"`; a letter may be followed by its size. */
function shapeOf(text: string) {
  const sizes: number[] = [];
  const [a, b, c] = text.split(/,|->/).map((part) => {
    const letters = [...part.matchAll(/([a-z])(\d*)/g)].map(([, letter, size]) => {
      const k = letter.charCodeAt(0) - 97;
      if (size !== '') sizes[k] = Number(size);
      return k;
    });
    return letters;
  });
  const laid = (letters: readonly number[]) => ({ letters, size: letters.reduce((size, letter) => size * sizes[letter], 1) });
  return { ...new Shapes(Array.from(sizes, (size) => size ?? 1)).of(laid(a), laid(b), laid(c)) };
}

for (const [text, expected] of [
  ['a100b20,b20c30->ac', { batch: 1, rows: 100, columns: 30, depth: 20, leftWalks: 'depth', rightInRuns: true, resultInRuns: true }],
  ['b20a100,b20c30->ac', { leftWalks: 'rows', rightInRuns: true }],
  ['a100b20,c30b20->ac', { leftWalks: 'depth', rightInRuns: true }],
  ['z4a100b20,z4b20c30->zac', { batch: 4, rows: 100, columns: 30, depth: 20 }],
  // Two letters of depth lie side by side in one operand only: neither side is one run.
  ['a100b4c5,c5b4d30->ad', { depth: 20, leftWalks: 'neither', rightInRuns: true }],
  ['a100b4c5,b4d30c5->ad', { leftWalks: 'neither', rightInRuns: false }],
  ['a100b4c5,d6c5b4e7->ade', { leftWalks: 'neither', rightInRuns: false, resultInRuns: false }],
  // Thin sides become rows, and the result is written across.
  ['a100b20,b20c4->ac', { rows: 4, columns: 100, leftWalks: 'rows', rightInRuns: true, resultInRuns: false }],
  // The result walks the first operand in steps of one: it becomes the right side.
  ['a100b20,b20c30->ca', { rows: 30, columns: 100, leftWalks: 'rows', resultInRuns: true }],
  ['a100b20,b20->a', { rows: 1, columns: 100, depth: 20 }],
] as const) {
  test(`shape of ${text}`, () => {
    const shape: Readonly<Record<string, unknown>> = { ...shapeOf(text) };
    for (const [key, value] of Object.entries(expected)) assert.is(shape[key], value, key);
  });
}

test('blocks that are counted are those of the kernels', () => {
  const { names, count } = timeModels.wasm;
  const counts = new Float64Array(names.length);
  for (let k = 0; k < 300; k++) {
    const [batch, rows, columns] = [whole(1, 4), whole(2, 900), whole(2, 300)];
    const { m, n } = extentsOf(wasm.product, batch, rows, columns, false);
    const tall = Math.ceil(rows / m);
    const wide = Math.ceil(columns / n);
    const shape = {
      batch,
      rows,
      columns,
      depth: 9,
      left: 1,
      right: 1,
      result: 1,
      leftWalks: 'rows',
      rightInRuns: false,
      resultInRuns: true,
    };
    count(shape as Parameters<typeof count>[0], counts);
    const of = (name: string) => counts[names.indexOf(name)];
    assert.equal([of('panel'), of('gathered'), of('launch')], [wide, tall, 1]);
  }
});

/** Over all trees, from the definition. */
function fastest(request: Request): number {
  const count = request.network.inputs.length;
  let best = Number.POSITIVE_INFINITY;
  const grow = (alive: readonly number[], steps: Steps) => {
    if (alive.length === 1) best = Math.min(best, secondsOf(steps, request));
    for (let i = 0; i < alive.length; i++) {
      for (let j = i + 1; j < alive.length; j++) {
        const rest = alive.filter((_, k) => k !== i && k !== j);
        grow([...rest, count + steps.length], [...steps, [alive[i], alive[j]]]);
      }
    }
  };
  grow([...request.network.inputs.keys()], []);
  return best;
}
test('the plan of a small network is the fastest by prediction: brute force over all trees', () => {
  for (let k = 0; k < 60; k++) {
    const request: Request = { ...randomRequest(random, whole(2, 5), whole(2, 9)), objective: 'time' };
    const found = plan(request);
    const best = fastest(request);
    assert.ok(found.optimal);
    assert.ok(Math.abs(secondsOf(found.steps, request) - best) <= 1e-9 * best, JSON.stringify(request));
  }
});
test('moves keep the seconds that the tree has, and never make it slower', () => {
  for (let k = 0; k < 40; k++) {
    const request = randomRequest(random, whole(3, 20), whole(4, 30));
    const start = new Greedy(problemOf(request)).run(random, 1, 1);
    const climbing = climbed(start, request);
    let result = climbing.next();
    while (!result.done) result = climbing.next();
    const { steps, seconds } = result.value;
    assert.ok(seconds <= secondsOf(start, request) * (1 + 1e-12));
    assert.ok(Math.abs(seconds - secondsOf(steps, request)) <= 1e-9 * seconds);
  }
});
test('larger networks: better by prediction than the plan by multiply-adds, the same for the same seed, a plan at any moment', () => {
  for (const [factors, operands] of [
    [12, 13],
    [20, 21],
  ]) {
    const request: Request = { network: operatorLayer(new Array(factors).fill(2), 4, 16), objective: 'time', budget: 100_000 };
    assert.is(request.network.inputs.length, operands);
    const found = plan(request);
    assert.equal(plan(request), found);
    assert.ok(secondsOf(found.steps, request) <= secondsOf(plan({ ...request, objective: 'flops', budget: 100_000 }).steps, request));
    const planning = search(request);
    const { done } = planning[Symbol.iterator]().next();
    assert.is(done ?? false, false);
    assert.is(planning.plan().steps.length, operands - 1);
  }
});
test('rebuilding the dense weight is the plan for a large batch, a core at a time for a small one', () => {
  const layer = (batch: number): Request => ({ network: operatorLayer([16, 16], 16, batch), objective: 'time' });
  assert.equal(plan(layer(4096)).steps[0], [1, 2]);
  assert.is(plan(layer(1)).steps[0].includes(0), true);
});

test('a profile is what predicts: its key follows the coefficients and not the name', () => {
  const { wasm } = defaultProfiles;
  assert.is(profileKey({ ...wasm, name: 'other' }), profileKey(wasm));
  assert.is.not(profileKey({ ...wasm, coefficients: { ...wasm.coefficients, left: 1.25 } }), profileKey(wasm));
  assert.is.not(profileKey(defaultProfiles.webgpu), profileKey(wasm));
  for (const profile of Object.values(defaultProfiles)) assert.equal(readProfile(JSON.parse(JSON.stringify(profile))), profile);
});
for (const [what, change, message] of [
  ['nothing', undefined, /expected a profile: an object with name, engine and coefficients/],
  ['a list', [], /expected a profile/],
  ['no name', { name: '' }, /expected a profile/],
  ['another engine', { engine: 'cuda' }, /for engine "cuda"; there are wasm and webgpu/],
  ['no multiply-adds', { coefficients: { ...defaultProfiles.wasm.coefficients, macs: 0 } }, /macs is 0; expected a number above 0/],
  ['a text', { coefficients: { ...defaultProfiles.wasm.coefficients, call: '3' } }, /call is "3"; expected a number from 0 on/],
  ['a negative', { coefficients: { ...defaultProfiles.wasm.coefficients, call: -1 } }, /call is -1/],
  ['a missing one', { coefficients: { macs: 1 } }, /coefficient call is missing/],
  [
    'one too many',
    { coefficients: { ...defaultProfiles.wasm.coefficients, cals: 1 } },
    /coefficient cals is not known; a profile of wasm has/,
  ],
] as const) {
  test(`refused profile: ${what}`, () => {
    const given = change === undefined || Array.isArray(change) ? change : { ...defaultProfiles.wasm, ...change };
    assert.throws(
      () => readProfile(given),
      (error: unknown) => error instanceof NetworkError && message.test(error.message),
    );
  });
}
test('a fit finds the coefficients that made the times', () => {
  const truth = { ...defaultProfiles.wasm, coefficients: { ...defaultProfiles.wasm.coefficients, left: 0.9, scattered: 0.2, call: 12 } };
  const seconds = secondsBy(truth);
  const samples = Array.from({ length: 200 }, () => {
    const [m, n, k] = [0, 1, 2].map(() => 2 ** whole(0, 10));
    const order = random();
    const text = `a${m}b${k},b${k}c${n}->ac`;
    const shape = shapeOf(order < 0.5 ? text : order < 0.75 ? `b4a${m}d${k},d${k}b4c${n}->ac` : `a${m}b4d${k},e2d${k}b4c${n}->aec`);
    return { shape, seconds: seconds(shape) };
  });
  const { coefficients } = fitProfile(samples, defaultProfiles.wasm, 'found');
  for (const [name, value] of Object.entries(truth.coefficients)) {
    assert.ok(Math.abs(coefficients[name] - value) <= 0.03 * value, `${name} ${coefficients[name]}, expected ${value}`);
  }
});
test.run();
