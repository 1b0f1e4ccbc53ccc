/**
 * Threads of one memory. The thread that owns the engine works too; the others are workers of the host that sleep until they are given
 * something to do. What a run does is in memory (compiler/emit/wasm/walk.ts); messages bring modules, between runs. A worker that throws
 * or dies ends the run with an error, and the pool with it: nobody waits for it again.
 */
import { control, outcomes } from '../../../compiler/emit/wasm/walk.ts';

/** A worker of the host, in which `serve` of worker.ts runs. */
export interface PoolWorker {
  post(message: ToWorker): void;
  onMessage(listen: (message: FromWorker) => void): void;
  /** It is no more, and why. */
  onEnd(listen: (why: string) => void): void;
  /** While it is held its host waits for it; else it keeps no process alive. */
  hold(on: boolean): void;
  terminate(): void;
}

/** What a worker is started with. */
export interface Start {
  readonly memory: WebAssembly.Memory;
  readonly walk: WebAssembly.Module;
  readonly micro: WebAssembly.Module;
  readonly thread: number;
  readonly threads: number;
  /** Byte address of its scratch memory. */
  readonly scratch: number;
}
/** A module of kernels; they take the slots from `first` on. */
export interface Kernels {
  readonly module: WebAssembly.Module;
  readonly first: number;
  readonly exports: readonly string[];
}
export type ToWorker = { readonly start: Start } | { readonly kernels: Kernels };
export type FromWorker = { readonly done: true } | { readonly failed: string };

/** Waves run as `walk` of the engine's own thread does: from a record to another, all threads. */
export type Walk = (from: number, to: number, thread: number, threads: number, base: number) => number;

export class Pool {
  readonly threads: number;
  readonly #words: Int32Array;
  readonly #workers: readonly PoolWorker[];
  #failure: string | undefined;
  #closed = false;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = new Set<(answer: FromWorker) => void>();

  private constructor(memory: WebAssembly.Memory, workers: readonly PoolWorker[]) {
    this.threads = workers.length + 1;
    this.#words = new Int32Array(memory.buffer, 0, control.at / 4 + this.threads);
    this.#workers = workers;
    for (const [k, worker] of workers.entries()) {
      worker.onMessage((answer) => {
        for (const answered of this.#waiting) answered(answer);
      });
      worker.onEnd((why) => this.#fail(`thread ${k + 1} ended: ${why}`));
    }
  }

  /** Resolves when all workers are ready. `patience` in seconds. Throws Error where one cannot start. */
  static async open(spawn: () => PoolWorker, threads: number, patience: number, start: (thread: number) => Start): Promise<Pool> {
    const pool = new Pool(
      start(0).memory,
      Array.from({ length: threads - 1 }, () => spawn()),
    );
    pool.#words[control.patience / 4] = patience;
    await pool.#tell((worker) => ({ start: start(worker + 1) }), false);
    return pool;
  }

  /** Gives all workers the kernels of a module. */
  kernels(kernels: Kernels): Promise<void> {
    return this.#tell(() => ({ kernels }), true);
  }

  /**
   * All threads walk the records, whose next blocks are 0. `labelOf`: what a record is called. Throws Error where a thread fails, does
   * not answer, or has failed before.
   */
  run(walk: Walk, from: number, to: number, labelOf: (record: number) => string): void {
    this.#check();
    const words = this.#words;
    const base = Atomics.load(words, control.arrived / 4);
    words[control.from / 4] = from;
    words[control.to / 4] = to;
    words[control.base / 4] = base;
    Atomics.add(words, control.runs / 4, 1);
    this.#command();
    let outcome: number;
    try {
      outcome = walk(from, to, 0, this.threads, base);
    } catch (error) {
      this.#fail(`thread 0 failed at ${labelOf(words[control.at / 4])}: ${error instanceof Error ? error.message : error}`);
      this.#check();
      return;
    }
    if (outcome === outcomes.done) return;
    const failed = Atomics.load(words, control.failed / 4);
    const where = (thread: number) => labelOf(Atomics.load(words, control.at / 4 + thread));
    if (outcome === outcomes.failed && failed > 0) this.#fail(`thread ${failed} failed at ${where(failed)}`);
    else {
      const states = Array.from({ length: this.threads }, (_, thread) => `thread ${thread} at ${where(thread)}`);
      this.#fail(`a thread does not answer (${states.join('; ')})`);
    }
    this.#check();
  }

  /** Ends all workers; the pool is of no use afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failure ??= 'the engine was closed';
    for (const worker of this.#workers) worker.terminate();
  }

  /** Sends each worker a message and waits for all answers, one such exchange at a time. */
  #tell(message: (worker: number) => ToWorker, asleep: boolean): Promise<void> {
    const exchange = async () => {
      this.#check();
      const answers = this.#answers();
      for (const [k, worker] of this.#workers.entries()) worker.post(message(k));
      if (asleep) {
        Atomics.add(this.#words, control.messages / 4, 1);
        this.#command();
      }
      for (const worker of this.#workers) worker.hold(true);
      try {
        await answers;
      } finally {
        for (const worker of this.#workers) worker.hold(false);
      }
    };
    const next = this.#queue.then(exchange);
    this.#queue = next.catch(() => undefined);
    return next;
  }
  #answers(): Promise<void> {
    return new Promise((resolve, reject) => {
      let missing = this.#workers.length;
      const answered = (answer: FromWorker) => {
        if ('failed' in answer) {
          this.#waiting.delete(answered);
          reject(new Error(`a worker of the WASM engine failed: ${answer.failed}`));
        } else if (--missing === 0) {
          this.#waiting.delete(answered);
          resolve();
        }
      };
      this.#waiting.add(answered);
    });
  }

  #command(): void {
    Atomics.add(this.#words, control.commands / 4, 1);
    Atomics.notify(this.#words, control.commands / 4);
  }
  /** Wakes everybody who waits, and no one waits again. */
  #fail(why: string): void {
    this.#failure ??= why;
    Atomics.compareExchange(this.#words, control.failed / 4, 0, -1);
    Atomics.add(this.#words, control.arrived / 4, 1);
    Atomics.notify(this.#words, control.arrived / 4);
    for (const answered of this.#waiting) answered({ failed: why });
    if (!this.#closed) this.close();
  }
  #check(): void {
    if (this.#failure !== undefined) throw new Error(`the threads of the WASM engine have ended: ${this.#failure}; open another engine`);
  }
}
