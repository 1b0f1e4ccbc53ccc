/** Workers of Node for the WASM engine. They keep no process alive. */
import { Worker } from 'node:worker_threads';
import type { FromWorker, PoolWorker, ToWorker } from '../engine/wasm/pool.ts';

/** The file beside this one, in source and in the package. */
const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/** Throws nothing itself: what goes wrong reaches `onEnd`. */
export function nodeWorker(): PoolWorker {
  // Options that this process was started with are not the worker's: some are refused there.
  const worker = new Worker(entry, { execArgv: [] });
  worker.unref();
  return {
    post: (message: ToWorker) => worker.postMessage(message),
    onMessage: (listen) => void worker.on('message', (message: FromWorker) => listen(message)),
    onEnd: (listen) => {
      worker.on('error', (error) => listen(error.message));
      worker.on('exit', (code) => listen(`it left with exit code ${code}`));
    },
    hold: (on) => (on ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}
