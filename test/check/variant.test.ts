/** Variants resolved to plain tensors: published counts, names, provenance, gates, sharing, adapters, experts, recipes, events. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { countMask } from '../../compiler/values/mask.ts';
import type { Model, NetworkTerm, Parameter } from '../../compiler/values/model.ts';
import { checkText, corpusText, modelOf } from './program.ts';
import { faultsOf } from './verify.ts';

const load = (path: string) => corpusText(path.replace(/^\.\//, ''));
const models = corpusText('models.bond');
type Set = Readonly<Record<string, number>>;

/** A variant of the corpus. */
function corpus(name: string, set: Set = {}, source?: ReadonlySet<string>): Model {
  const model = modelOf(corpusText('variants.bond'), name, { load, set, ...(source ? { source } : {}) });
  assert.equal(faultsOf(model), [], name);
  return model;
}
/** A variant over the models of the corpus. */
function variant(text: string, set: Set = {}, source?: ReadonlySet<string>): Model {
  const name = /variant (\w+)[^\n]*of/.exec(text.slice(text.lastIndexOf('variant ')))![1]!;
  const model = modelOf(`edition 1\nuse "./models.bond" { Bert, Albert, Gpt2, ImageMlp, CharGpt, ConvNet }\n${text}`, name, {
    load: () => models,
    set,
    ...(source ? { source } : {}),
  });
  assert.equal(faultsOf(model), []);
  return model;
}
const entries = ({ legs }: Parameter): number => legs.reduce((product, { size }) => product * size, 1);
const count = (model: Model, when: (parameter: Parameter) => boolean = () => true): number =>
  model.parameters.filter(when).reduce((sum, parameter) => sum + entries(parameter), 0);
const named = (model: Model, name: string): Parameter => {
  const found = model.parameters.find(({ names }) => names.includes(name));
  assert.ok(found, `no tensor ${name}; there are ${model.parameters.map(({ names }) => names[0]).join(' ')}`);
  return found;
};
const trainable = (model: Model): number => count(model, ({ update }) => !update.frozen);
const weightOf = (model: Model, path: string) => model.weights.find((weight) => weight.path === path)!;

test('every variant of the corpus compiles, but recipes and those that need given weights', () => {
  const text = corpusText('variants.bond');
  for (const [, name] of text.matchAll(/^variant (\w+)/gm)) {
    const { model, diagnostics } = checkText(text, { load, name: name! });
    const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    const wanted = { Lora: ['B113'], Images: ['B607'] }[name!] ?? [];
    assert.equal(errors, wanted, name);
    if (wanted.length === 0) assert.equal(faultsOf(model!), [], name);
  }
});

// published counts -------------------------------------------------------------------------------------------------------------
test('MPOP: ALBERT-base at full rank, 12,695,286 in all and 1,187,574 trained', () => {
  const model = corpus('Mpop');
  assert.is(count(model), 12_695_286);
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
  assert.is((count(one) / 1e6).toFixed(2), '77.60');
  assert.is(named(one, 'block[7].attn.query.weight.T[3]').names.length, 48);
  const three = corpus('MpoBert', { groups: 3 });
  const central = three.parameters.filter(({ role }) => role === 'central');
  assert.equal([central.length, ...new Set(central.map(({ names }) => names.length))], [18, 16]);
  assert.is((count(three) / 1e6).toFixed(2), '102.77');
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

// decompose --------------------------------------------------------------------------------------------------------------------
test('names, legs and roles of the cores', () => {
  const model = variant('variant V of CharGpt { decompose block[*].up as mpo[8*8*8, 4*4*8](b = 8) }');
  const core = named(model, 'block[2].up.weight.T[2]');
  assert.equal(core.legs, [
    { name: 'b[1]', size: 8 },
    { name: 'out[2]', size: 8 },
    { name: 'in[2]', size: 4 },
    { name: 'b[2]', size: 8 },
  ]);
  assert.is(core.role, 'central');
  const weight = weightOf(model, 'block[2].up.weight');
  assert.equal(
    weight.axes.map(({ factors }) => factors),
    [
      [8, 8, 8],
      [4, 4, 8],
    ],
  );
  assert.equal(weight.terms.length, 1);
  assert.not.ok(model.parameters.some(({ names }) => names.includes('block[2].up.weight')));
});

test('a drawn weight has the law asked for; a given one is factored', () => {
  const text = 'variant V of ImageMlp { decompose second as mpo[4^5, 4^5](b = 16) }';
  const fresh = variant(text);
  const deviation = (1 / 32 / Math.sqrt(16 ** 4)) ** (1 / 5);
  for (const parameter of fresh.parameters.filter(({ names }) => names[0]!.startsWith('second.weight.'))) {
    assert.is(parameter.init.law.is, 'normal');
    const law = parameter.init.law as { deviation: number };
    assert.ok(Math.abs(law.deviation / deviation - 1) < 1e-12);
  }
  const given = variant(text, {}, new Set(['second.weight']));
  const core = named(given, 'second.weight.T[3]');
  assert.equal(core.init.law, { is: 'source' });
  assert.equal(core.origin, { is: 'factor', of: { is: 'checkpoint', path: 'second.weight', axes: [0, 1] }, plan: 0, node: 2 });
});

test('truncation is kept for the weights that are given', () => {
  const text = corpusText('variants.bond');
  const { diagnostics } = checkText(text, { load, name: 'Images', source: new Set(['first.weight']) });
  assert.match(diagnostics[0]!.message, 'second.weight');
  const model = corpus('Images', {}, new Set(['first.weight', 'second.weight']));
  const [term] = weightOf(model, 'second.weight').terms;
  assert.equal((term as NetworkTerm).truncate, { measure: 'error', value: 0.1 });
});

test('a core decomposed again', () => {
  const cores = 'topology split[a, b, c](r) { core U (a, b, r)  core V (r, c) }';
  const model = variant(
    `${cores}\nvariant V of ImageMlp { decompose second as mpo[32*32, 32*32](b = 64)\n decompose T[2] of second as split(r = 9) }`,
  );
  const [term] = weightOf(model, 'second.weight').terms as [NetworkTerm];
  assert.equal(
    term.nodes.map(({ name }) => name),
    ['T[1]', 'T[2].U', 'T[2].V'],
  );
  assert.equal(
    term.nodes.map(({ parameter }) => model.parameters[parameter]!.legs.map(({ size }) => size)),
    [
      [32, 32, 64],
      [64, 32, 9],
      [9, 32],
    ],
  );
  assert.not.ok(term.exact);
});

test('an outer variant decomposes anew', () => {
  const model = variant(`variant A of ImageMlp { decompose second as mpo[4^5, 4^5] }
variant B of A { decompose second as low_rank(r = 4) }`);
  assert.equal(
    model.parameters.flatMap(({ names }) => names).filter((name) => name.startsWith('second.weight')),
    ['second.weight.U', 'second.weight.D'],
  );
});

// share, tie, untie --------------------------------------------------------------------------------------------------------------
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

test('a core shared by query and key of a layer, not by value: tie the weights, or untie by another topology', () => {
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
  assert.is(shared.parameters.length, modelOf(models, 'Albert').parameters.length);
});

// wrap, adapt, apply -----------------------------------------------------------------------------------------------------------
test('wrap: the first expert is the layer itself, the others start as it does', () => {
  const model = variant(
    'variant V(n = 3) of Gpt2(depth = 2, width = 8, heads = 2, vocab = 9, context = 4) { wrap block[1].ffn in mixture[width, expert = n, pick = 2](router = switch(balance = 0.01)) }',
  );
  const paths = model.weights.map(({ path }) => path);
  for (const path of ['block[1].ffn.each[3].up.weight', 'block[1].ffn.route.gate.weight', 'block[2].ffn.up.weight'])
    assert.ok(paths.includes(path), path);
  assert.equal(named(model, 'block[1].ffn.each[1].up.weight').origin, { is: 'fresh', path: 'block[1].ffn.up.weight' });
  assert.is(named(model, 'block[1].ffn.each[2].up.weight').origin.is, 'copy');
  assert.equal(
    model.entries.at(-1)!.train.penalties.map(({ path }) => path),
    ['block[1].ffn.route.load'],
  );
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
  const free = model.parameters.filter(({ update }) => !update.frozen).map(({ names }) => names[0]!);
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
    const free = model.parameters.filter(({ update }) => !update.frozen).map(({ names }) => names[0]);
    assert.equal(free, ['last.weight', 'last.offset', 'second.weight.adapter.U', 'second.weight.adapter.D']);
    assert.is(named(model, 'second.weight.adapter.U').legs[1]!.size, 3);
  }
});

// states -----------------------------------------------------------------------------------------------------------------------
test('freeze, train only, except', () => {
  const model = corpus('Many');
  const free = model.parameters.filter(({ update }) => !update.frozen).map(({ names }) => names[0]);
  assert.equal(free, ['first.offset', 'second.offset', 'last.weight', 'last.offset', 'first.weight.T[2,1]', 'first.weight.T[2,2]']);
  const rails = corpus('Rails');
  assert.equal(
    rails.parameters.filter(({ update }) => !update.frozen).map(({ names }) => names),
    [['second.weight.R']],
  );
});

test('an outer variant overrides an inner one; gates that nothing uses are gone', () => {
  const model = variant(`variant A of ImageMlp { train first with probability 0.5\n freeze second }
variant B of A { train {first, second} }`);
  assert.ok(model.parameters.every(({ update }) => !update.frozen && update.gate === undefined));
  assert.equal(model.gates, []);
});

test('masks: `@b` means every leg of bond b, ramps become one event', () => {
  const model = corpus('Grow');
  const { update } = named(model, 'second.weight.T[2]');
  assert.ok(!update.frozen && update.where?.is === 'and');
  assert.is(update.where.of.length, 2);
  assert.equal(
    model.schedule.map(({ is }) => is),
    ['ramp'],
  );
  const fixed = variant('variant V of ImageMlp { decompose second as mpo[32*32, 32*32](b = 64)\n train T of second where @b < 8 }');
  const first = named(fixed, 'second.weight.T[1]');
  assert.ok(!first.update.frozen);
  assert.is(countMask(first.update.where!, [32, 32, 64]), 32 * 32 * 8);
});

test('block sparsity: a value mask, counted', () => {
  const model = corpus('BlockSparse');
  const { keep } = named(model, 'second.weight');
  let wanted = 0;
  for (let i = 0; i < 16; i++) for (let j = 0; j < 16; j++) if (i === j || (i + j) % 4 === 0) wanted += 64 * 64;
  assert.is(countMask(keep!, [1024, 1024]), wanted);
});

test('turns: each core has its value, forth and back', () => {
  const model = corpus('Sweep');
  const [event] = model.schedule;
  assert.equal(event, { id: 0, at: { every: 200, unit: 'steps' }, is: 'turn', values: [1, 2, 3, 4, 5], order: 'forth-and-back' });
  assert.equal(named(model, 'second.weight.T[4]').update, { frozen: false, turn: { clock: 0, value: 4 } });
});

test('squeeze: bonds by weight, the stop rule, an outer variant takes bonds over', () => {
  const model = corpus('MpopCode');
  const squeezes = model.schedule.map((event) => (event.is === 'squeeze' ? [event.criterion, event.bonds.length, event.at.every] : []));
  assert.equal(squeezes, [
    ['error', 4, 10],
    ['largest', 3, 10],
  ]);
  assert.equal(model.schedule[0]!.is === 'squeeze' && model.schedule[0]!.while, {
    quantity: 'loss',
    f: 'lt',
    bound: { reference: true, plus: 0.03 },
  });
});

test('choosing: every candidate is made, nothing is decomposed yet', () => {
  const model = corpus('Opf');
  assert.is(count(model), 110_106_428);
  const [event] = model.schedule;
  assert.ok(event?.is === 'choose');
  assert.equal(
    event.groups.map(({ key, candidates }) => `${key} ${candidates.length}`),
    ['attn.query', 'attn.key', 'attn.value', 'attn.mix', 'ffn.up', 'ffn.down'].map((kind) => `block[l].${kind}.weight 12`),
  );
  const added = event.groups.flatMap(({ candidates }) => candidates.flatMap(({ adds }) => adds.map(({ id }) => id)));
  assert.equal(
    added,
    added.map((_, k) => model.parameters.length + k).sort((a, b) => a - b),
  );
  const [candidate] = event.groups[4]!.candidates;
  assert.is(
    candidate!.adds.reduce((sum, add) => sum + add.legs.reduce((product, { size }) => product * size, 1), 0),
    7_667_712,
  );
});

test('variant options, lets and requirements', () => {
  const text = `variant V(rank = 4) of ImageMlp {
  let half = rank div 2
  require half >= 2 "two at least"
  decompose second as low_rank(r = half)
}`;
  assert.is(named(variant(text), 'second.weight.U').legs[1]!.size, 2);
  assert.is(named(variant(text, { rank: 10 }), 'second.weight.U').legs[1]!.size, 5);
  assert.throws(() => variant(text, { rank: 2 }), /two at least/);
});

test.run();
