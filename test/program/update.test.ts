/** The end of a step: optimisers against plain loops, clipping, gates, masks, accumulation, turns, the persistent layout. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileStep, layoutOf, stepPrograms, verifyAfter } from '../../compiler/index.ts';
import { comparePaths } from '../../compiler/program/layout.ts';
import { sink } from '../../compiler/program/passes/sink.ts';
import type { OptimiserSpec, StepOptions } from '../../compiler/values/executable.ts';
import type { Mask, Model, Parameter } from '../../compiler/values/model.ts';
import { wasm, webgpu } from '../../compiler/values/target.ts';
import { perceptron } from './models.ts';
import { largestDifference, parametersOf, randomArray, randomInts, run, runParts, type Values, verifiedStep } from './run.ts';

const everything = (model: Model) => [{ name: 'all', parameters: model.parameters.filter((p) => !p.update.frozen).map((p) => p.id) }];
const adamw = (model: Model, clip = false): OptimiserSpec => ({ kind: 'adamw', clip, groups: everything(model) });
const options = (optimiser: OptimiserSpec, phase: StepOptions['phase'] = 'whole'): StepOptions => ({
  entries: [{ name: 'task', weight: 1 }],
  sizes: { batch: 4 },
  mode: 'train',
  phase,
  optimiser,
});
function valuesOf(model: Model, states: readonly string[], batch = 4): Values {
  const parameters = parametersOf(model);
  const moments = Object.entries(parameters).flatMap(([name, value], k) =>
    states.map((state) => [`${name}.${state}`, randomArray(value.length, 50 + k).map((x) => Math.abs(x) / 10)]),
  );
  const host = { 'rate/all': 0.01, 'decay/all': 0.1, correction1: 0.19, correction2: 0.02, clip: 0.05, share: 0.5 };
  const scalars = Object.entries(host).map(([name, value]) => [name, Float64Array.of(value)]);
  return {
    ...parameters,
    ...Object.fromEntries([...moments, ...scalars]),
    image: randomArray(6 * batch, 7),
    label: randomInts(batch, 3, 8),
  };
}
const change = (model: Model, name: string, more: Partial<Parameter>): Model => ({
  ...model,
  parameters: model.parameters.map((parameter) => (parameter.names[0] === name ? { ...parameter, ...more } : parameter)),
});
const close = (found: Float64Array, expected: Float64Array, what: string) => {
  const worst = largestDifference(found, expected);
  assert.ok(worst <= 1e-14, `${what} differs by ${worst}`);
};
function gradientsOf(model: Model, values: Values): Values {
  return run(verifiedStep(model, { ...options(adamw(model), 'gradients') }), values);
}

/** Written from the paper's algorithm. */
function adamwLoop(w: Float64Array, m: Float64Array, v: Float64Array, g: Float64Array) {
  const [beta1, beta2, epsilon, rate, decay, correction1, correction2] = [0.9, 0.999, 1e-8, 0.01, 0.1, 0.19, 0.02];
  const m1 = m.map((x, k) => beta1 * x + (1 - beta1) * g[k]);
  const v1 = v.map((x, k) => beta2 * x + (1 - beta2) * g[k] * g[k]);
  const w1 = w.map((x, k) => x - rate * decay * x - (rate * (m1[k] / correction1)) / (Math.sqrt(v1[k] / correction2) + epsilon));
  return { w1, m1, v1 };
}

test('AdamW is the plain loop', () => {
  const model = perceptron().model();
  const values = valuesOf(model, ['m', 'v']);
  const gradients = gradientsOf(model, values);
  const found = run(verifiedStep(model, options(adamw(model))), values);
  for (const { names } of model.parameters) {
    const [name] = names;
    const { w1, m1, v1 } = adamwLoop(values[name], values[`${name}.m`], values[`${name}.v`], gradients[`gradient ${name}`]);
    close(found[`state ${name}`], w1, name);
    close(found[`state ${name}.m`], m1, `${name}.m`);
    close(found[`state ${name}.v`], v1, `${name}.v`);
  }
});
test('AdamW without averages keeps none', () => {
  const model = perceptron().model();
  const values = valuesOf(model, ['m', 'v']);
  const gradients = gradientsOf(model, values);
  for (const betas of [{ beta1: 0 }, { beta2: 0 }, { beta1: 0, beta2: 0 }]) {
    const { beta1 = 0.9, beta2 = 0.999 } = betas;
    const spec = { ...adamw(model), ...betas };
    const kept = [...(beta1 === 0 ? [] : ['m']), ...(beta2 === 0 ? [] : ['v'])];
    assert.equal(
      layoutOf(model, spec, false).members.filter(({ name }) => /\.[mv]$/.test(name)).length,
      kept.length * model.parameters.length,
    );
    const found = run(verifiedStep(model, options(spec)), values);
    for (const { names } of model.parameters) {
      const [w, m, v, g] = [values[names[0]], values[`${names[0]}.m`], values[`${names[0]}.v`], gradients[`gradient ${names[0]}`]];
      const expected = w.map((x, k) => {
        const [m1, v1] = [beta1 * m[k] + (1 - beta1) * g[k], beta2 * v[k] + (1 - beta2) * g[k] * g[k]];
        return x - 0.01 * 0.1 * x - (0.01 * (m1 / 0.19)) / (Math.sqrt(v1 / 0.02) + 1e-8);
      });
      // Without v a step of a gradient near 0 is as long as m / epsilon.
      const scale = Math.max(1, ...expected.map(Math.abs));
      close(
        found[`state ${names[0]}`].map((x) => x / scale),
        expected.map((x) => x / scale),
        `${names[0]} ${JSON.stringify(betas)}`,
      );
      assert.is(`state ${names[0]}.m` in found, kept.includes('m'));
    }
  }
});
test('SGD with momentum is the plain loop', () => {
  const model = perceptron().model();
  const values = valuesOf(model, ['momentum']);
  const gradients = gradientsOf(model, values);
  const found = run(verifiedStep(model, options({ kind: 'sgd', momentum: 0.8, clip: false, groups: everything(model) })), values);
  for (const { names } of model.parameters) {
    const [name] = names;
    const [w, b, g] = [values[name], values[`${name}.momentum`], gradients[`gradient ${name}`]];
    const next = b.map((x, k) => 0.8 * x + g[k] + 0.1 * w[k]);
    close(found[`state ${name}.momentum`], next, `${name}.momentum`);
    close(
      found[`state ${name}`],
      w.map((x, k) => x - 0.01 * next[k]),
      name,
    );
  }
});
test('clipping scales all gradients by one number, and not at all below the limit', () => {
  const model = perceptron().model();
  const values = valuesOf(model, ['m', 'v']);
  const gradients = gradientsOf(model, values);
  const squares = model.parameters.flatMap(({ names }) => [...gradients[`gradient ${names[0]}`]].map((g) => g * g));
  const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  for (const clip of [norm / 3, norm * 3]) {
    const found = run(verifiedStep(model, options(adamw(model, true))), { ...values, clip: Float64Array.of(clip) });
    assert.ok(Math.abs(found['result gradient_norm'][0] - norm) < 1e-14);
    for (const { names } of model.parameters) {
      const [name] = names;
      const scaled = gradients[`gradient ${name}`].map((g) => g * Math.min(1, clip / norm));
      const { w1 } = adamwLoop(values[name], values[`${name}.m`], values[`${name}.v`], scaled);
      close(found[`state ${name}`], w1, name);
    }
  }
});
test('a gradient of zero is clipped without a division by zero', () => {
  const model = perceptron().model();
  const values = {
    ...valuesOf(model, ['m', 'v']),
    'up.T[1]': new Float64Array(12),
    'up.T[2]': new Float64Array(8),
    offset: new Float64Array(4).fill(-1),
  };
  const down = change(change(model, 'down', { update: { frozen: true } }), 'offset', { update: { frozen: true } });
  const found = run(verifiedStep(down, options(adamw(down, true))), values);
  assert.is(found['result gradient_norm'][0], 0);
  assert.ok(Object.values(found).every((value) => value.every(Number.isFinite)));
});
test('a closed gate leaves weight, moments and decay untouched, and its gradient out of the norm', () => {
  const plain = perceptron().model();
  const model = change(plain, 'up.T[1]', { update: { frozen: false, gate: 3 } });
  const values = valuesOf(model, ['m', 'v']);
  const program = verifiedStep(model, options(adamw(model, true)));
  const open = run(program, { ...values, 'gate/3': Float64Array.of(1) });
  const closed = run(program, { ...values, 'gate/3': Float64Array.of(0) });
  const frozen = change(plain, 'up.T[1]', { update: { frozen: true } });
  const without = run(verifiedStep(frozen, options(adamw(frozen, true))), values);
  for (const name of ['up.T[1]', 'up.T[1].m', 'up.T[1].v']) {
    assert.equal(closed[`state ${name}`], values[name]);
    assert.ok(largestDifference(open[`state ${name}`], values[name]) > 0);
  }
  for (const [name, value] of Object.entries(without)) close(closed[name], value, name);
  assert.equal(compileStep(model, options(adamw(model))).batch.gates, ['gate/3']);
});
test('what only a closed gate needs is known, clipping or not', () => {
  const model = change(perceptron().model(), 'up.T[1]', { update: { frozen: false, gate: 3 } });
  for (const clip of [false, true]) {
    const program = verifiedStep(model, options(adamw(model, clip)));
    const gated = sink(program);
    const state = program.outputs.find((output) => output.name === 'up.T[1]')!;
    assert.is(gated.get(state.value), 'gate/3');
    // Three maps of AdamW, the gradient, and with clipping its square: all else is needed by other parameters too.
    assert.is([...gated.keys()].filter((id) => program.nodes[id].operation === 'contract').length, clip ? 2 : 1);
    assert.is([...gated.keys()].filter((id) => program.nodes[id].operation === 'map').length, 3);
    assert.not([...gated.keys()].some((id) => program.nodes[id].origin.section === 'forward'));
    const { launches } = compileStep(model, options(adamw(model, clip))).batch.schedule(wasm);
    assert.ok(launches.some((launch) => launch.gate === 'gate/3'));
    assert.ok(launches.every((launch) => launch.gate === undefined || launch.gate === 'gate/3'));
  }
});
test('frozen parameters get no update and no gradient', () => {
  const model = change(perceptron().model(), 'up.T[2]', { update: { frozen: true } });
  const program = verifiedStep(model, options(adamw(model)));
  assert.not(program.outputs.some((output) => output.name.startsWith('up.T[2]')));
  assert.ok(program.outputs.some((output) => output.name === 'up.T[1]'));
});
test('a mask steps its entries only; a value mask also hides the rest', () => {
  const mask: Mask = { is: 'compare', f: 'lt', left: { is: 'leg', leg: 1 }, right: { is: 'number', value: 2 } };
  const plain = perceptron('dense').model();
  const values = valuesOf(plain, ['m', 'v']);
  const whole = run(verifiedStep(plain, options(adamw(plain))), values);
  const model = change(plain, 'up', { update: { frozen: false, where: mask } });
  const found = run(verifiedStep(model, options(adamw(model))), values);
  for (const name of ['up', 'up.m', 'up.v']) {
    const expected = whole[`state ${name}`].map((x, k) => (k % 6 < 2 ? x : values[name][k]));
    close(found[`state ${name}`], expected, name);
  }
  const kept = change(plain, 'up', { keep: mask });
  const hidden = { ...values, up: values.up.map((x, k) => (k % 6 < 2 ? x : 0)) };
  const expected = run(verifiedStep(plain, options(adamw(plain))), hidden);
  const masked = run(verifiedStep(kept, options(adamw(kept))), values);
  close(masked['result loss'], expected['result loss'], 'loss');
  for (let k = 0; k < 24; k++) assert.is(masked['state up'][k], k % 6 < 2 ? expected['state up'][k] : values.up[k]);
});
test('a ramp in a mask is a host number', () => {
  const ramp = { from: 1, to: 6, by: 1, every: { every: 10, unit: 'steps' } } as const;
  const where: Mask = { is: 'compare', f: 'lt', left: { is: 'leg', leg: 1 }, right: { is: 'ramp', ramp } };
  const model = change(perceptron('dense').model(), 'up', { update: { frozen: false, where } });
  const values: Values = { ...valuesOf(model, ['m', 'v']), 'ramp/1:6:1:10 steps': Float64Array.of(3) };
  const found = run(verifiedStep(model, options(adamw(model))), values);
  const stays = Array.from(found['state up'], (x, k) => x === values.up[k]);
  assert.equal(
    stays,
    stays.map((_, k) => k % 6 >= 3),
  );
});
test('micro-batches and one update are the whole batch', () => {
  const model = perceptron().model();
  for (const clip of [false, true]) {
    const spec = adamw(model, clip);
    const values = valuesOf(model, ['m', 'v'], 8);
    const whole = run(verifiedStep(model, { ...options(spec), sizes: { batch: 8 } }), values);
    const parts = stepPrograms(model, { ...options(spec), accumulate: 2 }, verifyAfter);
    const halves = [0, 1].map((half) => ({
      image: values.image.slice(24 * half, 24 * half + 24),
      label: values.label.slice(4 * half, 4 * half + 4),
    }));
    const found = runParts(parts, values, halves);
    for (const { names } of model.parameters) close(found[`state ${names[0]}`], whole[`state ${names[0]}`], names[0]);
    if (clip) assert.ok(Math.abs(found['result gradient_norm'][0] - whole['result gradient_norm'][0]) < 1e-14);
  }
});
test('parameters in turn and behind a gate have one host bit', () => {
  const model = change(perceptron().model(), 'up.T[1]', { update: { frozen: false, gate: 1, turn: { clock: 2, value: 4 } } });
  assert.equal(compileStep(model, options(adamw(model))).batch.gates, ['gate/1&turn/2=4']);
});
test('an optimiser that misses or repeats a parameter is refused', () => {
  const model = perceptron().model();
  const spec = (groups: OptimiserSpec['groups']): StepOptions => options({ kind: 'sgd', clip: false, groups });
  assert.throws(() => verifiedStep(model, spec([{ name: 'some', parameters: [0] }])), /is trained but in no group/);
  const twice = [...everything(model), { name: 'more', parameters: [0] }];
  assert.throws(() => verifiedStep(model, spec(twice)), /up\.T\[1\] is in the optimiser groups all and more/);
  assert.throws(() => verifiedStep(model, { ...options(adamw(model)), optimiser: undefined }), /needs an optimiser/);
});

test('the layout has parameters in path order, then their moments; nothing overlaps', () => {
  const model = change(perceptron().model(), 'down', { update: { frozen: true } });
  const { members, size } = layoutOf(model, adamw(model), true);
  const trained = layoutOf(model, adamw(model)).members;
  assert.equal(
    trained.map(({ name }) => name),
    members.flatMap(({ name }) => (name.endsWith('.gradient') ? [] : [name])),
  );
  assert.equal(
    members.map((member) => member.name),
    ['down', ...['', '.m', '.v', '.gradient'].flatMap((suffix) => ['offset', 'up.T[1]', 'up.T[2]'].map((name) => `${name}${suffix}`))],
  );
  members.reduce((end, { address }) => {
    assert.ok(address.offset >= end);
    return address.offset + address.length;
  }, 0);
  assert.ok(size >= Math.max(...members.map(({ address }) => address.offset + address.length)));
  assert.ok(comparePaths('block[2].up', 'block[10].up') < 0);
});
test('places follow the layout; the key changes with everything that enters', () => {
  const model = perceptron().model();
  const { batch: step } = compileStep(model, options(adamw(model, true)));
  const layout = layoutOf(model, adamw(model, true));
  for (const member of layout.members.filter(({ name }) => !name.endsWith('.gradient'))) {
    const kind = /\.(m|v)$/.test(member.name) ? 'state' : 'parameter';
    assert.equal(step.places.get(`${kind} ${member.name}`)?.address, member.address);
  }
  for (const name of ['input image', 'input label', 'input clip', 'result loss', 'result task', 'result gradient_norm'])
    assert.ok(step.places.has(name), name);
  const base = options(adamw(model, true));
  const spec = base.optimiser!;
  const others: [Model, StepOptions][] = [
    [model, { ...base, sizes: { batch: 5 } }],
    [model, { ...base, mode: 'eval' }],
    [model, { ...base, accumulate: 2 }],
    [model, { ...base, entries: [{ name: 'task', weight: 2 }] }],
    [model, { ...base, memory: { bytes: 1e9, target: wasm } }],
    [model, { ...base, memory: { bytes: 1e9, target: webgpu() } }],
    [model, { ...base, optimiser: { ...spec, clip: false } }],
    [model, { ...base, optimiser: { ...spec, beta1: 0.8 } }],
    [model, { ...base, optimiser: { ...spec, groups: [{ name: 'other', parameters: spec.groups[0].parameters }] } }],
    [change(model, 'offset', { update: { frozen: true } }), base],
    [change(model, 'offset', { update: { frozen: false, gate: 1 } }), base],
    [perceptron('dense').model(), options(adamw(perceptron('dense').model(), true))],
  ];
  const keys = [step.key, ...others.map(([m, o]) => compileStep(m, o).batch.key)];
  assert.is(new Set(keys).size, keys.length);
  assert.is(compileStep(perceptron().model(), base).batch.key, step.key);
});
test.run();
