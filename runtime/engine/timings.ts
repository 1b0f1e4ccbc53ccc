/**
 * How long each launch took. An engine that is watched runs a step launch by launch and tells each; sums are kept of all, and the first
 * events one by one, for a picture.
 */
import type { Executable, Runnable } from '../../compiler/values/executable.ts';
import type { Kernel, Launch } from '../../compiler/values/kernel.ts';
import type { Origin } from '../../compiler/values/program.ts';
import type { Target } from '../../compiler/values/target.ts';

/** Told of every launch that ran, of those whose gate is closed nothing. Times in milliseconds. */
export interface Watch {
  now(): number;
  ran(executable: Runnable, launch: number, from: number, to: number): void;
}
export interface LaunchTime {
  readonly executable: string;
  readonly label: string;
  /** Where in the text what it computes is written. */
  readonly origin: Origin;
  readonly kernel: string;
  readonly form: Kernel['form'];
  readonly runs: number;
  /** Of all runs. */
  readonly milliseconds: number;
  /** Of one run: multiply-adds of a product, masked and unused parts counted; 0 elsewhere. */
  readonly macs: number;
  /** Of one run: what it is bound to, which is at most what it reads and writes once. */
  readonly bytes: number;
}
export interface LaunchEvent {
  readonly time: LaunchTime;
  readonly from: number;
  readonly to: number;
}

const MOST_EVENTS = 100_000;

export class Timings implements Watch {
  readonly now: () => number;
  readonly #target: Target;
  readonly #sums = new Map<Runnable, { runs: number; milliseconds: number }[]>();
  readonly #events: { readonly executable: Runnable; readonly launch: number; readonly from: number; readonly to: number }[] = [];
  /** Launches that are summed and not among the events. */
  dropped = 0;

  constructor(target: Target, now: () => number) {
    this.#target = target;
    this.now = now;
  }

  ran(executable: Runnable, launch: number, from: number, to: number): void {
    const sums = this.#sums.get(executable) ?? [];
    this.#sums.set(executable, sums);
    const sum = sums[launch] ?? { runs: 0, milliseconds: 0 };
    sums[launch] = sum;
    sum.runs++;
    sum.milliseconds += to - from;
    if (this.#events.length < MOST_EVENTS) this.#events.push({ executable, launch, from, to });
    else this.dropped++;
  }

  /** Forgets what was measured so far: runs in which code is still being optimised. */
  clear(): void {
    this.#sums.clear();
    this.#events.length = 0;
    this.dropped = 0;
  }

  /** Of all launches that ran, in the order of each program. */
  times(): LaunchTime[] {
    return [...this.#sums].flatMap(([executable, sums]) => sums.flatMap((_, launch) => this.#timeOf(executable, launch)));
  }

  events(): LaunchEvent[] {
    const known = new Map<string, LaunchTime>();
    const names = new Map([...this.#sums.keys()].map((executable, k) => [executable, k]));
    return this.#events.map(({ executable, launch, from, to }) => {
      const key = `${names.get(executable)} ${launch}`;
      const time = known.get(key) ?? this.#timeOf(executable, launch);
      known.set(key, time);
      return { time, from, to };
    });
  }

  #timeOf(runnable: Runnable, launch: number): LaunchTime {
    const executable = runnable as Executable;
    const { kernels, launches, nodes } = executable.schedule(this.#target);
    const own = launches[launch]!;
    const { key, form, args } = kernels[own.kernel]!;
    const { runs, milliseconds } = this.#sums.get(runnable)![launch]!;
    return {
      executable: executable.name,
      label: own.label,
      origin: executable.program.nodes[nodes[launch]!]!.origin,
      kernel: key,
      form,
      runs,
      milliseconds,
      macs: form === 'tiles' ? macsOf(own, args) : 0,
      bytes: this.#target.bytes * own.buffers.reduce((sum, { length, space }) => sum + (space === 'tables' ? 0 : length), 0),
    };
  }
}

/** Rows, columns and depth of a product, and how many there are (write-tiles.ts). */
function macsOf(launch: Launch, names: readonly string[]): number {
  return ['M', 'N', 'K', 'B'].reduce((macs, name) => {
    const at = names.indexOf(name);
    return at < 0 ? macs : macs * launch.args[at]!;
  }, 1);
}
