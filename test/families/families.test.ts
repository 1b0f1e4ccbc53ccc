/** Networks over families: the programs of families.bond in numbers. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stepProgram } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import { checkText } from '../check/program.ts';
import { load } from '../check/variants.ts';
import { trainBoth } from '../composed/train.ts';
import { examples } from '../corpus/programs.ts';
import { run } from '../program/run.ts';
import '../verified.ts';

const text = readFileSync(new URL('./families.bond', import.meta.url), 'utf8');
const transformer = { vocab: 11, width: 8, heads: 2, inner: 16, context: 4, depth: 2 };
const bases = {
  Bert: { set: { ...transformer, classes: 3 }, batch: 2, open: { time: 4 } },
  CharGpt: { set: transformer, batch: 2, open: { time: 4 } },
  Deep: { set: {}, batch: 3, open: {} },
} as const;
const programs: Record<string, keyof typeof bases> = {
  Meta: 'Bert',
  MetaAdapter: 'Bert',
  Lotr: 'CharGpt',
  Lorta: 'Bert',
  Experts: 'Deep',
  Digits: 'Deep',
  Untied: 'Bert',
  Again: 'Bert',
  Tied: 'Deep',
};

function modelOf(name: string, dense = false): Model {
  const { set } = bases[programs[name]!];
  const { model, diagnostics } = checkText(text, { name, set, load, dense });
  assert.ok(model !== undefined, diagnostics.map(({ code, message }) => `${code} ${message}`).join('; '));
  return model;
}

for (const [name, of] of Object.entries(programs)) {
  test(`${name}: four steps are the same in both engines, and the merged weights have the same loss`, async () => {
    const { batch, open } = bases[of];
    const base = { name, of, batch, open, wraps: [], unties: [], replaces: [], families: [] };
    const [model, dense] = [modelOf(name), modelOf(name, true)];
    // The model without a mixture has other weights, so that theirs are no oracle.
    const wraps = model.weights.length !== dense.weights.length;
    const drawn = wraps ? ([{ kind: 'wrap', text: 'wrap' }] as const) : [];
    await trainBoth({ seed: 0, base, text: name, last: name, drawn, model, dense });
  });
}

const family = `
variant Given of Deep {
  decompose block[l].up over l as given[3, 8, 8](r = 8, s = 8)
}
topology given[at, out, in](r, s) { core A (out, r)  core G (at, r, s)  core B (s, in) }
`;
const ups = [1, 2, 3].map((l) => `block[${l}].up.weight`);

test('given weights are decomposed as one stack, and full bonds give every member back', () => {
  const { model } = checkText(text + family, { name: 'Given', load, source: new Set(ups) });
  const given = (path: string) => ({
    shape: [8, 8],
    data: Float64Array.from({ length: 64 }, (_, k) => Math.sin(k * (1 + ups.indexOf(path)))),
  });
  const { values, decompositions } = initialise(model!, [1, 0], (path) => (ups.includes(path) ? given(path) : undefined));
  assert.is(decompositions.length, 1);
  for (const path of ups) {
    const merged = mergeWeight(model!, values, model!.weights.find((weight) => weight.path === path)!);
    const apart = Math.max(...merged.data.map((value, k) => Math.abs(value - given(path).data[k]!)));
    assert.ok(apart < 1e-9, `${path} is ${apart} away`);
  }
});

test('members that are given in part are refused', () => {
  const { diagnostics } = checkText(text + family, { name: 'Given', load, source: new Set(ups.slice(1)) });
  assert.equal(
    diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`),
    ['B621 the members of `block[l].up.weight` do not stack: their origins differ'],
  );
});

test('a member that was untied starts as it was, and takes no part of the others away', () => {
  const start = (name: string) => {
    const model = modelOf(name);
    const { values } = initialise(model, [2, 0]);
    return new Map(model.weights.map((weight) => [weight.path, mergeWeight(model, values, weight).data]));
  };
  const [whole, untied] = [start('Meta'), start('Untied')];
  for (const [path, data] of whole) {
    const apart = Math.max(...data.map((value, k) => Math.abs(value - untied.get(path)![k]!)));
    assert.ok(apart < 1e-12, `${path} is ${apart} away`);
  }
});

test('what no member has alone is contracted once for all, and its gradient is one', () => {
  const model = modelOf('Meta');
  const sizes = { batch: 2, time: 4 };
  const { nodes, outputs } = stepProgram(model, { entries: [{ name: 'task', weight: 1 }], sizes, mode: 'train', phase: 'gradients' });
  const named = (name: string) =>
    nodes.findIndex(({ operation, attributes }) => operation === 'source' && (attributes as { name: string }).name === name);
  const [first, second] = [1, 2].map((k) => named(`block[1].attn.query.weight.I[${k}]`));
  const forward = nodes.filter(
    ({ operation, inputs, origin }) =>
      operation === 'contract' && origin.section === 'forward' && inputs.includes(first!) && inputs.includes(second!),
  );
  assert.is(forward.length, 1);
  const gradients = outputs.filter(({ kind }) => kind === 'gradient').map(({ name }) => name);
  assert.is(gradients.filter((name) => name.endsWith('.L')).length, 1);
});

for (const name of ['Meta', 'Lorta', 'Digits', 'Experts']) {
  test(`${name}: gradients are those of differences`, () => {
    const model = modelOf(name);
    const { batch, open, set } = bases[programs[name]!];
    const sizes = { batch, ...open };
    const inputs = Object.fromEntries(
      examples(model, { set, batch, open }).map(({ name: own, shape, data }) => [
        own,
        Float64Array.from(data.subarray(0, (data.length / shape[0]!) * batch)),
      ]),
    );
    const values = Object.fromEntries(initialise(model, [4, 0]).values.map(({ data }, id) => [model.parameters[id]!.names[0]!, data]));
    const entries = [{ name: 'task', weight: 1 }];
    const step = stepProgram(model, { entries, sizes, mode: 'train', phase: 'gradients' });
    const lossAt = () => run(step, { ...inputs, ...values })['result loss']![0]!;
    const found = run(step, { ...inputs, ...values });
    const cores = model.parameters.filter(({ names }) => names.length > 1 && /\.(L|M|T\[1\]|X|I)$/.test(names[0]!));
    // A router behind them stops a gradient that differences see.
    const last = programs[name] === 'Deep' ? cores.filter(({ names }) => names[0]!.startsWith('block[3]')) : cores;
    assert.ok(last.length > 0);
    for (const { names } of last.slice(0, 3)) {
      const data = values[names[0]!]!;
      for (let k = 0; k < data.length; k += 5) {
        const before = data[k]!;
        const [up, down] = [1e-5, -1e-5].map((delta) => {
          data[k] = before + delta;
          return lossAt();
        });
        data[k] = before;
        const gradient = found[`gradient ${names[0]}`]![k]!;
        assert.ok(
          Math.abs(gradient - (up! - down!) / 2e-5) < 1e-6,
          `${names[0]} at ${k}: ${gradient}, by differences ${(up! - down!) / 2e-5}`,
        );
      }
    }
  });
}

test.run();
