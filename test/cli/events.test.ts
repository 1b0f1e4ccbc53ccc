/** Events from the command line: a run that squeezes, its evaluation and resume, and what is made of a checkpoint of another text. */
import { copyFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { smallProgram, smallText, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const squeezed = 'variant Squeezed of Mpo { squeeze b of up by 1 every 2 steps }';
const file = work.write('squeezed.bond', `${smallProgram}${squeezed}\n`);
const text = work.write('text.txt', smallText);
const train = (out: string, steps: number) =>
  work.run(
    'train',
    file,
    '--variant',
    'Squeezed',
    '--text',
    text,
    '--out',
    work.path(out),
    '--steps',
    `${steps}`,
    '--batch',
    '2',
    '--json',
  );

test('a squeezed run says so, counts its parameters, evaluates and resumes', async () => {
  const whole = await train('whole', 6);
  assert.is(whole.code, 0, whole.err);
  assert.match(whole.err, /step 2: squeeze b\[1\] of up\.weight 4 -> 3, relative error/);
  const result = JSON.parse(whole.out);
  assert.equal(
    result.taken.map(({ step }: { step: number }) => step),
    [2, 4],
  );
  const started = Number(/Squeezed: ([\d,]+) parameters/.exec(whole.err)![1].replaceAll(',', ''));
  assert.is(result.parameters.total, started - 2 * (16 + 16));
  assert.is((await train('part', 5)).code, 0);
  const more = await work.run('train', '--resume', work.path('part'), '--steps', '6', '--json');
  assert.is(more.code, 0, more.err);
  assert.is(JSON.parse(more.out).loss, result.loss);
  const [evaluated, last] = [await work.run('eval', work.path('whole'), '--json'), await work.run('eval', work.path('part'), '--json')];
  assert.is(evaluated.code, 0, evaluated.err);
  assert.is(JSON.parse(evaluated.out).loss, JSON.parse(last.out).loss);
});

test('bonds that given weights decided are squeezed from there, and resume', async () => {
  const dense = ['--variant', 'Small', '--text', text, '--steps', '1', '--batch', '2'];
  assert.is((await work.run('train', file, ...dense, '--out', work.path('dense'))).code, 0);
  const to = work.write(
    'error.bond',
    `${smallProgram}variant To of Small { decompose up as mpo[4*4, 4*4] to error 0.2  squeeze b of up by 1 every 1 steps }\n`,
  );
  const begin = [
    'train',
    to,
    '--variant',
    'To',
    '--text',
    text,
    '--from',
    work.path('dense/checkpoint.safetensors'),
    '--out',
    work.path('to'),
    '--batch',
    '2',
  ];
  const first = await work.run(...begin, '--steps', '3', '--json');
  assert.is(first.code, 0, first.err);
  const { taken, parameters } = JSON.parse(first.out);
  assert.is(taken.length, 2);
  const more = await work.run('train', '--resume', work.path('to'), '--steps', '4', '--json');
  assert.is(more.code, 0, more.err);
  assert.is(JSON.parse(more.out).parameters.total, parameters.total - 32);
  const evaluated = await work.run('eval', work.path('to'), '--last');
  assert.is(evaluated.code, 0, evaluated.err);
});

test('a text that changed is told; the run goes on with its own, and the decisions fit', async () => {
  work.write(
    'squeezed.bond',
    `${smallProgram.replace('decompose up as mpo[4*4, 4*4](b = bond)', '')}${squeezed.replace('of up', 'of head')}\n`,
  );
  const { code, err } = await work.run('train', '--resume', work.path('whole'), '--steps', '7');
  work.write('squeezed.bond', `${smallProgram}${squeezed}\n`);
  assert.is(code, 0, err);
  assert.match(err, /squeezed.bond changed since the run began; its own program is used/);
});

test('after an event the best is that of the present model: eval and merge take the squeezed weights', async () => {
  const best = openCheckpoint(nodeFiles(), work.path('whole/best.safetensors')).state;
  const last = openCheckpoint(nodeFiles(), work.path('whole/checkpoint.safetensors')).state;
  assert.is(best.digest, last.digest);
  const merged = await work.run('merge', work.path('whole'), '--out', work.path('merged.safetensors'));
  assert.is(merged.code, 0, merged.err);
  // A best of before the event is passed over.
  const before = await work.run(
    'train',
    file,
    '--variant',
    'Mpo',
    '--text',
    text,
    '--out',
    work.path('plain'),
    '--steps',
    '1',
    '--batch',
    '2',
  );
  assert.is(before.code, 0, before.err);
  copyFileSync(work.path('plain/best.safetensors'), work.path('whole/best.safetensors'));
  const { err } = await work.run('eval', work.path('whole'));
  assert.match(err, /whole\/checkpoint.safetensors, after step 7/);
});

test.run();
