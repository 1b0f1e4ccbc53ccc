/** The first file of the worker of a page: compiler, engine and models. */
import { defaultProfiles } from '../../compiler/network/index.ts';
import type { Engine } from '../engine/engine.ts';
import { wasmEngine } from '../engine/wasm/engine.ts';
import type { FromWorker as FromThread, PoolWorker, ToWorker as ToThread } from '../engine/wasm/pool.ts';
import { workOn } from './calls.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { answering } from './serve.ts';

const post = (message: FromWorker) => self.postMessage(message);
let threads: number | undefined;
let engine: Promise<Engine> | undefined;

/** Cores are of use only where memory can be shared. */
function opened(): Promise<Engine> {
  const own = threads ?? (self.crossOriginIsolated ? navigator.hardwareConcurrency : 1);
  engine ??= wasmEngine({
    threads: own,
    workers: threadWorker,
    planning: { profile: defaultProfiles.wasm },
    tell: (told) => post({ told }),
  });
  // Memory that was refused once may be there the next time.
  engine.catch(() => (engine = undefined));
  return engine;
}

function threadWorker(): PoolWorker {
  const worker = new Worker(new URL('./thread.js', import.meta.url), { type: 'module', name: 'bondsmith thread' });
  return {
    post: (message: ToThread) => worker.postMessage(message),
    onMessage: (listen) => worker.addEventListener('message', ({ data }) => listen(data as FromThread)),
    onEnd: (listen) => worker.addEventListener('error', ({ message }) => listen(message)),
    hold: () => undefined,
    terminate: () => worker.terminate(),
  };
}

const answer = answering(workOn(opened), post);
const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  // A page that has an answer knows that it will learn of the end.
  if (!('begin' in data)) void begun.then(() => answer(data));
  else {
    ({ threads } = data.begin);
    void live(data.begin.life);
  }
});

/** The lock is held until this worker is no more, which is how the page learns of it. */
async function live(life: string | undefined): Promise<void> {
  const held = () => {
    post({ begun: true });
    begin();
  };
  if (life === undefined) held();
  else
    await navigator.locks.request(life, () => {
      held();
      return new Promise<never>(() => undefined);
    });
}
