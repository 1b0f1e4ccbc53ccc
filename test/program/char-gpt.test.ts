/** From text to a step: a tiny character transformer of the corpus, dense and in cores, trains in the reference meaning. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check } from '../../compiler/index.ts';
import type { OptimiserSpec, StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { elements } from '../../compiler/values/shape.ts';
import { randomArray, randomInts, run, type Values, verifiedStep } from './run.ts';

const corpus = (file: string) => readFileSync(new URL(`../corpus/${file}`, import.meta.url), 'utf8');
const sizes = 'vocab = 6, width = 8, heads = 2, depth = 2, inner = 12, context = 4';
const text = `edition 1
use "./models.bond" { CharGpt }
variant Dense of CharGpt(${sizes}) {}
variant Cores of CharGpt(${sizes}) {
  decompose block[*].{query, key, value, mix} as mpo[4*2, 2*4](b = 2)
  decompose block[*].up as mpo[4*3, 2*4](b = 3)
  decompose block[*].down as mpo[2*4, 4*3](b = 3)
  decompose embed as mpo[padded 4*2, 4*2](b = 2)
  share central of block[l].{query, key} over l from first
}
`;
function modelOf(name: string): Model {
  const result = check({ file: 'tiny.bond', text, load: (path) => corpus(path.replace('./', '')), name });
  if (result.model === undefined) throw new Error(result.diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'));
  return result.model;
}
const options = (model: Model, phase: StepOptions['phase']): StepOptions => {
  const parameters = model.parameters.filter((p) => !p.update.frozen).map((p) => p.id);
  const optimiser: OptimiserSpec = { kind: 'adamw', clip: true, groups: [{ name: 'all', parameters }] };
  return { entries: [{ name: 'next_token', weight: 1 }], sizes: { batch: 3, time: 4 }, mode: 'train', phase, optimiser };
};
/** First values near those of the laws: gains at 1, shifts at 0, the rest random. */
function start(model: Model): Values {
  const values: Values = {};
  for (const [k, { names, legs, init }] of model.parameters.entries()) {
    const count = elements(legs);
    const { law } = init;
    values[names[0]] =
      law.is === 'ones' ? new Float64Array(count).fill(1) : law.is === 'zeros' ? new Float64Array(count) : randomArray(count, k + 1, 0.6);
    for (const moment of ['m', 'v']) values[`${names[0]}.${moment}`] = new Float64Array(count);
  }
  return { ...values, ids: randomInts(12, 6, 5), next: randomInts(12, 6, 6) };
}

for (const name of ['Dense', 'Cores']) {
  test(`${name}: gradients are those of differences`, () => {
    const model = modelOf(name);
    const values = start(model);
    const program = verifiedStep(model, options(model, 'gradients'));
    const found = run(program, values);
    const loss = (path: string, k: number, shift: number) => {
      const moved = values[path].slice();
      moved[k] += shift;
      return run(program, { ...values, [path]: moved })['result loss'][0];
    };
    for (const { names } of model.parameters) {
      const gradient = found[`gradient ${names[0]}`];
      for (const k of [0, Math.floor(gradient.length / 2)]) {
        const expected = (loss(names[0], k, 1e-5) - loss(names[0], k, -1e-5)) / 2e-5;
        assert.ok(Math.abs(gradient[k] - expected) < 1e-8, `${names[0]}[${k}]: ${gradient[k]} instead of ${expected}`);
      }
    }
  });
  test(`${name}: forty steps of AdamW learn a batch by heart`, () => {
    const model = modelOf(name);
    let values = start(model);
    const program = verifiedStep(model, options(model, 'whole'));
    const losses: number[] = [];
    for (let step = 1; step <= 40; step++) {
      const host = { 'rate/all': 0.02, 'decay/all': 0.01, correction1: 1 - 0.9 ** step, correction2: 1 - 0.999 ** step, clip: 1 };
      const scalars = Object.fromEntries(Object.entries(host).map(([key, value]) => [key, Float64Array.of(value)]));
      const found = run(program, { ...values, ...scalars }, step);
      losses.push(found['result loss'][0]);
      const states = Object.entries(found).filter(([key]) => key.startsWith('state '));
      values = { ...values, ...Object.fromEntries(states.map(([key, value]) => [key.slice(6), value])) };
    }
    assert.ok(losses.every(Number.isFinite));
    assert.ok(losses[39] < losses[0] / 2, `${losses[0]} became ${losses[39]}`);
  });
}
test('evaluation gives logits by name and draws nothing', () => {
  const model = modelOf('Dense');
  const program = verifiedStep(model, { entries: [{ name: 'forward', weight: 1 }], sizes: { batch: 3, time: 4 }, mode: 'eval' });
  assert.is(run(program, start(model))['result forward'].length, 3 * 4 * 6);
  assert.equal(
    program.outputs.map((output) => output.name),
    ['forward'],
  );
});
test.run();
