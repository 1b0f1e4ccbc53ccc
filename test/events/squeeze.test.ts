/** The model after a decision: pure, spread over shared cores, refused where it does not fit; and decisions as they come from a file. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applyEvent, applyEvents, bondClasses, DecisionError, modelInTurns } from '../../compiler/index.ts';
import type { Taken } from '../../compiler/values/decision.ts';
import { isTaken } from '../../compiler/values/decision.ts';
import type { Model } from '../../compiler/values/model.ts';
import { complaintsAboutModel } from '../../compiler/values/verify-model.ts';
import { modelOf } from '../check/program.ts';

function model(statements: string): Model {
  return modelOf(
    `edition 1
model M(a = 16, c = 24) {
  axis batch
  input x[batch, a]
  up[l in 1..2]: linear[a -> c](biased = false)
  loss size = mean(up[1](x) ^ 2) + mean(up[2](x) ^ 2)
}
variant V of M { ${statements} }`,
    'V',
  );
}
const shared = model(
  'decompose up[*] as mpo[2*3*4, 4*2*2](b = 3)  share T[2] of up[l] over l from first  adapt up[*] with low_rank(r = 3)',
);
const squeezed = (size: number, leg = legOf(shared)): Taken => ({
  step: 7,
  decision: { is: 'squeeze', sizes: [{ weight: 'up[2].weight', leg, size }], error: 0.1 },
});
function legOf(of: Model): number {
  return bondClasses(of)[0][1].leg;
}
const shapes = (of: Model) => Object.fromEntries(of.parameters.map(({ names, legs }) => [names[0], legs.map(({ size }) => size).join()]));

test('a bond of a shared core shrinks in all its weights, adapters keep theirs', () => {
  const next = applyEvent(shared, squeezed(2));
  assert.equal(complaintsAboutModel(next), []);
  const [before, after] = [shapes(shared), shapes(next)];
  const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
  assert.equal(changed.sort(), ['up[1].weight.T[1]', 'up[1].weight.T[2]', 'up[2].weight.T[1]'].sort());
  assert.is(after['up[1].weight.T[2]'], before['up[1].weight.T[2]'].replace(/^3/, '2'));
  assert.is(shapes(shared)['up[1].weight.T[2]'], before['up[1].weight.T[2]']);
});

test('the digest is of the text and of the decisions in their order', () => {
  const [one, two] = [squeezed(2), squeezed(1)];
  const both = applyEvents(shared, [one, two]);
  assert.is(both.digest, applyEvents(shared, [one, two]).digest);
  assert.is(new Set([shared, applyEvent(shared, one), applyEvent(shared, two), both].map(({ digest }) => digest)).size, 4);
});

test('a decision of another model is refused', () => {
  for (const [taken, reason] of [
    [squeezed(4), /after step 7 does not fit V: bond \d+ of up\[2\]\.weight has size 3; it cannot become 4/],
    [squeezed(0), /cannot become 0/],
    [squeezed(2, 99), /no bond 99 of up\[2\]\.weight/],
    [{ step: 1, event: 5, decision: { is: 'choose', weights: ['up[1].weight'], importance: {} } }, /no event 5/],
  ] as const) {
    assert.throws(
      () => applyEvent(shared, taken),
      (error: unknown) => error instanceof DecisionError && reason.test(error.message),
    );
  }
});

test('what a file holds is a decision or is not', () => {
  assert.ok(isTaken(JSON.parse(JSON.stringify(squeezed(2)))));
  const { decision, step } = squeezed(2);
  for (const wrong of [
    null,
    3,
    {},
    { decision },
    { step: 1.5, decision },
    { step, event: 'a', decision },
    { step, decision: { ...decision, is: 'shrink' } },
    { step, decision: { ...decision, sizes: [{ weight: 1, leg: 0, size: 1 }] } },
    { step, decision: { ...decision, sizes: 'all' } },
    { step, decision: { is: 'choose', weights: [1], importance: {} } },
  ]) {
    assert.not.ok(isTaken(wrong), JSON.stringify(wrong));
  }
});

test('in a turn the others are frozen, and nothing else changes', () => {
  const turning = model('decompose up[1] as mpo[2*3*4, 4*2*2](b = 3)  train T[k] of up[1] in turn over k every 5 steps');
  const [{ id }] = turning.schedule;
  const now = modelInTurns(turning, new Map([[id, 2]]));
  const free = now.parameters.filter(({ update }) => !update.frozen).map(({ names }) => names[0]);
  assert.equal(free.sort(), ['up[1].weight.T[2]', 'up[2].weight']);
  assert.ok(now.parameters.every(({ update }) => update.frozen || update.turn === undefined));
  assert.equal(shapes(now), shapes(turning));
});

test.run();
