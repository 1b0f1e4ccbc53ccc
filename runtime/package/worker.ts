/** A worker of a built package, of Node or of a page: the first file of its thread. */
import type { ToWorker } from '../engine/wasm/pool.ts';
import { serve } from '../engine/wasm/worker.ts';

interface Host {
  readonly process?: { getBuiltinModule?: (name: string) => unknown };
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listen: (event: { readonly data: ToWorker }) => void): void;
}
const host = globalThis as unknown as Host;
const threads = host.process?.getBuiltinModule?.('node:worker_threads') as typeof import('node:worker_threads') | undefined;
const port = threads?.parentPort;

serve(
  port
    ? { post: (message) => port.postMessage(message), onMessage: (listen) => void port.on('message', listen) }
    : { post: (message) => host.postMessage(message), onMessage: (listen) => host.addEventListener('message', ({ data }) => listen(data)) },
);
