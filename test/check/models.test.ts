/** Models that compile: parameters counted as published, bodies well formed, small ones printed whole. */
import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model } from '../../compiler/values/model.ts';
import { printModel } from '../../compiler/values/print-model.ts';
import { complaintsAboutModel } from '../../compiler/values/verify-model.ts';
import { matchSnapshot } from '../snapshot.ts';
import { checkText, corpusText, modelOf } from './program.ts';

const snapshots = new URL('./snapshots/', import.meta.url);
const count = (model: Model) => model.parameters.reduce((sum, { legs }) => sum + legs.reduce((product, leg) => product * leg.size, 1), 0);

/** Every model of the corpus and of the library, under one roof. */
const text = `edition 1
use bert { Bert, DistilBert }
use albert { Albert }
use roberta { Roberta }
use gpt2 { Gpt2 }
use llama { Llama }
use t5 { T5 }
use "./models.bond" { CharGpt, ImageMlp, ConvNet }
`;
const load = () => corpusText('models.bond');
const head = (width: number, classes: number) => (width + 1) * classes;

/** By hand: CharGpt 65*128 + 4*(4*128^2 + 128 + 2*128*512 + 640 + 4*128) + 2*128 + 65*128. Published sizes, and the heads that come on top. */
const parameters: Record<string, number> = {
  CharGpt: 2 * 65 * 128 + 4 * (4 * 128 ** 2 + 128 + 2 * 128 * 512 + 640 + 4 * 128) + 2 * 128,
  Gpt2: 124_439_808 + 768 * 2,
  ImageMlp: 1024 ** 2 * 2 + 1024 * 10 + 2 * 1024 + 10,
  ConvNet: 16 * 3 * 9 + 16 + 64 * 16 * 9 + 64 + 640 + 10,
  Bert: 109_482_240 + head(768, 768) + 2 * 768 + 30522 + 2 * head(768, 2),
  DistilBert: 66_362_880 + 2 * head(768, 768) + 2 * 768 + 30522 + head(768, 2),
  Albert: 11_683_584 + head(768, 128) + 2 * 128 + 30000 + 2 * head(768, 2),
  Roberta: 124_055_040 + 2 * head(768, 768) + 2 * 768 + 50265 + head(768, 2),
  Llama: 6_738_415_616 + 4096 * 2,
  T5: 222_903_552,
};

for (const [name, wanted] of Object.entries(parameters)) {
  test(`${name} has the published number of parameters`, () => {
    const model = modelOf(text, name, { load });
    assert.is(count(model), wanted);
    assert.equal(complaintsAboutModel(model), []);
    assert.ok(model.entries.length >= 2);
  });
}

test('the corpus and the library have nothing wrong in their models', () => {
  const result = checkText(text, { load });
  assert.equal(result.diagnostics, []);
  assert.equal(result.names.models, ['Bert', 'DistilBert', 'Albert', 'Roberta', 'Gpt2', 'Llama', 'T5', 'CharGpt', 'ImageMlp', 'ConvNet']);
});

const small: Record<string, { readonly name: string; readonly set?: Record<string, number> }> = {
  'char-gpt': { name: 'CharGpt', set: { depth: 1, width: 8, heads: 2, vocab: 5, context: 6 } },
  bert: { name: 'Bert', set: { depth: 1, width: 8, heads: 2, vocab: 5, context: 6, inner: 16 } },
  t5: { name: 'T5', set: { depth: 1, width: 8, heads: 2, e: 3, vocab: 5, inner: 16, buckets: 4 } },
  'conv-net': { name: 'ConvNet', set: { channels: 2, wide: 3, rows: 4, cols: 5 } },
};
for (const [file, { name, set }] of Object.entries(small)) {
  test(`${name}, small, printed`, () => {
    const model = modelOf(text, name, { load, ...(set ? { set } : {}) });
    assert.equal(complaintsAboutModel(model), []);
    matchSnapshot(snapshots, `bodies/${file}`, printModel(model));
  });
}

const experts = `edition 1
model M(width = 8, inner = 16, experts = 4, classes = 3, pick = 2) {
  axis batch, time
  input x[batch, time, width], label[batch] in classes
  ffn: mixture[width, expert = experts, pick](body = mlp[width, inner], router = switch(balance = 0.01, capacity = 1.25))
  last: linear[width -> classes]
  forward(x[batch, time, width]) -> s[batch, classes] { s = last(mean[time](dropout(x + ffn(x), 0.1))) }
  loss task = mean(cross_entropy[classes](forward(x), label))
}
`;

test('experts: a family indexed by data is a stack of weights, looked up', () => {
  const model = modelOf(experts);
  assert.equal(complaintsAboutModel(model), []);
  const { train, eval: evaluation } = model.entries[0];
  assert.equal(
    train.penalties.map((penalty) => penalty.path),
    ['ffn.route.load'],
  );
  assert.equal(evaluation.penalties, []);
  const stacks = train.statements.filter(({ expression }) => expression.is === 'stack');
  assert.is(stacks.length, 4, 'up and down, weight and offset');
  assert.ok(train.statements.some(({ expression }) => expression.is === 'earlier'));
  matchSnapshot(snapshots, 'bodies/experts', printModel(model));
});

test('a capacity without bound leaves nothing to count', () => {
  const model = modelOf(experts.replace(', capacity = 1.25', ''));
  const all = model.entries.flatMap((entry) => entry.train.statements);
  assert.not.ok(all.some(({ expression }) => expression.is === 'earlier' || expression.is === 'size'));
});

test('draws have one stream for each place and iteration', () => {
  const model = modelOf(text, 'Albert', { load, set: { depth: 3, width: 8, heads: 2, vocab: 5, narrow: 4 } });
  const sites = modelOf(text, 'Bert', { load, set: { depth: 2, width: 8, heads: 2, vocab: 5 } }).entries.map((entry) =>
    entry.train.statements.flatMap(({ expression }) => (expression.is === 'draw' ? [expression.site] : [])),
  );
  const block = (l: number) => [`block[${l}].attn@${l}#1`, `block[${l}]@${l}#1`, `block[${l}]@${l}#2`];
  assert.equal(sites[0], ['@#1', ...block(1), ...block(2)]);
  for (const list of sites) assert.is(new Set(list).size, list.length);
  const stored = model.weights.filter((weight) => weight.path.startsWith('block.'));
  assert.is(stored.length, 16, 'a member without index is one layer, applied three times');
});

test('evaluation draws nothing', () => {
  const model = modelOf(text, 'Bert', { load, set: { depth: 1, width: 8, heads: 2, vocab: 5 } });
  for (const entry of model.entries) assert.not.ok(entry.eval.statements.some(({ expression }) => expression.is === 'draw'));
});

test('options from outside; the digest does not depend on how the text lies', () => {
  const text = corpusText('models.bond');
  const model = modelOf(text, 'CharGpt', { set: { depth: 2 } });
  assert.is(model.layers.filter((layer) => layer.path.match(/^block\[\d\]$/)).length, 2);
  assert.is(modelOf(`// a comment\n${text.replaceAll('  ', '   ')}`, 'CharGpt', { set: { depth: 2 } }).digest, model.digest);
  assert.is.not(modelOf(text, 'CharGpt').digest, model.digest);
});

test('options from outside go to the variant first, then to what it is built on', () => {
  const text = `edition 1
model M(width = 16, depth = 2) { axis batch input x[batch, width] f[l in 1..depth]: linear[width -> width](biased = false)
  loss l { y = x for g in f { y = g(y) } l = mean(y) } }
variant A(rank = 4) of M(depth = 3) { decompose f[*] as mpo[4*4, 4*4](b = rank) }
variant B of A(rank = 2) { freeze central of all }`;
  const counted = (name: string, set: Record<string, number>) => count(modelOf(text, name, { set }));
  assert.is(counted('A', {}), 3 * 2 * 4 * 4 * 4);
  assert.is(counted('B', {}), 3 * 2 * 4 * 4 * 2);
  assert.is(counted('A', { rank: 8, depth: 1 }), 2 * 4 * 4 * 8);
  const unknown = checkText(text, { name: 'B', set: { rang: 3 } });
  assert.equal(
    unknown.diagnostics.map((d) => [d.code, d.hint]),
    [['B205', 'did you mean `rank`?']],
  );
});

test('given weights have their origin in the checkpoint', () => {
  const model = modelOf(corpusText('models.bond'), 'ImageMlp', { source: new Set(['first.weight']) });
  const origins = model.parameters.map(({ origin }) => origin.is);
  assert.equal(origins, ['checkpoint', 'fresh', 'fresh', 'fresh', 'fresh', 'fresh']);
});

test('convolution is a window; a shift with `else` is a lookup; a position alone is a change of name', () => {
  const conv = modelOf(corpusText('models.bond'), 'ConvNet');
  const windows = conv.entries[0].train.statements.flatMap(({ expression }) => (expression.is === 'window' ? [expression.before] : []));
  assert.equal(windows, [1, 1, 1, 1]);
  const shift = modelOf(
    'edition 1 model M(n = 4) { axis batch, time input x[batch, time], real[batch, time] in bool loss l = mean(x[time = @time - 1 else 0]) }',
  );
  assert.is(shift.entries[0].train.statements.filter(({ expression }) => expression.is === 'lookup').length, 1);
  const bert = modelOf(text, 'Bert', { load, set: { depth: 1 } });
  const masks = bert.entries[0].train.statements.filter(({ type, expression }) => type === 'bool' && expression.is === 'lookup');
  assert.equal(masks, []);
});

test('the standard library text is current', () => {
  execFileSync(process.execPath, ['compiler/std/generate.ts', '--check'], { cwd: new URL('../..', import.meta.url) });
});

test.run();
