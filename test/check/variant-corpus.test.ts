/** The variants of the corpus: all compile, with the numbers of parameters that their papers publish. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { complaintsAboutModel } from '../../compiler/values/verify-model.ts';
import { checkText, corpusText } from './program.ts';
import { corpus, count, isTuned, load, named, trainable } from './variants.ts';

test('every variant of the corpus compiles, but recipes and those that need given weights', () => {
  const text = corpusText('variants.bond');
  for (const [, name] of text.matchAll(/^variant (\w+)/gm)) {
    const { model, diagnostics } = checkText(text, { load, name: name! });
    const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    const wanted = { Lora: ['B113'], Images: ['B607'] }[name!] ?? [];
    assert.equal(errors, wanted, name);
    if (wanted.length === 0) assert.equal(complaintsAboutModel(model!), [], name);
  }
});

test('MPOP: ALBERT-base at full rank, 12,695,286 in all and 1,187,574 trained', () => {
  const model = corpus('Mpop');
  assert.is(count(model, isTuned), 12_695_286);
  assert.is(trainable(model), 1_187_574);
});

test('MPOE: one central tensor for eight experts', () => {
  const model = corpus('Mpoe');
  assert.is(
    count(model, ({ role }) => role === 'central'),
    24 * 2_359_296,
  );
  assert.is(
    count(model, ({ role }) => role === 'central' || role === 'auxiliary'),
    92_089_344,
  );
  const [gate] = model.gates;
  const central = named(model, 'block[1].ffn.each[1].up.weight.T[3]');
  assert.equal(
    central.names,
    Array.from({ length: 8 }, (_, k) => `block[1].ffn.each[${k + 1}].up.weight.T[3]`),
  );
  assert.equal(central.update, { frozen: false, gate: 0 });
  assert.is(gate!.probability, 0.5);
  assert.is(model.parameters.filter(({ role }) => role === 'auxiliary').length, 768);
  assert.is(
    count(model, ({ names }) => names[0]!.includes('.route.')),
    12 * 6144,
  );
});

test('MPOE on T5-base: 4, 8 and 16 experts', () => {
  const millions = (n: number) => {
    const model = corpus('T5Moe', { n });
    return ((count(model) - count(model, ({ names }) => names[0]!.includes('.route.'))) / 1e6).toFixed(1);
  };
  assert.equal([4, 8, 16].map(millions), ['258.4', '293.8', '364.8']);
});

test('MPOBERT: 48 layers in 77.60 million, three groups in 102.77', () => {
  const one = corpus('MpoBert');
  assert.is(
    count(one, ({ role }) => role === 'central'),
    12_582_912,
  );
  assert.is(
    count(one, ({ role }) => role === 'auxiliary'),
    48 * 1_182_720,
  );
  assert.is(
    count(one, ({ role }) => role === 'adapter'),
    3_145_728,
  );
  assert.is((count(one, isTuned) / 1e6).toFixed(2), '77.60');
  assert.is(named(one, 'block[7].attn.query.weight.T[3]').names.length, 48);
  const three = corpus('MpoBert', { groups: 3 });
  const central = three.parameters.filter(({ role }) => role === 'central');
  assert.equal([central.length, ...new Set(central.map(({ names }) => names.length))], [18, 16]);
  assert.is((count(three, isTuned) / 1e6).toFixed(2), '102.77');
});

test('MPOBERT: scaled values above layer 24; an outer variant draws them', () => {
  const scale = 96 ** -0.25;
  const model = corpus('MpoBert');
  assert.is(named(model, 'block[24].ffn.up.weight.T[1]').init.scale, 1);
  assert.is(named(model, 'block[25].ffn.up.weight.T[1]').init.scale, scale);
  const drawn = named(corpus('MpoBertXavier'), 'block[25].ffn.up.weight.T[1]');
  assert.is(drawn.init.law.is, 'normal');
  assert.is(drawn.origin.is, 'fresh');
});

test.run();
