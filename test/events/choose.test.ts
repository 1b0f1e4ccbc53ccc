/** The model after a choice: tensors, terms, ids, what is left to choose; and decisions that are of another model. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applyEvent, applyEvents, DecisionError } from '../../compiler/index.ts';
import type { Taken } from '../../compiler/values/decision.ts';
import type { Model, Weight } from '../../compiler/values/model.ts';
import { partsOf } from '../../compiler/values/term.ts';
import { modelOf } from '../check/program.ts';
import { load } from '../check/variants.ts';

const model = modelOf(
  `edition 1
use "./models.bond" { CharGpt }
variant V of CharGpt {
  decompose block[*].down as mpo[4*4, 8*4](b = 2)
  adapt block[*].up with low_rank(r = 2)
  decompose block[l].{query, up} as mpo[ends, ends](n = 3) choosing 1 over l by taylor every 4 steps until 2
  decompose block[l].mix as mpo[4*4, 4*4] choosing 2 over l by random
  train T of block[*].down where @b < (1 to 2 by 1 every 3 steps)
}`,
  'V',
  { load, set: { vocab: 17, width: 16, heads: 2, depth: 3, inner: 32, context: 8 } },
);
const choice = (event: number, ...weights: string[]): Taken => ({ step: 4, event, decision: { is: 'choose', weights, importance: {} } });
const idOf = (criterion: string) => model.schedule.find((event) => event.is === 'choose' && event.criterion === criterion)!.id;
const [taylor, random] = [idOf('taylor'), idOf('random')];
const weightOf = ({ weights }: Model, path: string) => weights.find((weight) => weight.path === path)!;
/** Names of the parameters that a weight is made of. */
const namesOf = ({ parameters }: Model, { terms }: Weight) =>
  terms.flatMap((term) => partsOf(term).map(({ parameter }) => parameter)).map((id) => parameters[id].names[0]);
const coresOf = (path: string, n: number) => Array.from({ length: n }, (_, k) => `${path}.T[${k + 1}]`);

test('cores stand where the tensor was, adapters stay, every id is a position and every name that of before', () => {
  const first = applyEvent(model, choice(taylor, 'block[2].query.weight', 'block[3].up.weight'));
  const second = applyEvent(first, choice(random, 'block[1].mix.weight', 'block[3].mix.weight'));
  const third = applyEvent(second, choice(taylor, 'block[1].query.weight', 'block[2].up.weight'));
  for (const [next, chosen] of [
    [first, ['block[2].query.weight', 'block[3].up.weight']],
    [second, ['block[2].query.weight', 'block[3].up.weight', 'block[1].mix.weight', 'block[3].mix.weight']],
    [third, ['block[1].query.weight', 'block[2].up.weight']],
  ] as const) {
    assert.equal(
      next.parameters.map(({ id }) => id),
      [...next.parameters.keys()],
    );
    for (const weight of next.weights) {
      const before = namesOf(model, weightOf(model, weight.path));
      if (!weight.axes.every(({ factors }, k) => factors.length === weightOf(model, weight.path).axes[k].factors.length)) continue;
      assert.equal(namesOf(next, weight), before, weight.path);
    }
    for (const path of chosen) {
      const adapter = namesOf(model, weightOf(model, path)).slice(1);
      assert.equal(namesOf(next, weightOf(next, path)), [...coresOf(path, path.includes('mix') ? 2 : 3), ...adapter], path);
      assert.ok(!next.parameters.some(({ names }) => names.includes(path)));
      const { parameters } = next;
      const term = weightOf(next, path).terms[0];
      assert.ok(term.is === 'network');
      for (const { parameter, legs } of term.nodes)
        assert.equal(
          parameters[parameter].legs.map(({ size }) => size),
          legs.map((leg) => term.legs[leg].size),
        );
    }
    const ramp = next.schedule.find((event) => event.is === 'ramp');
    assert.ok(ramp?.is === 'ramp' && ramp.target.every((id) => /down\.weight\.T/.test(next.parameters[id].names[0])));
  }
  assert.equal(
    third.schedule.map(({ is }) => is),
    ['ramp'],
  );
  assert.is(new Set([model, first, second, third].map(({ digest }) => digest)).size, 4);
  assert.equal(applyEvents(model, [choice(taylor, 'block[2].query.weight', 'block[3].up.weight')]), first);
});

test('what is left to choose stands in the schedule', () => {
  const next = applyEvent(model, choice(taylor, 'block[2].query.weight', 'block[3].up.weight'));
  const event = next.schedule.find(({ id }) => id === taylor);
  assert.ok(event?.is === 'choose');
  assert.is(event.until, 1);
  const left = event.groups.map(({ candidates }) => candidates.map(({ weight }) => next.weights[weight].path));
  assert.equal(left, [
    ['block[1].query.weight', 'block[3].query.weight'],
    ['block[1].up.weight', 'block[2].up.weight'],
  ]);
});

for (const [taken, said] of [
  [choice(taylor, 'block[2].query.weight'), /1, 0 weights are chosen of the groups .*; each gives the same number, at most 2/],
  [choice(taylor, 'block[2].query.weight', 'block[2].query.weight', 'block[1].up.weight'), /each gives the same number/],
  [choice(taylor), /0, 0 weights are chosen/],
  [choice(taylor, 'block[2].key.weight', 'block[1].up.weight'), /block\[2\]\.key\.weight is no candidate of event/],
  [choice(99, 'block[2].query.weight', 'block[1].up.weight'), /has no event 99 that chooses/],
] as const) {
  test(`a decision that does not fit: ${said.source}`, () => {
    assert.throws(
      () => applyEvent(model, taken),
      (error: Error) => error instanceof DecisionError && said.test(error.message),
    );
  });
}

test.run();
