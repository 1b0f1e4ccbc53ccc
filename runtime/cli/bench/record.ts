/** What `bench` measured, as it is printed, stored and compared with a later run. */
import { cpus } from 'node:os';
import { readText } from '../../checkpoint/files.ts';
import { absent, list, number, object, readSettings, text } from '../../checkpoint/schema.ts';
import { VERSION } from '../../checkpoint/version.ts';
import type { Engine } from '../../engine/engine.ts';
import { type Spread, spreadOf } from '../../plan/runs.ts';
import type { Context } from '../context.ts';
import { Problem } from '../context.ts';
import { rows } from '../rows.ts';

export interface Measured {
  /** Says what was measured, sizes and all: what has one name in two records is compared. */
  readonly name: string;
  readonly milliseconds: Spread;
  /** 10^9 operations in a second, a multiply-add is two; of products. */
  readonly gflops?: number;
  /** In a second; of variants. */
  readonly examples?: number;
  /** Held in the engine while it runs: parameters, inputs, results, values, tables. */
  readonly bytes?: number;
}
export interface BenchRecord {
  readonly version: string;
  readonly machine: { readonly cpu: string; readonly threads: number; readonly arithmetic: string; readonly node: string };
  readonly measured: readonly Measured[];
}

export function measuredIn(name: string, seconds: readonly number[], more: Omit<Measured, 'name' | 'milliseconds'> = {}): Measured {
  return { name, milliseconds: spreadOf(seconds.map((one) => 1000 * one)), ...more };
}

export function recordOf(engine: Engine, threads: number, measured: readonly Measured[]): BenchRecord {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown';
  return { version: VERSION, machine: { cpu, threads, arithmetic: engine.host, node: process.versions.node }, measured };
}

const some = number({ least: 0 });
const schema = object({
  version: text,
  machine: object({ cpu: text, threads: number({ least: 1, whole: true }), arithmetic: text, node: text }),
  measured: list(
    object({
      name: text,
      milliseconds: object({ median: number({ above: 0 }), low: some, high: some, runs: number({ least: 1, whole: true }) }),
      gflops: absent(some),
      examples: absent(some),
      bytes: absent(some),
    }),
  ),
});

/** A record that --out wrote. Throws FileProblem, SettingsError, and Problem where the file is not JSON. */
export function readRecord(path: string, context: Context): BenchRecord {
  const written = readText(context.files, path, 2 ** 24);
  try {
    return readSettings(schema, JSON.parse(written), path) as BenchRecord;
  } catch (error) {
    if (error instanceof SyntaxError) throw new Problem(`${path}: not JSON: ${error.message}`);
    throw error;
  }
}

const digits = (value: number) => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3));
const spread = ({ median, low, high }: Spread) => `${digits(median)} (${digits(low)} to ${digits(high)})`;

/** A column is there where something has it. */
export function tableOf({ machine, measured }: BenchRecord): string {
  const columns: [string, (one: Measured) => string | undefined][] = [
    ['ms, half of the runs', ({ milliseconds }) => spread(milliseconds)],
    ['GFLOP/s', ({ gflops }) => gflops?.toFixed(1)],
    ['examples/s', ({ examples }) => (examples === undefined ? undefined : digits(examples))],
    ['MiB', ({ bytes }) => (bytes === undefined ? undefined : (bytes / 2 ** 20).toFixed(1))],
  ];
  const shown = columns.filter(([, of]) => measured.some((one) => of(one) !== undefined));
  const lines = measured.map((one) => [one.name, ...shown.map(([, of]) => of(one) ?? '')]);
  const { cpu, threads, arithmetic, node } = machine;
  return [
    `${cpu}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${arithmetic} multiply-add, Node ${node}`,
    '',
    ...rows(['', ...shown.map(([title]) => title)], lines),
    '',
  ].join('\n');
}

export interface Against {
  readonly text: string;
  /** Something is slower by more than is allowed. */
  readonly lost: boolean;
}

/** Medians of what both measured. `allowed`: the share by which something may be slower. Throws Problem where nothing is in both. */
export function against(now: BenchRecord, before: BenchRecord, path: string, allowed: number): Against {
  const known = new Map(before.measured.map((one) => [one.name, one]));
  const both = now.measured.flatMap((one) => (known.has(one.name) ? [{ one, than: known.get(one.name)! }] : []));
  if (both.length === 0) throw new Problem(`${path}: nothing in it was measured now; it has ${[...known.keys()].join(', ')}`);
  const missing = before.measured.filter(({ name }) => !both.some(({ one }) => one.name === name));
  const times = ({ one, than }: (typeof both)[number]) => one.milliseconds.median / than.milliseconds.median;
  const slower = both.filter((pair) => times(pair) > 1 + allowed);
  const differing = Object.entries(now.machine).filter(([key, value]) => before.machine[key as keyof BenchRecord['machine']] !== value);
  const others = differing.map(([key, value]) => `${key} is ${value}, was ${before.machine[key as keyof BenchRecord['machine']]}`);
  const lines = both.map((pair) => {
    const { one, than } = pair;
    const [is, was] = [one, than].map(({ milliseconds }) => digits(milliseconds.median));
    return [one.name, was!, is!, times(pair).toFixed(2), slower.includes(pair) ? 'slower' : ''];
  });
  const verdict =
    slower.length === 0
      ? `nothing is slower by more than ${percent(allowed)}`
      : `${slower.length} of ${both.length} slower by more than ${percent(allowed)}`;
  return {
    lost: slower.length > 0,
    text: [
      ...(others.length === 0 ? [] : [`not the machine of ${path}: ${others.join('; ')}`]),
      ...(missing.length === 0 ? [] : [`in ${path} and not measured now: ${missing.map(({ name }) => name).join(', ')}`]),
      ...rows(['', `ms in ${path}`, 'now', 'times', ''], lines),
      verdict,
      '',
    ].join('\n'),
  };
}

const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;
