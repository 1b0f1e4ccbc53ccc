/**
 * Tokens per second of generation, with what is kept of earlier positions and with the whole function for each token, one thread:
 * `node bench/generate.ts`, and `node bench/generate.ts gpt2` for GPT-2's size with fresh weights (3 GB).
 * Seconds are of the processor, so that a busy machine counts less; a median of three texts each.
 */
import { fileURLToPath } from 'node:url';
import { writersOf } from '../compiler/index.ts';
import type { Model } from '../compiler/values/model.ts';
import { openScorer } from '../runtime/api/scorer.ts';
import { openEngine } from '../runtime/cli/engines.ts';
import { compile } from '../runtime/index.ts';
import { fixedRunners } from '../runtime/train/evaluate.ts';
import { initialise } from '../runtime/weights/initialise.ts';
import type { HostTensor } from '../runtime/weights/tensor.ts';

const charGpt = fileURLToPath(new URL('../examples/char-gpt/char-gpt.bond', import.meta.url));
const cases: readonly { name: string; request: Parameters<typeof compile>[0]; context: number; tokens: number; whole: number }[] =
  process.argv[2] === 'gpt2'
    ? [
        {
          name: 'GPT-2 (124M)',
          request: { file: 'gpt2.bond', text: 'edition 1\nuse gpt2 { Gpt2 }\n', variant: 'Gpt2' },
          context: 64,
          tokens: 32,
          whole: 3,
        },
      ]
    : [
        { name: 'char-gpt', request: { file: charGpt, variant: 'CharGpt' }, context: 256, tokens: 256, whole: 12 },
        { name: 'char-gpt, bond 8', request: { file: charGpt, variant: 'Bond8' }, context: 256, tokens: 256, whole: 12 },
      ];

console.log('model | context | kept, tokens/s | whole, tokens/s');
for (const { name, request, context, tokens, whole } of cases) {
  const { model, values } = initialise(compile(request), [1, 0]);
  const kept = await median(() => rateOf(model, values, context, tokens));
  const without = await median(() => wholeRate(model, values, context, whole));
  console.log(`${name} | ${context} | ${kept.toFixed(1)} | ${without.toFixed(2)}`);
}

async function median(measure: () => Promise<number>): Promise<number> {
  const all = [await measure(), await measure(), await measure()];
  return all.sort((a, b) => a - b)[1];
}
function seconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function rateOf(model: Model, values: readonly HostTensor[], context: number, tokens: number): Promise<number> {
  const engine = await openEngine('wasm', 0, {}, { threads: 1, tell: () => undefined });
  const [writer] = writersOf(model);
  const scorer = await openScorer({
    engine,
    model,
    values,
    writer,
    sizes: { batch: 1, time: context },
    given: new Map(),
    first: 1,
    needed: context,
  });
  await scorer.scores([1]);
  const from = seconds();
  const ids = [1];
  for (let k = 1; k < tokens; k++) {
    ids.push((k * 7) % 65);
    await scorer.scores(ids);
  }
  const rate = (tokens - 1) / (seconds() - from);
  scorer.release();
  engine.close();
  return rate;
}

async function wholeRate(model: Model, values: readonly HostTensor[], context: number, tokens: number): Promise<number> {
  const engine = await openEngine('wasm', 0, {}, { threads: 1, tell: () => undefined });
  const [{ entry, text }] = writersOf(model);
  const options = { entries: [{ name: entry.name, weight: 1 }], sizes: { batch: 1, time: context }, mode: 'eval' } as const;
  const { runners, release } = await fixedRunners(engine, model, [options], values);
  const run = async () => {
    runners[0].set(text.name, new Int32Array(context).fill(1));
    runners[0].run({ seed: [0, 0], tick: 0 });
    await runners[0].read(entry.name);
  };
  await run();
  const from = seconds();
  for (let k = 0; k < tokens; k++) await run();
  const rate = tokens / (seconds() - from);
  release();
  engine.close();
  return rate;
}
