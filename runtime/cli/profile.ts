/**
 * `--profile FILE`: where the time of a run goes. Each launch with its place in the text, by layer and by kernel as tables, and as a trace
 * that Chrome's tracing page and Perfetto show, with the passes of the compiler beside it.
 */
import { type Observe, watchPasses } from '../../compiler/index.ts';
import { wasm } from '../../compiler/values/target.ts';
import type { Sources } from '../../grammar/diagnostic.ts';
import type { Engine } from '../engine/engine.ts';
import { type LaunchTime, Timings } from '../engine/timings.ts';
import { type Peaks, peaksOf } from '../plan/peaks.ts';
import type { Context } from './context.ts';
import { UsageError } from './context.ts';
import { type EngineName, withEngine } from './engines.ts';
import { named } from './options.ts';
import type { RunSettings } from './prepare.ts';
import { placeText } from './program.ts';
import { rows } from './rows.ts';

export const profileOption = named(
  '<file>',
  'measure every launch, write a trace for Chrome or Perfetto (JSON), and print where the time goes',
);

interface PassTime {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** What is measured from here on, until it is told. */
class Profiling {
  readonly timings: Timings;
  readonly #path: string;
  readonly #context: Context;
  readonly #passes: PassTime[] = [];
  readonly #before: Observe | undefined;

  /** Throws UsageError for an engine that runs no kernels. */
  constructor(path: string, engine: EngineName, context: Context) {
    if (engine === 'reference') throw new UsageError('--profile measures kernels, and the engine reference has none');
    if (engine !== 'wasm')
      throw new UsageError(`--profile measures launches of the engine wasm; there is no clock for those of ${engine} yet`);
    this.#path = path;
    this.#context = context;
    this.timings = new Timings(wasm, () => context.now());
    let last = context.now();
    this.#before = watchPasses((pass, program) => {
      const now = context.now();
      // The time before `build` is that of whatever was done since.
      if (pass.name !== 'build') this.#passes.push({ name: pass.name, from: last, to: now });
      this.#before?.(pass, program);
      last = context.now();
    });
  }

  /** The passes of the compiler are no longer watched. */
  end(): void {
    watchPasses(this.#before);
  }

  /** Writes the file and returns the tables. The peaks are measured now, on the same engine. */
  async tell(engine: Engine, sources: Sources): Promise<string> {
    const times = this.timings.times();
    const events = this.timings.events();
    const { dropped } = this.timings;
    const peaks = await peaksOf(engine, () => this.#context.now());
    const trace = traceOf(events, this.#passes, times, peaks, dropped, sources);
    this.#context.files.replace(this.#path, [new TextEncoder().encode(`${JSON.stringify(trace)}\n`)]);
    return tablesOf(times, peaks, sources, `${this.#path}: open it in chrome://tracing or ui.perfetto.dev`);
  }
}

/** Does something with an engine whose launches are measured: what came of it, and where the time went. Throws UsageError as Profiling does. */
export async function measuring<T>(
  context: Context,
  settings: RunSettings,
  path: string,
  sources: Sources,
  use: (engine: Engine, timings: Timings) => Promise<T>,
): Promise<{ readonly result: T; readonly told: string }> {
  const profiling = new Profiling(path, context.engine ?? settings.engine, context);
  const { timings } = profiling;
  const told = async (engine: Engine) => ({ result: await use(engine, timings), told: await profiling.tell(engine, sources) });
  try {
    return await withEngine(context, settings, told, timings);
  } finally {
    profiling.end();
  }
}

/** Does something with the engine of a run; where the context has a profile every launch is measured, and where the time went is told on `err`. */
export async function profiled<T>(
  context: Context,
  settings: RunSettings,
  sources: Sources,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  if (context.profile === undefined) return withEngine(context, settings, use);
  const { result, told } = await measuring(context, settings, context.profile, sources, use);
  context.err(`\n${told}`);
  return result;
}

const rate = (count: number, milliseconds: number) => (milliseconds === 0 ? 0 : count / (milliseconds / 1000));
const placeOf = ({ origin: { place } }: LaunchTime, sources: Sources) => (place === undefined ? {} : { place: placeText(place, sources) });

function traceOf(
  events: ReturnType<Timings['events']>,
  passes: readonly PassTime[],
  times: readonly LaunchTime[],
  peaks: Peaks,
  dropped: number,
  sources: Sources,
) {
  const zero = Math.min(...events.map(({ from }) => from), ...passes.map(({ from }) => from), Number.MAX_VALUE);
  const span = (from: number, to: number) => ({
    ph: 'X',
    pid: 1,
    ts: Math.round((from - zero) * 1000),
    dur: Math.round((to - from) * 1000),
  });
  const thread = (tid: number, name: string) => ({ ph: 'M', pid: 1, tid, name: 'thread_name', args: { name } });
  return {
    displayTimeUnit: 'ms',
    traceEvents: [
      thread(1, 'launches'),
      thread(2, 'passes of the compiler'),
      ...events.map(({ time, from, to }) => ({
        name: time.label,
        cat: time.form,
        tid: 1,
        ...span(from, to),
        args: {
          kernel: time.kernel,
          gflops: (2 * rate(time.macs, to - from)) / 1e9,
          gigabytes: rate(time.bytes, to - from) / 1e9,
          ...placeOf(time, sources),
        },
      })),
      ...passes.map(({ name, from, to }) => ({ name, cat: 'pass', tid: 2, ...span(from, to) })),
    ],
    bondsmith: {
      peak_gflops: (2 * peaks.macs) / 1e9,
      peak_gigabytes: peaks.bytes / 1e9,
      launches_not_in_the_trace: dropped,
      launches: times.map(({ origin: _, ...time }, k) => ({
        ...time,
        section: times[k]!.origin.section,
        path: times[k]!.origin.path,
        ...placeOf(times[k]!, sources),
      })),
    },
  };
}

/** Sums of launches that have something in common. */
interface Group {
  readonly name: string;
  readonly milliseconds: number;
  readonly launches: number;
  readonly macs: number;
  /** Milliseconds of products alone. */
  readonly product: number;
  readonly bytes: number;
}

function groupsBy(times: readonly LaunchTime[], keyOf: (time: LaunchTime) => string): Group[] {
  const sum = (list: readonly LaunchTime[], of: (time: LaunchTime) => number) => list.reduce((total, time) => total + of(time), 0);
  const groups = [...Map.groupBy(times, keyOf)].map(([name, list]) => ({
    name,
    milliseconds: sum(list, ({ milliseconds }) => milliseconds),
    launches: sum(list, ({ runs }) => runs),
    macs: sum(list, ({ macs, runs }) => macs * runs),
    product: sum(list, ({ macs, milliseconds }) => (macs > 0 ? milliseconds : 0)),
    bytes: sum(list, ({ bytes, runs }) => bytes * runs),
  }));
  return groups.sort((a, b) => b.milliseconds - a.milliseconds);
}

const MOST_ROWS = 20;

function tablesOf(times: readonly LaunchTime[], peaks: Peaks, sources: Sources, written: string): string {
  const whole = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const table = (title: string, groups: readonly Group[]) => {
    const shown = groups.slice(0, MOST_ROWS);
    const rest = groups.slice(MOST_ROWS).reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    const lines = shown.map((group) => [
      group.name,
      group.milliseconds.toFixed(1),
      `${((100 * group.milliseconds) / whole).toFixed(1)} %`,
      String(group.launches),
      group.macs === 0 ? '' : ((2 * rate(group.macs, group.product)) / 1e9).toFixed(1),
      group.macs === 0 ? '' : `${((100 * rate(group.macs, group.product)) / peaks.macs).toFixed(0)} %`,
      (rate(group.bytes, group.milliseconds) / 1e9).toFixed(1),
      `${((100 * rate(group.bytes, group.milliseconds)) / peaks.bytes).toFixed(0)} %`,
    ]);
    const more = groups.length > MOST_ROWS ? [`and ${groups.length - MOST_ROWS} more, ${rest.toFixed(1)} ms`] : [];
    return [...rows([title, 'ms', 'share', 'launches', 'GFLOP/s', 'of peak', 'GB/s', 'of peak'], lines), ...more, ''];
  };
  const layer = (time: LaunchTime) => `${time.origin.path || placeOf(time, sources).place || 'the model'} ${time.origin.section}`;
  // Of launches of one kernel the first says what it is for.
  const labels = new Map([...times].reverse().map(({ kernel, label }) => [kernel, label]));
  return [
    `${whole.toFixed(1)} ms in ${times.reduce((sum, { runs }) => sum + runs, 0)} launches; measured here: ${((2 * peaks.macs) / 1e9).toFixed(0)} GFLOP/s in a product of side 256, ${(peaks.bytes / 1e9).toFixed(1)} GB/s`,
    'masked and unused parts of products are counted; bytes are those of the operands, whole',
    '',
    ...table('layer', groupsBy(times, layer)),
    ...table(
      'kernel',
      groupsBy(times, ({ kernel, form }) => `${kernel.slice(0, 8)} ${form}, ${labels.get(kernel)}`),
    ),
    written,
    '',
  ].join('\n');
}
