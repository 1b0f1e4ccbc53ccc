/**
 * Seeded tensors through every door: no checkpoint stores them, a run goes on with them bit for bit, exports hold them, what starts from a
 * run keeps its seed, and a file that has them from another seed is refused.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { load } from '../../runtime/index.ts';
import { draw } from '../../runtime/weights/draw.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { gaussian } from '../weights/networks.ts';
import { workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());

const text = `edition 1
topology vera[out, in](r) {
  core P (out) ~ zeros
  core B (out, r) ~ seeded normal(1 / sqrt(r))
  core D (r) ~ uniform(0.1, 0.1)
  core A (r, in) ~ seeded orthogonal
}
layer random_features[n -> m](s = 0.5) {
  weight: [m, n] ~ seeded uniform(-s, s)
  forward(x[.., n]) -> y[.., m] {
    h[.., m] = x * weight
    y = cos(h)
  }
}
model M(n = 6, depth = 2, classes = 3) {
  axis batch
  input x[batch, n], label[batch] in classes
  look: random_features[n -> n]
  block[l in 1..depth]: mlp[n, inner = n]
  head: linear[n -> classes]
  forward(x[batch, n]) -> s[batch, classes] {
    h = look(x)
    for b in block { h = h + b(h) }
    s = head(h)
  }
  loss wrong = mean(cross_entropy[classes](forward(x), label))
}
variant V of M {
  adapt block[*].up with vera(r = 4)
  share A of block[l].up over l from first
  train only adapter of all, head
}
variant Experts of M {
  wrap block[*] in mixture[n, expert = 2, pick = 1]
  wrap look in twice[n]
}
layer twice[n](body: layer) {
  first, second: body
  forward(x[.., n]) -> y[.., n] { y = second(first(x)) }
}
`;
const program = work.write('seeded.bond', text);
const modelOf = (name: string): Model => {
  const { model, diagnostics } = check({ file: 'seeded.bond', text, name, load: () => undefined });
  assert.equal(
    diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    [],
  );
  return model!;
};
const data = work.path('data.safetensors');
files.replace(
  data,
  encodeTensors([
    { name: 'x', shape: [24, 6], data: Float32Array.from(gaussian([24, 6], 3).data) },
    { name: 'label', shape: [24], data: Int32Array.from({ length: 24 }, (_, k) => k % 3) },
  ]),
);
const begin = (folder: string, ...more: string[]) =>
  work.run('train', program, '--variant', 'V', '--data', data, '--batch', '4', '--out', work.path(folder), ...more);
const at = (folder: string) => openTensors(files, work.path(`${folder}/checkpoint.safetensors`));
const seeded = ['block[1].up.weight.adapter.B', 'block[2].up.weight.adapter.B', 'block[1].up.weight.adapter.A', 'look.weight'];

test('the model: frozen, one stream for each declaration, kept by share and wrap', () => {
  const { parameters } = modelOf('V');
  const own = parameters.filter(({ origin }) => origin.is === 'seeded');
  assert.equal(own.map(({ names }) => names[0]).sort(), [...seeded].sort());
  assert.ok(own.every(({ update }) => update.frozen));
  const shared = own.find(({ names }) => names.length === 2)!;
  assert.equal(shared.origin, { is: 'seeded', stream: 'block[1].up.weight.adapter.A' });
  const wrapped = modelOf('Experts').parameters.filter(({ origin }) => origin.is === 'seeded');
  assert.equal(
    wrapped.map(({ names, origin }) => [names[0], origin.is === 'seeded' && origin.stream]),
    [
      ['look.first.weight', 'look.weight'],
      ['look.second.weight', 'look.weight'],
    ],
  );
});

test('values follow from seed and stream alone', () => {
  const model = modelOf('V');
  const { values } = initialise(model, [7, 0]);
  const look = model.parameters.find(({ names }) => names[0] === 'look.weight')!;
  assert.equal(values[look.id], draw({ is: 'uniform', low: -0.5, high: 0.5 }, [6, 6], [7, 0], 'look.weight'));
});

test('a run stores none of them, says how they are drawn, and goes on bit for bit', async () => {
  const whole = await begin('whole', '--steps', '6', '--seed', '5');
  assert.is(whole.code, 0, whole.err);
  const half = await begin('half', '--steps', '3', '--seed', '5');
  assert.is(half.code, 0, half.err);
  const more = await work.run('train', '--resume', work.path('half'), '--steps', '6');
  assert.is(more.code, 0, more.err);
  const [a, b] = [at('whole'), at('half')];
  for (const name of seeded) assert.not(a.tensors.has(name), name);
  assert.ok(a.tensors.has('block[1].up.weight.adapter.P'));
  for (const name of a.tensors.keys()) assert.equal(b.read(name), a.read(name), name);
  const record = JSON.parse(a.metadata['bondsmith.seeded']!);
  assert.equal([record.generator, record.seed], ['threefry2x32-20', [5, 0]]);
  assert.equal(record.streams.map(([name]: [string]) => name).sort(), [...seeded].sort());
  const evaluated = await work.run('eval', work.path('whole'), '--json');
  assert.is(evaluated.code, 0, evaluated.err);
});

test('explain counts stored and seeded apart', async () => {
  const { out } = await work.run('explain', program, '--variant', 'V', '--json');
  const { parameters } = JSON.parse(out);
  assert.is(parameters.seeded, 36 + 2 * 24 + 24);
  const stored = modelOf('V').parameters.filter(({ origin }) => origin.is !== 'seeded');
  assert.is(
    parameters.total,
    stored.reduce((sum, { legs }) => sum + legs.reduce((product, { size }) => product * size, 1), 0),
  );
  const { out: told } = await work.run('explain', program, '--variant', 'V');
  assert.match(told, /, and 108 seeded, which are stored nowhere;/);
  assert.match(told, /A {2}4 x 6 {2}24 {2}adapter, seeded, shared by 2/);
});

test('exports hold the values: merge, build, and what the API saves reads again', async () => {
  const merged = work.path('merged.safetensors');
  const { code, err } = await work.run('merge', work.path('whole'), '--out', merged);
  assert.is(code, 0, err);
  const model = modelOf('V');
  const { values } = initialise(model, [5, 0]);
  const drawn = (name: string) => Float32Array.from(values[model.parameters.find(({ names }) => names[0] === name)!.id].data);
  assert.equal(Float32Array.from(openTensors(files, merged).read('look.weight')), drawn('look.weight'));
  const built = await work.run('build', work.path('whole'), '--target', 'pytorch', '--out', work.path('torch'));
  assert.is(built.code, 0, built.err);
  const weights = openTensors(files, work.path('torch/weights.safetensors'));
  for (const name of seeded) assert.equal(Float32Array.from(weights.read(name)), drawn(name), name);

  const loaded = await load(work.path('whole'), { engine: 'reference' });
  assert.throws(() => loaded.setWeight('look.weight', new Float64Array(36)), /look\.weight is seeded/);
  loaded.save(work.path('saved.safetensors'));
  assert.not(openTensors(files, work.path('saved.safetensors')).tensors.has('look.weight'));
  const again = await load(work.path('saved.safetensors'), { engine: 'reference' });
  assert.equal(again.weights.get('look.weight')!.data, loaded.weights.get('look.weight')!.data);
});

test('what starts from a run has its seed, whatever the seed of its own', async () => {
  const from = work.path('whole/checkpoint.safetensors');
  const { code, err } = await begin('next', '--steps', '1', '--seed', '9', '--from', from);
  assert.is(code, 0, err);
  assert.equal(JSON.parse(at('next').metadata['bondsmith.seeded']!).seed, [5, 0]);
  const resumed = await work.run('train', '--resume', work.path('next'), '--steps', '2');
  assert.is(resumed.code, 0, resumed.err);
  assert.equal(JSON.parse(at('next').metadata['bondsmith.seeded']!).seed, [5, 0]);
});

test('a file that has them from another seed, another stream or another generator is refused', async () => {
  const weights = openTensors(files, work.path('torch/weights.safetensors'));
  const tensors = [...weights.tensors.values()].map(({ name, shape }) => ({ name, shape, data: Float32Array.from(weights.read(name)) }));
  const store = (name: string, metadata: Record<string, string>) => {
    files.replace(work.path(name), encodeTensors(tensors, metadata));
    return work.path(name);
  };
  const bare = store('bare.safetensors', {});
  const other = await begin('other', '--steps', '1', '--seed', '9', '--from', bare);
  assert.is(other.code, 1);
  assert.match(other.err, /is seeded in V, and the values that the file holds are of another seed: give that with --seed/);
  assert.is((await begin('same', '--steps', '1', '--seed', '5', '--from', bare)).code, 0);
  const record = JSON.parse(weights.metadata['bondsmith.seeded']!);
  const with_ = (change: object) => ({ 'bondsmith.seeded': JSON.stringify({ ...record, ...change }) });
  const streams = await begin('s', '--steps', '1', '--from', store('s.safetensors', with_({ streams: [['look.weight', 'seen']] })));
  assert.match(streams.err, /it draws look\.weight from the stream seen, V from look\.weight/);
  const generator = await begin('g', '--steps', '1', '--from', store('g.safetensors', with_({ generator: 'philox' })));
  assert.match(generator.err, /its seeded tensors were drawn by philox/);
  const broken = await begin('b', '--steps', '1', '--from', store('b.safetensors', { 'bondsmith.seeded': '{"seed": 1}' }));
  assert.match(broken.err, /its record of seeded tensors lacks fields or has others/);
});

test('given values are not fitted to a network with a seeded core', () => {
  const { diagnostics } = check({
    file: 'seeded.bond',
    text: `${text}\nvariant F of M { decompose head as vera(r = 2) }`,
    name: 'F',
    source: new Set(['head.weight']),
    load: () => undefined,
  });
  const [error] = diagnostics;
  assert.is(error.code, 'B740');
  assert.is(error.message, 'core B of `vera` is seeded, so the network cannot be fitted to values that are given');
});

test.run();
