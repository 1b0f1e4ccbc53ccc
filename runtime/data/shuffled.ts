/** Seeded orders (Fisher and Yates). */
import type { Words } from '../../compiler/values/random.ts';
import { drawBelow } from './feed.ts';

export function shuffled(seed: Words, epoch: number, count: number, stream = 'data/order'): Int32Array {
  const positions = Int32Array.from({ length: count }, (_, k) => k);
  for (let k = count - 1; k > 0; k--) {
    const other = drawBelow(seed, stream, epoch, k, k + 1);
    const value = positions[k];
    positions[k] = positions[other];
    positions[other] = value;
  }
  return positions;
}
