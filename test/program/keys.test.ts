/** The key of an executable is that of all that enters compilation: each change alone gives another key, a repetition the same. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileFunction, compileStep, compileSum, layoutOf } from '../../compiler/index.ts';
import type { OptimiserSpec, StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { wasm, webgpu } from '../../compiler/values/target.ts';
import '../verified.ts';

const text = `edition 1
model Base(wide = 4, slow = 2) {
  axis batch, law
  input x[batch, law, wide], y[batch, law, wide]
  up, down: linear[wide -> wide](biased = false)
  forward(x[batch, law, wide]) -> h[batch, law, wide] { h = down(relu(up(x))) }
  loss error = mean((forward(x) - y) ^ 2)
  loss size = mean(abs(forward(x)))
}
variant Cores(bond = 2) of Base {
  decompose up as mpo[2^2, 2^2](b = bond)
  train central of up with probability 0.5
  train down.weight where @out < slow
}
`;

function modelOf(changed = text, set: Readonly<Record<string, number>> = {}, name = 'Cores'): Model {
  const { model, diagnostics } = check({ file: 'keys.bond', text: changed, load: () => undefined, name, set });
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return model;
}
function optionsOf(model: Model): StepOptions {
  const parameters = model.parameters.flatMap(({ id, update }) => (update.frozen ? [] : [id]));
  const groups = [
    { name: 'first', parameters: parameters.slice(0, 1) },
    { name: 'rest', parameters: parameters.slice(1) },
  ];
  const optimiser: OptimiserSpec = { kind: 'adamw', beta1: 0.9, beta2: 0.99, epsilon: 1e-8, clip: true, groups };
  return { entries: [{ name: 'error', weight: 1 }], sizes: { batch: 2, law: 3 }, mode: 'train', optimiser };
}
const base = modelOf();
const usual = optionsOf(base);
const { optimiser } = usual as { optimiser: OptimiserSpec };

/** Another weight in the place of the mask's. */
const both = text.replace(/ {2}train down.*\n/, '  decompose down as mpo[2^2, 2^2](b = bond)\n');
/** Two layers of one kind. */
const layers = `edition 1
model Base(wide = 4) {
  axis batch, law
  input x[batch, law, wide], y[batch, law, wide]
  block[l in 1..2] { up: linear[wide -> wide](biased = false) }
  loss error = mean((block[2].up(block[1].up(x)) - y) ^ 2)
}
variant Cores of Base {
  decompose block[*].up as mpo[2^2, 2^2](b = 2)
}
`;

/** The base text with one thing said otherwise. */
const texts: Readonly<Record<string, Model>> = {
  'the name of the model': modelOf(text.replace('variant Cores', 'variant Other'), {}, 'Other'),
  'an option that is a size': modelOf(text, { wide: 8 }, 'Base'),
  'the model without its variant': modelOf(text, {}, 'Base'),
  'a bond': modelOf(text, { bond: 3 }),
  'the name of an input': modelOf(text.replaceAll(/\by\b/g, 'z')),
  'a path': modelOf(text.replaceAll('down', 'last')),
  'an entry': modelOf(text.replace('^ 2)', '^ 4)')),
  'a mask': modelOf(text, { slow: 3 }),
  'no mask': modelOf(text.replace(/ {2}train down.*\n/, '')),
  'no gate': modelOf(text.replace(/ {2}train central.*\n/, '')),
  'a frozen core': modelOf(text.replace('train central of up with probability 0.5', 'freeze central of up')),
  'entries that are kept': modelOf(text.replace('train down.weight where', 'keep down.weight where')),
  'two decomposed weights': modelOf(both),
  'two layers': modelOf(layers),
  'their shared core': modelOf(layers.replace(/}\n$/, '  share central of block[l].up over l from first\n}\n')),
};

/** The usual options with one field changed; sizes of an axis called like a field of the model enter as well. */
const changed: Readonly<Record<string, StepOptions>> = {
  'the loss': { ...usual, entries: [{ name: 'size', weight: 1 }] },
  'its weight': { ...usual, entries: [{ name: 'error', weight: 0.5 }] },
  'a second loss': { ...usual, entries: [...usual.entries, { name: 'size', weight: 1 }] },
  batch: { ...usual, sizes: { ...usual.sizes, batch: 3 } },
  'the size of the axis law': { ...usual, sizes: { ...usual.sizes, law: 4 } },
  'no training': { ...usual, mode: 'eval' },
  'micro-batches': { ...usual, accumulate: 2 },
  'phase update': { ...usual, phase: 'update' },
  'phase gradients': { ...usual, phase: 'gradients' },
  'the memory': { ...usual, memory: { bytes: 1e9, target: wasm } },
  'the target of the memory': { ...usual, memory: { bytes: 1e9, target: webgpu() } },
  sgd: { ...usual, optimiser: { ...optimiser, kind: 'sgd' } },
  'sgd with momentum': { ...usual, optimiser: { ...optimiser, kind: 'sgd', momentum: 0.9 } },
  beta1: { ...usual, optimiser: { ...optimiser, beta1: 0.8 } },
  beta2: { ...usual, optimiser: { ...optimiser, beta2: 0.9 } },
  epsilon: { ...usual, optimiser: { ...optimiser, epsilon: 1e-6 } },
  'no clipping': { ...usual, optimiser: { ...optimiser, clip: false } },
  'the name of a group': {
    ...usual,
    optimiser: { ...optimiser, groups: optimiser.groups.map((g, k) => ({ ...g, name: `${g.name}${k}` })) },
  },
  'a member of a group': {
    ...usual,
    optimiser: {
      ...optimiser,
      groups: [
        { name: 'first', parameters: [] },
        { name: 'rest', parameters: optimiser.groups.flatMap((g) => g.parameters) },
      ],
    },
  },
  'a larger layout': { ...usual, layout: { ...layoutOf(base, optimiser), size: 4096 } },
};

const key = (model: Model, options: StepOptions) => compileStep(model, options).batch.key;

test('each change alone gives another key, and the same again when it is repeated', () => {
  const keys = new Map([[key(base, usual), 'nothing']]);
  const all: [string, Model, StepOptions][] = [
    ...Object.entries(texts).map(([name, model]): [string, Model, StepOptions] => [name, model, optionsOf(model)]),
    ...Object.entries(changed).map(([name, options]): [string, Model, StepOptions] => [name, base, options]),
  ];
  for (const [name, model, options] of all) {
    const found = key(model, options);
    assert.not(keys.has(found), `${name} has the key of ${keys.get(found)}`);
    keys.set(found, name);
    assert.is(key(structuredClone(model), structuredClone(options)), found, name);
  }
});

test('equal keys have equal schedules', () => {
  const again = compileStep(modelOf(), optionsOf(modelOf())).batch;
  assert.is(again.key, key(base, usual));
  assert.is(again.schedule(wasm).checksum, compileStep(base, usual).batch.schedule(wasm).checksum);
  assert.is(again.schedule(wasm), again.schedule(wasm));
});

test('places in the file, comments and first values do not enter', () => {
  for (const same of [text.replace('edition 1\n', 'edition 1\n# a comment\n\n'), text.replace('{ h = ', '{\n    h = ')]) {
    const model = modelOf(same.replace('# a comment', '// a comment'));
    assert.is(key(model, optionsOf(model)), key(base, usual));
  }
  const drawn: Model = { ...base, parameters: base.parameters.map((p) => ({ ...p, init: { ...p.init, scale: 2 * p.init.scale } })) };
  assert.is(key(drawn, usual), key(base, usual));
});

test('functions: entry, mode, sizes and direction', () => {
  const sizes = { batch: 2, law: 3 };
  const { forward, backward } = compileFunction(base, 'forward', sizes, 'train');
  const others = [
    compileFunction(base, 'error', sizes, 'train'),
    compileFunction(base, 'forward', sizes, 'eval'),
    compileFunction(base, 'forward', { ...sizes, law: 4 }, 'train'),
    compileFunction(modelOf(text, { bond: 3 }), 'forward', sizes, 'train'),
    compileFunction(base, 'forward', sizes, 'train', { gradients: [] }),
  ];
  const keys = [
    forward.key,
    backward!.key,
    ...others.flatMap((made) => [made.forward.key, ...(made.backward === undefined ? [] : [made.backward.key])]),
  ];
  assert.is(new Set(keys).size, keys.length);
  assert.is(compileFunction(modelOf(), 'forward', sizes, 'train').backward!.key, backward!.key);
  assert.is.not(compileSum(4).key, compileSum(5).key);
  assert.is(compileSum(4).key, compileSum(4).key);
});

test.run();
