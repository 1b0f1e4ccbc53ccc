/** `share`, `tie`, `untie`: which tensors become one, under which names, and how each name reads it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NetworkTerm } from '../../compiler/values/model.ts';
import { modelOf } from './program.ts';
import { corpus, named, variant, weightOf } from './variants.ts';

test('share: only `over` merges; braces and stars make more groups', () => {
  const model = variant(`variant V of CharGpt {
  decompose block[*].{query, key} as mpo[8*16, 8*16](b = 4)
  share T[1] of block[l].{query, key} over l from first
}`);
  const shared = model.parameters.filter(({ names }) => names.length > 1);
  assert.equal(
    shared.map(({ names }) => names),
    [[1, 2, 3, 4].map((l) => `block[${l}].query.weight.T[1]`), [1, 2, 3, 4].map((l) => `block[${l}].key.weight.T[1]`)],
  );
});

test('one core shared by query and key of a layer, not by value: the cores are tied', () => {
  const model = variant(`variant V of CharGpt {
  decompose block[*].{query, key, value} as ring[8*16, 8*16](b = 3)
  tie T[2] of block[l].key = T[2] of block[l].query
}`);
  for (const l of [1, 2, 3, 4]) {
    const shared = named(model, `block[${l}].key.weight.T[2]`);
    assert.equal(shared.names, [`block[${l}].query.weight.T[2]`, `block[${l}].key.weight.T[2]`]);
    for (const other of ['key.weight.T[1]', 'query.weight.T[1]', 'value.weight.T[2]'])
      assert.is(named(model, `block[${l}].${other}`).names.length, 1);
  }
  const terms = ['query', 'key'].map((name) => weightOf(model, `block[1].${name}.weight`).terms[0] as NetworkTerm);
  assert.is(terms[0].nodes[1].parameter, terms[1].nodes[1].parameter);
});

test('cores of other names and legs are tied by their sizes; a family of cores index by index', () => {
  const model = variant(`variant V of ImageMlp {
  decompose first as mpo[32*32, 32*32](b = 4)
  decompose second as ring[32*32, 32*32](b = 4)
  decompose last as low_rank(r = 4)
  tie D of last = D of last
}`);
  assert.is(named(model, 'last.weight.D').names.length, 1);
  const both = variant(`variant V of CharGpt(depth = 1) {
  decompose block[*].{query, key} as mpo[8*16, 8*16](b = 3)
  tie core of block[l].key = T of block[l].query
}`);
  assert.is(named(both, 'block[1].key.weight.T[1]').names[0], 'block[1].query.weight.T[1]');
  assert.is(named(both, 'block[1].key.weight.T[2]').names[0], 'block[1].query.weight.T[2]');
});

test('a network shared by query and key, not by value: the weights are tied, then decomposed', () => {
  const model = variant(`variant V of CharGpt {
  tie block[l].key.weight[i, j] = block[l].query.weight[i, j]
  decompose block[*].{query, key, value} as ring[8*16, 8*16](b = 3)
}`);
  assert.equal(named(model, 'block[1].key.weight.T[1]').names, ['block[1].query.weight.T[1]', 'block[1].key.weight.T[1]']);
  assert.is(named(model, 'block[1].value.weight.T[1]').names.length, 1);
});

test('tie with the axes exchanged, then decompose: one network, read both ways', () => {
  const model = variant(`variant V of Bert(depth = 1) {
  tie block[l].ffn.down.weight[i, j] = block[l].ffn.up.weight[j, i]
  decompose block[*].ffn.up as mpo[4*4*8*6*4, 3*4*4*4*4]
}`);
  const [up] = weightOf(model, 'block[1].ffn.up.weight').terms as [NetworkTerm];
  const down = weightOf(model, 'block[1].ffn.down.weight');
  const [term] = down.terms as [NetworkTerm];
  assert.equal(
    term.nodes.map(({ parameter }) => parameter),
    up.nodes.map(({ parameter }) => parameter),
  );
  assert.equal(
    term.legs.flatMap(({ outer }) => (outer === undefined ? [] : [outer[0]])),
    up.legs.flatMap(({ outer }) => (outer === undefined ? [] : [1 - outer[0]])),
  );
  assert.equal(
    down.axes.map(({ factors }) => factors),
    [
      [3, 4, 4, 4, 4],
      [4, 4, 8, 6, 4],
    ],
  );
});

test('tie of dense tensors: one parameter, its axes in another order', () => {
  const model = corpus('Mirror');
  const down = weightOf(model, 'block[3].ffn.down.weight').terms[0]!;
  const up = weightOf(model, 'block[3].ffn.up.weight').terms[0]!;
  assert.ok(down.is === 'dense' && up.is === 'dense');
  assert.is(down.parameter, up.parameter);
  assert.equal(
    [up.perm, down.perm],
    [
      [0, 1],
      [1, 0],
    ],
  );
});

test('untie: the family starts alike and every iteration has a member of its own', () => {
  const model = variant('variant V of Albert(depth = 3, width = 24, heads = 2, inner = 48, vocab = 9, narrow = 4) { untie block over l }');
  assert.is(model.weights.filter(({ path }) => path.startsWith('block[')).length, 48);
  const copy = named(model, 'block[3].ffn.up.weight');
  assert.equal(copy.origin, { is: 'copy', of: { is: 'fresh', path: 'block.ffn.up.weight' } });
  const read = new Set(
    model.entries
      .flatMap((entry) => entry.eval.statements)
      .flatMap(({ expression }) => (expression.is === 'weight' ? [model.weights[expression.weight]!.path] : [])),
  );
  for (const l of [1, 2, 3]) assert.ok(read.has(`block[${l}].ffn.up.weight`));
  const shared = variant(`variant V of Albert(depth = 3, width = 24, heads = 2, inner = 48, vocab = 9, narrow = 4) {
  untie block over l
  share block[l] over l
}`);
  assert.is(shared.parameters.length, modelOf('edition 1\nuse albert { Albert }', 'Albert').parameters.length);
});

test.run();
