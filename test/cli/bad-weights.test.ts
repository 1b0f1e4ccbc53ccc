/** Weights and calibration data that have nothing to decompose, or not what is asked: an error with its place or a warning, and nothing is lost. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { gaussian } from '../weights/networks.ts';
import { workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());

const program = work.write(
  'two.bond',
  `edition 1
model Two(width = 4, classes = 2) {
  axis batch
  input x[batch, width], label[batch] in classes
  up, down: linear[width -> width](biased = false)
  head: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> scores[batch, classes] { scores = head(relu(down(up(x)))) }
  loss wrong = mean(cross_entropy[classes](forward(x), label))
}
variant All of Two { decompose {up, down} as low_rank to share 0.8 of all }
variant Few of Two { decompose {up, down} as low_rank to share 0.1 of all }
variant Near of Two { decompose {up, down} as low_rank(r = 2) by inputs }
variant Felt of Two { decompose {up, down} as low_rank(r = 2) by inputs and gradients }
variant Wide of Two { decompose {up, down} as low_rank(r = 9) }
variant Promise of Two { decompose {up, down} as low_rank(r = 1) to error 0.001 }
`,
);
let made = 0;
const shapes: Readonly<Record<string, readonly [number, number]>> = { 'up.weight': [4, 4], 'down.weight': [4, 4], 'head.weight': [2, 4] };
/** Weights in which `change` replaced entries of `up`. */
function weights(change: (value: number, at: number) => number = (value) => value): string {
  const path = work.path(`weights${++made}.safetensors`);
  const tensors = Object.entries(shapes).map(([name, shape], k) => {
    const { data } = gaussian(shape, k + 1);
    return { name, shape, data: Float32Array.from(name === 'up.weight' ? data.map(change) : data) };
  });
  files.replace(path, encodeTensors(tensors));
  return path;
}
function examples(change: (value: number, at: number) => number = (value) => value): string {
  const path = work.path(`data${++made}.safetensors`);
  const x = Float32Array.from(gaussian([16, 4], 3).data.map(change));
  const label = Int32Array.from({ length: 16 }, (_, k) => k % 2);
  files.replace(
    path,
    encodeTensors([
      { name: 'x', shape: [16, 4], data: x },
      { name: 'label', shape: [16], data: label },
    ]),
  );
  return path;
}
async function decompose(variant: string, from: string, data?: string) {
  const file = work.path(`out${++made}.safetensors`);
  const given = data === undefined ? [] : ['--calibrate', data, '--examples', '16', '--batch', '16', '--engine', 'reference'];
  return { file, ...(await work.run('decompose', program, '--variant', variant, '--from', from, '--out', file, ...given)) };
}
async function refused(message: RegExp, ...asked: Parameters<typeof decompose>): Promise<void> {
  const { file, code, err } = await decompose(...asked);
  assert.is(code, 1, err);
  assert.match(err, message, err);
  assert.is(files.size(file), undefined);
}
async function warned(message: RegExp, ...asked: Parameters<typeof decompose>): Promise<void> {
  const { file, code, err } = await decompose(...asked);
  assert.is(code, 0, err);
  assert.match(err, message, err);
  assert.ok((files.size(file) ?? 0) > 0);
}

test('values that are not finite are refused with their place, alone and in a budget', async () => {
  for (const variant of ['Wide', 'All']) {
    await refused(
      /up\.weight: 1 of 16 values are not finite, the first is NaN at \[1, 2\]/,
      variant,
      weights((value, at) => (at === 6 ? Number.NaN : value)),
    );
    await refused(
      /the first is -Infinity at \[0, 3\]/,
      variant,
      weights((value, at) => (at === 3 ? -Infinity : value)),
    );
  }
});

test('a weight of zeros, and one of less rank than its bonds, are warned of; a zero weight gets the least of a budget', async () => {
  await warned(
    /warning: up\.weight: the weight is zero/,
    'Promise',
    weights(() => 0),
  );
  await warned(
    /up\.weight: bonds 1,[\s\S]*bonds of 2 weights chosen together: \d+ of 32 entries/,
    'All',
    weights(() => 0),
  );
  await warned(
    /warning: up\.weight: the weight has less rank than its bonds/,
    'Wide',
    weights((_, at) => 1 + Math.floor(at / 4)),
  );
});

test('bonds above full, and promises that cannot be kept, are said', async () => {
  // A number is a cap: no bond becomes larger than its full size.
  await warned(/up\.weight: bonds 4, relative error/, 'Wide', weights());
  await warned(/warning: up\.weight: `to error 0\.001` is missed with .*: the bonds are at the sizes that cap them/, 'Promise', weights());
  await refused(
    /share 0\.1 of the 32 entries of all is 3, but with all bonds at 1 the networks still have 16; ask for at least 0\.5/,
    'Few',
    weights(),
  );
});

test('calibration data that never reach a weight are refused, those that do not span it are made up and said', async () => {
  await refused(
    /up\.weight: the calibration data never reach it: all its inputs are zero/,
    'Near',
    weights(),
    examples(() => 0),
  );
  // Nothing comes through a weight of zeros, neither forward nor back.
  await refused(
    /down\.weight: the calibration data never reach it: all its inputs are zero/,
    'Near',
    weights(() => 0),
    examples(),
  );
  await refused(
    /the calibration data never reach it: all its (gradients|inputs) are zero/,
    'Felt',
    weights(() => 0),
    examples(),
  );
  await warned(
    /warning: up\.weight: the inputs span 2 of 4 directions/,
    'Near',
    weights(),
    examples((value, at) => (at % 4 < 2 ? value : 0)),
  );
  await refused(
    /tensor x has NaN at element 0/,
    'Near',
    weights(),
    examples((value, at) => (at === 0 ? Number.NaN : value)),
  );
});

test('tensors of one entry are decomposed, those of none are refused', async () => {
  const one = work.path('one.safetensors');
  files.replace(one, encodeTensors([{ name: 'w', shape: [1, 1], data: Float32Array.of(3) }]));
  const cores = work.path('one-cores.safetensors');
  const found = await work.run('decompose', one, '--as', 'low_rank', '--out', cores);
  assert.is(found.code, 0, found.err);
  const none = work.path('none.safetensors');
  files.replace(none, encodeTensors([{ name: 'w', shape: [0, 4], data: new Float32Array(0) }]));
  const { code, err } = await work.run('decompose', none, '--as', 'low_rank', '--out', work.path('none-cores.safetensors'));
  assert.is(code, 1);
  assert.match(err, /w has no entries \(\[0, 4\]\), so it has no decomposition/);
  assert.is(files.size(work.path('none-cores.safetensors')), undefined);
});

test.run();
