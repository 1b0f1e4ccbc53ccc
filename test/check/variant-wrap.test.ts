/** `wrap`, `adapt`, `apply`: layers around layers, second terms, recipes. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { corpus, freeNames, named, trainable, variant, weightOf } from './variants.ts';

test('wrap: the first expert is the layer itself, the others start as it does', () => {
  const model = variant(
    'variant V(n = 3) of Gpt2(depth = 2, width = 8, heads = 2, vocab = 9, context = 4) { wrap block[1].ffn in mixture[width, expert = n, pick = 2](router = switch(balance = 0.01)) }',
  );
  const paths = model.weights.map(({ path }) => path);
  for (const path of ['block[1].ffn.each[3].up.weight', 'block[1].ffn.route.gate.weight', 'block[2].ffn.up.weight'])
    assert.ok(paths.includes(path), path);
  assert.equal(named(model, 'block[1].ffn.route.gate.weight').names, ['block[1].ffn.route.gate.weight']);
  assert.equal(named(model, 'block[1].ffn.each[1].up.weight').origin, { is: 'fresh', path: 'block[1].ffn.up.weight' });
  assert.is(named(model, 'block[1].ffn.each[2].up.weight').origin.is, 'copy');
  assert.equal(
    model.entries.at(-1)!.train.penalties.map(({ path }) => path),
    ['block[1].ffn.route.load'],
  );
});

test('wrap twice: a mixture of mixtures, whose axes are their own', () => {
  const model = variant(`variant V of Gpt2(depth = 1, width = 8, heads = 2, vocab = 9, context = 4) {
    wrap block[1].ffn in mixture[width, expert = 2, pick = 1]
    wrap block[1].ffn in mixture[width, expert = 2, pick = 1]
  }`);
  const paths = model.weights.map(({ path }) => path);
  for (const path of ['block[1].ffn.each[2].each[2].up.weight', 'block[1].ffn.each[1].route.gate.weight', 'block[1].ffn.route.gate.weight'])
    assert.ok(paths.includes(path), path);
  const names = model.parameters.flatMap((parameter) => parameter.names);
  assert.equal(new Set(names), new Set(paths));
  assert.is(names.length, paths.length);
  const drawn = (path: string) => JSON.stringify(named(model, path).origin);
  assert.is.not(drawn('block[1].ffn.route.gate.weight'), drawn('block[1].ffn.each[1].route.gate.weight'));
});

test('adapt: a second term of role adapter, scaled; the base stays the base', () => {
  const model = corpus('BertLora');
  const { terms } = weightOf(model, 'block[1].attn.query.weight');
  assert.equal(
    terms.map(({ is, scale }) => [is, scale]),
    [
      ['dense', 1],
      ['network', 2],
    ],
  );
  const free = freeNames(model);
  assert.ok(free.every((name) => name.includes('.adapter.') || name.startsWith('classify.')));
  assert.is(trainable(model), 24 * 2 * 768 * 8 + 768 * 2 + 2);
  assert.is(named(model, 'block[1].attn.query.weight.adapter.U').init.law.is, 'zeros');
});

test('an adapter that does not start at zero is warned of', () => {
  const codes = (text: string) => variant(text).notes.map(({ code }) => code);
  assert.equal(codes('variant V of ImageMlp { adapt second with ring[32*32, 32*32](b = 4) }'), ['W6']);
  assert.equal(codes('variant V of ImageMlp { adapt second with ring[32*32, 32*32](b = 4)\n init T[1] of second ~ zeros }'), []);
});

test('recipes: what the variant says itself overrides, in any order', () => {
  const text = (body: string) => `variant Low(rank = 2) to target { adapt target with low_rank(r = rank)\n train only adapter of target }
variant V of ImageMlp { ${body} }`;
  for (const body of ['train last\n apply Low(rank = 3) to second', 'apply Low(rank = 3) to second\n train last']) {
    const model = variant(text(body));
    const free = freeNames(model);
    assert.equal(free, ['last.weight', 'last.offset', 'second.weight.adapter.U', 'second.weight.adapter.D']);
    assert.is(named(model, 'second.weight.adapter.U').legs[1]!.size, 3);
  }
});

test.run();
