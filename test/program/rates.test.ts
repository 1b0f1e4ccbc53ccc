/** Steps split by rate: the parts together compute what the step does in one piece, and each computes only what it must. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, plansOf, stepProgram, stepPrograms, table, verifyAfter } from '../../compiler/index.ts';
import { build } from '../../compiler/program/build/build.ts';
import type { OptimiserSpec, StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { ByRate, Program, Source } from '../../compiler/values/program.ts';
import { complaintsAboutRates } from '../../compiler/values/verify-rates.ts';
import { ModelMaker } from './model-maker.ts';
import { attention, perceptron, randomModel } from './models.ts';
import { largestDifference, parametersOf, randomArray, randomInts, run, runParts, type Values } from './run.ts';

const entries = [{ name: 'task', weight: 1 }];
const host = { 'rate/all': 0.01, 'decay/all': 0.1, correction1: 0.19, correction2: 0.02, clip: 0.5 };
const scalars = (values: Readonly<Record<string, number>>): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Float64Array.of(value)]));
const spec = (model: Model): OptimiserSpec => ({
  kind: 'adamw',
  clip: true,
  groups: [{ name: 'all', parameters: model.parameters.filter(({ update }) => !update.frozen).map(({ id }) => id) }],
});
/** Parameters, moments and host scalars. */
function valuesOf(model: Model): Values {
  const moments = model.parameters.flatMap(({ names: [name], legs }, k) => {
    const count = legs.reduce((product, { size }) => product * size, 1);
    return [
      [`${name}.m`, randomArray(count, 50 + k, 0.1)],
      [`${name}.v`, randomArray(count, 90 + k, 0.1).map(Math.abs)],
    ];
  });
  return { ...parametersOf(model, 0.7), ...Object.fromEntries(moments), ...scalars(host) };
}
function frozen(model: Model, ...names: readonly string[]): Model {
  const freeze = (name: string) => names.some((start) => name.startsWith(start));
  return { ...model, parameters: model.parameters.map((p) => (freeze(p.names[0]) ? { ...p, update: { frozen: true } as const } : p)) };
}
function close(found: Values, expected: Values, what: string): void {
  for (const [key, value] of Object.entries(expected)) {
    const scale = 1 + Math.max(...value.map(Math.abs));
    assert.ok(found[key] !== undefined && largestDifference(found[key], value) <= 1e-12 * scale, `${what}: ${key}`);
  }
}
const verified = (model: Model, options: StepOptions): ByRate<Program> => stepPrograms(model, options, verifyAfter);
const contractions = (program: Program | undefined, operands = 2) =>
  (program?.nodes ?? []).filter(({ operation, inputs }) => operation === 'contract' && inputs.length >= operands);
const sources = (program: Program, kind: Source['kind']) =>
  program.nodes.flatMap(({ operation, attributes }) =>
    operation === 'source' && (attributes as Source).kind === kind ? [(attributes as Source).name] : [],
  );

function layer(bond: number, edge: number): ModelMaker {
  const maker = new ModelMaker();
  const size = edge * edge;
  const [batch, out, into] = [maker.axis('batch', 'open'), maker.axis('out', size), maker.axis('in', size)];
  const weight = maker.mpo(
    'w',
    [out, into],
    [
      [edge, edge],
      [edge, edge],
    ],
    bond,
  );
  maker.entry('task', 'loss', (f) => {
    const y = f.apply('tanh', f.product([batch, out], f.weight(weight), f.input('x', [batch, into])));
    return f.reduce('mean', f.apply('mul', y, y), [batch, out]);
  });
  return maker;
}

const cases: readonly (readonly [name: string, model: Model, sizes: Record<string, number>, batch: (seed: number) => Values])[] = [
  ['perceptron', perceptron().model(), { batch: 4 }, (k) => ({ image: randomArray(24, 7 + k), label: randomInts(4, 3, 8 + k) })],
  ['attention', attention().model(), {}, (k) => ({ x: randomArray(24, 7 + k) })],
  ...Array.from({ length: 12 }, (_, seed) => {
    const batch = (k: number): Values => ({ x: randomArray(24, seed + 31 + k), y: randomArray(12, seed + 57 + k) });
    return [`random ${seed}`, randomModel(seed).model(), {}, batch] as const;
  }),
];

test('an evaluation in two parts has the values of what was built, and its batches compute no product of parameters', () => {
  for (const [name, model, sizes, batch] of cases) {
    const options: StepOptions = { entries, sizes, mode: 'eval' };
    const parts = verified(model, options);
    const values = { ...valuesOf(model), ...batch(0) };
    close(runParts(parts, values, [{}]), run(build(model, table, options), values), name);
    const { nodes } = parts.batch;
    for (const { inputs } of contractions(parts.batch))
      assert.ok(
        inputs.some((id) => nodes[id].operation !== 'source' || (nodes[id].attributes as Source).rate === 'batch'),
        name,
      );
  }
});

test('where the rebuilt weight makes batches cheapest it is what is folded, and one product is left of a layer', () => {
  const count = (mode: 'eval' | 'train') => {
    const parts = verified(layer(8, 8).model(), { entries, sizes: { batch: 8 }, mode, phase: 'gradients' });
    return [contractions(parts.frozen).length, contractions(parts.batch).filter(({ origin }) => origin.section === 'forward').length];
  };
  assert.equal(count('eval'), [1, 1]);
  assert.equal(count('train'), [0, 2]);
});

test('a training step computes what hangs on frozen parameters alone once: same losses and states', () => {
  const models: readonly (readonly [name: string, model: Model, sizes: Record<string, number>, batch: (seed: number) => Values])[] = [
    ...cases.map(([name, model, sizes, batch]) => {
      const half = model.parameters.filter((_, k) => k % 2 === 1).map(({ names }) => names[0]);
      return [name, frozen(model, ...half), sizes, batch] as const;
    }),
    ['cores', frozen(layer(4, 4).model(), 'w.T'), { batch: 3 }, (k) => ({ x: randomArray(48, k + 3) })],
    ['operator', frozen(perceptron().model(), 'up'), { batch: 4 }, cases[0][3]],
  ];
  let folding = 0;
  for (const [name, model, sizes, batch] of models) {
    const options: StepOptions = { entries, sizes, mode: 'train', optimiser: spec(model) };
    const values = { ...valuesOf(model), ...batch(0) };
    const parts = verified(model, options);
    assert.is(parts.begin ?? parts.end, undefined);
    if (contractions(parts.frozen).length > 0) folding++;
    close(runParts(parts, values, [{}]), run(stepProgram(model, options), values), name);
    assert.equal(parts.frozen === undefined ? [] : sources(parts.frozen, 'input'), []);
  }
  assert.ok(folding >= 3, `${folding} models fold a product`);
});

/** What accumulation means: gradients of each micro-batch for itself, their sum, and one update. */
function summed(model: Model, sizes: Record<string, number>, values: Values, batches: readonly Values[]): Values {
  const common: StepOptions = { entries, sizes, mode: 'train', optimiser: spec(model) };
  const micro = stepProgram(model, { ...common, phase: 'gradients' });
  const sums: Values = {};
  for (const batch of batches) {
    for (const [key, value] of Object.entries(run(micro, { ...values, ...batch }))) {
      if (!key.startsWith('gradient ')) continue;
      const name = `${key.slice('gradient '.length)}.gradient`;
      sums[name] = value.map((x, k) => x + (sums[name]?.[k] ?? 0));
    }
  }
  const reached = (name: string) => sums[`${name}.gradient`] !== undefined;
  const trained = frozen(model, ...model.parameters.map(({ names }) => names[0]).filter((name) => !reached(name)));
  const update = stepProgram(trained, { ...common, optimiser: spec(trained), phase: 'update' });
  const found = run(update, { ...values, ...sums, share: Float64Array.of(1 / batches.length) });
  return Object.fromEntries(Object.entries(found).filter(([key]) => !key.endsWith('.gradient')));
}

test('four micro-batches and one update give what the sum of their gradients gives', () => {
  for (const [name, model, sizes, batch] of [
    ...cases,
    ['layer', layer(16, 4).model(), { batch: 2 }, (k: number) => ({ x: randomArray(32, k + 3) })] as const,
  ]) {
    const batches = [0, 1, 2, 3].map(batch);
    const options: StepOptions = { entries, sizes, mode: 'train', optimiser: spec(model), accumulate: 4 };
    const parts = verified(model, options);
    const values = { ...valuesOf(model), share: Float64Array.of(1 / 4) };
    close(runParts(parts, values, batches), summed(model, sizes, values, batches), name);
    assert.ok(parts.end !== undefined && !parts.batch.outputs.some(({ kind }) => kind === 'gradient' || kind === 'state'));
  }
});

test('what micro-batches share is made before them, and a wide core takes its gradient after them', () => {
  const parts = (bond: number, accumulate: number) => {
    const model = layer(bond, 8).model();
    return verified(model, { entries, sizes: { batch: 16 }, mode: 'train', optimiser: spec(model), accumulate });
  };
  const wide = parts(32, 4);
  assert.is(contractions(wide.begin).length, 1);
  assert.equal(sources(wide.end!, 'sum').length, 1);
  // Of both cores, and two sums of squares for the norm.
  assert.is(contractions(wide.end).length, 4);
  const thin = parts(2, 4);
  assert.is(contractions(thin.begin).length, 0);
  assert.equal(sources(thin.end!, 'sum').length, 2);
  assert.is(contractions(thin.end).length, 2);
  assert.equal(Object.keys(parts(32, 1)), ['batch']);
});

test('a gradient without any batch counts once for each micro-batch, as its penalty does', () => {
  const maker = new ModelMaker();
  const [batch, out, into] = [maker.axis('batch', 2), maker.axis('out', 3), maker.axis('in', 4)];
  const [used, only] = [maker.dense('used', [out, into]), maker.dense('only', [out])];
  maker.entry('task', 'loss', (f) => {
    const y = f.product([batch, out], f.weight(used), f.input('x', [batch, into]));
    const square = (w: number) => f.reduce('sum', f.apply('mul', f.weight(w), f.weight(w)), [...maker.weights[w].axes.map((a) => a.axis)]);
    const size = f.apply('add', square(used), square(only));
    return f.apply('add', f.reduce('mean', f.apply('tanh', y), [batch, out]), size);
  });
  const model = maker.model();
  const batches = [0, 1, 2].map((k) => ({ x: randomArray(8, k + 1) }));
  const values = { ...valuesOf(model), share: Float64Array.of(1 / 3) };
  const parts = verified(model, { entries, sizes: {}, mode: 'train', optimiser: spec(model), accumulate: 3 });
  close(runParts(parts, values, batches), summed(model, {}, values, batches), 'penalty');
});

test('random words, masks and position encodings: what changes is not folded, what is larger than its parts is made again', () => {
  const text = `edition 1
    model M(width = 4) {
      axis batch, time
      input x[batch, time, width]
      look: linear[width -> width]
      loss l {
        k[batch, time', width] = look(x)
        s[batch, time, time'] = x * k
        l = mean(dropout(softmax[time'](s where @time' <= @time), 0.5) ^ 2)
      }
    }`;
  const { model, diagnostics } = check({ file: 'm.bond', text, load: () => undefined, name: 'M' });
  assert.ok(model, diagnostics.map(({ message }) => message).join('\n'));
  const parts = verified(model!, { entries: [{ name: 'l', weight: 1 }], sizes: { batch: 2, time: 6 }, mode: 'train', phase: 'gradients' });
  assert.is(parts.frozen, undefined);
});

test('parts that do not fit are found', () => {
  const model = layer(32, 8).model();
  const parts = verified(model, { entries, sizes: { batch: 16 }, mode: 'train', optimiser: spec(model), accumulate: 4 });
  assert.equal(complaintsAboutRates(parts), []);
  const changed = (part: Program, change: (source: Source) => Source): Program => ({
    ...part,
    nodes: part.nodes.map((node) =>
      node.operation === 'source'
        ? { ...node, attributes: { ...(node.attributes as Source), ...change(node.attributes as Source) } }
        : node,
    ),
  });
  const renamed = (kind: Source['kind']) => (source: Source) => (source.kind === kind ? { ...source, name: 'other' } : source);
  const find = (broken: Partial<ByRate<Program>>, message: RegExp) =>
    assert.match(complaintsAboutRates({ ...parts, ...broken }).join('\n'), message);
  find(
    { begin: changed(parts.begin!, (source) => ({ ...source, rate: 'batch' })) },
    /begin reads parameter w.T\[1\], which changes with the batch/,
  );
  find({ batch: changed(parts.batch, renamed('folded')) }, /batch reads folded other, which no earlier part gives\n/);
  find({ begin: undefined }, /which no earlier part gives[\s\S]*is not set to 0 in begin/);
  find({ batch: { ...parts.batch, outputs: [] } }, /is not written in batch/);
  find({ end: changed(parts.end!, renamed('sum')) }, /is not read in end[\s\S]*sum other is not set to 0 in begin/);
  find({ end: undefined, batch: changed(parts.batch, renamed('folded')) }, /folded .* is never read/);
});

test('what is folded is planned too: the ends of a chain are not joined first', () => {
  const maker = new ModelMaker();
  const batch = maker.axis('batch', 'open');
  const [out, inner] = [maker.axis('out', 64), maker.axis('in', 64)];
  const chain = [8, 1, 1, 8];
  const weight = maker.mpo('deep', [out, inner], [chain, chain], 64);
  maker.entry('task', 'loss', (body) => {
    const y = body.product([batch, out], body.input('x', [batch, inner]), body.weight(weight));
    return body.reduce('mean', y, [batch, out]);
  });
  const [{ plan }] = plansOf(maker.model(), { entries, sizes: { batch: 16 }, mode: 'eval' });
  assert.ok(plan.foldedMacs > 0 && plan.foldedMacs <= 3 * 64 ** 3, String(plan.foldedMacs));
  assert.ok(plan.log2Peak <= 12.01, String(plan.log2Peak));
});

test.run();
