/**
 * `--engine webgpu` on a Vulkan driver, through commands: a run as on WASM within the bound of f32, runs that move from one to the other,
 * and what is said where there is no adapter, no memory or no device any more.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { MemoryLimit } from '../../runtime/engine/engine.ts';
import { webgpuEngine } from '../../runtime/engine/webgpu/engine.ts';
import { load } from '../../runtime/index.ts';
import { smallProgram, workplace } from '../cli/command.ts';
import { isLong } from '../long.ts';
import { gpuTests, openTestDevice } from './device.ts';

const work = workplace();
test.after(() => work.remove());
const onGpu = await gpuTests();

const program = work.write('small.bond', smallProgram);
const text = work.write('sea.txt', 'the sea and the whale, and the sea. '.repeat(40));
const train = (folder: string, ...more: string[]) =>
  work.run(
    'train',
    program,
    '--variant',
    'Half',
    '--text',
    text,
    '--batch',
    '2',
    '--steps',
    '20',
    '--out',
    work.path(folder),
    '--json',
    ...more,
  );
const resume = (folder: string, ...more: string[]) => work.run('train', '--resume', work.path(folder), '--json', ...more);
const tensors = (folder: string) => openTensors(nodeFiles(), work.path(`${folder}/checkpoint.safetensors`));

/** The largest difference of a tensor over its largest value, of all tensors that both have. */
function apart(one: string, other: string): number {
  const [a, b] = [tensors(one), tensors(other)];
  assert.equal([...a.tensors.keys()], [...b.tensors.keys()]);
  let worst = 0;
  for (const name of a.tensors.keys()) {
    const [x, y] = [a.read(name), b.read(name)];
    const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
    x.forEach((value, k) => {
      worst = Math.max(worst, Math.abs(value - y[k]!) / largest);
    });
  }
  return worst;
}

onGpu('twenty steps are those of WASM within the bound of f32, and the run is evaluated', async () => {
  const [wasm, gpu] = [await train('wasm'), await train('gpu', '--engine', 'webgpu')];
  assert.is(gpu.code, 0, gpu.err);
  assert.match(gpu.err, /20 steps on engine webgpu/);
  const [expected, found] = [JSON.parse(wasm.out), JSON.parse(gpu.out)];
  assert.ok(Math.abs(expected.loss - found.loss) < 1e-5 * expected.loss, `${expected.loss} and ${found.loss}`);
  assert.ok(apart('wasm', 'gpu') < 1e-4, `${apart('wasm', 'gpu')}`);
  const [there, here] = [await work.run('eval', work.path('gpu')), await work.run('eval', work.path('gpu'), '--engine', 'wasm')];
  const loss = ({ out }: { out: string }) => Number(/loss ([\d.]+)/.exec(out)![1]);
  assert.ok(Math.abs(loss(there) - loss(here)) < 1e-5, there.out + here.out);
  if (!isLong) return;
  const written = (engine: string) =>
    work.run('generate', work.path('gpu'), '--length', '8', '--temperature', '0', '--json', '--engine', engine);
  assert.is(JSON.parse((await written('webgpu')).out).text, JSON.parse((await written('wasm')).out).text);
});

onGpu('a run goes on with the other engine, within rounding, and says so', async () => {
  const onward = await resume('wasm', '--engine', 'webgpu', '--steps', '24');
  assert.is(onward.code, 0, onward.err);
  assert.match(onward.err, /from engine wasm to webgpu: the run goes on within rounding, not bit for bit/);
  const back = await resume('gpu', '--engine', 'wasm', '--steps', '24');
  assert.match(back.err, /from engine webgpu to wasm/);
  assert.ok(apart('wasm', 'gpu') < 2e-4, `${apart('wasm', 'gpu')}`);
  const exact = await resume('wasm', '--engine', 'reference', '--steps', '26');
  assert.is(exact.code, 1);
  assert.match(exact.err, /engine webgpu and cannot go on with reference: one has double precision/);
});

onGpu('a model is loaded on it from TypeScript', async () => {
  const [gpu, wasm] = [await load(work.path('gpu'), { engine: 'webgpu' }), await load(work.path('gpu'))];
  const ids = [[1, 2, 3, 4]];
  const [found, expected] = [(await gpu.predict({ ids })).logits!, (await wasm.predict({ ids })).logits!];
  assert.equal(found.shape, expected.shape);
  assert.ok(expected.data.every((value, k) => Math.abs(value - found.data[k]!) < 1e-5));
});

onGpu('threads and launches are of WASM: refused', async () => {
  assert.match(
    (await train('none', '--engine', 'webgpu', '--threads', '2')).err,
    /--threads is of engine wasm; webgpu has no threads of ours/,
  );
  const profiled = await train('none', '--engine', 'webgpu', '--profile', work.path('launches.json'));
  assert.match(profiled.err, /--profile measures launches of the engine wasm; there is no clock for those of webgpu yet/);
});

onGpu('a limit of memory, and a device that is lost', async () => {
  const device = await openTestDevice();
  const engine = webgpuEngine(device, { limit: 1024 });
  const space = engine.allocate(200);
  assert.throws(
    () => engine.allocate(200),
    (error: unknown) => error instanceof MemoryLimit && /1.6 KiB .* 1 KiB are available/.test(error.message),
  );
  engine.write(space, 0, [1, 2], 'real');
  device.destroy();
  const failed = await engine.read(space, 0, 2, 'real').then(
    () => 'nothing',
    (error: Error) => error.message,
  );
  assert.match(failed, /the GPU was lost \(.+\); what was saved goes on with train --resume RUN --engine wasm/);
});

test('without an adapter it is said what is needed, and nothing is written', async () => {
  const bin = fileURLToPath(new URL('../../bin/bondsmith.js', import.meta.url));
  const given = [
    'train',
    program,
    '--variant',
    'Half',
    '--text',
    text,
    '--steps',
    '1',
    '--engine',
    'webgpu',
    '--out',
    work.path('nowhere'),
  ];
  const { error, err } = await new Promise<{ error: unknown; err: string }>((resolve) =>
    execFile(process.execPath, [bin, ...given], { env: { ...process.env, VK_DRIVER_FILES: '/nowhere.json' } }, (error, _, err) =>
      resolve({ error, err }),
    ),
  );
  assert.is((error as { code?: number }).code, 1, err);
  assert.match(err, /no adapter for WebGPU was found: it needs a driver .* --engine wasm needs none/);
  assert.is(nodeFiles().size(work.path('nowhere')), undefined);
});

test.run();
