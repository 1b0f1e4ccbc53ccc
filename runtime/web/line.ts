/** The page's end: calls that wait for their answers, until the worker is no more. */
import { BondsmithError } from '../../grammar/error.ts';
import type { TrainEvent } from '../train/stream.ts';
import type { Answered, CallName, Calls, FromWorker, ToWorker } from './messages.ts';
import { heard } from './messages.ts';

/** What a page has of a worker. */
export interface WorkerPort {
  postMessage(message: ToWorker): void;
  addEventListener(type: 'message', listen: (event: { readonly data: FromWorker }) => void): void;
  addEventListener(type: 'error', listen: (event: { readonly message?: string }) => void): void;
  terminate(): void;
}

/** The worker ended, and with it all models that it held. */
export class WorkerEnded extends BondsmithError {
  constructor(why: string) {
    super('worker', `the worker of bondsmith ended: ${why}; start another one and open the model again`);
    this.name = 'WorkerEnded';
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  hear?(event: TrainEvent): void;
}
export interface LineOptions {
  readonly threads?: number;
  readonly tell?: (text: string) => void;
}
/** Holds a run up between two steps, as long as it is on. */
export class Pause {
  #on = false;
  readonly #listening = new Set<(on: boolean) => void>();

  get on(): boolean {
    return this.#on;
  }
  set on(on: boolean) {
    this.#on = on;
    for (const listen of this.#listening) listen(on);
  }
  /** Told of each change from now on, until the function that it gives is called. */
  listen(listen: (on: boolean) => void): () => void {
    this.#listening.add(listen);
    return () => this.#listening.delete(listen);
  }
}

/** While a call goes on. */
export interface Attention {
  readonly signal?: AbortSignal | undefined;
  readonly pause?: Pause | undefined;
  hear?(event: TrainEvent): void;
}

export class Line {
  readonly #port: WorkerPort;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #ended: WorkerEnded | undefined;
  /** Resolves when the worker is no more. */
  readonly ended: Promise<WorkerEnded>;
  #end: (error: WorkerEnded) => void;

  constructor(port: WorkerPort, { threads, tell }: LineOptions) {
    this.#port = port;
    const { promise, resolve } = Promise.withResolvers<WorkerEnded>();
    this.ended = promise;
    this.#end = resolve;
    // A worker that is ended from outside, or for lack of memory, says nothing. Its lock is free then.
    const life = globalThis.navigator?.locks === undefined ? undefined : `bondsmith ${crypto.randomUUID()}`;
    port.addEventListener('error', ({ message }) => this.#fail(message || 'its code did not load'));
    port.addEventListener('message', ({ data }) => {
      if ('told' in data) tell?.(data.told);
      else if ('begun' in data) void this.#watch(life);
      else this.#answer(data);
    });
    port.postMessage({ begin: { ...(threads === undefined ? {} : { threads }), ...(life === undefined ? {} : { life }) } });
  }

  /** Throws what the call throws, WorkerEnded. */
  call<Name extends CallName>(
    name: Name,
    given: Parameters<Calls[Name]>,
    { signal, pause, hear }: Attention = {},
  ): Promise<Answered<Name>> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const call = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<Answered<Name>>();
    this.#waiting.set(call, { resolve: resolve as (value: unknown) => void, reject, ...(hear && { hear }) });
    this.#port.postMessage({ call, name, given });
    const abort = () => this.#port.postMessage({ abort: call });
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    const hold = (on: boolean) => this.#port.postMessage({ pause: call, on });
    if (pause?.on) hold(true);
    const unheard = pause?.listen(hold);
    return promise.finally(() => {
      signal?.removeEventListener('abort', abort);
      unheard?.();
    });
  }

  /** Ends the worker; whoever waits is told. */
  close(): void {
    this.#fail('it was closed');
  }

  #answer(message: Exclude<FromWorker, { readonly begun: true } | { readonly told: string }>): void {
    const waiting = this.#waiting.get(message.call);
    if (waiting === undefined) return;
    if ('event' in message) {
      waiting.hear?.(message.event);
      return;
    }
    this.#waiting.delete(message.call);
    if ('error' in message) waiting.reject(heard(message.error));
    else waiting.resolve(message.value);
  }

  async #watch(life: string | undefined): Promise<void> {
    if (life === undefined) return;
    await navigator.locks.request(life, () => this.#fail('the browser ended it, perhaps for lack of memory'));
  }

  #fail(why: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = new WorkerEnded(why);
    this.#port.terminate();
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
    this.#end(this.#ended);
  }
}
