/**
 * Statements of variants down to numbers: the program of a variant, after every pass, gives what the model gives with the dense matrices
 * that the variant's tensors stand for, written out entry by entry.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check } from '../../compiler/index.ts';
import type { Model, Term } from '../../compiler/values/model.ts';
import { largestDifference, parametersOf, randomArray, randomInts, run, type Values, verifiedStep } from './run.ts';

const text = `edition 1
model M(width = 8, depth = 2, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  block[l in 1..depth] { up, down: linear[width -> width](biased = false) }
  head: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> s[batch, classes] {
    h = x
    for g in block { h = h + g.down(tanh(g.up(h))) }
    s = head(h)
  }
  loss task = mean(cross_entropy[classes](forward(x), label))
}
model Loop(width = 4, depth = 3) {
  axis batch
  input x[batch, width]
  one: linear[width -> width](biased = false)
  forward(x[batch, width]) -> y[batch, width] { y = x  for l in 1..depth { y = tanh(one(y)) } }
  loss task = mean(forward(x) ^ 2)
}
topology split[a, b, c](r) { core U (a, b, r)  core V (r, c) }
variant Low(rank = 2, by = 3) to target { adapt target with low_rank(r = rank) scaled by by named low }
`;

function modelOf(body: string, of = 'M', set: Record<string, number> = {}): Model {
  const { model, diagnostics } = check({
    file: 'v.bond',
    text: `${text}variant V${of} { ${body} }`,
    name: 'V',
    set,
    load: () => undefined,
  });
  if (model === undefined) throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join('\n'));
  return model;
}
const variantOf = (body: string, of = 'M', set: Record<string, number> = {}) => modelOf(body, ` of ${of}`, set);
const base = (of = 'M') => check({ file: 'v.bond', text, name: of, load: () => undefined }).model!;

const batch = 3;
const data: Values = { x: randomArray(batch * 8, 77), label: randomInts(batch, 4, 5) };
const evaluated = (model: Model, values: Values, entry = 'forward') =>
  run(verifiedStep(model, { entries: [{ name: entry, weight: 1 }], sizes: { batch }, mode: 'eval' }), { ...data, ...values })[
    `result ${entry}`
  ]!;

/** Entry of a term at one position of the weight, by summing over all values of the bonds. */
function entry(model: Model, term: Term, values: Values, at: readonly number[]): number {
  const stored = (id: number, digits: readonly number[]) => {
    const { names, legs } = model.parameters[id]!;
    return values[names[0]!]![digits.reduce((offset, digit, k) => offset * legs[k]!.size + digit, 0)]!;
  };
  if (term.is === 'dense') {
    const digits: number[] = [];
    term.perm.forEach((leg, axis) => {
      digits[leg] = at[axis]!;
    });
    return term.scale * stored(term.parameter, digits);
  }
  if (term.is === 'sparse') throw new Error('sums of single entries have tests of their own');
  /** Digits of the position along the factors of its axis, most significant first. */
  const outer = ([axis, factor]: readonly [number, number], size: number) => {
    const later = term.legs.filter((leg) => leg.outer?.[0] === axis && leg.outer[1] > factor);
    const after = new Map(later.map((leg) => [leg.outer![1], leg.size]));
    return Math.floor(at[axis]! / [...after.values()].reduce((product, extent) => product * extent, 1)) % size;
  };
  const digits = term.legs.map((leg) => (leg.outer === undefined ? 0 : outer(leg.outer, leg.size)));
  const bonds = term.legs.filter((leg) => leg.outer === undefined);
  let sum = 0;
  for (let all = bonds.reduce((product, { size }) => product * size, 1) - 1; all >= 0; all--) {
    let rest = all;
    for (const { id, size } of bonds) {
      digits[id] = rest % size;
      rest = Math.floor(rest / size);
    }
    sum += term.nodes.reduce(
      (product, node) =>
        product *
        stored(
          node.parameter,
          node.legs.map((leg) => digits[leg]!),
        ),
      1,
    );
  }
  return term.scale * sum;
}

/** Every weight of the model as a dense matrix under its path. */
function dense(model: Model, values: Values): Values {
  return Object.fromEntries(
    model.weights.map((weight) => {
      const [rows, columns] = weight.axes.map(({ size }) => size) as [number, number];
      const entries = Array.from({ length: rows * columns }, (_, k) => {
        const at = [Math.floor(k / columns), k % columns];
        return weight.terms.reduce((sum, term) => sum + entry(model, term, values, at), 0);
      });
      return [weight.path, Float64Array.from(entries)];
    }),
  );
}

/** A variant of M computes what M computes with the matrices that its tensors stand for. */
function same(body: string, set: Record<string, number> = {}): { model: Model; values: Values; matrices: Values } {
  const model = variantOf(body, 'M', set);
  const values = parametersOf(model);
  const matrices = dense(model, values);
  assert.ok(largestDifference(evaluated(model, values), evaluated(base(), matrices)) < 1e-12);
  return { model, values, matrices };
}

test('decompose: chains, rings, trees, a core again; options of the variant are its sizes', () => {
  same('decompose block[*].up as mpo[2*2*2, 2*2*2](b = 3) decompose block[*].down as ring[2*4, 4*2](b = 2)');
  same('decompose head as tree[2*2, 2*4](e = 3) decompose block[1].up as kronecker[2*4, 4*2]');
  same('decompose head as mpo[2*2, 4*2](b = 4) decompose T[2] of head as split(r = 2)');
  const { model } = same('decompose head as low_rank(r = classes - 1)', { classes: 4 });
  assert.is(model.parameters.find(({ names }) => names[0] === 'head.weight.U')!.legs[1]!.size, 3);
});

test('padding: rows beyond the axis take no part', () => {
  same('decompose head as mpo[padded 3*2, padded 3*3](b = 3)');
  same('decompose block[*].up as mpo[8, padded 10](b = 2) decompose head as cp[padded 3*2, 2*4](r = 3)');
});

test('share: one tensor under several names, and its gradient is the sum over them', () => {
  const { model, values, matrices } = same('share block[l].up over l from first');
  assert.equal(matrices['block[1].up.weight'], matrices['block[2].up.weight']);
  const gradients = (of: Model, given: Values) =>
    run(verifiedStep(of, { entries: [{ name: 'task', weight: 1 }], sizes: { batch }, mode: 'train', phase: 'gradients' }), {
      ...data,
      ...given,
    });
  const apart = gradients(base(), matrices);
  const sum = apart['gradient block[1].up.weight']!.map((value, k) => value + apart['gradient block[2].up.weight']![k]!);
  assert.ok(largestDifference(gradients(model, values)['gradient block[1].up.weight']!, sum) < 1e-12);
  same('decompose block[*].{up, down} as mpo[2*4, 2*4](b = 3) share T[1] of block[l].{up, down} over l in groups 1 from first');
});

test('tie: a matrix and its transpose, networks read both ways, one core of two weights', () => {
  const transposed = (m: Float64Array) => Float64Array.from(m, (_, k) => m[(k % 8) * 8 + Math.floor(k / 8)]!);
  const tied = same('tie block[l].down.weight[i, j] = block[l].up.weight[j, i]').matrices;
  assert.equal(tied['block[2].down.weight'], transposed(tied['block[2].up.weight']!));
  const network = same('tie block[l].down.weight[i, j] = block[l].up.weight[j, i] decompose block[*].up as mpo[2*4, 4*2](b = 3)').matrices;
  assert.ok(largestDifference(network['block[1].down.weight']!, transposed(network['block[1].up.weight']!)) < 1e-15);
  const cores = same('decompose block[*].{up, down} as ring[2*4, 2*4](b = 2) tie T[2] of block[l].down = T[2] of block[l].up');
  assert.is(cores.model.parameters.filter(({ names }) => names.length === 2).length, 2);
});

test('adapt and recipes: terms added and scaled, several by name', () => {
  const { model } = same(
    'apply Low(rank = 3) to block[*].up adapt block[1].up with kronecker[2*4, 4*2] named second apply Low(by = 0.5) to head freeze dense of block',
  );
  const scales = model.weights.find(({ path }) => path === 'block[1].up.weight')!.terms.map(({ scale }) => scale);
  assert.equal(scales, [1, 3, 1]);
});

test('keep: the other entries count as zero', () => {
  const model = variantOf('keep block[*].up.weight where @out div 2 == @in div 2');
  const values = parametersOf(model);
  const masked = { ...values };
  for (const path of ['block[1].up.weight', 'block[2].up.weight'])
    masked[path] = values[path]!.map((value, k) => (Math.floor(k / 16) === Math.floor((k % 8) / 2) ? value : 0));
  assert.ok(largestDifference(evaluated(model, values), evaluated(base(), masked)) < 1e-12);
});

test('untie: each turn of the loop has a matrix of its own; shared again it is one', () => {
  const model = variantOf('untie one over l', 'Loop');
  const values = parametersOf(model);
  const x = randomArray(batch * 4, 9);
  let rows = x;
  for (const l of [1, 2, 3]) {
    const matrix = values[`one[${l}].weight`]!;
    const before = rows;
    rows = Float64Array.from(before, (_, k) => {
      const [row, out] = [Math.floor(k / 4), k % 4];
      return Math.tanh([0, 1, 2, 3].reduce((sum, into) => sum + matrix[out * 4 + into]! * before[row * 4 + into]!, 0));
    });
  }
  assert.ok(largestDifference(evaluated(model, { ...values, x }), rows) < 1e-12);
  const again = variantOf('untie one over l share one[l] over l', 'Loop');
  const shared = parametersOf(again);
  assert.is(again.parameters.length, 1);
  const plain = evaluated(base('Loop'), { 'one.weight': shared[again.parameters[0]!.names[0]!]!, x });
  assert.ok(largestDifference(evaluated(again, { ...shared, x }), plain) < 1e-12);
});

test('wrap: equal experts give what the layer gives; experts that share all but one core differ in that core alone', () => {
  const wrapped = 'wrap block[*].up in mixture[width, expert = 3, pick = 1](router = switch)';
  const equal = variantOf(wrapped);
  const values = parametersOf(equal);
  for (const name of Object.keys(values)) {
    const first = name.replace(/each\[\d\]/, 'each[1]');
    values[name] = values[first]!;
  }
  const plain = Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replace('.each[1]', ''), value]));
  assert.ok(largestDifference(evaluated(equal, values), evaluated(base(), plain)) < 1e-12);
  const shared = variantOf(`${wrapped}
    decompose block[*].up.each[*] as mpo[2*2*2, 2*2*2](b = 3)
    share core of block[l].up.each[x] except T[2] of block over x`);
  const cores = shared.parameters.filter(({ names }) => names[0]!.startsWith('block[1].up.each'));
  assert.equal(
    cores.map(({ names }) => [names[0]!.slice(-4), names.length]),
    [
      ['T[1]', 3],
      ['T[2]', 1],
      ['T[3]', 3],
      ['T[2]', 1],
      ['T[2]', 1],
    ],
  );
  const own = parametersOf(shared);
  const changed = { ...own };
  for (const name of Object.keys(own).filter((name) => /each\[[123]\].*T\[2\]/.test(name)))
    changed[name] = own[name]!.map((value) => 2 * value);
  // Every expert is linear in its own core, so the routed matrices double with it.
  const twice = dense(shared, changed);
  for (const [path, matrix] of Object.entries(dense(shared, own)))
    if (path.includes('each'))
      assert.ok(
        largestDifference(
          twice[path]!,
          matrix.map((value) => 2 * value),
        ) < 1e-12,
      );
  assert.ok(evaluated(shared, own).every(Number.isFinite));
});

test.run();
