/** Names of variants, options of kind topology and factors, `let` and `if` in topologies, families of no members, the order of axes. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkText, modelOf, rendered } from './program.ts';

const stack = `edition 1
model M(width = 64, depth = 2) {
  axis batch
  input x[batch, width]
  up: linear[width -> width]
  block[k in 1..depth]: linear[width -> width]
  forward(x[batch, width]) -> y[batch, width] {
    y = up(x)
    for b in block { y = b(y) }
  }
  loss l = mean(forward(x))
}
`;
/** Topology, cores and sizes of all legs of the networks of a variant. */
function networks(text: string, name: string): string[] {
  return modelOf(stack + text, name).weights.flatMap(({ path, terms }) =>
    terms.flatMap((term) => {
      if (term.is !== 'network') return [];
      return [`${path} ${term.topology} ${term.nodes.map((node) => node.name).join(' ')}: ${term.legs.map(({ size }) => size).join(' ')}`];
    }),
  );
}

test('a topology is an option, given by name or applied in part; a variant over it gives another', () => {
  const text = `
    variant A(how: topology = mpo, outs: factors = 4*4*4) of M { decompose up as how[outs, 4^3](b = 4) }
    variant B of A(how = ring, outs = 2*4*8) { freeze up.offset }
    variant C(how: topology = ring[8*8, 8*8](b = 3)) of M { decompose up as how }
    variant D(how: topology = ring(b = 3)) of M { decompose up as how[8*8, 8*8](b = 2) }
    variant E of M { let how = tucker  decompose up as how(r = 3, s = 2) }`;
  assert.equal(networks(text, 'A'), ['up.weight mpo T[1] T[2] T[3]: 4 4 4 4 4 4 4 4']);
  assert.equal(networks(text, 'B'), ['up.weight ring T[1] T[2] T[3]: 2 4 8 4 4 4 4 4 4']);
  assert.equal(networks(text, 'C'), ['up.weight ring T[1] T[2]: 8 8 8 8 3 3']);
  assert.equal(networks(text, 'D'), ['up.weight ring T[1] T[2]: 8 8 8 8 2 2']);
  assert.equal(networks(text, 'E'), ['up.weight tucker G U V: 64 64 3 2']);
});

test('a recipe takes a topology', () => {
  const text = `
    variant R(how: topology = mpo) to target { decompose target as how[8*8, 8*8](b = 4) }
    variant A of M { apply R(how = ring) to block[*] }`;
  assert.equal(networks(text, 'A'), ['block[1].weight ring T[1] T[2]: 8 8 8 8 4 4', 'block[2].weight ring T[1] T[2]: 8 8 8 8 4 4']);
});

test('`if` and `let` of a topology; bonds of the branch that is not taken do not exist', () => {
  const text = `
    topology maybe[out, in](r, s, scaled = false) {
      let half = out div 2
      core A (out, r)
      if scaled { core D (r, s) core E (s, in) } else { core B (r, in) }
      role small: A
      require half >= 2 "four rows or more"
    }
    variant A of M { decompose up as maybe(r = 4) }
    variant B of M { decompose up as maybe(r = 4, s = 3, scaled = true) }`;
  assert.equal(networks(text, 'A'), ['up.weight maybe A B: 64 64 4']);
  assert.equal(networks(text, 'B'), ['up.weight maybe A D E: 64 64 4 3']);
});

test('options, defaults, lets and statements of a variant see one chain of names', () => {
  const text = `
    variant A of M { decompose up as mpo[4*4*4, 4*4*4](b = width div 16) }
    variant B of M { let bond = width div 16  decompose up as mpo[4*4*4, 4*4*4](b = bond) }
    variant C(bond = width div 16) of M { decompose up as mpo[4*4*4, 4*4*4](b = bond) }
    variant D(bond = width div 16) of M(width = 32 * 2) { decompose up as mpo[4*4*4, 4*4*4](b = bond) }
    variant R(bond = width div 16) to target { let b = bond  decompose target as mpo[4*4*4, 4*4*4](b = b) }
    variant E of M { apply R to up }`;
  const [first, ...others] = ['A', 'B', 'C', 'D', 'E'].map((name) => networks(text, name));
  assert.equal(first, ['up.weight mpo T[1] T[2] T[3]: 4 4 4 4 4 4 4 4']);
  for (const other of others) assert.equal(other, first);
});

test('a family of no members: loops over it do nothing', () => {
  const model = modelOf(stack, 'M', { set: { depth: 0 } });
  assert.equal(
    model.weights.map(({ path }) => path),
    ['up.weight', 'up.offset'],
  );
  assert.equal(
    model.layers.map(({ path }) => path),
    ['', 'up'],
  );
});

test('the order of axes and lets has no meaning', () => {
  const items = ['axis a = c * d', 'axis c = k', 'let k = half * 2', 'let half = 2'];
  const program = (order: readonly number[]) => `edition 1
    layer f[a] {
      ${order.map((at) => items[at]).join('\n')}
      w: [c, d] ~ ones
      forward(x[.., a]) -> y[.., a] { y[.., c, d] = w * x }
    }
    model M(width = 8) { axis batch  input x[batch, width]  l: f[width]  loss l1 = mean(l(x)) }`;
  const sizes = (order: readonly number[]) => modelOf(program(order)).weights[0].axes.map(({ name, size }) => `${name} ${size}`);
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [0, 2, 1, 3],
    [2, 0, 3, 1],
  ])
    assert.equal(sizes(order), ['c 4', 'd 2']);
});

test('axes of size 1 stand anywhere', () => {
  const text = `edition 1
    model M(width = 8) {
      axis batch, one = 1, whole = one * width
      input x[batch, one, width], k[batch] in one
      table: [one, width] ~ ones
      down: linear[whole -> one]
      forward(x[batch, one, width], k[batch] in one) -> y[batch, one] { y = down(x + expand[one](table[k])) + max[width](x) }
      loss l = mean(cross_entropy[one](forward(x, k), k))
    }
    variant V of M { decompose down as mpo[1*1, 2*4] }`;
  assert.equal(
    checkText(text, { name: 'V' }).diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
});

test('an uneven automatic list is warned of, and what to pad to is said', () => {
  const text = `edition 1
    model M(vocab = 30522, width = 768) { axis batch  input x[batch, width]  l: linear[width -> vocab]  loss a = mean(l(x)) }
    variant V of M { decompose l as mpo(n = 4, b = 16) }`;
  const warned = checkText(text, { name: 'V' }).diagnostics.filter(({ code }) => code === 'W8');
  assert.is(warned.length, 1);
  assert.match(rendered({ ...checkText(text), diagnostics: warned }), '30720');
});

test('what is set from outside is an option of something checked', () => {
  const result = checkText(stack, { set: { widht: 3 } });
  assert.match(rendered(result), /error\[B205\]: M has no option `widht`[\s\S]*did you mean `width`/);
  const two = `${stack}variant V(bond = 2) of M { decompose up as mpo[8*8, 8*8](b = bond) }`;
  assert.match(rendered(checkText(two, { set: { bnd: 3 } })), 'this file has no option `bnd`');
  assert.equal(checkText(two, { set: { bond: 3 } }).diagnostics, []);
});

test.run();
