/**
 * Speed of products in the WASM engine, as the compiler makes them from contractions: GFLOP/s, best and median of timed runs after a
 * warm-up. `node bench/gemm.ts [split] [plain]`: plain is without 256-bit fusion.
 */
import { kernelise } from '../compiler/kernel/index.ts';
import { Builder } from '../compiler/program/builder.ts';
import { table } from '../compiler/program/operations/index.ts';
import { placesOf } from '../compiler/program/places.ts';
import type { Executable } from '../compiler/values/executable.ts';
import { wasm } from '../compiler/values/target.ts';
import { accelerate } from '../runtime/cli/accelerate.ts';
import { wasmEngine } from '../runtime/engine/wasm/engine.ts';

interface Shape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: number;
  /** Which operands are stored transposed. */
  readonly left?: true;
  readonly right?: true;
}

const shapes: readonly Shape[] = [
  { m: 256, n: 256, k: 256 },
  { m: 512, n: 512, k: 512 },
  { m: 512, n: 512, k: 512, left: true },
  { m: 512, n: 512, k: 512, right: true },
  { m: 2048, n: 128, k: 128 },
  { m: 2048, n: 512, k: 128 },
  { m: 2048, n: 128, k: 512 },
  { m: 128, n: 512, k: 2048, left: true },
  { m: 2048, n: 128, k: 512, right: true },
  { m: 2048, n: 64, k: 8 },
  { m: 256, n: 32, k: 256, batch: 32 },
  { m: 256, n: 256, k: 32, batch: 32, right: true },
];

/** Letters 0 batch, 1 m, 2 n, 3 k. */
function executable({ m, n, k, batch = 1, left, right }: Shape): Executable {
  const builder = new Builder(table);
  const letters = [batch, m, n, k].map((size, l) => ({ name: 'bmnk'[l], size }));
  const operands = [left ? [0, 3, 1] : [0, 1, 3], right ? [0, 2, 3] : [0, 3, 2]];
  const inputs = operands.map((operand, i) =>
    builder.source({ kind: 'input', name: 'ab'[i], rate: 'batch' }, { dtype: 'real', axes: operand.map((l) => letters[l]) }),
  );
  const value = builder.add('contract', inputs, { letters, operands, result: [0, 1, 2] });
  const program = builder.program('product', [{ kind: 'result', name: 'c', value }]);
  const layout = { members: [], size: 0 };
  const placed = placesOf(program, layout);
  const schedule = kernelise(program, table, placed, wasm);
  const { places, sizes } = placed;
  return { key: 'product', name: 'product', program, sizes, schedule: () => schedule, layout, places, gates: [] };
}

async function measure(shape: Shape): Promise<void> {
  const engine = await wasmEngine(options);
  const made = executable(shape);
  const { sizes } = made;
  const [inputs, results] = [engine.allocate(sizes.inputs), engine.allocate(sizes.results)];
  engine.write(
    inputs,
    0,
    Float32Array.from({ length: sizes.inputs }, (_, i) => Math.sin(i)),
    'real',
  );
  const bound = (await engine.load(made)).bind({ inputs, results });
  const call = { seed: [0, 0], tick: 0 } as const;
  const start = performance.now();
  while (performance.now() - start < 300) bound.run(call);
  const flops = 2 * (shape.batch ?? 1) * shape.m * shape.n * shape.k;
  const repeats = Math.max(1, Math.round(2e8 / flops));
  const speeds = Array.from({ length: 15 }, () => {
    const from = performance.now();
    for (let i = 0; i < repeats; i++) bound.run(call);
    return (flops * repeats) / (performance.now() - from) / 1e6;
  }).sort((a, b) => b - a);
  const name = `${shape.batch ?? 1} x ${shape.m}x${shape.k}${shape.left ? "'" : ''} . ${shape.k}x${shape.n}${shape.right ? "'" : ''}`;
  console.log(`${name.padEnd(32)} best ${speeds[0].toFixed(1)}  median ${speeds[7].toFixed(1)}`);
}

const options = {
  ...(process.argv.includes('split') ? { fused: false } : {}),
  ...(process.argv.includes('plain') ? {} : { accelerate }),
};
for (const shape of shapes) await measure(shape);
