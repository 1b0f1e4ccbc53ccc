/**
 * Programs at the ends of their sizes: depth 0, loops over families without members, axes of size 1 everywhere, `axis` lines in any order.
 * Each trains in the reference engine and in WASM, which agree.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { gaussian } from '../weights/networks.ts';
import { workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());

// Adam would make steps of the noise in gradients that are zero.
const config = work.write('config.json', JSON.stringify({ optimiser: { kind: 'sgd', rate: 0.05, momentum: 0.5 } }));
let runs = 0;
/** Trains three steps in both engines and compares what they save. */
async function trains(text: string, variant: string, width: number, set: readonly string[] = [], classes = 3): Promise<void> {
  const file = work.write(`sizes${++runs}.bond`, text);
  const data = work.path(`data${runs}.safetensors`);
  const label = Int32Array.from({ length: 12 }, (_, k) => (k * k) % classes);
  const x = Float32Array.from(gaussian([12, width], 5).data);
  files.replace(
    data,
    encodeTensors([
      { name: 'x', shape: [12, width], data: x },
      { name: 'label', shape: [12], data: label },
    ]),
  );
  const saved = [];
  for (const engine of ['reference', 'wasm']) {
    const out = work.path(`${engine}${runs}`);
    const settings = [
      '--variant',
      variant,
      '--data',
      data,
      '--batch',
      '3',
      '--steps',
      '3',
      '--engine',
      engine,
      '--config',
      config,
      '--out',
      out,
    ];
    const { code, err } = await work.run('train', file, ...settings, ...set.flatMap((one) => ['--set', one]));
    assert.is(code, 0, `${engine} ${err}`);
    saved.push(openTensors(files, `${out}/checkpoint.safetensors`));
  }
  const [slow, fast] = saved;
  assert.equal([...fast.tensors.keys()], [...slow.tensors.keys()]);
  for (const name of slow.tensors.keys()) {
    const [a, b] = [slow.read(name), fast.read(name)];
    const apart = Math.max(0, ...a.map((value, k) => Math.abs(value - b[k])));
    assert.ok(apart < 1e-4, `${name} of the engines is ${apart} apart`);
  }
}

const axes = ['axis batch', 'axis pixel = rows * cols', 'axis width = heads * e', 'axis inner = wide * width'];
const program = (lines: readonly string[]) => `edition 1
model M(rows = 2, cols = 2, heads = 2, width = 4, wide = 2, depth = 2, classes = 3) {
  ${lines.join('\n  ')}
  input x[batch, pixel], label[batch] in classes
  first: linear[pixel -> width]
  block[l in 1..depth] { up: linear[width -> inner]  down: linear[inner -> width] }
  head: linear[width -> classes]
  forward(x[batch, pixel]) -> s[batch, classes] {
    h = relu(first(x))
    for b in block { h = h + b.down(relu(b.up(h))) }
    g[batch, heads, e] = h
    for k in 1..0 { g = 2 * g }
    s = head(g)
  }
  loss wrong = mean(cross_entropy[classes](forward(x), label))
}
variant V of M {
  decompose first as mpo(n = 2, b = 2)
  decompose head as low_rank(r = 1)
  adapt first with low_rank(r = 1) named extra
  train core of first with probability 0.5
}
variant Ones of M { decompose first, head, block[*].up, block[*].down as mpo(n = 2) }
variant Rings of M { decompose first, head, block[*].up, block[*].down as ring(n = 2, b = 1) }
variant Tuckers of M { decompose first, head, block[*].up, block[*].down as tucker(r = 1, s = 1) }
`;

test('depth = 0: a family without members, and a loop over it', () => trains(program(axes), 'V', 4, ['depth=0']));

test('lines of `axis` in any order give one model', async () => {
  const digests = [axes, axes.toReversed(), [axes[2], axes[0], axes[3], axes[1]]].map(async (lines, k) => {
    const file = work.write(`order${k}.bond`, program(lines));
    const { out, err } = await work.run('explain', file, '--variant', 'V', '--json');
    const { weights, parameters } = JSON.parse(out || `"${err}"`);
    return JSON.stringify([weights, parameters]);
  });
  const [first, ...others] = await Promise.all(digests);
  for (const other of others) assert.is(other, first);
  await trains(program(axes.toReversed()), 'V', 4);
});

test('axes of size 1 everywhere', async () => {
  const one = ['rows=1', 'cols=1', 'heads=1', 'width=1', 'wide=1', 'classes=1', 'depth=1'];
  for (const variant of ['Ones', 'Rings', 'Tuckers']) await trains(program(axes), variant, 1, one, 1);
});

test('a topology whose loops place nothing', () =>
  trains(
    `${program(axes)}
topology ends[out[n], in[n]](b[1..n-1]) {
  core T[k] (b[k-1], out[k], in[k], b[k]) for k in 1..n
  core X[k] (b[k], b[k]) for k in 2..n-1
}
variant Ends of M { decompose first as ends[2*2, 2*2](b = 2) }
`,
    'Ends',
    4,
  ));

test.run();
