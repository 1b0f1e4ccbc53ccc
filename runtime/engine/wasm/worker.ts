/** What a worker of the pool does: it sleeps, walks the records of a run with the others, and takes in kernels between runs. */
import { control } from '../../../compiler/emit/wasm/walk.ts';
import type { FromWorker, Kernels, Start, ToWorker, Walk } from './pool.ts';

/** One listener for messages that come one at a time, and a way to answer. */
export interface Port {
  post(message: FromWorker): void;
  onMessage(listen: (message: ToWorker) => void): void;
}

export function serve(port: Port): void {
  let worker: Worker | undefined;
  port.onMessage((message) => {
    try {
      if ('start' in message) worker = new Worker(message.start);
      else worker!.take(message.kernels);
      port.post({ done: true });
    } catch (error) {
      port.post({ failed: String(error) });
    }
    worker?.work();
  });
}

class Worker {
  readonly #start: Start;
  readonly #words: Int32Array;
  readonly #kernels = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
  readonly #imports: WebAssembly.Imports;
  readonly #walk: Walk;
  readonly #wait: (seen: number) => number;
  #messages = 0;
  #runs = 0;

  constructor(start: Start) {
    const { memory, scratch } = start;
    this.#start = start;
    this.#words = new Int32Array(memory.buffer, 0, control.at / 4 + start.threads);
    const micro = new WebAssembly.Instance(start.micro, { host: { memory } });
    const base = new WebAssembly.Global({ value: 'i32', mutable: false }, scratch);
    this.#imports = { host: { memory, scratch: base }, micro: micro.exports };
    const { exports } = new WebAssembly.Instance(start.walk, { host: { memory, kernels: this.#kernels } });
    this.#walk = exports.walk as Walk;
    this.#wait = exports.wait as (seen: number) => number;
  }

  take({ module, first, exports }: Kernels): void {
    this.#messages++;
    const instance = new WebAssembly.Instance(module, this.#imports);
    if (this.#kernels.length < first + exports.length) this.#kernels.grow(first + exports.length - this.#kernels.length);
    for (const [k, name] of exports.entries()) this.#kernels.set(first + k, instance.exports[name]);
  }

  /** Until there is a message, which only the event loop can bring, or the pool has failed. */
  work(): void {
    const { thread, threads } = this.#start;
    const words = this.#words;
    let seen = Atomics.load(words, control.commands / 4);
    for (;;) {
      if (Atomics.load(words, control.failed / 4) !== 0) return;
      if (Atomics.load(words, control.runs / 4) !== this.#runs) {
        this.#runs++;
        const [from, to, base] = [control.from, control.to, control.base].map((offset) => words[offset / 4]);
        try {
          this.#walk(from, to, thread, threads, base);
        } catch {
          this.#fail(thread);
          return;
        }
      } else if (Atomics.load(words, control.messages / 4) !== this.#messages) return;
      else seen = this.#wait(seen);
    }
  }
  #fail(thread: number): void {
    Atomics.compareExchange(this.#words, control.failed / 4, 0, thread);
    Atomics.add(this.#words, control.arrived / 4, 1);
    Atomics.notify(this.#words, control.arrived / 4);
  }
}
