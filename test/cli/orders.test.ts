/** A topology that puts axes in an order, through the commands: trained from given weights, gone on with, merged, taken again, written for others. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';
import { gaussian } from '../weights/networks.ts';
import { workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());

const program = work.write(
  'orders.bond',
  `edition 1
topology sorted[out[n], in[n]](b) {
  whole: mpo[out, in](b = b)
  permute out by norm
  permute in by likeness
}
model M(width = 16, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  first: linear[width -> width](biased = false)
  last: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> y[batch, classes] { y = last(tanh(first(x))) }
  loss wrong = mean(cross_entropy[classes](forward(x), label))
}
variant Sorted of M { decompose first as sorted[4*4, 4*4](b = 3) }
variant Fine of M { decompose first as sorted[4*4, 4*4](b = 16) to error 0.5 }
variant Summed of M { decompose first as low_rank(r = 2) + sorted[4*4, padded 5*4](b = 2) + sparse(share = 0.05) }
`,
);
const given = work.path('dense.safetensors');
files.replace(
  given,
  encodeTensors([
    { name: 'first.weight', shape: [16, 16], data: Float32Array.from(gaussian([16, 16], 1).data) },
    { name: 'last.weight', shape: [4, 16], data: Float32Array.from(gaussian([4, 16], 2).data) },
  ]),
);
const data = work.path('data.safetensors');
files.replace(
  data,
  encodeTensors([
    { name: 'x', shape: [12, 16], data: Float32Array.from(gaussian([12, 16], 9).data) },
    { name: 'label', shape: [12], data: Int32Array.from({ length: 12 }, (_, k) => k % 4) },
  ]),
);
const train = (out: string, ...more: string[]) =>
  work.run('train', program, '--data', data, '--batch', '4', '--out', work.path(out), ...more);
const still = work.write('still.json', JSON.stringify({ optimiser: { kind: 'sgd', rate: 1e-12 } }));
const checkpoint = (run: string) => `${work.path(run)}/checkpoint.safetensors`;
const tensorsOf = (path: string) => {
  const file = openTensors(files, path);
  return new Map([...file.tensors.keys()].map((name) => [name, file.read(name)]));
};
const apart = (a: Float64Array, b: Float64Array) => distance(a, b) / norm(b);
const ok = ({ code, err }: { readonly code: number; readonly err: string }) => assert.is(code, 0, err);
const told = (text: string) => Number(/first\.weight: bonds [\d, ]+, relative error ([\d.e+-]+)/.exec(text)![1]);

for (const variant of ['Sorted', 'Summed']) {
  for (const engine of ['reference', 'wasm']) {
    test(`${variant}, ${engine}: trained, gone on with bit for bit, merged without a trace`, async () => {
      const name = `${variant}-${engine}`;
      const straight = await train(name, '--variant', variant, '--from', given, '--steps', '6', '--engine', engine);
      ok(straight);
      ok(await train(`${name}-halves`, '--variant', variant, '--from', given, '--steps', '3', '--engine', engine));
      ok(await work.run('train', '--resume', work.path(`${name}-halves`), '--steps', '6'));
      ok(await train(`${name}-still`, '--variant', variant, '--from', given, '--steps', '1', '--engine', engine, '--config', still));
      const [one, two, first] = [name, `${name}-halves`, `${name}-still`].map((run) => tensorsOf(checkpoint(run)));
      for (const [tensor, values] of one!) assert.equal(two!.get(tensor), values, tensor);
      const orders = [...one!.keys()].filter((tensor) => tensor.includes('order['));
      assert.is(orders.length, 2);
      for (const tensor of orders) {
        assert.is(openTensors(files, checkpoint(name)).tensors.get(tensor)!.type, 'I32');
        assert.equal(one!.get(tensor), first!.get(tensor));
      }
      ok(await work.run('merge', work.path(`${name}-still`), '--out', work.path('merged.safetensors')));
      const merged = tensorsOf(work.path('merged.safetensors'));
      assert.equal([...merged.keys()].sort(), ['first.weight', 'last.weight']);
      const found = apart(merged.get('first.weight')!, tensorsOf(given).get('first.weight')!);
      assert.ok(Math.abs(found - told(straight.err)) < 1e-3 && found > 0.01, `${found}, told ${told(straight.err)}`);
    });
  }

  test(`${variant}: the engines agree, and cores of a run bring their orders`, async () => {
    const [exact, fast] = ['reference', 'wasm'].map((engine) => tensorsOf(checkpoint(`${variant}-${engine}`)));
    for (const [name, values] of exact!) if (name.startsWith('first')) assert.ok(apart(fast!.get(name)!, values) < 1e-4, name);
    ok(
      await train(
        `${variant}-again`,
        '--variant',
        variant,
        '--from',
        checkpoint(`${variant}-reference`),
        '--steps',
        '1',
        '--config',
        still,
      ),
    );
    const after = tensorsOf(checkpoint(`${variant}-again`));
    for (const [name, values] of exact!) if (name.startsWith('first')) assert.ok(apart(after.get(name)!, values) < 1e-6, name);
  });
}

test('`to error` holds for the weight, in the order that is chosen', async () => {
  const fine = await train('fine', '--variant', 'Fine', '--from', given, '--steps', '2');
  ok(fine);
  assert.ok(told(fine.err) <= 0.5, fine.err);
  ok(await work.run('train', '--resume', work.path('fine'), '--steps', '3'));
});

test('without given weights there is no order, and a warning says so', async () => {
  const drawn = await train('drawn', '--variant', 'Sorted', '--steps', '1');
  ok(drawn);
  assert.match(drawn.err, /warning\[W9\]: nothing is given that a rule could look at/);
  assert.not.ok([...tensorsOf(checkpoint('drawn')).keys()].some((name) => name.includes('order[')));
});

test('explain counts what is stored', async () => {
  const { out, code, err } = await work.run('explain', program, '--variant', 'Sorted', '--from', given);
  assert.is(code, 0, err);
  // 2 cores of 4 * 4 * 3, 2 orders of 16, 64 of the last layer.
  assert.match(out, /192 parameters, 160 trainable, 32 positions, which are integers;/);
  assert.match(out, /order\[2\] {2}16 {2}16 {2}positions\n/);
});

for (const target of ['wasm', 'pytorch', 'onnx']) {
  test(`it is written for ${target}`, async () => {
    ok(await work.run('build', work.path('Summed-again'), '--target', target, '--out', work.path(`built-${target}`)));
  });
}

test.run();
