/** The searches above exact size: thresholds on stored networks, costs counted anew, never worse, the same for the same seed. */
import { readdirSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { anytime, Best } from '../../compiler/network/anytime.ts';
import { checkSteps } from '../../compiler/network/check.ts';
import { measure, recordsOf, slicedRequest, totalsOf } from '../../compiler/network/evaluate.ts';
import { exactTree } from '../../compiler/network/exact.ts';
import { Greedy } from '../../compiler/network/greedy.ts';
import { measureOf } from '../../compiler/network/objective.ts';
import { partitionTree } from '../../compiler/network/partition.ts';
import { plan, search } from '../../compiler/network/plan.ts';
import { problemOf } from '../../compiler/network/problem.ts';
import { defaultProfiles } from '../../compiler/network/profile.ts';
import { anneal, reconfigure } from '../../compiler/network/refine.ts';
import { sweepTree } from '../../compiler/network/sweep.ts';
import { secondsOf } from '../../compiler/network/timed-tree.ts';
import { type Steps, Tree } from '../../compiler/network/tree.ts';
import type { Network, Objective, Plan, Request } from '../../compiler/values/plan.ts';
import { searchOnThreads } from '../../runtime/plan/search.ts';
import { times } from '../long.ts';
import { instance, randomNetwork, randomNumbers, randomRequest } from './cases.ts';

const random = randomNumbers(21);
const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
const objectives: readonly Objective[] = ['flops', 'write', 'size', 'peak', 'combo', 'limit', 'time'];

/** log10 of the multiply-adds of the best trees known of each network. */
const known: Readonly<Record<string, number>> = {
  hyper_20: 6.702,
  lat_4x4x4: 7.582,
  lat_12x12: 6.046,
  matchain_30: 5.134,
  mpo_n4_d4_D8_B64: 6.626,
  mpo_n8_d4_D8_B64: 9.73,
  mpsmpo_L8_chi16_D4: 4.859,
  reg3_50: 3.562,
  reg3_200: 9.65,
  ring_n6_d4_D8_B64: 9.207,
  tree_100: 7.473,
};
for (const [name, log10] of Object.entries(known)) {
  test(`${name}: as good as the best known, within the default budget`, () => {
    const found = plan({ network: instance(name) });
    assert.ok(Math.log10(found.macs) <= log10 + 0.02, `10^${Math.log10(found.macs)}, known 10^${log10}`);
  });
}
test('every stored network has a threshold, and chains, trees and small ones are proved', () => {
  const names = readdirSync(new URL('instances', import.meta.url)).map((file) => file.replace('.json', ''));
  assert.equal(names.sort(), Object.keys(known).sort());
  for (const name of ['matchain_30', 'tree_100', 'mpo_n8_d4_D8_B64', 'mpsmpo_L8_chi16_D4'])
    assert.ok(plan({ network: instance(name) }).optimal, name);
  assert.is(plan({ network: instance('matchain_30') }).macs, 136_196);
  assert.is(plan({ network: instance('mpo_n4_d4_D8_B64') }).macs, 4_227_072);
  assert.is(plan({ network: instance('mpo_n8_d4_D8_B64') }).macs, 5_368_741_888);
  assert.is(plan({ network: instance('ring_n6_d4_D8_B64') }).macs, 1_610_874_880);
});

function drain(working: Iterator<number>): void {
  while (!working.next().done);
}
test('moves on trees keep the costs that a tree built anew has, and reconfiguration never makes it worse', () => {
  for (let k = 0; k < times(8, 25); k++) {
    const request = randomRequest(random, whole(4, 24), whole(4, 30));
    for (const objective of objectives) {
      const [problem, by] = [problemOf(request), measureOf(objective)];
      const starts = [
        new Greedy(problem).run(random, 0.3, 1),
        partitionTree(problem, 0.5, random),
        sweepTree(problem, 'newest'),
        sweepTree(problem, 'oldest'),
      ];
      for (const start of starts) {
        checkSteps(start, problem.count);
        const tree = new Tree(problem, by, start);
        const before = tree.total();
        drain(reconfigure(tree, 6, random));
        assert.ok(tree.total() <= before * (1 + 1e-9), `${objective} ${JSON.stringify(request)}`);
        drain(anneal(tree, { sweeps: 30, from: 0.5, to: 5 }, random));
        const again = new Tree(problem, by, tree.steps());
        close(tree.total(), again.total());
        close(tree.guideTotal(), again.guideTotal());
        checkSteps(tree.steps(), problem.count);
      }
    }
  }
});
function close(a: number, b: number): void {
  assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(a, b), `${a} and ${b}`);
}
test('a sweep over a long lattice keeps to its width; parts and letters of everything are no matter', () => {
  for (const [length, width] of [
    [40, 3],
    [9, 9],
    [100, 2],
  ]) {
    const inputs: number[][] = Array.from({ length: length * width }, () => []);
    let letters = 0;
    const join = (a: number, b: number) => {
      inputs[a].push(letters);
      inputs[b].push(letters++);
    };
    for (let k = 0; k < inputs.length; k++) {
      if ((k + 1) % width !== 0) join(k, k + 1);
      if (k + width < inputs.length) join(k, k + width);
    }
    const network = { inputs, output: [], sizes: new Array(letters).fill(2) };
    const problem = problemOf({ network });
    const sizes = (['newest', 'oldest'] as const).map((first) => new Tree(problem, measureOf('size'), sweepTree(problem, first)).total());
    assert.ok(Math.min(...sizes) <= 2 ** (width + 1), `${length} x ${width}: ${sizes.map(Math.log2)}`);
  }
  const wide = { inputs: Array.from({ length: 90 }, (_, k) => [0, 1 + (k >> 1)]), output: [0], sizes: new Array(46).fill(2) };
  checkSteps(sweepTree(problemOf({ network: wide }), 'newest'), 90);
});
test('costs of a tree are those counted from its letters, for every objective', () => {
  for (let k = 0; k < 300; k++) {
    const network = randomNetwork(random, whole(2, 20), whole(1, 25));
    const steps = new Greedy(problemOf({ network })).run(random, 1, 1);
    const totals = totalsOf(recordsOf(steps, { network }), steps, { network });
    const cost = (objective: Objective) => new Tree(problemOf({ network }), measureOf(objective), steps).total();
    close(cost('flops'), Number(totals.macs));
    close(cost('write'), Number(totals.write));
    close(cost('size'), Number(totals.largest));
    close(cost('peak'), Number(totals.peak));
    close(cost('combo'), Number(totals.macs + 64n * totals.write));
    close(cost('flops'), measure(steps, { network }).macs);
  }
});
test('each objective is met best by its own plan', () => {
  for (let k = 0; k < times(10, 40); k++) {
    const network = randomNetwork(random, whole(3, 8), whole(4, 12));
    const trees = objectives.map((objective) => plan({ network, objective }).steps);
    objectives.forEach((objective, own) => {
      const cost = (steps: Steps) =>
        objective === 'time' ? secondsOf(steps, { network }) : new Tree(problemOf({ network }), measureOf(objective), steps).total();
      const costs = trees.map(cost);
      assert.ok(costs[own] <= Math.min(...costs) * (1 + 1e-9), objective);
    });
  }
});
test('the anytime search reaches what exact search proves', () => {
  for (let k = 0; k < times(6, 20); k++) {
    const network = randomNetwork(random, 12, whole(12, 20));
    const problem = problemOf({ network });
    const best = new Best();
    let work = 0;
    for (const done of anytime({ network, objective: 'combo', seed: k }, best)) {
      work += done;
      if (work > 60_000) break;
    }
    const exact = new Tree(problem, measureOf('combo'), exactTree(problem, measureOf('combo'))!).total();
    assert.ok(best.cost >= exact * (1 - 1e-9) && best.cost <= exact * 1.05, `${best.cost} and ${exact}`);
  }
});
test('the anytime search reaches the recurrence on chains', () => {
  for (let k = 0; k < times(4, 10); k++) {
    const n = whole(8, 24);
    const inputs = Array.from({ length: n }, (_, j) => [j, j + 1]);
    const network = { inputs, output: [0, n], sizes: Array.from({ length: n + 1 }, () => whole(2, 60)) };
    const proved = plan({ network });
    assert.ok(proved.optimal);
    const best = new Best();
    let work = 0;
    for (const done of anytime({ network, seed: k }, best)) {
      work += done;
      if (work > 300_000) break;
    }
    assert.is(measure(best.steps, { network }).macs, proved.macs);
  }
});
test('names of letters and order of operands change no proved cost', () => {
  for (let k = 0; k < times(15, 50); k++) {
    const network = randomNetwork(random, whole(3, 9), whole(3, 12));
    const rename = network.sizes.map((_, letter) => letter).sort(() => random() - 0.5);
    const sizes: number[] = [];
    rename.forEach((to, letter) => {
      sizes[to] = network.sizes[letter];
    });
    const map = (list: readonly number[]) => list.map((letter) => rename[letter]);
    const other: Network = { inputs: network.inputs.map(map).sort(() => random() - 0.5), output: map(network.output), sizes };
    assert.is(plan({ network: other }).macs, plan({ network }).macs);
  }
});
test('the smallest budget gives a tree, whatever is asked', () => {
  for (const network of [instance('reg3_50'), instance('hyper_20'), randomNetwork(random, 40, 60)]) {
    const wanted = network.inputs.map((_, k) => k % 2 === 0);
    const memory = 4 * [...new Set(network.output)].reduce((size, letter) => size * network.sizes[letter], 1);
    for (const objective of objectives) {
      for (const more of [{}, { wanted }, { memory }])
        checkSteps(plan({ network, objective, ...more, budget: 1 }).steps, network.inputs.length);
    }
  }
});
/** A lattice of letters of size 2, `copies` times. */
function lattice(dims: readonly number[], copies = 1): Network {
  const count = dims.reduce((product, size) => product * size, 1);
  const inputs: number[][] = Array.from({ length: count * copies }, () => []);
  let letters = 0;
  for (let copy = 0; copy < copies; copy++) {
    for (let k = 0; k < count; k++) {
      let stride = 1;
      for (const size of dims) {
        if (Math.floor(k / stride) % size < size - 1) {
          for (const operand of [k, k + stride]) inputs[copy * count + operand].push(letters);
          letters++;
        }
        stride *= size;
      }
    }
  }
  return { inputs, output: [], sizes: new Array(letters).fill(2) };
}
/** What a plan costs by its objective: where letters are sliced, that of a slice times the slices. */
function costOf(request: Request, { steps, sliced = [] }: Pick<Plan, 'steps' | 'sliced'>): number {
  const one = slicedRequest(request, sliced);
  const slices = sliced.reduce((times, letter) => times * request.network.sizes[letter], 1);
  if (request.objective === 'time') return secondsOf(steps, one) * slices;
  return new Tree(problemOf(one), measureOf(request.objective), steps).total() * slices;
}
for (const [what, more] of [
  ['as it is', {}],
  ['in two parts', { network: lattice([4, 5], 2) }],
  ['sliced', { memory: 16 }],
  ['with adjoints of some', { wanted: Array.from({ length: 36 }, (_, k) => k % 3 === 0) }],
] as const) {
  test(`a search without end gets no worse as it goes, and a budget is where it stops: ${what}`, () => {
    for (const objective of objectives) {
      // Slices of predicted time are chosen by sizes alone, and what is told counts layouts.
      if (objective === 'time' && 'memory' in more) continue;
      const request: Request = { network: lattice([6, 6]), objective, ...more };
      const planning = search({ ...request, budget: Number.POSITIVE_INFINITY });
      let lowest = Number.POSITIVE_INFINITY;
      let middle: Plan | undefined;
      for (const _ of planning) {
        if (planning.ready()) {
          const cost = costOf(request, planning.plan());
          assert.ok(cost <= lowest * (1 + 1e-9), `${objective}: ${cost} after ${lowest}`);
          lowest = cost;
        }
        if (middle === undefined && planning.work() >= 100_000) middle = planning.plan();
        if (planning.work() > 450_000) break;
      }
      assert.ok(planning.work() > 450_000 || planning.plan().optimal, `${objective} ended after ${planning.work()}`);
      if (middle !== undefined) assert.equal(plan({ ...request, budget: 100_000 }), middle);
    }
  });
}
test('a time limit never makes a plan worse than none', () => {
  const square = lattice([6, 6]);
  assert.is(plan({ network: square }).macs, 4548);
  assert.is(plan({ network: square, seconds: 0.001 }).macs, 4548);
  assert.is(plan({ network: lattice([6, 6], 2), seconds: 0.001 }).macs, 2 * 4548 + 1);
  const written = { network: square, objective: 'write' } as const;
  assert.ok(costOf(written, plan({ ...written, seconds: 0.001 })) <= costOf(written, plan(written)));
});
test('lattices of three dimensions: fronts over planes come first', () => {
  for (const [dims, budget, log10] of [
    [[6, 6, 10], 600_000, 16.1],
    [[10, 6, 6], 600_000, 16.1],
    [[4, 4, 16], 1_000_000, 9.16],
  ] as const) {
    const { macs } = plan({ network: lattice(dims), budget });
    assert.ok(Math.log10(macs) <= log10, `${dims}: 10^${Math.log10(macs)}`);
  }
});
test('threads change nothing but the time', async () => {
  const quiet = { now: () => 0, interrupted: () => false };
  for (const request of [
    { network: instance('reg3_200'), budget: 700_000 },
    { network: lattice([5, 5], 2), budget: 300_000, objective: 'peak' },
    { network: lattice([6, 6]), budget: 400_000, memory: 16, seed: 3 },
  ] as const) {
    const alone = plan(request);
    for (const threads of [1, 2, 3]) assert.equal(await searchOnThreads(request, { ...quiet, threads }), alone);
  }
});
test('a search on threads can be interrupted, and fails where a thread does', async () => {
  const request = { network: instance('reg3_200'), seconds: 1e6 };
  let asked = 0;
  const found = await searchOnThreads(request, { threads: 2, now: () => performance.now(), interrupted: () => ++asked > 3 });
  checkSteps(found.steps, 200);
  assert.is(found.interrupted, true);
  assert.is(found.stopped, true);
  // A function cannot be sent to a thread.
  const broken = {
    ...request,
    profile: { ...defaultProfiles.wasm, coefficients: { ...defaultProfiles.wasm.coefficients, macs: (() => 1) as never } },
  };
  try {
    await searchOnThreads(broken, { threads: 2, now: () => performance.now(), interrupted: () => false });
    assert.unreachable('it has to fail');
  } catch (error) {
    assert.match((error as Error).message, /could not be cloned/);
  }
});
test('a time limit ends a search for slices, and a plan is there from the start', () => {
  const network = instance('lat_12x12');
  const request = { network, memory: 64, seconds: 0.3 };
  const found = plan(request);
  assert.is(found.stopped, true);
  const { results } = measure(found.steps, slicedRequest(request, found.sliced ?? []));
  const { sizes } = slicedRequest(request, found.sliced ?? []).network;
  assert.ok(Math.max(...results.map((list) => list.reduce((size, letter) => size * sizes[letter], 1))) <= 64);
  const planning = search({ network, memory: 64, seconds: 1e6 });
  let slices = 0;
  while (!planning.ready()) {
    planning[Symbol.iterator]().next();
    slices++;
  }
  assert.ok(slices < 100, `${slices} slices of work`);
  checkSteps(planning.plan().steps, 144);
});
test('thousands of letters, all cut: values far above the limit lose many at a time', () => {
  const random = randomNumbers(8);
  const inputs: number[][] = Array.from({ length: 60 }, () => []);
  for (let letter = 0; letter < 6000; letter++) {
    inputs[letter % 60].push(letter);
    inputs[Math.floor(random() * 60)].push(letter);
  }
  const network = { inputs, output: [], sizes: new Array(6000).fill(2) };
  const found = plan({ network, memory: 1024, budget: 1e5 });
  checkSteps(found.steps, 60);
  assert.ok((found.sliced?.length ?? 0) > 5000);
});
test('the same seed and budget give the same plan; a search can be stopped at any moment', () => {
  const network = instance('reg3_200');
  const request = { network, seed: 7, budget: 200_000 };
  assert.equal(plan(request), plan(request));
  const planning = search({ network, seconds: 1e6 });
  let lowest = Number.POSITIVE_INFINITY;
  let slices = 0;
  for (const _ of planning) {
    const { macs, steps } = planning.plan();
    checkSteps(steps, 200);
    assert.ok(macs <= lowest);
    lowest = macs;
    if (++slices === 40) break;
  }
  assert.is(slices, 40);
  const short = plan({ network, seconds: 0.05 });
  assert.is(short.stopped, true);
  assert.is(plan({ network: instance('matchain_30'), seconds: 10 }).stopped, undefined);
});
test.run();
