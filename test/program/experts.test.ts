/** Experts: what a mixture computes, drops, penalises and shares, in the meaning of the language (f64). */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileStep } from '../../compiler/index.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { wasm } from '../../compiler/values/target.ts';
import { largestDifference, randomArray, run, type Values, verifiedStep } from './run.ts';

const text = (variant: string) => `edition 1
model Plain(width = 8, inner = 12) {
  axis batch, time
  input x[batch, time, width], target[batch, time, width]
  ffn: mlp[width, inner]
  forward(x[batch, time, width]) -> y[batch, time, width] { y = x + ffn(x) }
  loss task = mean((forward(x) - target) ^ 2)
}
variant V of Plain { ${variant} }
`;
const mixture = (experts: number, pick: number, router = '') =>
  `wrap ffn in mixture[width, expert = ${experts}, pick = ${pick}](router = switch(${router}))`;

function modelOf(variant: string): Model {
  const { model, diagnostics } = check({ file: 'experts.bond', text: text(variant), load: () => undefined, name: 'V' });
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return model;
}

const sizes = { batch: 2, time: 7 };
const width = 8;
const rows = sizes.batch * sizes.time;
const inputs: Values = { x: randomArray(rows * width, 1), target: randomArray(rows * width, 2) };

/** Experts start alike, as copies of one layer do: values depend on the path without its expert. */
function parametersOf(model: Model): Values {
  const seeds = new Map<string, number>();
  return Object.fromEntries(
    model.parameters.map(({ names: [name], legs }) => {
      const path = name.replace(/each\[\d+\]\./, '');
      if (!seeds.has(path)) seeds.set(path, 10 + [...path].reduce((sum, letter) => sum + letter.charCodeAt(0), 0));
      return [
        name,
        randomArray(
          legs.reduce((product, { size }) => product * size, 1),
          seeds.get(path)!,
        ),
      ];
    }),
  );
}
function evaluated(model: Model, entry: string, values = parametersOf(model)): Values {
  const program = verifiedStep(model, { entries: [{ name: entry, weight: 1 }], sizes, mode: 'eval' });
  return run(program, { ...inputs, ...values });
}
function gradients(model: Model, values = parametersOf(model)): Values {
  const options: StepOptions = { entries: [{ name: 'task', weight: 1 }], sizes, mode: 'train', phase: 'gradients' };
  return run(verifiedStep(model, options), { ...inputs, ...values });
}
const plain = evaluated(modelOf(''), 'forward')['result forward'];

for (const pick of [1, 2, 3]) {
  test(`all experts alike, ${pick} for each row: the original layer`, () => {
    const found = evaluated(modelOf(mixture(4, pick)), 'forward')['result forward'];
    assert.ok(largestDifference(found, plain) < 1e-12);
  });
}

test('more experts than rows: the original layer, and gradients of absent experts are 0', () => {
  const model = modelOf(mixture(3 * rows, 1));
  assert.ok(largestDifference(evaluated(model, 'forward')['result forward'], plain) < 1e-12);
  const share = evaluated(model, 'task')['result ffn.route.share'];
  const found = gradients(model);
  share.forEach((used, k) => {
    const own = found[`gradient ffn.each[${k + 1}].down.weight`];
    assert.is(
      own.some((x) => x !== 0),
      used > 0,
      `expert ${k + 1}`,
    );
  });
  assert.ok(share.some((used) => used === 0) && share.some((used) => used > 0));
});

test('beyond its capacity an expert drops rows: they pass by the residual alone', () => {
  const model = modelOf(mixture(4, 1, 'capacity = 1'));
  const room = rows / 4;
  const found = evaluated(model, 'forward')['result forward'];
  const { 'result ffn.route.share': share, 'result ffn.route.dropped': dropped } = evaluated(model, 'task');
  const isDropped = Array.from({ length: rows }, (_, row) =>
    found.slice(row * width, (row + 1) * width).every((y, k) => y === inputs.x[row * width + k]),
  );
  const beyond = [...share].reduce((sum, own) => sum + Math.max(0, Math.round(own * rows) - Math.ceil(room)), 0);
  assert.ok(beyond > 0);
  assert.is(isDropped.filter((is) => is).length, beyond);
  assert.ok(Math.abs(dropped[0] - beyond / rows) < 1e-12);
  isDropped.forEach((is, row) => {
    const [y, whole] = [found, plain].map((values) => values.slice(row * width, (row + 1) * width));
    if (!is) assert.ok(largestDifference(y, whole) < 1e-12);
  });
});

test('two picks: shares are of rows, and capacity counts both', () => {
  const share = evaluated(modelOf(mixture(4, 2, 'capacity = 0.5')), 'task')['result ffn.route.share'];
  assert.ok(Math.abs([...share].reduce((sum, own) => sum + own, 0) - 2) < 1e-12);
  assert.ok(share.every((own) => own <= 1));
});

test('the balance is in the loss, at least 1 times its weight where use is even, and moves the router', () => {
  const [without, balanced] = [gradients(modelOf(mixture(4, 1))), gradients(modelOf(mixture(4, 1, 'balance = 0.5')))];
  assert.is(without['result loss'][0], without['result task'][0]);
  assert.is(balanced['result loss'][0], balanced['result task'][0] + balanced['result ffn.route.load'][0]);
  assert.is(balanced['result task'][0], without['result task'][0]);
  assert.ok(balanced['result ffn.route.load'][0] > 0.4);
  const gate = 'gradient ffn.route.gate.weight';
  assert.ok(largestDifference(balanced[gate], without[gate]) > 1e-4);
  const other = 'gradient ffn.each[2].up.weight';
  assert.equal(balanced[other], without[other]);
});

test('the balance loss and its gradient are those of the formula', () => {
  const balance = 0.5;
  const model = modelOf(mixture(4, 1, `balance = ${balance}`));
  const values = parametersOf(model);
  const gate = values['ffn.route.gate.weight'];
  const load = (weights: Float64Array): number => {
    const [f, mean] = [new Float64Array(4), new Float64Array(4)];
    for (let row = 0; row < rows; row++) {
      const scores = [0, 1, 2, 3].map((e) => {
        let sum = 0;
        for (let k = 0; k < width; k++) sum += weights[e * width + k] * inputs.x[row * width + k];
        return Math.exp(sum);
      });
      const total = scores.reduce((sum, score) => sum + score, 0);
      f[scores.indexOf(Math.max(...scores))] += 1 / rows;
      scores.forEach((score, e) => {
        mean[e] += score / total / rows;
      });
    }
    return balance * 4 * f.reduce((sum, share, e) => sum + share * mean[e], 0);
  };
  const found = gradients(model);
  assert.ok(Math.abs(found['result ffn.route.load'][0] - load(gate)) < 1e-12);
  const without = gradients(modelOf(mixture(4, 1)));
  gate.forEach((_, k) => {
    const moved = (by: number) => load(gate.map((x, j) => (j === k ? x + by : x)));
    const expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
    const own = found['gradient ffn.route.gate.weight'][k] - without['gradient ffn.route.gate.weight'][k];
    assert.ok(Math.abs(own - expected) < 1e-7, `${own} instead of ${expected}`);
  });
});

const cores = `${mixture(3, 1)}
  decompose ffn.each[*].up as mpo[3*2*2, 2*2*2](b = 3)
  decompose ffn.each[*].down as mpo[2*2*2, 2*2*3](b = 3)`;

test('the central core that experts share gets the sum of their gradients', () => {
  const apart = modelOf(cores);
  const shared = modelOf(`${cores}\n share central of ffn.each[x].{up, down} over x`);
  const values = parametersOf(apart);
  const [own, sum] = [gradients(apart, values), gradients(shared, values)];
  for (const layer of ['up', 'down']) {
    const name = (expert: number, core: number) => `gradient ffn.each[${expert}].${layer}.weight.T[${core}]`;
    const total = own[name(1, 2)].map((x, k) => x + own[name(2, 2)][k] + own[name(3, 2)][k]);
    assert.ok(largestDifference(sum[name(1, 2)], total) < 1e-13);
    assert.ok(total.some((x) => Math.abs(x) > 1e-6));
    assert.is(sum[name(2, 2)], undefined, 'one tensor');
    for (const expert of [1, 2, 3]) assert.ok(largestDifference(sum[name(expert, 1)], own[name(expert, 1)]) < 1e-13);
  }
});

test('behind a closed gate the shared core keeps weight and moments, and its gradient is not computed', () => {
  const model = modelOf(`${cores}
  share central of ffn.each[x].{up, down} over x
  train central of ffn with probability 0.5`);
  const groups = [{ name: 'all', parameters: model.parameters.map(({ id }) => id) }];
  const options: StepOptions = {
    entries: [{ name: 'task', weight: 1 }],
    sizes,
    mode: 'train',
    optimiser: { kind: 'adamw', clip: true, groups },
  };
  const program = verifiedStep(model, options);
  const given: Values = { ...inputs, ...parametersOf(model) };
  for (const { operation, attributes, type } of program.nodes) {
    const { kind, name } = attributes as { kind: string; name: string };
    const count = type.axes.reduce((product, { size }) => product * size, 1);
    if (operation === 'source' && given[name] === undefined)
      given[name] = kind === 'state' ? randomArray(count, 7, 0.1).map(Math.abs) : Float64Array.of(0.3);
  }
  const gate = program.outputs.flatMap((output) =>
    output.kind === 'state' && output.name === 'ffn.each[1].up.weight.T[2]' ? [output.when!] : [],
  );
  const bit = (program.nodes[gate[0]].attributes as { name: string }).name;
  const [closed, open] = [0, 1].map((value) => run(program, { ...given, [bit]: Float64Array.of(value) }));
  for (const layer of ['up', 'down']) {
    const core = `ffn.each[1].${layer}.weight.T[2]`;
    for (const state of Object.keys(closed).filter((key) => key.startsWith(`state ${core}`))) {
      assert.equal(closed[state], given[state.slice('state '.length)], state);
      assert.not.equal(open[state], closed[state], state);
    }
    assert.not.equal(closed[`state ffn.each[1].${layer}.weight.T[1]`], given[`ffn.each[1].${layer}.weight.T[1]`]);
  }
  const { launches } = compileStep(model, options).batch.schedule(wasm);
  const skipped = launches.filter((launch) => launch.gate === bit).map(({ label }) => label);
  for (const layer of ['up', 'down'])
    assert.ok(
      skipped.some((label) => label.includes(`.${layer} backward contract`)),
      `the gradient of the central core of ${layer}: ${skipped.join(', ')}`,
    );
});

test.run();
