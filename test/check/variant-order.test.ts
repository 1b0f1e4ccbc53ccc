/** Statements in orders that meet: what is one tensor stays one until a statement unties it, and a mask means the legs that were named. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check } from '../../compiler/check/index.ts';
import { countMask } from '../../compiler/values/mask.ts';
import type { Model } from '../../compiler/values/model.ts';
import { modelOf } from './program.ts';
import { count, named, weightOf } from './variants.ts';

const three = `edition 1
model Three(width = 64) {
  axis batch
  input x[batch, width], t[batch, width]
  p, q, r: linear[width -> width](biased = false)
  loss wrong = mean((r(q(p(x))) - t) ^ 2)
}
`;
const deep = `edition 1
model Deep(width = 8, depth = 2, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  block[l in 1..depth] {
    up, down: linear[width -> width](biased = false)
  }
  head: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> s[batch, classes] {
    h = x
    for g in block { h = h + g.down(relu(g.up(h))) }
    s = head(h)
  }
  loss task = mean(cross_entropy[classes](forward(x), label))
}
`;
/** Names that stand for one tensor each, of the tensors below a weight. */
const shared = (model: Model, path: string) =>
  model.parameters.filter(({ names }) => names[0]!.startsWith(`${path}.`)).map(({ names }) => names.join(' = '));

test('a network is of all names of a tensor: decomposed through either, in the same variant or a later one', () => {
  const text = `${three}variant A of Three {
  tie q.weight[i, j] = r.weight[i, j]
  decompose r as mpo[4*4*4, 4*4*4](b = 8)
}
variant B of A { decompose q, r as ring[8*8, 8*8](b = 4) }
variant C of A { decompose q as ring[8*8, 8*8](b = 4) }`;
  assert.is(count(modelOf(text, 'A')), 64 * 64 + 2 * 128 + 8 * 16 * 8);
  for (const name of ['B', 'C']) {
    const model = modelOf(text, name);
    assert.is(count(model), 64 * 64 + 2048, name);
    assert.equal(shared(model, 'r.weight'), ['r.weight.T[1] = q.weight.T[1]', 'r.weight.T[2] = q.weight.T[2]']);
  }
});

test('what is tied or shared stays so when it is decomposed again', () => {
  for (const one of ['tie block[1].up.weight[i, j] = block[2].up.weight[i, j]', 'share block[l].up over l from first']) {
    const model = modelOf(
      `${deep}variant A of Deep { ${one}  decompose block[1].up as tucker }
variant B of A { decompose block[2].up as mpo[2*4, 2*4](b = 2) }`,
      'B',
    );
    const [first] = weightOf(model, 'block[1].up.weight').terms;
    assert.equal(weightOf(model, 'block[2].up.weight').terms[0], first, one);
    assert.is(
      count(model, ({ names }) => names.length === 2),
      8 + 32,
    );
  }
});

test('a chain of ties ends in one tensor, though its end is a network', () => {
  const model = modelOf(
    `${three}variant V of Three {
  tie p.weight[i, j] = q.weight[i, j]
  decompose r as mpo[4*4*4, 4*4*4](b = 8)
  tie q.weight[i, j] = r.weight[i, j]
}`,
    'V',
  );
  assert.is(count(model), 2 * 128 + 8 * 16 * 8);
  assert.ok(model.parameters.every(({ names }) => names.length === 3));
  const other = modelOf(
    `${deep}variant V of Deep {
  share block[l].{up, down} over l from first
  decompose block[1].down as tucker(r = 3, s = 2)
  tie block[2].up.weight[i, j] = block[1].down.weight[i, j]
}`,
    'V',
  );
  assert.ok(named(other, 'block[1].up.weight.G').names.length === 4);
});

test('a transposed tie of a network is the network with its axes exchanged, also through two of them', () => {
  const model = modelOf(
    `${three}variant V of Three {
  tie p.weight[i, j] = q.weight[j, i]
  decompose r as mpo[4*16, 8*8](b = 8)
  tie q.weight[i, j] = r.weight[j, i]
}`,
    'V',
  );
  const factors = (path: string) => weightOf(model, path).axes.map((axis) => axis.factors.join('*'));
  assert.equal(factors('r.weight'), ['4*16', '8*8']);
  assert.equal(factors('q.weight'), ['8*8', '4*16']);
  assert.equal(factors('p.weight'), ['4*16', '8*8']);
});

test('copies of wrapped and untied layers are decomposed again alone', () => {
  const wrapped = `edition 1
model M(width = 64) {
  axis batch
  input x[batch, width], t[batch, width]
  ffn: mlp[width, inner = 64]
  loss wrong = mean((ffn(x) - t) ^ 2)
}
variant A of M {
  decompose ffn.up as mpo[4*4*4, 4*4*4](b = 8)
  wrap ffn in mixture[width, expert = 4, pick = 1]
}
variant B of A { decompose ffn.each[2].up as ring[8*8, 8*8](b = 4) }`;
  const model = modelOf(wrapped, 'B');
  const topologies = [1, 2, 3, 4].map((k) => {
    const [term] = weightOf(model, `ffn.each[${k}].up.weight`).terms;
    return term?.is === 'network' ? term.topology : term?.is;
  });
  assert.equal(topologies, ['mpo', 'ring', 'mpo', 'mpo']);
  const untied = `edition 1
model Again(width = 8, depth = 3) {
  axis batch
  input x[batch, width]
  block: mlp[width, width]
  forward(x[batch, width]) -> h[batch, width] {
    h = x
    for l in 1..depth { h = h + block(h) }
  }
  loss task = mean(forward(x) ^ 2)
}
variant C of Again { decompose block.down as tucker }
variant D of C { untie block over l  decompose block[*].down as kronecker[2*4, 4*2] }`;
  const apart = modelOf(untied, 'D');
  for (const l of [1, 2, 3]) assert.equal(named(apart, `block[${l}].down.weight.A[1]`).names.length, 1);
});

test('what is one tensor inside a layer is one in every copy, and what is shared with others stays shared', () => {
  const model = modelOf(
    `${deep}variant V of Deep {
  tie block[1].up.weight[i, j] = block[1].down.weight[j, i]
  tie block[2].up.weight[i, j] = head.weight[i, j]
}`
      .replaceAll('head: linear[width -> classes](biased = false)', 'head: linear[width -> width](biased = false)')
      .replaceAll('classes', 'width')
      .replace(', width = 4', '')
      .replace(
        'variant V of Deep {',
        'layer around[width, n](body: layer) {\n  each[k in 1..n]: body\n  forward(x[.., width]) -> y[.., width] { y = x  for e in each { y = e(y) } }\n}\nlayer pair[width] {\n  up, down: linear[width -> width](biased = false)\n  forward(x[.., width]) -> y[.., width] { y = down(up(x)) }\n}\nvariant V of Two {',
      )
      .replace(
        /model Deep[\s\S]*?\n\}\n/,
        `model Two(width = 8) {
  axis batch
  input x[batch, width]
  block[l in 1..2]: pair[width]
  head: linear[width -> width](biased = false)
  forward(x[batch, width]) -> y[batch, width] { y = x  for b in block { y = b(y) }  y = head(y) }
  loss task = mean(forward(x) ^ 2)
}
`,
      )
      .replace(/\}$/, '  wrap block[*] in around[width, 2]\n}'),
    'V',
  );
  const names = model.parameters.map((parameter) => parameter.names.join(' = ')).sort();
  assert.equal(names, [
    'block[1].each[1].down.weight = block[1].each[1].up.weight',
    'block[1].each[2].down.weight = block[1].each[2].up.weight',
    'block[2].each[1].down.weight',
    'block[2].each[2].down.weight',
    'head.weight = block[2].each[1].up.weight = block[2].each[2].up.weight',
  ]);
});

test('a mask means the legs that the weight has which it is said of', () => {
  const text = (statement: string) => `${deep}variant V of Deep {
  tie block[1].up.weight[i, j] = block[2].up.weight[j, i]
  ${statement}
}`;
  const keepOf = (statement: string) => modelOf(text(statement), 'V').parameters.find(({ keep }) => keep !== undefined)!.keep!;
  const above = { is: 'compare', f: 'lt', left: { is: 'leg', leg: 0 }, right: { is: 'leg', leg: 1 } };
  assert.equal(keepOf('keep block[2].up.weight where @out < @in'), above);
  assert.equal(keepOf('keep block[1].up.weight where @in < @out'), above);
  const cores = 'decompose block[2].up as mpo[2*4, 4*2](b = 2)\n  keep T[1] of';
  const first = keepOf(`${cores} block[2].up where @out < 1`);
  assert.equal(first, { is: 'compare', f: 'lt', left: { is: 'leg', leg: 0 }, right: { is: 'number', value: 1 } });
  assert.equal(keepOf(`${cores} block[1].up where @in < 1`), first);
});

test('a bare bond means each of its legs: a condition, its negation, and both halves of a disjunction agree', () => {
  const entries = (condition: string) => {
    const model = modelOf(
      `${three}variant V of Three {
  decompose p as mpo[4*4*4, 4*4*4](b = 8)
  train T[2] of p where ${condition}
}`,
      'V',
    );
    const { update, legs } = named(model, 'p.weight.T[2]');
    return update.frozen
      ? 0
      : countMask(
          update.where!,
          legs.map(({ size }) => size),
        );
  };
  assert.is(entries('@b >= 4'), 16 * 4 * 4);
  assert.is(entries('not @b < 4'), 16 * 4 * 4);
  assert.is(entries('not (@b < 4 or @b > 5)'), 16 * 2 * 2);
  assert.is(entries('@b < 1 or @b > 6'), 16 * 2 * 2);
});

test('except takes bonds from bonds, layers from layers, and nodes from what a recipe is applied to', () => {
  const squeezed = (except: string) => {
    const model = modelOf(
      `${three}variant V of Three {
  decompose p, q as mpo[4*4*4, 4*4*4](b = 8)
  squeeze b of {p, q} except ${except} by 1
}`,
      'V',
    );
    const [event] = model.schedule;
    const name = (weight: number, leg: number) => {
      const [term] = model.weights[weight]!.terms;
      return `${model.weights[weight]!.path} ${term?.is === 'network' ? term.legs[leg]!.bond : ''}`;
    };
    return event?.is === 'squeeze' ? event.bonds.flatMap(({ weight, legs }) => legs.map((leg) => name(weight, leg))) : [];
  };
  assert.equal(squeezed('b[2] of {p, q}'), ['p.weight b[1]', 'q.weight b[1]']);
  assert.equal(squeezed('b[1] of p'), ['p.weight b[2]', 'q.weight b[1]', 'q.weight b[2]']);
  assert.equal(squeezed('p'), ['q.weight b[1]', 'q.weight b[2]']);
  const recipe = `${deep}variant Inner to part {
  freeze part.up
}
variant V of Deep { apply Inner to block[*] except block[2] }`;
  const frozen = modelOf(recipe, 'V').parameters.flatMap(({ names, update }) => (update.frozen ? names : []));
  assert.equal(frozen, ['block[1].up.weight']);
});

test('layers within layers are counted as they are copied', () => {
  const wraps = Array.from({ length: 6 }, () => '  wrap ffn in mixture[width, expert = 6, pick = 1]').join('\n');
  const text = `edition 1
model M(width = 4) {
  axis batch
  input x[batch, width]
  ffn: mlp[width, inner = 4]
  loss wrong = mean(ffn(x) ^ 2)
}
variant V of M {
${wraps}
}`;
  const { diagnostics } = check({ file: 'main.bond', text, name: 'V', load: () => undefined });
  assert.equal(
    diagnostics.map(({ code }) => code),
    ['B212'],
  );
});

test.run();
