/** The worker's end: each call is answered once, in any thread that has messages. */
import type { Ear, Work } from './calls.ts';
import type { CallName, FromWorker, ToWorker } from './messages.ts';
import { tell } from './messages.ts';

/** Takes the messages of the page behind the first one. */
export function answering(
  work: Work,
  post: (message: FromWorker) => void,
): (message: Exclude<ToWorker, { readonly begin: unknown }>) => Promise<void> {
  const running = new Map<number, Running>();
  return async (message) => {
    if ('abort' in message) running.get(message.abort)?.abort();
    else if ('pause' in message) running.get(message.pause)?.pause(message.on);
    else {
      const { call, name, given } = message;
      const own = new Running((event) => post({ call, event }));
      running.set(call, own);
      try {
        post({ call, value: await called(work, name, own, given) });
      } catch (error) {
        post({ call, error: tell(error) });
      } finally {
        running.delete(call);
      }
    }
  };
}

/** A call that goes on. */
class Running implements Ear {
  readonly #abort = new AbortController();
  readonly hear: Ear['hear'];
  #paused: PromiseWithResolvers<void> | undefined;

  constructor(hear: Ear['hear']) {
    this.hear = hear;
  }
  get signal(): AbortSignal {
    return this.#abort.signal;
  }
  abort(): void {
    this.#abort.abort();
    this.pause(false);
  }
  pause(on: boolean): void {
    if (on) this.#paused ??= Promise.withResolvers<void>();
    else {
      this.#paused?.resolve();
      this.#paused = undefined;
    }
  }
  ready(): Promise<void> | undefined {
    return this.#paused?.promise;
  }
}

/** The page's types say that what is given fits the name. */
function called(work: Work, name: CallName, ear: Ear, given: readonly unknown[]): unknown {
  return (work[name] as (ear: Ear, ...given: readonly unknown[]) => unknown)(ear, ...given);
}
