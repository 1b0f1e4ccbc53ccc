/** Functions of a caller that hear of a run: one that throws ends it after the present step, and nothing that it learnt is lost. */
import { BondsmithError } from '../../grammar/error.ts';
import type { Measurement } from '../train/metrics.ts';
import type { Listener, TrainEvent } from '../train/stream.ts';

export interface Callbacks {
  /** Ends the run after the present step. */
  readonly signal?: AbortSignal;
  /** Asked before each step, which waits for it: a run that pauses. */
  ready?(): Promise<void> | undefined;
  onStep?(measurement: Measurement): void;
  onEvent?(event: TrainEvent): void;
}

export class Hearing {
  readonly #callbacks: Callbacks;
  readonly #now: () => number;
  readonly #failed: unknown[] = [];
  #yielded: number;

  constructor(callbacks: Callbacks, now: () => number) {
    this.#callbacks = callbacks;
    this.#now = now;
    this.#yielded = now();
  }

  readonly listener: Listener = {
    name: 'callbacks',
    hear: (event) => {
      if (this.#failed.length > 0) return;
      try {
        this.#callbacks.onEvent?.(event);
        if (event.is === 'step') this.#callbacks.onStep?.(event.measurement);
      } catch (error) {
        this.#failed.push(error);
      }
    },
  };

  /** Gives the host's events a turn now and then, so that a signal can come. */
  readonly interrupted = async (): Promise<boolean> => {
    if (this.#now() - this.#yielded > 50) {
      await new Promise((done) => setTimeout(done, 0));
      this.#yielded = this.#now();
    }
    await this.#callbacks.ready?.();
    return this.#callbacks.signal?.aborted === true || this.#failed.length > 0;
  };

  /** Throws BondsmithError of what a callback threw. */
  check(): void {
    if (this.#failed.length === 0) return;
    const [cause] = this.#failed;
    const error = new BondsmithError('callback', `a callback threw: ${cause instanceof Error ? cause.message : String(cause)}`);
    error.cause = cause;
    throw error;
  }
}
