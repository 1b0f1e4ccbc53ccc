/** A thread that decomposes one tensor: the first file of its worker. */
import { parentPort, workerData } from 'node:worker_threads';
import { TooSmall } from '../weights/truncate.ts';
import type { Answer, Asked } from './decompose-apart.ts';
import { decomposeHere } from './decompose-apart.ts';

const { asked, flag } = workerData as { readonly asked: Asked; readonly flag: SharedArrayBuffer };
const stop = new Int32Array(flag);

function answer(): Answer {
  try {
    return { report: decomposeHere(asked, () => Atomics.load(stop, 0) !== 0) };
  } catch (error) {
    if (error instanceof RangeError || error instanceof TooSmall) return { refused: error.message };
    throw error;
  }
}

parentPort!.postMessage(answer());
