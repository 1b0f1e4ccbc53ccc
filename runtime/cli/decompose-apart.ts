/**
 * Decompositions in threads: Ctrl-C ends those that iterate with the best so far, within a second, and of several tensors those that are
 * done are kept. A single tree is exact and found at once, here; until it is found a signal ends the process.
 */
import { Worker } from 'node:worker_threads';
import type { RealType } from '../checkpoint/types.ts';
import { rounding } from '../checkpoint/types.ts';
import { clearLine, duration, progressLine } from '../train/listeners/progress.ts';
import type { DecomposeOptions, Decomposition } from '../weights/decompose.ts';
import { decomposeInOrder, decomposeSum } from '../weights/decompose-sum.ts';
import type { SumPart } from '../weights/sum-part.ts';
import type { HostTensor } from '../weights/tensor.ts';
import { isTree } from '../weights/tree.ts';
import { TooSmall } from '../weights/truncate.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';

export interface Term {
  readonly part: SumPart;
  /** What its cores are called within the tensor, by node: `T[2]`, of a sum `mpo.T[2]`. */
  readonly cores: readonly string[];
}
export interface Asked {
  readonly tensor: HostTensor;
  /** Whose sum the tensor becomes. */
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
  const [{ part }, ...more] = terms;
  if (more.length === 0) return decomposeInOrder(tensor, part, wanted);
  return decomposeSum(
    tensor,
    terms.map((term) => term.part),
    wanted,
  );
}

export const iterates = ({ terms }: Asked): boolean => terms.length > 1 || !terms.every(({ part }) => isTree(part.network));

/** One of the decompositions; `at` begins what it is refused with. Tensors are read when their turn comes. */
export interface Task {
  readonly at: string;
  readonly asked: () => Asked;
}
export interface Decomposed {
  /** By task; undefined where a signal came first. */
  readonly reports: readonly (Decomposition | undefined)[];
  /** Those that iterate are then the best so far. */
  readonly interrupted: boolean;
}

/** Milliseconds between looks at signals, and how long threads have to hand out what they have. */
const LOOK = 50;
const PATIENCE = 800;

/** The tensors are shared out among threads; no result depends on how many there are. Throws Problem. */
export async function decomposeAll(tasks: readonly Task[], threads: number, context: Context): Promise<Decomposed> {
  const [only] = tasks;
  if (tasks.length === 1) {
    const asked = only.asked();
    if (!iterates(asked)) return { reports: [reportOf(answerTo(asked), only.at)], interrupted: false };
  }
  const reports = new Array<Decomposition | undefined>(tasks.length).fill(undefined);
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: Math.min(threads, tasks.length) }, () => new DecomposeThread(stop));
  const progress = new Progress(tasks.length, context);
  let next = 0;
  const serve = async (worker: DecomposeThread): Promise<void> => {
    while (next < tasks.length && Atomics.load(stop, 0) === 0) {
      const at = next++;
      reports[at] = reportOf(await worker.decompose(tasks[at].asked()), tasks[at].at);
      progress.add();
    }
  };
  const all = Promise.all(workers.map(serve)).then(() => true);
  // Looked at below, and not before.
  all.catch(() => undefined);
  try {
    for (let end = Infinity; ; ) {
      const done = await Promise.race([all, new Promise<false>((later) => setTimeout(later, LOOK, false))]);
      const interrupted = end < Infinity;
      if (done || context.now() > end) return { reports, interrupted };
      if (!interrupted && (await context.interrupted())) {
        Atomics.store(stop, 0, 1);
        end = context.now() + PATIENCE;
      }
    }
  } finally {
    progress.end();
    await Promise.all(workers.map((worker) => worker.end()));
  }
}

export function answerTo(asked: Asked, stop?: () => boolean): Answer {
  try {
    return { report: decomposeHere(asked, stop) };
  } catch (error) {
    if (error instanceof RangeError || error instanceof TooSmall) return { refused: error.message };
    throw error;
  }
}

function reportOf(answer: Answer, at: string): Decomposition {
  if ('refused' in answer) throw new Problem(`${at}: ${answer.refused}`);
  return answer.report;
}

/** A thread that decomposes one tensor after another. Its port is read as long as it is heard: so the listeners stay from first to last. */
class DecomposeThread {
  readonly #worker: Worker;
  #answered: (answer: Answer) => void = () => undefined;
  #failed: (error: unknown) => void = () => undefined;

  constructor(stop: Int32Array<SharedArrayBuffer>) {
    const entry = new URL(import.meta.url.endsWith('.ts') ? './decompose-thread.ts' : './decompose-thread.js', import.meta.url);
    this.#worker = new Worker(entry, { execArgv: [], workerData: { stop } });
    this.#worker.on('message', (answer: Answer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#failed(error));
  }

  decompose(asked: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      [this.#answered, this.#failed] = [resolve, reject];
      this.#worker.postMessage(asked);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Of several tensors: a bar in a terminal, elsewhere a line for each tenth. */
class Progress {
  readonly #began: number;
  readonly #total: number;
  readonly #context: Context;
  #done = 0;
  #width = 0;

  constructor(total: number, context: Context) {
    this.#total = total;
    this.#context = context;
    this.#began = context.now();
  }

  add(): void {
    this.#done++;
    if (this.#total === 1) return;
    const { terminal, now } = this.#context;
    const left = ((now() - this.#began) / 1000 / this.#done) * (this.#total - this.#done);
    const line = progressLine(this.#done / this.#total, `${this.#done}/${this.#total}  ${duration(left)} left`, terminal.columns);
    const tenth = Math.floor((10 * this.#done) / this.#total) > Math.floor((10 * (this.#done - 1)) / this.#total);
    if (terminal.rewrite !== undefined) terminal.rewrite(line.padEnd(this.#width));
    else if (tenth) terminal.write(`${line}\n`);
    this.#width = line.length;
  }

  end(): void {
    if (this.#width > 0) clearLine(this.#context.terminal, this.#width);
  }
}
