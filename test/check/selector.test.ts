/** Selections, by what a `freeze` of them freezes: paths, picks, variables, braces, roles, cores, `except`. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkText } from './program.ts';

const model = `edition 1
model M(width = 16, inner = 64, depth = 3) {
  axis batch
  input x[batch, width]
  block[l in 1..depth] {
    up: linear[width -> inner]
    down: linear[inner -> width](biased = false)
    gate[i in 1..2, j in 0..1]: linear[width -> width](biased = false)
    norm: layer_norm[width]
  }
  head: linear[width -> width]
  forward(x[batch, width]) -> y[batch, width] {
    y = x
    for b in block { y = b.gate[1, 0](b.gate[1, 1](b.gate[2, 0](b.gate[2, 1](y + b.down(relu(b.up(b.norm(y)))))))) }
    y = head(y)
  }
  loss l = mean(forward(x))
}
`;

/** Names of the frozen tensors, or the codes of what is refused. */
function frozen(selection: string, structure = ''): string[] {
  const { model: resolved, diagnostics } = checkText(`${model}variant V of M { ${structure} freeze ${selection} }`, { name: 'V' });
  if (resolved === undefined) return diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  return resolved.parameters.flatMap(({ names, update }) => (update.frozen ? names : []));
}
const networks = 'decompose block[*].up as mpo[8*8, 4*4](b = 4) decompose block[*].down as mpo[4*4, 8*8](b = 4)';

test('a path stands for all tensors beneath; the last step may be left out', () => {
  assert.equal(frozen('head'), ['head.weight', 'head.offset']);
  assert.equal(frozen('head.weight'), ['head.weight']);
  assert.equal(frozen('block[1]').length, 3 + 4 + 2);
  assert.equal(frozen('block').length, 27);
  assert.equal(frozen('all').length, 29);
});

test('picks: one, all, ranges, several indices, indices that do not count from 1', () => {
  assert.equal(frozen('block[2].up.weight'), ['block[2].up.weight']);
  assert.equal(
    frozen('block[*].up.weight'),
    [1, 2, 3].map((l) => `block[${l}].up.weight`),
  );
  assert.equal(frozen('block[2..].norm.gain'), ['block[2].norm.gain', 'block[3].norm.gain']);
  assert.equal(frozen('block[..2].norm.gain'), ['block[1].norm.gain', 'block[2].norm.gain']);
  assert.equal(frozen('block[2..2].norm.gain'), ['block[2].norm.gain']);
  assert.equal(frozen('block[1].gate[2, 0]'), ['block[1].gate[2,0].weight']);
  assert.equal(frozen('block[1].gate[*, 1]'), ['block[1].gate[1,1].weight', 'block[1].gate[2,1].weight']);
  assert.equal(frozen('block[depth].norm.gain'), ['block[3].norm.gain']);
});

test('stars, any depth, braces', () => {
  assert.equal(frozen('block[1].*.offset'), ['block[1].up.offset']);
  assert.equal(frozen('**.offset'), ['block[1].up.offset', 'block[2].up.offset', 'block[3].up.offset', 'head.offset']);
  assert.equal(frozen('block[1].{up.weight, norm.{gain, shift}}'), ['block[1].up.weight', 'block[1].norm.gain', 'block[1].norm.shift']);
  assert.equal(frozen('{head, block[1].up}.offset'), ['block[1].up.offset', 'head.offset']);
  assert.equal(frozen('**.gate[1, 1]').length, 3);
});

test('roles, cores, picks of cores', () => {
  assert.equal(frozen('central of block[1]', networks), ['block[1].up.weight.T[1]', 'block[1].down.weight.T[1]']);
  assert.equal(frozen('T[2] of block[1]', networks), ['block[1].up.weight.T[2]', 'block[1].down.weight.T[2]']);
  assert.equal(frozen('core of block[3].up', networks), ['block[3].up.weight.T[1]', 'block[3].up.weight.T[2]']);
  assert.equal(frozen('T[2..] of all', networks).length, 6);
  assert.equal(frozen('dense of block[1]', networks).length, 1 + 4 + 2);
});

test('except takes tensors away, whatever they were selected by', () => {
  assert.equal(frozen('head except head.offset'), ['head.weight']);
  assert.equal(frozen('all except block, head.weight'), ['head.offset']);
  assert.equal(frozen('block[1].up except central of all', networks), ['block[1].up.offset', 'block[1].up.weight.T[2]']);
});

test('what a variable needs', () => {
  assert.equal(frozen('block[l].up'), ['B504']);
  assert.equal(frozen('block[4]'), ['B505']);
  assert.equal(frozen('block[0..]').length, 27);
  assert.equal(frozen('block[1].gate[1]'), ['B506']);
});

/** The meaning of a selection, written again without the walk: choices are the union, `except` the difference. */
const steps = [
  'block[1]',
  'block[2..]',
  'block[*].up',
  'block[*].norm',
  'head',
  '**.offset',
  'block[3].gate[*, 0]',
  'block[..2].{up, down}',
];
test('choices are a union, except a difference', () => {
  fc.assert(
    fc.property(fc.subarray(steps, { minLength: 1 }), fc.constantFrom(...steps), (choices, out) => {
      const all = new Set(choices.flatMap((choice) => frozen(choice)));
      assert.equal(new Set(frozen(choices.join(', '))), all);
      const taken = new Set(frozen(out));
      const left = [...all].filter((name) => !taken.has(name));
      const found = frozen(`${choices.join(', ')} except ${out}`);
      if (left.length === all.size) assert.equal(found, ['B509']);
      else if (left.length === 0) assert.equal(found, ['B502']);
      else assert.equal(new Set(found), new Set(left));
    }),
    { numRuns: 40, seed: 1 },
  );
});

test.run();
