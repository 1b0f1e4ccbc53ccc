/** Bonds of several weights chosen together: the budget is kept, no single swap does better, and what is told of the optimum is true. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withinEntries } from '../../runtime/weights/budget.ts';
import type { Candidate } from '../../runtime/weights/candidate.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { norm } from '../../runtime/weights/tensor.ts';
import { candidateFor } from '../../runtime/weights/together.ts';
import { modelOf } from '../check/program.ts';
import { gaussian } from './networks.ts';
import { networkIn, weightModel } from './programs.ts';

/** Entries that fall off along both axes, as fast as `rate` says. */
function smooth(sizes: readonly number[], rate: number, seed: number): HostTensor {
  const { data } = gaussian(sizes, seed);
  return { shape: sizes, data: data.map((value, at) => value * Math.exp(-rate * (Math.floor(at / sizes[1]) + (at % sizes[1])))) };
}
function candidate(as: string, weight: HostTensor): Candidate {
  const model = weightModel({ as, sizes: weight.shape });
  return candidateFor(weight, model.weights[0].axes, networkIn(model), undefined, [1, 0]);
}

/** The least loss of all choices within the budget. */
function best(candidates: readonly Candidate[], most: number): number {
  const visit = (k: number, left: number): number => {
    if (k === candidates.length) return 0;
    const { levers, entries } = candidates[k];
    let least = Infinity;
    const states = levers.map(() => 0);
    const choose = (lever: number): void => {
      if (lever < levers.length) {
        for (states[lever] = 0; states[lever] < levers[lever].length; states[lever]++) choose(lever + 1);
        states[lever] = 0;
        return;
      }
      const count = entries(states);
      if (count > left) return;
      const own = levers.reduce((sum, losses, at) => sum + losses[states[at]], 0);
      least = Math.min(least, own + visit(k + 1, left - count));
    };
    choose(0);
    return least;
  };
  return visit(0, most);
}

for (const as of ['low_rank', 'mpo[2*3*2, 2*3*2]', 'tree[2*2*3, 2*2*3]', 'tucker[12, 12]', 'ring[3*4, 3*4](b = 4)']) {
  test(`of all choices within the budget none loses less than is told, and the greedy one little more: ${as}`, () => {
    const candidates = [candidate(as, smooth([12, 12], 0.1, 1)), candidate(as, smooth([12, 12], 0.5, 2))];
    for (const share of [0.3, 0.5, 0.8]) {
      const most = share * 288;
      const choice = withinEntries(candidates, most);
      if (choice === undefined) continue;
      const least = best(candidates, most);
      assert.ok(choice.entries <= most);
      assert.equal(
        choice.entries,
        candidates.reduce((sum, one, k) => sum + one.entries(choice.states[k]), 0),
      );
      assert.ok(choice.least! <= least + 1e-12, `${share}: ${choice.least} told, ${least} is possible`);
      assert.ok(choice.loss >= least - 1e-12);
      assert.ok(choice.loss <= 1.5 * least + 0.01, `${share}: ${choice.loss} chosen, ${least} is possible`);
      assert.ok(choice.least! >= 0.5 * least - 1e-9, `${share}: ${choice.least} told, ${least} is possible`);
    }
  });
}

const program = (promise: string, as = 'low_rank') => `edition 1
model M(width = 16) {
  axis batch
  input x[batch, width]
  up, down: linear[width -> width](biased = false)
  forward(x[batch, width]) -> y[batch, width] { y = down(relu(up(x))) }
  loss l = mean(forward(x) ^ 2)
}
variant V of M { decompose {up, down} as ${as} ${promise} }`;
const source = new Set(['up.weight', 'down.weight']);
const weights = new Map([
  ['up.weight', smooth([16, 16], 0.02, 3)],
  ['down.weight', smooth([16, 16], 0.4, 4)],
]);

test('a budget goes to the weights that need it: fewer entries on the whole, and a smaller error than a share of each', () => {
  const errors = (promise: string) => {
    const { model, decompositions, together } = initialise(modelOf(program(promise), 'V', { source }), [1, 0], (path) => weights.get(path));
    const entries = model.parameters.reduce((sum, { legs }) => sum + legs.reduce((product, { size }) => product * size, 1), 0);
    return { entries, error: norm(Float64Array.from(decompositions, ({ report }) => report.error)) / Math.SQRT2, together };
  };
  const own = errors('to share 0.5');
  const all = errors('to share 0.5 of all');
  assert.ok(all.entries <= 256 && own.entries <= 256);
  assert.ok(all.error < 0.8 * own.error, `${all.error} and ${own.error}`);
  const [told] = all.together;
  assert.equal([told.entries, told.dense, told.weights], [all.entries, 512, 2]);
  assert.ok(Math.abs(told.loss - all.error) < 1e-12, `${told.loss} told, ${all.error} measured`);
  assert.ok(told.least! <= told.loss && told.least! > 0.9 * told.loss, `${told.least}`);
});

test('a budget below the smallest networks says what can be asked for', () => {
  const start = () => initialise(modelOf(program('to share 0.05 of all'), 'V', { source }), [1, 0], (path) => weights.get(path));
  assert.throws(
    start,
    /up\.weight and 1 more: share 0\.05 of the 512 entries of all is 25, but with all bonds at 1 the networks still have 64; ask for at least 0\.125/,
  );
});

test('a promised loss without calibration data is refused', () => {
  const start = () => initialise(modelOf(program('to loss 0.05'), 'V', { source }), [1, 0], (path) => weights.get(path));
  assert.throws(start, /up\.weight: `to loss 0\.05` is measured on examples: give --calibrate DATA/);
});

test.run();
