/** The most that an engine does here: multiply-adds of a product that lies in the caches, bytes of a sum of vectors that does not. */
import { compileContraction, compileSum } from '../../compiler/index.ts';
import type { Executable } from '../../compiler/values/executable.ts';
import type { Engine } from '../engine/engine.ts';

export interface Peaks {
  /** Multiply-adds in a second. */
  readonly macs: number;
  /** Bytes read and written in a second. */
  readonly bytes: number;
}

const SIDE = 256;
const COUNT = 2 ** 22;

/** `clock` in milliseconds, of the wall: it is what all threads do together that counts. */
export async function peaksOf(engine: Engine, clock: () => number): Promise<Peaks> {
  const square = [SIDE, SIDE, SIDE];
  const product = compileContraction(
    {
      inputs: [
        [0, 1],
        [1, 2],
      ],
      output: [0, 2],
      sizes: square,
    },
    [[0, 1]],
  );
  const seconds = await best(engine, product, clock, 40);
  const sum = await best(engine, compileSum(COUNT), clock, 8);
  return { macs: SIDE ** 3 / seconds, bytes: (3 * 4 * COUNT) / sum };
}

/** Seconds of the fastest of several runs. */
async function best(engine: Engine, executable: Executable, clock: () => number, times: number): Promise<number> {
  const [inputs, results] = [engine.allocate(executable.sizes.inputs), engine.allocate(executable.sizes.results)];
  const loaded = await engine.load(executable);
  const bound = loaded.bind({ inputs, results });
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < times; k++) {
    const from = clock();
    bound.run({ seed: [0, 0], tick: 0 });
    least = Math.min(least, clock() - from);
  }
  loaded.release();
  for (const space of [inputs, results]) engine.release(space);
  return least / 1000;
}
