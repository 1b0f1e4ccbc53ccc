/** A worker of Node that serves the WASM engine: the first file of its thread. */
import { parentPort } from 'node:worker_threads';
import { serve } from '../engine/wasm/worker.ts';

const port = parentPort!;
serve({
  post: (message) => port.postMessage(message),
  onMessage: (listen) => void port.on('message', listen),
});
