/** A thread of a search (search.ts): does the tasks that it is sent, one after the other, and tells what they did as they go. */
import { parentPort } from 'node:worker_threads';
import type { Progress, Setting, Task } from '../../compiler/network/index.ts';
import { performedIn } from '../../compiler/network/index.ts';

export interface Errand {
  readonly id: number;
  /** Equal numbers, equal settings; the setting comes with the first errand of the thread that has it. */
  readonly place: number;
  readonly setting?: Setting;
  readonly task: Task;
}
export interface Report {
  readonly id: number;
  readonly progress: readonly Progress[];
  readonly done: boolean;
}

/** Pieces of work that are told at once. */
const AT_ONCE = 64;

const known = new Map<number, ReturnType<typeof performedIn>>();
parentPort!.on('message', ({ id, place, setting, task }: Errand) => {
  if (setting !== undefined) known.set(place, performedIn(setting));
  const tell = (progress: readonly Progress[], done: boolean) => parentPort!.postMessage({ id, progress, done } satisfies Report);
  let progress: Progress[] = [];
  for (const next of known.get(place)!(task)) {
    progress.push(next);
    if (typeof next === 'number' && progress.length < AT_ONCE) continue;
    tell(progress, false);
    progress = [];
  }
  tell(progress, true);
});
