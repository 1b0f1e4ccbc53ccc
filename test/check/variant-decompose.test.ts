/** `decompose`: cores, legs, roles, laws and origins; truncation; a core decomposed again; outer variants. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model, NetworkTerm } from '../../compiler/values/model.ts';
import { checkText, corpusText } from './program.ts';
import { corpus, load, named, variant, weightOf } from './variants.ts';

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
  assert.equal(core.origin, { is: 'factor', of: { is: 'checkpoint', path: 'second.weight', axes: [0, 1] }, decomposition: 0, node: 2 });
});

test('truncation is kept for the weights that are given', () => {
  const text = corpusText('variants.bond');
  const { diagnostics } = checkText(text, { load, name: 'Images', source: new Set(['first.weight']) });
  assert.match(diagnostics.find(({ severity }) => severity === 'error')!.message, 'second.weight');
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

test('bonds, factors, scales, probabilities and options depend on the variables of a family', () => {
  const bonds = (model: Model, path: string) =>
    model.weights
      .filter((weight) => weight.path.endsWith(path))
      .map(({ terms }) =>
        terms.map((term) => (term.is === 'network' ? term.legs.flatMap(({ outer, size }) => (outer ? [] : [size])) : [])),
      );
  const text = (statements: string) => `variant V of CharGpt(width = 16, heads = 2, inner = 64, depth = 3) { ${statements} }`;
  const of = (statements: string) => variant(text(statements));
  assert.equal(bonds(of('decompose block[l].up as mpo[4*4*4, 4*2*2](b = 2 * l)'), 'up.weight'), [[[2, 2]], [[4, 4]], [[6, 6]]]);
  assert.equal(bonds(of('decompose block[l].up as mpo[4*4*4, 4*2*2](b = (l, 2 * l))'), 'up.weight'), [[[1, 2]], [[2, 4]], [[3, 6]]]);
  const lists = of('decompose block[l].up as mpo[padded (l + 7)*8, 4*4]').weights.filter(({ path }) => path.endsWith('up.weight'));
  assert.equal(
    lists.map(({ axes }) => axes[0]!.factors),
    [
      [8, 8],
      [9, 8],
      [10, 8],
    ],
  );
  const adapted = of('adapt block[l].up with low_rank(r = l) scaled by 1 / l').weights.filter(({ path }) => path.endsWith('up.weight'));
  assert.equal(
    adapted.map(({ terms }) => terms[1]!.scale),
    [1, 1 / 2, 1 / 3],
  );
  assert.equal(
    bonds({ weights: adapted } as unknown as Model, 'up.weight').map(([, own]) => own),
    [[1], [2], [3]],
  );
  const gated = of('train block[l].{up, down} with probability l / 4');
  assert.equal(
    gated.gates.map(({ probability }) => probability),
    [1 / 4, 2 / 4, 3 / 4],
  );
  const gateOf = (name: string) => {
    const { update } = named(gated, name);
    return update.frozen ? undefined : update.gate;
  };
  assert.equal(['block[1].up.weight', 'block[1].down.offset', 'block[3].up.weight'].map(gateOf), [0, 0, 2]);
  const cut = 'topology cut[a, b, c](g) {\n core P (a, b, g)\n core Q (g, c) }\n';
  const again = variant(cut + text('decompose block[*].up as mpo[8*8, 4*4]\n decompose T[1] of block[l].up as cut(g = l)'));
  assert.equal(
    [1, 2, 3].map((l) => named(again, `block[${l}].up.weight.T[1].P`).legs[2]!.size),
    [1, 2, 3],
  );
});

test('options of recipes and wrappers depend on the variables of what they are applied to', () => {
  const text = `variant Lora(rank = 8) to target { adapt target with low_rank(r = rank) }
variant V of Bert(width = 16, heads = 2, inner = 64, depth = 3) {
  apply Lora(rank = 2 * l) to block[l].ffn
  wrap block[l].ffn in mixture[width, expert = l + 1, pick = 1]
}`;
  const model = variant(text);
  const ranks = [1, 2, 3].map((l) => named(model, `block[${l}].ffn.each[1].up.weight.adapter.U`).legs[1]!.size);
  assert.equal(ranks, [2, 4, 6]);
  const experts = [1, 2, 3].map(
    (l) => model.layers.filter(({ path }) => path.startsWith(`block[${l}].ffn.each[`) && path.endsWith(']')).length,
  );
  assert.equal(experts, [2, 3, 4]);
});

test.run();
