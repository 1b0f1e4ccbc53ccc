/** Networks over families through every door: what explain tells, runs that go on, PyTorch, and statements that cut, wrap and untie. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printPytorch } from '../../compiler/index.ts';
import { openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { checkText, modelOf } from '../check/program.ts';
import { workplace } from '../cli/command.ts';
import '../verified-draft.ts';

const work = workplace();
test.after(() => work.remove());

const text = `edition 1
model Stack(vocab = 11, width = 8, depth = 3) {
  axis batch, time
  input ids[batch, time] in vocab, next[batch, time] in vocab
  embed: [vocab, width] ~ normal(0.3)
  block[l in 1..depth] { a, b: linear[width -> width](biased = false) }
  head: linear[width -> vocab](biased = false)
  forward(ids[batch, time] in vocab) -> scores[batch, time, vocab] {
    h = embed[ids]
    for g in block { h = h + g.b(relu(g.a(h))) }
    scores = head(h)
  }
  loss next_token = mean(cross_entropy[vocab](forward(ids), next))
}
variant Meta of Stack {
  decompose block[l].{k: a, b} over l, k as metatt[depth, 2, 2*4, 4*2](r = 3)
}
variant Squeezed of Meta { squeeze r[3] of block by 1 every 2 steps }
variant Untied of Meta { untie block[2].a over l }
`;
const program = work.write('stack.bond', text);
const data = work.write('sea.txt', 'the sea and the whale, and the sea. '.repeat(40));
const run = async (...given: string[]) => {
  const result = await work.run(...given);
  assert.is(result.code, 0, result.err);
  return result;
};
const begin = (variant: string, folder: string, steps: string) =>
  run(
    'train',
    program,
    '--variant',
    variant,
    '--text',
    data,
    '--size',
    'time=4',
    '--batch',
    '4',
    '--steps',
    steps,
    '--out',
    work.path(folder),
  );
const checkpoint = (folder: string) => openTensors(nodeFiles(), work.path(`${folder}/checkpoint.safetensors`));
const refused = (statement: string) =>
  checkText(`${text}variant Outer of Meta { ${statement} }\n`, { name: 'Outer' }).diagnostics.filter(
    ({ severity }) => severity === 'error',
  );

test('explain tells what the slices are of, and counts the cores once', async () => {
  const { weights, parameters } = JSON.parse((await run('explain', program, '--variant', 'Meta', '--json')).out);
  const members = weights.filter(({ family }: { family?: object }) => family !== undefined);
  assert.equal(
    members.map(({ path, family }: { path: string; family: { over: { leg: string; size: number; at: number }[]; members: number } }) => [
      path,
      family.members,
      family.over.map(({ leg, size, at }) => `${leg} ${at} of ${size}`).join(', '),
    ]),
    [1, 2, 3].flatMap((l) => ['a', 'b'].map((name, k) => [`block[${l}].${name}.weight`, 6, `at ${l - 1} of 3, matrix ${k} of 2`])),
  );
  const plain = JSON.parse((await run('explain', program, '--variant', 'Stack', '--json')).out);
  assert.is(parameters.total, plain.parameters.total - 6 * 64 + members[0].parameters);
  const { out } = await run('explain', program, '--variant', 'Meta');
  assert.match(out, /one network over at 3 x matrix 2: 6 weights are slices of it, and each core is one tensor for all/);
});

for (const variant of ['Meta', 'Squeezed', 'Untied']) {
  test(`${variant}: stopped and resumed equals a run in one piece, and merge gives each member a matrix`, async () => {
    await begin(variant, `${variant}-whole`, '6');
    await begin(variant, `${variant}-half`, '3');
    await run('train', '--resume', work.path(`${variant}-half`), '--steps', '6');
    const [a, b] = [checkpoint(`${variant}-whole`), checkpoint(`${variant}-half`)];
    for (const name of a.tensors.keys()) assert.equal(b.read(name), a.read(name), name);
    await run('merge', work.path(`${variant}-whole`), '--out', work.path(`${variant}.safetensors`));
    const merged = openTensors(nodeFiles(), work.path(`${variant}.safetensors`));
    for (const l of [1, 2, 3]) assert.equal(merged.tensors.get(`block[${l}].b.weight`)!.shape, [8, 8]);
  });
}

test('squeezed, the bond is smaller in the one network of all members', () => {
  const shape = (name: string) => checkpoint('Squeezed-whole').tensors.get(name)!.shape;
  assert.ok(shape('block[1].a.weight.L')[2]! < 3 && shape('block[1].a.weight.L')[2] === shape('block[1].a.weight.M')[0]);
});

test('untied, one member has cores of its own', () => {
  const names = [...checkpoint('Untied-whole').tensors.keys()];
  assert.ok(names.includes('block[1].a.weight.L') && names.some((name) => name.startsWith('block[2].a.weight.')));
});

test('what was tied to a member before the family was made stays with it when it is untied', () => {
  const changed = `topology train_of[at, out, in](r) {
  core A (out, r)
  core G (at, r)
  core B (r, in)
}
variant Tied of Stack {
  tie block[2].b.weight[i, j] = block[1].a.weight[j, i]
  decompose block[l].b over l as train_of[depth, 8, 8](r = 3)
  untie block[2].b over l
}
`;
  const cores = modelOf(text + changed, 'Tied').parameters.filter(({ names }) => names.includes('block[2].b.weight.A'));
  assert.equal(
    cores.map(({ names }) => names.toSorted()),
    [['block[1].a.weight.A', 'block[2].b.weight.A']],
  );
});

test('PyTorch has one tensor for each core, and reads slices of it', () => {
  const { model, left } = printPytorch(modelOf(text, 'Meta'));
  assert.equal(left, []);
  assert.match(model, /\.L\[:, 2, :\]/);
  assert.is(model.match(/share\(self, 'block\.1\.a\.weight\.L', /g)!.length, 5);
});

test('what would part a member from its family is refused in its place, or keeps the family whole', () => {
  const codes = (statement: string) => refused(statement).map(({ code }) => code);
  assert.equal(codes('decompose block[2].a as low_rank(r = 2)'), ['B622']);
  assert.equal(codes('tie block[2].a.weight[i, j] = block[1].b.weight[j, i]'), ['B622']);
  assert.equal(codes('share L of block[l].a over l'), ['B622']);
  assert.equal(codes('replace block[2].a with linear[width -> width]'), ['B641']);
  // A bond of a member is one of the family's network.
  assert.equal(codes('squeeze r[3] of block[2].a by 1'), []);
});

test('wrapped, the copies of a member are slices of the family as it was; untied as a whole, every layer has cores of its own', () => {
  const outer = (statement: string) => modelOf(`${text}variant Outer of Meta { ${statement} }\n`, 'Outer');
  const wrapped = outer('wrap block[2].a in mixture[width, expert = 2, pick = 1]').parameters.find(
    ({ names }) => names[0] === 'block[1].a.weight.L',
  )!;
  assert.equal(wrapped.names.filter((name) => name.startsWith('block[2].')).toSorted(), [
    'block[2].a.each[1].weight.L',
    'block[2].a.each[2].weight.L',
    'block[2].b.weight.L',
  ]);
  const apart = outer('untie block over l').parameters.filter(({ names }) => names[0]!.endsWith('.L'));
  assert.is(apart.length, 6);
  assert.ok(apart.every(({ names, legs }) => names.length === 1 && legs.map(({ size }) => size).join() === '3,3'));
});

test.run();
