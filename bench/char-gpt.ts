/**
 * Time of one training step of char-gpt (batch 8, context 256, width 128, depth 4, inner 512, vocab 65; AdamW and clipping), one thread,
 * in the WASM engine and, where PYTHON names a Python with torch, in PyTorch: steps alternate, so that whatever else the machine does
 * meets all alike. Prints medians with quartiles.
 * Plans are those of `bondsmith train`: by the shipped profile.
 * `PYTHON=python3 node bench/char-gpt.ts [ROUNDS] [VARIANT ...]`: CharGpt, Bond4, Bond8, Bond16, Bond32 of the example; CharGpt where none is named.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { check, compileStep } from '../compiler/index.ts';
import { defaultProfiles } from '../compiler/network/index.ts';
import type { CompiledStep, OptimiserSpec } from '../compiler/values/executable.ts';
import { normals, streamKey, wordAt } from '../compiler/values/random.ts';
import { accelerate } from '../runtime/cli/accelerate.ts';
import type { Engine } from '../runtime/engine/engine.ts';
import { wasmEngine } from '../runtime/engine/wasm/engine.ts';

const [count, ...named] = process.argv.slice(2);
const rounds = Number(count ?? 15);
const variants = named.length === 0 ? ['CharGpt'] : named;
const sizes = { batch: 8, time: 256 } as const;
const vocab = 65;
const text = readFileSync(new URL('../examples/char-gpt/char-gpt.bond', import.meta.url), 'utf8');

/** Something that does one training step and gives its milliseconds. */
interface Contestant {
  readonly name: string;
  step(): number | Promise<number>;
  readonly times: number[];
}

function compiled(variant: string): { step: CompiledStep; names: ReadonlyMap<string, number> } {
  const { model, diagnostics } = check({ file: 'char-gpt.bond', text, load: () => undefined, name: variant });
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const parameters = model.parameters.map(({ id }) => id);
  const optimiser: OptimiserSpec = { kind: 'adamw', clip: true, groups: [{ name: 'all', parameters }] };
  const step = compileStep(model, {
    entries: [{ name: 'next_token', weight: 1 }],
    sizes,
    mode: 'train',
    optimiser,
    profile: defaultProfiles.wasm,
  });
  const count = (legs: readonly { size: number }[]) => legs.reduce((product, { size }) => product * size, 1);
  return { step, names: new Map(model.parameters.map(({ names: [name], legs }) => [name, count(legs)])) };
}

async function ours(name: string, engine: Engine, variant: string): Promise<Contestant> {
  const { step: compiledStep, names } = compiled(variant);
  const { layout, sizes: needed, places } = compiledStep.batch;
  const spaces = {
    persistent: engine.allocate(layout.size),
    inputs: engine.allocate(needed.inputs),
    results: engine.allocate(needed.results),
    folded: engine.allocate(needed.folded),
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
  const { frozen, batch } = compiledStep;
  if (frozen !== undefined) (await engine.load(frozen)).bind(spaces).run({ seed: [1, 2], tick: 0 });
  const bound = (await engine.load(batch)).bind(spaces);
  let tick = 0;
  const step = () => {
    const start = performance.now();
    bound.run({ seed: [1, 2], tick: tick++ });
    return performance.now() - start;
  };
  return { name: `${variant} ${name}`, step, times: [] };
}

/** The same of PyTorch, in a process of its own that waits between steps. */
async function peer(python: string, variant: string): Promise<Contestant & { stop(): void }> {
  const script = fileURLToPath(new URL('char_gpt.py', import.meta.url));
  const env = { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
  const bond = variant.replace(/\D/g, '') || '0';
  const child = spawn(python, [script, `${sizes.batch}`, `${sizes.time}`, '1', bond], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const next = async () => (await once(lines, 'line'))[0] as string;
  const version = (await next()).split(' ')[1];
  const step = async () => {
    const answer = next();
    child.stdin.write('step\n');
    return Number(await answer);
  };
  return { name: `${variant} PyTorch ${version}`, step, times: [], stop: () => child.stdin.end() };
}

function quantiles(times: readonly number[]): readonly number[] {
  const sorted = [...times].sort((a, b) => a - b);
  return [0, 0.25, 0.5, 0.75].map((part) => sorted[Math.round(part * (sorted.length - 1))]);
}

const contestants: Contestant[] = [];
const peers = new Map<string, Contestant & { stop(): void }>();
const engines = [
  ['256 bits', await wasmEngine({ accelerate })],
  ['128 bits', await wasmEngine()],
] as const;
for (const variant of variants) {
  for (const [name, engine] of engines) contestants.push(await ours(name, engine, variant));
  if (process.env.PYTHON !== undefined) peers.set(variant, await peer(process.env.PYTHON, variant));
}
const all = [...contestants, ...peers.values()];
const WARM_UP = 3;
for (let round = -WARM_UP; round < rounds; round++) {
  for (const { step, times } of all) {
    const took = await step();
    if (round >= 0) times.push(took);
  }
}
for (const { stop } of peers.values()) stop();
console.log(`training step of char-gpt, batch 8, context 256, one thread, ${rounds} alternating steps; Node ${process.version}`);
console.log(`load average ${loadavg()[0].toFixed(1)}; milliseconds`);
for (const one of all) {
  const { name, times } = one;
  const [best, low, median, high] = quantiles(times);
  const against = peers.get(name.split(' ')[0]);
  const ratio =
    against === undefined || against === one ? '' : `; ${(quantiles(against.times)[2] / median).toFixed(2)} times the speed of PyTorch`;
  const spread = `quartiles ${low.toFixed(1)} to ${high.toFixed(1)}, best ${best.toFixed(1)}`;
  console.log(`${name.padEnd(24)} median ${median.toFixed(1)}, ${spread}${ratio}`);
}
