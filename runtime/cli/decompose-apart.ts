/**
 * Decompositions that iterate, in a thread of their own: Ctrl-C ends them with the best so far, within a second. Trees have none: they are
 * exact, found at once, and until they are found a signal ends the process.
 */
import { Worker } from 'node:worker_threads';
import type { NetworkTerm } from '../../compiler/values/model.ts';
import type { RealType } from '../checkpoint/types.ts';
import { rounding } from '../checkpoint/types.ts';
import type { DecomposeOptions, Decomposition } from '../weights/decompose.ts';
import { decompose } from '../weights/decompose.ts';
import { decomposeSum } from '../weights/decompose-sum.ts';
import type { Factored } from '../weights/network.ts';
import type { HostTensor } from '../weights/tensor.ts';
import { isTree } from '../weights/tree.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';

export interface Term {
  readonly network: NetworkTerm;
  readonly axes: readonly Factored[];
}
export interface Asked {
  readonly tensor: HostTensor;
  /** The networks whose sum the tensor becomes. */
  readonly terms: readonly Term[];
  readonly policy: DecomposeOptions['policy'];
  readonly seed: readonly [number, number];
  /** How the cores are kept. */
  readonly type: RealType;
}
export type Answer = { readonly report: Decomposition } | { readonly refused: string };

/** Throws RangeError and TooSmall as `decompose` does. */
export function decomposeHere({ tensor, terms, policy, seed, type }: Asked, stop?: () => boolean): Decomposition {
  const wanted = { policy, seed, stop, ...(type === 'F64' ? {} : { round: rounding(type) }) };
  const [first, ...more] = terms;
  return more.length === 0 ? decompose(tensor, first.axes, first.network, wanted) : decomposeSum(tensor, [first, ...more], wanted);
}

export const iterates = ({ terms }: Asked): boolean => terms.length > 1 || !terms.every(({ network }) => isTree(network));

/** Milliseconds between looks at signals, and how long the thread has to hand out what it has. */
const LOOK = 50;
const PATIENCE = 800;

/** `interrupted`: the report is of the best so far. Undefined where there was none yet. Throws Problem that begins with `at`. */
export async function decomposeApart(
  asked: Asked,
  at: string,
  context: Context,
): Promise<{ readonly report: Decomposition; readonly interrupted: boolean } | undefined> {
  const flag = new SharedArrayBuffer(4);
  const entry = new URL(import.meta.url.endsWith('.ts') ? './decompose-thread.ts' : './decompose-thread.js', import.meta.url);
  const worker = new Worker(entry, { execArgv: [], workerData: { asked, flag } });
  const answered = new Promise<Answer>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  // Looked at below, and not before.
  answered.catch(() => undefined);
  try {
    let end = Infinity;
    for (;;) {
      const found = await Promise.race([answered, new Promise<undefined>((done) => setTimeout(done, LOOK))]);
      const interrupted = end < Infinity;
      if (found !== undefined && 'refused' in found) throw new Problem(`${at}: ${found.refused}`);
      if (found !== undefined) return { report: found.report, interrupted };
      if (context.now() > end) return undefined;
      if (!interrupted && (await context.interrupted())) {
        Atomics.store(new Int32Array(flag), 0, 1);
        end = context.now() + PATIENCE;
      }
    }
  } finally {
    await worker.terminate();
  }
}
