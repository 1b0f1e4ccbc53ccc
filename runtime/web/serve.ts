/** The worker's end: each call is answered once, in any thread that has messages. */
import type { Ear, Work } from './calls.ts';
import type { CallName, FromWorker, ToWorker } from './messages.ts';
import { tell } from './messages.ts';

/** Takes the messages of the page behind the first one. */
export function answering(
  work: Work,
  post: (message: FromWorker) => void,
): (message: Exclude<ToWorker, { readonly begin: unknown }>) => Promise<void> {
  const running = new Map<number, AbortController>();
  return async (message) => {
    if ('abort' in message) {
      running.get(message.abort)?.abort();
      return;
    }
    const { call, name, given } = message;
    const abort = new AbortController();
    running.set(call, abort);
    const ear: Ear = { signal: abort.signal, hear: (event) => post({ call, event }) };
    try {
      post({ call, value: await called(work, name, ear, given) });
    } catch (error) {
      post({ call, error: tell(error) });
    } finally {
      running.delete(call);
    }
  };
}

/** The page's types say that what is given fits the name. */
function called(work: Work, name: CallName, ear: Ear, given: readonly unknown[]): unknown {
  return (work[name] as (ear: Ear, ...given: readonly unknown[]) => unknown)(ear, ...given);
}
