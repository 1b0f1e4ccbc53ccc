/** The tape in a long loop: what it takes of the engine after many calls is what it took after a few. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Tape } from '../../runtime/api/tape.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { load } from '../../runtime/index.ts';
import { readConfig } from '../../runtime/train/config.ts';
import { figure, times } from '../long.ts';
import { imagesProgram } from './examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith tape '));
test.after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'images.bond');
writeFileSync(file, imagesProgram);

test('calls, gradients and steps without growth', async () => {
  const model = await load(file, { variant: 'Small' });
  const inner = await wasmEngine();
  const live = { spaces: 0, elements: 0 };
  const engine: Engine = {
    ...inner,
    host: inner.host,
    target: inner.target,
    planning: inner.planning,
    allocate(elements) {
      live.spaces++;
      live.elements += elements;
      return inner.allocate(elements);
    },
    release(space) {
      live.spaces--;
      live.elements -= space.elements;
      inner.release(space);
    },
    write: inner.write.bind(inner),
    copy: inner.copy.bind(inner),
    read: inner.read.bind(inner),
    load: inner.load.bind(inner),
  };
  const resolved = model.resolved;
  const values = resolved.parameters.map(({ names }) => model.weights.get(names[0])!);
  const parameters = resolved.parameters.filter(({ update }) => !update.frozen).map(({ id }) => id);
  const config = readConfig({}, 'test');
  const tape = new Tape({
    engine,
    model: resolved,
    values,
    config,
    groups: [{ name: 'all', parameters, rate: 1e-4, decay: 0 }],
    seed: [1, 0],
  });
  const image = { shape: [2, 4, 4], data: Float32Array.from({ length: 32 }, (_, k) => Math.sin(k)) };
  const label = { shape: [2], data: Int32Array.of(0, 1) };
  const rounds = async (count: number) => {
    for (let k = 0; k < count; k++) {
      await tape.record(() => {
        tape.call('forward', { image });
        tape.backward(tape.call('wrong', { image, label }).wrong);
      });
      if (k % 10 === 0) await tape.step();
    }
  };
  await rounds(20);
  const before = { ...live };
  const heap = () => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const all = times(1000, 50_000);
  const held = heap();
  await rounds(all);
  assert.equal(live, before);
  figure('calls of the tape, of two functions in turn with gradients, after which the engine holds what it held before', 2 * all);
  if (globalThis.gc !== undefined) assert.ok(heap() - held < 2 ** 24, `${heap() - held} bytes more`);
  await tape.release();
  assert.is(live.spaces, 0);
});

test.run();
