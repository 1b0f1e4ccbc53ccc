/**
 * The dense char-gpt training step against PyTorch (eager, one thread), steps in turn in one run: medians with spread, and the ratio of
 * each pair. Usage: node bench/char-gpt.ts PYTHON [batch] [pairs]   (PYTHON: an interpreter that has torch)
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { check, compileStep } from '../compiler/index.ts';
import { normals, streamKey } from '../compiler/values/random.ts';
import { wasmEngine } from '../runtime/engine/wasm/engine.ts';

const [python, batchText = '8', pairsText = '15'] = process.argv.slice(2);
if (python === undefined) {
  console.error('usage: node bench/char-gpt.ts PYTHON [batch] [pairs]');
  process.exit(2);
}
const [batch, pairs] = [Number(batchText), Number(pairsText)];
const root = new URL('..', import.meta.url).pathname;

/** One of ours: returns milliseconds. */
async function ourStep(): Promise<() => number> {
  const text = readFileSync(`${root}examples/char-gpt/char-gpt.bond`, 'utf8');
  const { model } = check({ file: 'char-gpt.bond', text, load: () => undefined, name: 'CharGpt' });
  const optimiser = { kind: 'adamw', clip: true, groups: [{ name: 'all', parameters: model!.parameters.map(({ id }) => id) }] } as const;
  const entries = [{ name: 'next_token', weight: 1 }];
  const executable = compileStep(model!, { entries, sizes: { batch, time: 256 }, mode: 'train', optimiser });
  const engine = await wasmEngine();
  const { sizes } = executable.schedule;
  const spaces = {
    persistent: engine.allocate(executable.layout.size),
    inputs: engine.allocate(sizes.inputs),
    results: engine.allocate(sizes.results),
  };
  const scalars: Readonly<Record<string, number>> = { 'rate/all': 3e-4, 'decay/all': 0.01, clip: 1, correction1: 0.1, correction2: 0.001 };
  for (const [key, { name, type, address }] of executable.places) {
    if (address.space !== 'inputs' && !key.startsWith('parameter ')) continue;
    const noise = normals(streamKey([1, 2], name, 0), 1, address.length).map((x) => 0.05 * x + (name.endsWith('gain') ? 1 : 0));
    const values = type.dtype === 'real' ? noise : noise.map((x) => Math.floor(Math.abs(x) * 997) % 65);
    engine.write(
      spaces[address.space as keyof typeof spaces],
      address.offset,
      scalars[name] === undefined ? values : [scalars[name]],
      type.dtype,
    );
  }
  const bound = (await engine.load(executable)).bind(spaces);
  let tick = 0;
  return () => {
    const start = performance.now();
    bound.run({ seed: [1, 2], tick: tick++ });
    return performance.now() - start;
  };
}

/** One of PyTorch's, in a process that waits for its turn. */
async function theirStep(): Promise<{ version: string; step: () => Promise<number>; stop: () => void }> {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...env } = process.env;
  const child = spawn(python, [`${root}bench/char_gpt.py`, String(batch), '256', '1'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const version = ((await lines.next()).value as string).replace('ready ', '');
  const step = async () => {
    child.stdin.write('step\n');
    return Number((await lines.next()).value);
  };
  return { version, step, stop: () => child.stdin.end() };
}

function summary(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))].toFixed(values[0] < 10 ? 2 : 0);
  return `median ${at(0.5)}  (best ${at(0)}, quartiles ${at(0.25)} to ${at(0.75)})`;
}

const ours = await ourStep();
const theirs = await theirStep();
for (let warm = 0; warm < 4; warm++) {
  ours();
  await theirs.step();
}
const load = loadavg()[0];
const measured: { ours: number; theirs: number }[] = [];
for (let pair = 0; pair < pairs; pair++) measured.push({ ours: ours(), theirs: await theirs.step() });
theirs.stop();
console.log(
  `dense char-gpt step, batch ${batch}, context 256, one thread, ${pairs} pairs; load average ${load.toFixed(1)}; node ${process.version}`,
);
console.log(`bondsmith wasm     ${summary(measured.map((m) => m.ours))} ms`);
console.log(`PyTorch ${theirs.version}  ${summary(measured.map((m) => m.theirs))} ms`);
console.log(`ours / PyTorch's   ${summary(measured.map((m) => m.ours / m.theirs))}`);
