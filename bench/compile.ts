/**
 * How long a step of char-gpt takes to compile, from the checked model to the schedule, warm: processor time of this thread, so that other
 * work on the machine counts little. `node bench/compile.ts [ROUNDS] [DEPTH ...]`: Bond8 of the example with so many layers (12, 15
 * and 48 where none is named; batch 8, context 256, AdamW and clipping), then a squeeze: the step of Bond16 with one bond less, after that of Bond16.
 */
import { readFileSync } from 'node:fs';
import { bondClasses, check, compileStep, withBonds } from '../compiler/index.ts';
import { defaultProfiles } from '../compiler/network/index.ts';
import type { CompiledStep, OptimiserSpec } from '../compiler/values/executable.ts';
import type { Model } from '../compiler/values/model.ts';
import { inOrder } from '../compiler/values/program.ts';
import { wasm } from '../compiler/values/target.ts';

const [count, ...named] = process.argv.slice(2);
const rounds = Number(count ?? 7);
const depths = named.length === 0 ? [12, 15, 48] : named.map(Number);
const text = readFileSync(new URL('../examples/char-gpt/char-gpt.bond', import.meta.url), 'utf8');

/** A variant of the example with so many layers. */
function modelOf(name: string, depth: number): Model {
  const { model, diagnostics } = check({ file: 'char-gpt.bond', text, load: () => undefined, name, set: { depth } });
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return model;
}
function compile(model: Model): CompiledStep {
  const groups = [{ name: 'all', parameters: model.parameters.map(({ id }) => id) }];
  const optimiser: OptimiserSpec = { kind: 'adamw', clip: true, groups };
  const entries = [{ name: 'next_token', weight: 1 }];
  const step = compileStep(model, { entries, sizes: { batch: 8, time: 256 }, mode: 'train', optimiser, profile: defaultProfiles.wasm });
  for (const part of inOrder(step)) part.schedule(wasm);
  return step;
}
/** Every bond that more than one position has is one smaller. */
function squeezed(model: Model): Model {
  const smaller = bondClasses(model).flatMap((bonds) => bonds.filter(({ size }) => size > 1));
  const sizes = new Map<number, Map<number, number>>();
  for (const { weight, leg, size } of smaller) {
    if (!sizes.has(weight)) sizes.set(weight, new Map());
    sizes.get(weight)!.set(leg, size - 1);
  }
  return withBonds(model, sizes);
}

/** Milliseconds of processor time: best and median of the rounds after two that warm up. */
function timed(name: string, run: () => CompiledStep): void {
  const times: number[] = [];
  let step = run();
  for (let round = -1; round < rounds; round++) {
    const before = process.threadCpuUsage();
    step = run();
    const { user, system } = process.threadCpuUsage(before);
    if (round >= 0) times.push((user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  const { nodes } = step.batch.program;
  const { launches, kernels } = step.batch.schedule(wasm);
  const size = `${nodes.length} nodes, ${launches.length} launches of ${kernels.length} kernels`;
  console.log(`${name.padEnd(12)} median ${times[times.length >> 1].toFixed(0)} ms, best ${times[0].toFixed(0)} ms; ${size}`);
}

console.log(`compile time of a training step, milliseconds of processor time; Node ${process.version}`);
for (const depth of depths) {
  const model = modelOf('Bond8', depth);
  timed(`${depth} layers`, () => compile(model));
}
const whole = modelOf('Bond16', 4);
const cut = squeezed(whole);
compile(whole);
timed('a squeeze', () => compile(cut));
