/** A thread that decomposes tensors: the first file of its worker. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Asked } from './decompose-apart.ts';
import { answerTo } from './decompose-apart.ts';

const { stop } = workerData as { readonly stop: Int32Array };
parentPort!.on('message', (asked: Asked) => parentPort!.postMessage(answerTo(asked, () => Atomics.load(stop, 0) !== 0)));
