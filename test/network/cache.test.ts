/** Plans on disk: equal layers share one, nothing read is trusted, and a plan that was known is the one that is found. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { canonical, defaultProfiles, measure, plan, planCanonical } from '../../compiler/network/index.ts';
import type { Request } from '../../compiler/values/plan.ts';
import { FileProblem } from '../../runtime/checkpoint/files.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { PlanCache } from '../../runtime/plan/cache.ts';
import { workplace } from '../cli/command.ts';
import { operatorLayer, randomNumbers, randomRequest } from './cases.ts';

const work = workplace();
test.after(() => work.remove());
const random = randomNumbers(43);
const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));

test('cache: equal layers share a plan; what is corrupt or foreign is found anew', () => {
  const files = nodeFiles();
  const folder = work.path('plans');
  const request: Request = { network: operatorLayer([4, 4, 4], 3, 8), wanted: [true, false, true, true] };
  const first = new PlanCache(files, folder).plan(request);
  const [file] = readdirSync(folder);
  const path = `${folder}/${file}`;
  const stored = readFileSync(path, 'utf8');
  // The same layer under other letters.
  const shift = (list: readonly number[]) => list.map((letter) => letter + 1);
  const { inputs, output, sizes } = request.network;
  const renamed = { ...request, network: { inputs: inputs.map(shift), output: shift(output), sizes: [9, ...sizes] } };
  assert.equal(new PlanCache(files, folder).plan(renamed).steps, first.steps);
  assert.equal(readdirSync(folder), [file]);
  for (const foreign of [
    '',
    '{',
    '[]',
    stored.slice(0, -9),
    stored.replace('"steps":[[', '"steps":[[9'),
    stored.replace(/"steps":.*?\]\]/, '"steps":[[0,1],[0,4],[2,5]]'),
    stored.replace('"optimal":true', '"optimal":false'),
    stored.replace('"method":"exact"', '"method":"trusted"'),
    stored.replace(/"key":"\[\d+,/, '"key":"[0,'),
  ]) {
    assert.not.equal(foreign, stored);
    writeFileSync(path, foreign);
    assert.equal(new PlanCache(files, folder).plan(request), first);
    assert.is(readFileSync(path, 'utf8'), stored);
  }
});
test('cache: the file is what is read, slices come back under the letters of the request, stopped plans are not kept', () => {
  const files = nodeFiles();
  const folder = work.path('others');
  const network = operatorLayer([4, 4, 4], 4, 64);
  const request: Request = { network, memory: 64 * 64, budget: 20_000 };
  const found = new PlanCache(files, folder).plan(request);
  assert.equal(new PlanCache(files, folder).plan(request), found);
  assert.equal(found, plan(request));
  const before = readdirSync(folder).length;
  const large = {
    inputs: Array.from({ length: 40 }, (_, k) => [k, (7 * k + 1) % 40, (3 * k + 2) % 40]),
    output: [],
    sizes: new Array(40).fill(2),
  };
  assert.is(new PlanCache(files, folder).plan({ network: large, seconds: 0.01 }).stopped, true);
  assert.is(readdirSync(folder).length, before);
  assert.equal(measure(found.steps, request, found.sliced).macs, found.macs);
});
test('cache: a plan that was known is the plan that is found, whoever asked first', () => {
  const files = nodeFiles();
  for (let k = 0; k < 40; k++) {
    const request = randomRequest(random, whole(2, 7), whole(2, 12));
    const rename = request.network.sizes.map((_, letter) => letter).sort(() => random() - 0.5);
    const map = (list: readonly number[]) => list.map((letter) => rename[letter]);
    const sizes: number[] = [];
    rename.forEach((to, letter) => {
      sizes[to] = request.network.sizes[letter];
    });
    const { inputs, output } = request.network;
    const other = { ...request, network: { inputs: inputs.map(map), output: map(output), sizes } };
    for (const objective of ['flops', 'time'] as const) {
      const cache = new PlanCache(files, work.path(`both-${objective}`));
      assert.equal(cache.plan({ ...request, objective }), planCanonical({ ...request, objective }));
      assert.equal(cache.plan({ ...other, objective }), planCanonical({ ...other, objective }));
      assert.equal(cache.plan({ ...other, objective }).steps, cache.plan({ ...request, objective }).steps);
    }
  }
});
test('cache: by time a transposed operand is another network, by multiply-adds it is the same', () => {
  const { inputs, output, sizes } = operatorLayer([8, 8], 4, 64);
  const turned = { inputs: inputs.map((list, k) => (k === 1 ? [...list].reverse() : list)), output, sizes };
  const key = (network: Request['network'], objective: Request['objective']) => canonical({ network, objective }).key;
  assert.is(key(turned, 'flops'), key({ inputs, output, sizes }, 'flops'));
  assert.is.not(key(turned, 'time'), key({ inputs, output, sizes }, 'time'));
});
test('cache: what a profile predicts is part of the name, what it is called is not', () => {
  const request: Request = { network: operatorLayer([4, 4], 3, 8), objective: 'time' };
  const { wasm } = defaultProfiles;
  const slow = { ...wasm, coefficients: { ...wasm.coefficients, scattered: 9 } };
  const key = (profile: Request['profile']) => canonical({ ...request, profile }).key;
  assert.is(key({ ...wasm, name: 'mine' }), key(undefined));
  assert.is.not(key(slow), key(wasm));
});
test('cache: a folder that cannot be made is an error where it was asked for, and no matter where it was not', () => {
  const files = nodeFiles();
  const folder = `${work.write('occupied', 'a file')}/plans`;
  const request: Request = { network: operatorLayer([4, 4], 3, 8) };
  assert.throws(
    () => new PlanCache(files, folder).plan(request),
    (error: unknown) => error instanceof FileProblem,
  );
  const tolerant = new PlanCache(files, folder, false);
  assert.equal(tolerant.plan(request), planCanonical(request));
  assert.equal(tolerant.plan(request), planCanonical(request));
});
test('cache: a network that is none is refused with its place', () => {
  const cache = new PlanCache(nodeFiles(), work.path('none'));
  assert.throws(() => cache.plan({ network: { inputs: [[0, 1]], output: [], sizes: [2] } }), /letter 1 of operand 0 has no size/);
});
test.run();
