/**
 * A search on all cores. The tasks of the anytime search need nothing of one another, so threads do them before their turn; they are
 * committed in their order, with the work that each piece of them took, so that a seed and a budget give the same plan on any number of
 * threads. It can be interrupted, and then has the best plan so far.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Elsewhere, Planning, Progress, Setting, Task } from '../../compiler/network/index.ts';
import { search } from '../../compiler/network/index.ts';
import type { Plan, Request } from '../../compiler/values/plan.ts';
import type { Errand, Report } from './search-thread.ts';

export interface Drive {
  /** 1: no other threads. */
  readonly threads: number;
  /** Milliseconds. */
  now(): number;
  interrupted(): boolean | Promise<boolean>;
}
/** Tasks are not more at a time. */
const MOST_THREADS = 8;
/** Milliseconds between looks at the clock and at what was sent. */
const LOOK = 20;

export function threadsByDefault(): number {
  return Math.min(MOST_THREADS, availableParallelism());
}

/** As `plan` of the compiler. Throws NetworkError, and what a thread throws. */
export async function searchOnThreads(request: Request, drive: Drive): Promise<Plan & { readonly interrupted?: true }> {
  const threads = drive.threads > 1 ? new Threads(Math.min(MOST_THREADS, drive.threads)) : undefined;
  try {
    return await driven(search(request, threads), request, drive, threads);
  } finally {
    await threads?.close();
  }
}

async function driven(planning: Planning, { seconds }: Request, drive: Drive, threads: Threads | undefined) {
  const started = drive.now();
  const end = seconds === undefined ? Number.POSITIVE_INFINITY : started + 1000 * seconds;
  let looked = started;
  for (const _ of planning) {
    const waits = threads?.starved === true;
    if (waits) await threads.arrival(Math.max(1, Math.min(LOOK, end - drive.now())));
    else if (drive.now() - looked < LOOK) continue;
    looked = drive.now();
    if (planning.ready() && (await drive.interrupted())) return { ...planning.plan(), stopped: true as const, interrupted: true as const };
    if (looked >= end && planning.enough()) return { ...planning.plan(), stopped: true as const };
  }
  return planning.plan();
}

/** Threads that are started with the first tasks. */
class Threads implements Elsewhere {
  /** The search asked for what is not there yet. */
  starved = false;
  private readonly count: number;
  private readonly idle: Thread[] = [];
  private readonly threads: Thread[] = [];
  private readonly waiting: { readonly task: Task; readonly setting: Setting }[] = [];
  private readonly progress = new Map<Task, { list: Progress[]; at: number; done: boolean }>();
  private readonly errands = new Map<number, Task>();
  private readonly places = new Map<Setting, number>();
  private sent = 0;
  private failure: Error | undefined;
  private wake = () => {};

  constructor(count: number) {
    this.count = count;
  }

  begin(setting: Setting, tasks: readonly Task[]): void {
    if (!this.places.has(setting)) this.places.set(setting, this.places.size);
    for (const task of tasks) {
      this.progress.set(task, { list: [], at: 0, done: false });
      this.waiting.push({ task, setting });
    }
    while (this.threads.length < Math.min(this.count, this.waiting.length)) this.start();
    this.handOut();
  }

  next(task: Task): Progress | 'done' | undefined {
    if (this.failure !== undefined) throw this.failure;
    const own = this.progress.get(task)!;
    if (own.at < own.list.length) return own.list[own.at++];
    if (own.done) {
      this.progress.delete(task);
      return 'done';
    }
    this.starved = true;
    return undefined;
  }

  /** Until something was sent, or so many milliseconds. */
  async arrival(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.starved = false;
  }

  async close(): Promise<void> {
    this.waiting.length = 0;
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }

  private start(): void {
    // Sources run as they are, and what is published beside the compiled module.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const thread: Thread = { worker: new Worker(new URL(`./search-thread.${extension}`, import.meta.url)), places: new Set() };
    thread.worker.on('message', (report: Report) => this.hear(thread, report));
    const fail = (error: Error) => {
      this.failure ??= error;
      this.wake();
    };
    thread.worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
    thread.worker.on('exit', (code) => fail(new Error(`a thread of the search ended with code ${code}`)));
    this.threads.push(thread);
    this.idle.push(thread);
  }

  private hear(thread: Thread, { id, progress, done }: Report): void {
    const own = this.progress.get(this.errands.get(id)!);
    own?.list.push(...progress);
    if (done) {
      if (own !== undefined) own.done = true;
      this.errands.delete(id);
      this.idle.push(thread);
      this.handOut();
    }
    this.wake();
  }

  private handOut(): void {
    while (this.idle.length > 0 && this.waiting.length > 0) {
      const thread = this.idle.shift()!;
      const { task, setting } = this.waiting.shift()!;
      const place = this.places.get(setting)!;
      const id = this.sent++;
      this.errands.set(id, task);
      const errand: Errand = { id, place, task, ...(thread.places.has(place) ? {} : { setting }) };
      thread.places.add(place);
      thread.worker.postMessage(errand);
    }
  }
}
interface Thread {
  readonly worker: Worker;
  /** Settings that it has. */
  readonly places: Set<number>;
}
