/**
 * Time of one training step of char-gpt (batch 8, context 256, width 128, depth 4, inner 512, vocab 65; AdamW and clipping), one thread,
 * in the WASM engine and in PyTorch: steps alternate, so that whatever else the machine does meets both. Prints medians with quartiles.
 * `PYTHON=python3 node bench/char-gpt.ts [ROUNDS] [BOND]`; PYTHON needs torch. BOND 0 is dense.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { check, compileStep } from '../compiler/index.ts';
import type { Executable, OptimiserSpec } from '../compiler/values/executable.ts';
import { normals, streamKey, wordAt } from '../compiler/values/random.ts';
import { accelerate } from '../runtime/cli/accelerate.ts';
import type { Engine } from '../runtime/engine/engine.ts';
import { wasmEngine } from '../runtime/engine/wasm/engine.ts';

const rounds = Number(process.argv[2] ?? 15);
const bond = Number(process.argv[3] ?? 0);
const sizes = { batch: 8, time: 256 } as const;
const vocab = 65;

function decomposed(): string {
  if (bond === 0) return '';
  return `decompose block[*].{query, key, value, mix} as mpo[8*16, 8*16](b = ${bond})
  decompose block[*].up as mpo[8*8*8, 4*4*8](b = ${bond})
  decompose block[*].down as mpo[4*4*8, 8*8*8](b = ${bond})
  decompose head as mpo[5*13, 8*16](b = ${bond})`;
}

function compiled(): { executable: Executable; names: ReadonlyMap<string, number> } {
  const corpus = readFileSync(new URL('../test/corpus/models.bond', import.meta.url), 'utf8');
  const text = `edition 1
use "./models.bond" { CharGpt }
variant Bench of CharGpt(vocab = ${vocab}, context = ${sizes.time}) {\n  ${decomposed()}\n}`;
  const { model, diagnostics } = check({ file: 'bench.bond', text, load: () => corpus, name: 'Bench' });
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const parameters = model.parameters.map(({ id }) => id);
  const optimiser: OptimiserSpec = { kind: 'adamw', clip: true, groups: [{ name: 'all', parameters }] };
  const executable = compileStep(model, { entries: [{ name: 'next_token', weight: 1 }], sizes, mode: 'train', optimiser });
  const count = (legs: readonly { size: number }[]) => legs.reduce((product, { size }) => product * size, 1);
  return { executable, names: new Map(model.parameters.map(({ names: [name], legs }) => [name, count(legs)])) };
}

/** A step of the engine, as a function that gives milliseconds. */
async function ourStep(engine: Engine): Promise<() => number> {
  const { executable, names } = compiled();
  const { layout, schedule, places } = executable;
  const spaces = {
    persistent: engine.allocate(layout.size),
    inputs: engine.allocate(schedule.sizes.inputs),
    results: engine.allocate(schedule.sizes.results),
  };
  const write = (key: string, values: ArrayLike<number>) => {
    const { address, type } = places.get(key)!;
    engine.write(spaces[address.space as keyof typeof spaces], address.offset, values, type.dtype);
  };
  for (const [name, size] of names) {
    const drawn = normals(streamKey([1, 2], name, 0), 1, size);
    write(
      `parameter ${name}`,
      drawn.map((x) => (name.endsWith('gain') ? 1 : 0.05 * x)),
    );
  }
  const ids = Array.from({ length: sizes.batch * sizes.time + 1 }, (_, i) => wordAt([3, 4], 0, i) % vocab);
  write('input ids', ids.slice(0, -1));
  write('input next', ids.slice(1));
  const scalars = { 'rate/all': 3e-4, 'decay/all': 0.01, clip: 1, correction1: 0.1, correction2: 0.001 };
  for (const [name, value] of Object.entries(scalars)) write(`input ${name}`, [value]);
  const bound = (await engine.load(executable)).bind(spaces);
  let tick = 0;
  return () => {
    const start = performance.now();
    bound.run({ seed: [1, 2], tick: tick++ });
    return performance.now() - start;
  };
}

/** The same of PyTorch, in a process of its own that waits between steps. */
async function peer(): Promise<{ version: string; step(): Promise<number>; stop(): void }> {
  const script = new URL('char_gpt.py', import.meta.url).pathname;
  const env = { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
  const child = spawn(process.env.PYTHON ?? 'python3', [script, `${sizes.batch}`, `${sizes.time}`, '1', `${bond}`], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const next = async () => (await once(lines, 'line'))[0] as string;
  const version = (await next()).split(' ')[1];
  const step = async () => {
    const answer = next();
    child.stdin.write('step\n');
    return Number(await answer);
  };
  return { version, step, stop: () => child.stdin.end() };
}

function summary(times: readonly number[]): { median: number; text: string } {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))];
  const ms = (x: number) => x.toFixed(1);
  return { median: at(0.5), text: `median ${ms(at(0.5))} ms, quartiles ${ms(at(0.25))} to ${ms(at(0.75))}, best ${ms(sorted[0])}` };
}

const engines = [
  ['wasm, 256 bits', await wasmEngine({ accelerate })],
  ['wasm, 128 bits', await wasmEngine()],
] as const;
const ours = await Promise.all(engines.map(async ([name, engine]) => ({ name, step: await ourStep(engine), times: [] as number[] })));
const torch = await peer();
const theirs: number[] = [];
for (let round = -3; round < rounds; round++) {
  const found = [...ours.map(({ step }) => step()), await torch.step()];
  if (round < 0) continue;
  for (const [k, { times }] of ours.entries()) times.push(found[k]);
  theirs.push(found[ours.length]);
}
torch.stop();
console.log(`char-gpt, ${bond === 0 ? 'dense' : `bond ${bond}`}, batch 8, context 256, one thread, ${rounds} alternating steps`);
console.log(`Node ${process.version}, PyTorch ${torch.version}, load average ${loadavg()[0].toFixed(1)}`);
const against = summary(theirs);
console.log(`PyTorch          ${against.text}`);
for (const { name, times } of ours) {
  const own = summary(times);
  console.log(`${name.padEnd(16)} ${own.text}; ${(against.median / own.median).toFixed(2)} times the speed of PyTorch`);
}
