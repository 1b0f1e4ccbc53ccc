/** Folders of images: every kind of PNG against numbers written by another program, sizes, labels, and what is refused. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { imageColumns } from '../../runtime/cli/images.ts';
import { columnsAt } from '../../runtime/cli/task.ts';
import { resized } from '../../runtime/data/pixels.ts';
import { PLAIN } from '../../runtime/data/settings.ts';
import { BondsmithError, compile, nodeContext } from '../../runtime/index.ts';
import { workplace } from '../cli/command.ts';

const work = workplace();
test.after(() => work.remove());
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/images/${name}`, import.meta.url));
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Record<string, number[]> & {
  resized: Record<string, number[]>;
};
const text = (channels: string, cols = 'cols = 4') => `edition 1
model Images(rows = 6, ${cols}, classes = 2) {
  axis batch${channels === '' ? ', pixel = rows * cols' : ', colour = 3, pixel = rows * cols * colour'}
  input image[batch, rows, cols${channels}], label[batch] in classes
  last: linear[pixel -> classes]
  forward(image[batch, rows, cols${channels}]) -> scores[batch, classes] { scores = last(image) }
  loss wrong = mean(cross_entropy[classes](forward(image), label))
  metric accuracy = mean(argmax[classes](forward(image)) == label)
}
`;
const greyFile = work.write('grey.bond', text(''));
const colourFile = work.write('colour.bond', text(', colour'));
const [grey, colour] = [greyFile, colourFile].map((file) => compile({ file }));
const wide = compile({ file: work.write('wide.bond', text('', 'cols = 9')) });
/** A folder with these files, by the folder of their label. */
let made = 0;
function folderOf(images: Readonly<Record<string, readonly string[]>>): string {
  const folder = work.path(`images ${made++}`);
  for (const [label, names] of Object.entries(images)) {
    mkdirSync(`${folder}/${label}`, { recursive: true });
    names.forEach((name, k) => void cpSync(fixture(name), `${folder}/${label}/${k}${name}`));
  }
  return folder;
}
const read = (model: typeof grey, images: readonly string[], size: 'refuse' | 'resize' = 'refuse') =>
  imageColumns({ files: nodeFiles() }, folderOf({ a: images }), model, { said: { ...PLAIN, images: { size } } }, 'by name').columns.get(
    'image',
  )!;
const near = (found: ArrayLike<number>, wanted: readonly number[], within = 1e-6) => {
  assert.is(found.length, wanted.length);
  for (const [k, value] of wanted.entries()) assert.ok(Math.abs(found[k] - value) <= within, `${k}: ${found[k]}, expected ${value}`);
};

test('grey, deep, bits, colours and palettes are the numbers that were written', () => {
  near(read(grey, ['grey.png']).data, expected['grey.png']);
  near(read(grey, ['deep.png']).data, expected['deep.png']);
  near(read(wide, ['bits.png']).data, expected['bits.png']);
  for (const name of ['rgb.png', 'palette.png']) near(read(colour, [name]).data, expected[name]);
  near(read(colour, ['opaque.png']).data, expected['rgb.png']);
  // Grey stands for three equal colours, and colours for grey by Rec. 601.
  near(
    read(colour, ['grey.png']).data,
    expected['grey.png'].flatMap((value) => [value, value, value]),
  );
  const luma = Array.from({ length: 24 }, (_, k) =>
    [0.299, 0.587, 0.114].reduce((sum, weight, c) => sum + weight * expected['rgb.png'][3 * k + c], 0),
  );
  near(read(grey, ['rgb.png']).data, luma);
});

test('a JPEG: two colours to what its loss allows', () => {
  const { shape, data } = read(colour, ['two.jpg'], 'resize');
  assert.equal(shape, [1, 6, 4, 3]);
  for (const [row, wanted] of [
    [0, [200, 40, 40]],
    [5, [30, 60, 220]],
  ] as const)
    near(
      Float32Array.from(data).slice(row * 12, row * 12 + 3),
      wanted.map((value) => value / 255),
      0.02,
    );
});

test('resized as PyTorch does it, smaller and larger', () => {
  const image = { width: 4, height: 6, channels: 3, most: 1, data: expected['rgb.png'] };
  for (const [size, wanted] of Object.entries(expected.resized)) {
    const [tall, across] = size.split('x').map(Number);
    near(resized(image, tall, across).data, wanted);
  }
});

test('train on a folder, evaluate, predict one by one: labels by the names of their folders', async () => {
  const many = { bright: Array(20).fill('rgb.png'), dark: Array(20).fill('palette.png') };
  const [data, run] = [folderOf(many), work.path('run')];
  const config = work.write('config.json', JSON.stringify({ optimiser: { rate: 0.05 } }));
  const trained = await work.run(
    'train',
    colourFile,
    '--data',
    data,
    '--out',
    run,
    '--steps',
    '30',
    '--batch',
    '6',
    '--config',
    config,
    '--json',
  );
  assert.is(trained.code, 0, trained.err);
  const { validation } = JSON.parse(trained.out) as { validation: { accuracy: number } };
  // Both labels are among the last tenth.
  assert.is(validation.accuracy, 1);
  const held = await work.run('eval', run, '--data', data, '--json');
  assert.is((JSON.parse(held.out) as { accuracy: number }).accuracy, 1, held.err);
  const flat = work.path('flat');
  mkdirSync(flat);
  for (const name of ['rgb.png', 'palette.png', 'opaque.png']) cpSync(fixture(name), `${flat}/${name}`);
  const out = work.path('answers.jsonl');
  const predicted = await work.run('predict', run, '--data', flat, '--out', out);
  assert.is(predicted.code, 0, predicted.err);
  const lines = readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { file: string; label: string });
  assert.equal(
    lines.map(({ file, label }) => [file.slice(flat.length + 1), label]),
    [
      ['opaque.png', 'bright'],
      ['palette.png', 'dark'],
      ['rgb.png', 'bright'],
    ],
  );
});

test('columns of another name, rows in a fair order', () => {
  const other = compile({ file: work.write('other.bond', text('').replaceAll('image', 'x').replaceAll('label', 'y')) });
  const data = folderOf({ b: Array(9).fill('grey.png'), a: Array(3).fill('grey.png') });
  const said = { ...PLAIN, columns: { x: 'image', y: 'label' } };
  const { columns, labels } = columnsAt(nodeContext(), data, other, { said });
  assert.equal(labels, { classes: ['a', 'b'] });
  const order = Array.from(columns.get('y')!.data);
  assert.equal([order.slice(0, 6), order.slice(6)].map((half) => half.filter((label) => label === 0).length).sort(), [1, 2]);
});

test('what cannot be read is refused by its file', () => {
  const png = readFileSync(fixture('grey.png'));
  const wrong = (name: string, bytes: Uint8Array) => {
    const folder = work.path(`wrong ${made++}`);
    mkdirSync(`${folder}/a`, { recursive: true });
    writeFileSync(`${folder}/a/${name}`, bytes);
    return folder;
  };
  const huge = Buffer.from(png);
  huge.writeUInt32BE(2 ** 31 - 1, 16);
  const beside = folderOf({ a: ['grey.png'] });
  cpSync(fixture('grey.png'), `${beside}/b.png`);
  const empty = work.path('empty');
  mkdirSync(empty);
  for (const [model, folder, reason] of [
    [grey, folderOf({ a: ['bits.png'] }), /0bits\.png is 6 x 9, image\[batch, rows, cols\] is 6 x 4; .*"size": "resize"/],
    [colour, folderOf({ a: ['clear.png'] }), /0clear\.png has transparent pixels, the input has 3 channels/],
    [grey, wrong('x.png', png.subarray(0, 50)), /x\.png cannot be decoded/],
    [grey, wrong('x.png', Buffer.alloc(0)), /x\.png cannot be decoded/],
    [grey, wrong('x.png', huge), /x\.png cannot be decoded: its header says \d+ pixels, at most 100000000/],
    [grey, wrong('x.jpg', png), /x\.jpg cannot be decoded/],
    [grey, wrong('x.txt', png), /x\.txt is no image that is read here: \.png, \.jpg, \.jpeg/],
    [grey, beside, /has images beside folders of images/],
    [grey, empty, /has no images/],
    [compile({ file: work.write('none.bond', text('').replaceAll('image', 'x')) }), beside, /has the columns image and label/],
  ] as const) {
    const action = () => imageColumns({ files: nodeFiles() }, folder, model, {}, 'by name');
    assert.throws(action, (error: unknown) => error instanceof BondsmithError && reason.test(error.message), `${reason}`);
  }
});

test('without the library that decodes: the command that installs it, and nothing is written', () => {
  // A process for which there is no such package.
  const hook = `import { registerHooks } from 'node:module';
registerHooks({ resolve(name, context, next) {
  if (name !== 'fast-png') return next(name, context);
  throw Object.assign(new Error('not there'), { code: 'MODULE_NOT_FOUND' });
} });`;
  const command = fileURLToPath(new URL('../../bin/bondsmith.js', import.meta.url));
  const out = work.path('without');
  const argv = ['train', greyFile, '--data', folderOf({ a: ['grey.png'] }), '--out', out, '--steps', '1'];
  const { status, stderr } = spawnSync(process.execPath, ['--import', work.write('without.mjs', hook), command, ...argv], {
    encoding: 'utf8',
  });
  assert.is(status, 1, stderr);
  assert.match(stderr, /0grey\.png is decoded by fast-png, which is not installed: npm install fast-png/);
  assert.not.ok(existsSync(out));
});

test.run();
