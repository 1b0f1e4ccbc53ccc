/**
 * The models of the corpus at small sizes: every pass keeps their losses, their gradients are those of differences, and
 * the kernels of a whole step give what the program means.
 */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, table } from '../../compiler/index.ts';
import { build } from '../../compiler/program/build/build.ts';
import type { OptimiserSpec, StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Program, Source } from '../../compiler/values/program.ts';
import { elements } from '../../compiler/values/shape.ts';
import { checkProgram } from '../kernel/check.ts';
import { randomArray, randomInts, run, type Values, verifiedStep } from './run.ts';

const corpus = (file: string) => readFileSync(new URL(`../corpus/${file}`, import.meta.url), 'utf8');
const text = `edition 1
use bert { Bert }
use albert { Albert }
use gpt2 { Gpt2 }
use t5 { T5 }
use "./models.bond" { ImageMlp, ConvNet }
variant TinyBert of Bert(vocab = 7, width = 8, heads = 2, depth = 2, inner = 6, context = 5, classes = 3) {}
variant TinyAlbert of Albert(vocab = 7, narrow = 4, width = 8, heads = 2, depth = 2, inner = 6, context = 5, classes = 3) {}
variant TinyGpt of Gpt2(vocab = 7, width = 8, heads = 2, depth = 1, inner = 6, context = 5) {}
variant TinyT5 of T5(vocab = 7, width = 8, heads = 2, e = 3, depth = 1, inner = 6, buckets = 4) {}
variant TinyMlp of ImageMlp(rows = 3, cols = 2, hidden = 4, classes = 3) {}
variant TinyConv of ConvNet(channels = 2, wide = 3, rows = 3, cols = 4, classes = 3) {}
variant TinyCores of Albert(vocab = 7, narrow = 4, width = 8, heads = 2, depth = 2, inner = 6, context = 5, classes = 3) {
  decompose embed as mpo[padded 4*2, 2*2]
  decompose block.attn.{query, key, value, mix}, pool as mpo[2*2*2, 2*2*2](b = 3)
  decompose block.ffn.up as mpo[3*2, 2*4](b = 2)
  freeze central of all
}
variant TinyRing of ImageMlp(rows = 3, cols = 2, hidden = 4, classes = 3) {
  decompose first as ring[2*2, 3*2](b = 2)
  decompose second as tree[2*2, 2*2](e = 2)
  keep last.weight where @out <= @in
}
topology tucker_of[out[n], in[n]](r[1..n], s[1..n], body: topology = ring) {
  core U[k] (out[k], r[k]) for k in 1..n
  core V[k] (in[k], s[k]) for k in 1..n
  middle: body[r, s](b = 2)
}
variant TinyNested of ImageMlp(rows = 3, cols = 2, hidden = 4, classes = 3) {
  decompose first as tucker_of[2*2, 3*2](r = 2, s = 2)
  decompose second as tucker_of[2*2, 2*2](r = 2, s = 2, body = mpo)
}
variant TinyTied of Gpt2(vocab = 7, width = 8, heads = 2, depth = 1, inner = 6, context = 5) {
  decompose embed as mpo[padded 4*2, 4*2](b = 3)
}
variant TinyFilters of ConvNet(channels = 2, wide = 3, rows = 3, cols = 4, classes = 3) {
  decompose second as conv_tucker(p = 2, q = 2)
  freeze central of second
}
`;
const cases: readonly (readonly [variant: string, loss: string])[] = [
  ['TinyBert', 'masked'],
  ['TinyBert', 'task'],
  ['TinyAlbert', 'task'],
  ['TinyGpt', 'next_token'],
  ['TinyT5', 'translate'],
  ['TinyMlp', 'task'],
  ['TinyConv', 'task'],
  ['TinyCores', 'task'],
  ['TinyRing', 'task'],
  ['TinyNested', 'task'],
  ['TinyTied', 'next_token'],
  ['TinyFilters', 'task'],
];

/** Values of every source of a whole step: states at a tenth, host scalars between 0 and 1. */
function stepValues(program: Program, given: Values): Map<string, Float64Array> {
  const values = new Map<string, Float64Array>();
  program.nodes.forEach((node, k) => {
    if (node.operation !== 'source') return;
    const { kind, name } = node.attributes as Source;
    const count = elements(node.type.axes);
    const isState = kind === 'state';
    values.set(name, given[name] ?? (isState ? randomArray(count, k + 1).map((x) => Math.abs(x) / 10) : new Float64Array(count).fill(0.3)));
  });
  return values;
}

function modelOf(name: string): Model {
  const result = check({ file: 'tiny.bond', text, load: (path) => corpus(path.replace('./', '')), name });
  if (result.model === undefined) throw new Error(result.diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'));
  return result.model;
}
/** Parameters at random (gains near 1), data in range, masks with something to see in every row. */
function valuesFor(model: Model, sources: readonly { source: Source; count: number }[]): Values {
  const values: Values = {};
  sources.forEach(({ source, count }, k) => {
    const parameter = model.parameters.find((p) => p.names[0] === source.name);
    const input = model.inputs.find((i) => i.name === source.name);
    if (parameter !== undefined)
      values[source.name] = randomArray(count, k + 1, 0.5).map((x) => x + (parameter.init.law.is === 'ones' ? 1 : 0));
    else if (input?.index !== undefined) values[source.name] = randomInts(count, model.axes[input.index].size as number, k + 1);
    else if (input?.type === 'bool') values[source.name] = randomInts(count, 2, k + 3).map((bit, j) => (j % 4 === 0 ? 1 : bit));
    else values[source.name] = randomArray(count, k + 1);
  });
  return values;
}

for (const [variant, loss] of cases) {
  test(`${variant}, loss ${loss}`, () => {
    const model = modelOf(variant);
    const sizes = Object.fromEntries(
      model.axes.flatMap(({ name, size }) => (typeof size === 'number' ? [] : [[name, name === 'batch' ? 2 : 4]])),
    );
    const options: StepOptions = { entries: [{ name: loss, weight: 1 }], sizes, mode: 'train', phase: 'gradients' };
    const built = build(model, table, options);
    const sources = built.nodes.flatMap((node) =>
      node.operation === 'source' ? [{ source: node.attributes as Source, count: elements(node.type.axes) }] : [],
    );
    const values = valuesFor(model, sources);
    const before = run(built, values);
    const final = verifiedStep(model, options);
    const after = run(final, values);
    for (const [name, [value]] of Object.entries(before)) {
      assert.ok(
        Number.isFinite(value) && Math.abs(after[name][0] - value) < 1e-12 * (1 + Math.abs(value)),
        `${name}: ${value} became ${after[name][0]}`,
      );
    }
    const lossAt = (path: string, k: number, shift: number) => {
      const moved = values[path].slice();
      moved[k] += shift;
      return run(final, { ...values, [path]: moved })['result loss'][0];
    };
    const gradients = Object.entries(after).filter(([key]) => key.startsWith('gradient '));
    assert.ok(gradients.length > 0);
    for (const [key, gradient] of gradients) {
      const path = key.slice('gradient '.length);
      const k = Math.floor(gradient.length / 3);
      const expected = (lossAt(path, k, 1e-5) - lossAt(path, k, -1e-5)) / 2e-5;
      assert.ok(
        Math.abs(gradient[k] - expected) < 1e-7 * (1 + Math.abs(expected)),
        `${key}[${k}] is ${gradient[k]} instead of ${expected}`,
      );
    }
    const parameters = model.parameters.filter((parameter) => !parameter.update.frozen).map((parameter) => parameter.id);
    const optimiser: OptimiserSpec = { kind: 'adamw', clip: true, groups: [{ name: 'all', parameters }] };
    const step = verifiedStep(model, { ...options, phase: 'whole', optimiser });
    checkProgram(step, stepValues(step, values));
  });
}
test.run();
