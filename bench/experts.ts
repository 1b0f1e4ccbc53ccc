/**
 * Time of one training step of a feed-forward block (width 256, inner 1024, 2048 rows; AdamW and clipping) on the WASM engine, one thread:
 * the layer alone, 8 experts of which each row takes one or two, and 8 experts that every row takes, weighted. Steps alternate, so that
 * whatever else the machine does meets all alike. Prints medians with quartiles. `node bench/experts.ts [ROUNDS]`
 */
import { loadavg } from 'node:os';
import { check, compileStep } from '../compiler/index.ts';
import type { OptimiserSpec } from '../compiler/values/executable.ts';
import { normals, streamKey } from '../compiler/values/random.ts';
import { accelerate } from '../runtime/cli/accelerate.ts';
import { wasmEngine } from '../runtime/engine/wasm/engine.ts';

const rounds = Number(process.argv[2] ?? 15);
const text = `edition 1
layer everywhere[width, expert](body: layer) {
  gate: linear[width -> expert](biased = false)
  each[x in 1..expert]: body
  forward(x[.., width]) -> y[.., width] {
    p = softmax[expert](gate(x))
    y = 0 * x
    for k in 1..expert { y = y + p[expert = k - 1] * each[k](x) }
  }
}
model Alone(width = 256, inner = 1024) {
  axis batch
  input x[batch, width], target[batch, width]
  ffn: mlp[width, inner]
  loss task = mean((x + ffn(x) - target) ^ 2)
}
variant OneOf8 of Alone { wrap ffn in mixture[width, expert = 8, pick = 1](router = switch(balance = 0.01)) }
variant TwoOf8 of Alone { wrap ffn in mixture[width, expert = 8, pick = 2](router = switch(balance = 0.01)) }
variant AllOf8 of Alone { wrap ffn in everywhere[width, expert = 8] }
`;

const engine = await wasmEngine({ accelerate });

/** A step on random values, and its times. */
async function contestant(name: string) {
  const { model, diagnostics } = check({ file: 'experts.bond', text, load: () => undefined, name });
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const optimiser: OptimiserSpec = {
    kind: 'adamw',
    clip: true,
    groups: [{ name: 'all', parameters: model.parameters.map(({ id }) => id) }],
  };
  const entries = [{ name: 'task', weight: 1 }];
  const { batch: executable } = compileStep(model, { entries, sizes: { batch: 2048 }, mode: 'train', optimiser });
  const { layout, sizes, places } = executable;
  const spaces = {
    persistent: engine.allocate(layout.size),
    inputs: engine.allocate(sizes.inputs),
    results: engine.allocate(sizes.results),
  };
  for (const [key, { address, type }] of places) {
    const isInput = key.startsWith('input ');
    if (!isInput && !key.startsWith('parameter ')) continue;
    const drawn = normals(streamKey([1, 2], key, 0), 1, address.length);
    const values = address.length === 1 ? [1e-3] : isInput ? drawn : drawn.map((x) => 0.05 * x);
    engine.write(spaces[address.space as keyof typeof spaces], address.offset, values, type.dtype);
  }
  const bound = (await engine.load(executable)).bind(spaces);
  return { name, bound, times: [] as number[] };
}

const contestants = [];
for (const name of ['Alone', 'OneOf8', 'TwoOf8', 'AllOf8']) contestants.push(await contestant(name));
for (let round = 0; round < rounds; round++) {
  for (const { bound, times } of contestants) {
    const before = performance.now();
    bound.run({ seed: [1, 2], tick: round });
    times.push(performance.now() - before);
  }
}
console.log(`load average ${loadavg()[0].toFixed(1)}, ${rounds} steps of each in turn`);
for (const { name, times } of contestants) {
  times.sort((a, b) => a - b);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => times[Math.floor(share * (times.length - 1))].toFixed(0));
  console.log(`${name}: ${middle} ms [${low}-${high}]`);
}
