/** Milliseconds of a char-gpt training step for the dense model and each bond, in turn: medians of the given number of rounds. */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { check, compileStep } from '../compiler/index.ts';
import { wasmEngine } from '../runtime/engine/wasm/engine.ts';

const [batch, rounds] = [Number(process.argv[2] ?? 8), Number(process.argv[3] ?? 7)];
const text = readFileSync(new URL('../examples/char-gpt/char-gpt.bond', import.meta.url), 'utf8');
const engine = await wasmEngine();

async function stepOf(name: string): Promise<() => number> {
  const { model } = check({ file: 'char-gpt.bond', text, load: () => undefined, name });
  const optimiser = { kind: 'adamw', clip: true, groups: [{ name: 'all', parameters: model!.parameters.map(({ id }) => id) }] } as const;
  const entries = [{ name: 'next_token', weight: 1 }];
  const executable = compileStep(model!, { entries, sizes: { batch, time: 256 }, mode: 'train', optimiser });
  const { sizes } = executable.schedule;
  const spaces = {
    persistent: engine.allocate(executable.layout.size),
    inputs: engine.allocate(sizes.inputs),
    results: engine.allocate(sizes.results),
  };
  for (const { type, address } of executable.places.values()) {
    if (type.dtype !== 'real' || address.space === 'results') continue;
    const values = Float32Array.from({ length: address.length }, (_, i) => 0.1 + 0.05 * Math.sin(i));
    engine.write(spaces[address.space as keyof typeof spaces], address.offset, values, 'real');
  }
  const bound = (await engine.load(executable)).bind(spaces);
  return () => {
    const start = performance.now();
    bound.run({ seed: [1, 2], tick: 0 });
    return performance.now() - start;
  };
}

const steps = new Map<string, { run: () => number; times: number[] }>();
for (const name of ['CharGpt', 'Bond4', 'Bond8', 'Bond16', 'Bond32']) steps.set(name, { run: await stepOf(name), times: [] });
for (let round = -2; round < rounds; round++) for (const { run, times } of steps.values()) times.push(run());
console.log(
  `training step of char-gpt, batch ${batch}, context 256, one thread, ${rounds} rounds in turn; load average ${loadavg()[0].toFixed(1)}`,
);
for (const [name, { times }] of steps) {
  const sorted = times.slice(2).sort((a, b) => a - b);
  console.log(
    `${name.padEnd(8)} median ${sorted[sorted.length >> 1].toFixed(0)} ms  (best ${sorted[0].toFixed(0)}, worst ${sorted.at(-1)!.toFixed(0)})`,
  );
}
