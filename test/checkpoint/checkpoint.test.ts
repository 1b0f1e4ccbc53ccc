/** Checkpoints: whole or not at all, exact, and honest about another model. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model } from '../../compiler/values/model.ts';
import type { Checkpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { compareWithModel, differenceTable, openCheckpoint, saveCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import type { RunState } from '../../runtime/checkpoint/record.ts';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith-'));
const path = join(folder, 'checkpoint.safetensors');
const files = nodeFiles();
test.after(() => rmSync(folder, { recursive: true }));

const state: RunState = {
  format: 2,
  model: 'CharGpt',
  edition: 1,
  digest: 'abc',
  step: 7,
  tick: 14,
  seed: [1, 4294967295],
  host: 'fused',
  profile: 'default',
  layout: ['w', 'w.m'],
  factors: { w: [[2, 2], [3]] },
  bonds: { w: { 'b[1]': 3 } },
  loop: { best: 1.25 },
};
const checkpoint: Checkpoint = {
  state,
  parameters: [{ name: 'w', shape: [2], data: Float32Array.of(1 / 3, -0) }],
  optimiser: [{ name: 'w.m', shape: [2], data: Float32Array.of(1e-30, 2) }],
};

test('a checkpoint comes back as it was, bit for bit', () => {
  saveCheckpoint(files, path, checkpoint);
  const opened = openCheckpoint(files, path);
  assert.equal(opened.state, state);
  assert.equal([...opened.file.read('w')], [Math.fround(1 / 3), -0]);
  assert.equal([...opened.optimiser('w.m')!], [Math.fround(1e-30), 2]);
  assert.is(opened.optimiser('w'), undefined);
});

test('weights without a run, and broken records, are refused', () => {
  const weights = checkpoint.parameters;
  for (const [metadata, reason] of [
    [{}, /no run; give it with --from/],
    [{ bondsmith: '{' }, /not JSON/],
    [{ bondsmith: JSON.stringify({ ...state, seed: [1] }) }, /damaged: seed\[2\] is missing, expected a whole number at least 0/],
    [{ bondsmith: JSON.stringify({ ...state, step: -1 }) }, /damaged: step is -1, expected a whole number at least 0/],
    [{ bondsmith: JSON.stringify({ ...state, layout: undefined }) }, /damaged: layout is missing, expected a list/],
    [{ bondsmith: JSON.stringify({ ...state, format: 3 }) }, /format 3; a newer bondsmith wrote it/],
    [{ bondsmith: JSON.stringify({ ...state, format: 1 }) }, /bondsmith 0.1 wrote it, .* --from this file/],
    [{ bondsmith: JSON.stringify({ ...state, run: { version: '0.1.0' } }) }, /damaged: run.program is missing, expected an object/],
    [{ bondsmith: 'null' }, /damaged: the file is null, expected an object/],
  ] as const) {
    files.replace(path, encodeTensors(weights, { ...metadata }));
    assert.throws(() => openCheckpoint(files, path), reason);
  }
});

test('another model: a table of missing, extra and misshapen tensors', () => {
  const parameter = (name: string, sizes: number[]) => ({
    names: [name, `${name}.again`],
    origin: { is: 'fresh', path: name },
    legs: sizes.map((size) => ({ name: 'a', size })),
  });
  const model = { parameters: [parameter('a', [2, 3]), parameter('b', [4]), parameter('c', [5])] } as unknown as Model;
  const tensor = (name: string, shape: number[]) => ({ name, shape, data: new Float32Array(shape.reduce((x, y) => x * y, 1)) });
  files.replace(path, encodeTensors([tensor('a', [3, 2]), tensor('b.again', [4]), tensor('d', [1]), tensor('optimiser/a.m', [6])]));
  const differences = compareWithModel(openTensors(files, path), model);
  assert.equal(
    differences.map(({ name, kind }) => `${name} ${kind}`),
    ['a misshapen', 'c missing', 'd extra'],
  );
  assert.is(
    differenceTable(differences),
    [
      '  tensor  in the model  in the file',
      '  a       [2, 3]        [3, 2]       misshapen',
      '  c       [5]           -            missing',
      '  d       -             [1]          extra',
    ].join('\n'),
  );
  assert.match(differenceTable(differences, 1), /and 2 more/);
});

test('a kill at any moment leaves a whole checkpoint', async () => {
  saveCheckpoint(files, path, checkpoint);
  const script = join(folder, 'write.ts');
  const room = new URL('../../runtime/', import.meta.url);
  writeFileSync(
    script,
    `import { saveCheckpoint } from '${new URL('checkpoint/checkpoint.ts', room)}';
     import { nodeFiles } from '${new URL('cli/host.ts', room)}';
     const state = ${JSON.stringify(state)};
     for (let step = 0; ; step++) {
       const data = new Float32Array(300_000).fill(step);
       saveCheckpoint(nodeFiles(), ${JSON.stringify(path)}, { state: { ...state, step }, parameters: [{ name: 'w', shape: [300_000], data }], optimiser: [] });
       if (step === 0) console.log('started');
     }`,
  );
  for (const delay of [5, 23, 41]) {
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, delay));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    const opened = openCheckpoint(files, path);
    assert.ok(opened.file.read('w').every((value) => value === opened.state.step));
  }
});

test.run();
