/** `bondsmith plan`: the order of contraction of a network in a file of its own, without programs or engines. */
import type { NamedNetwork, Objective, Plan, Request, Totals } from '../../compiler/network/index.ts';
import {
  drawTree,
  linearPath,
  log2,
  measure,
  NetworkError,
  readNetwork,
  recordsOf,
  slicedRequest,
  toCotengra,
  toOptEinsum,
  totalsOf,
} from '../../compiler/network/index.ts';
import { readText } from '../checkpoint/files.ts';
import { PlanCache } from '../plan/cache.ts';
import { searchOnThreads, threadsByDefault } from '../plan/search.ts';
import { profileAt } from './calibrate.ts';
import type { Context } from './context.ts';
import { command, Problem, UsageError } from './context.ts';
import type { Values } from './options.ts';
import { choice, count, flag, named, number, useOnly } from './options.ts';

const objectives = ['flops', 'write', 'size', 'peak', 'combo', 'limit', 'time'] as const satisfies readonly Objective[];
const forms = ['bondsmith', 'opt_einsum', 'cotengra'] as const;

const options = {
  objective: choice(objectives, '<name>', `what is least: ${objectives.join(', ')} (default: flops)`),
  memory: count('<elements>', 'slice letters until no value made has more elements than this', { least: 1 }),
  seconds: number('<number>', 'search so long, and never less than without it: a fixed number of steps, about a second', { least: 0.001 }),
  budget: count('<steps>', 'search so many steps: the same plan on every machine', { least: 1 }),
  seed: count('<number>', 'seed of the random choices (default: 0)', { least: 0 }),
  threads: count('<number>', 'search on so many; the plan does not depend on it (default: all cores, 8 at most)', { least: 1, most: 64 }),
  wanted: named('<operands>', 'operands whose adjoints are wanted: 0,2'),
  constant: named('<operands>', 'operands that do not change: 1'),
  svg: named('<file>', 'draw the tree'),
  draw: choice(['tent', 'bands'], '<style>', 'of the drawing: tent or bands (default: tent)'),
  write: choice(forms, '<form>', `print the network in another form instead: ${forms.join(', ')}`),
  cache: named('<folder>', 'keep plans there and take what is there'),
  machine: named('<file>', 'by whose times the objective time counts (bondsmith calibrate); default: the one shipped for wasm'),
  json: flag('print {"path", "ssa_path", "macs", "log10_macs", ...}'),
};
type Given = Values<typeof options>;

export const planCommand = command({
  name: 'plan',
  argument: '<file>',
  options,
  summary: 'Find the order in which to contract a network: {"inputs": [["a", "b"], ...], "output": [...], "size": {"a": 4, ...}}',
  examples: [
    'bondsmith plan network.json',
    'bondsmith plan network.json --seconds 10 --memory 1048576 --json',
    'bondsmith plan layer.json --wanted 0,1,3 --constant 2 --svg tree.svg',
  ],
  run: async ([file], given, context) => {
    try {
      return await run(file, given, context);
    } catch (error) {
      if (error instanceof NetworkError) throw new Problem(`${file}: ${error.message}`);
      throw error;
    }
  },
});

async function run(file: string, given: Given, context: Context): Promise<number> {
  const { write: form, machine, cache: folder, svg: picture, draw } = given;
  if (form !== undefined) useOnly(given, ['write'], '--write prints the network as it is');
  if (draw !== undefined && picture === undefined) throw new UsageError('--draw is of the drawing: give --svg FILE with it');
  const named = readNetwork(parsed(readText(context.files, file, 2 ** 28), file));
  if (form !== undefined) {
    context.out(`${JSON.stringify(written(named, form), null, 1)}\n`);
    return 0;
  }
  const request: Request = {
    ...requestOf(named, given),
    profile: machine === undefined ? undefined : profileAt(machine, context),
  };
  const started = context.now();
  let interrupted = false;
  const searched = async (own: Request) => {
    const drive = { threads: given.threads ?? threadsByDefault(), now: context.now, interrupted: () => context.interrupted() };
    const found = await searchOnThreads(own, drive);
    interrupted = found.interrupted === true;
    return found;
  };
  const found =
    named.steps !== undefined
      ? counted(named, request)
      : folder === undefined
        ? await searched(request)
        : await new PlanCache(context.files, folder).planBy(searched, request);
  const seconds = (context.now() - started) / 1000;
  if (picture !== undefined) context.files.replace(picture, [new TextEncoder().encode(drawTree(named, found.steps, draw ?? 'tent'))]);
  const record = recordOf(named, request, found, seconds);
  context.out(given.json ? `${JSON.stringify(record)}\n` : textOf(record, found, picture));
  return interrupted ? 130 : 0;
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(`${file}: not JSON: ${(error as Error).message}`);
  }
}

/** A path that the file brings is counted, not searched for. */
function counted({ steps = [] }: NamedNetwork, request: Request): Plan {
  const { memory } = request;
  const { largest } = totalsOf(recordsOf(steps, request), steps, request);
  if (memory !== undefined && largest > memory)
    throw new NetworkError(
      `its path makes a value of ${largest} elements, above the limit of ${memory}; without the path slices are found`,
    );
  return { ...measure(steps, request), method: 'given', optimal: false };
}

function written(named: NamedNetwork, form: (typeof forms)[number]): unknown {
  const { inputs, output, size_dict: size } = toCotengra(named);
  if (form === 'opt_einsum') return toOptEinsum(named);
  if (form === 'cotengra') return toCotengra(named);
  return { inputs, output, size };
}

function requestOf({ network }: NamedNetwork, { objective = 'flops', wanted, constant, memory, seconds, budget, seed }: Given): Request {
  return {
    network,
    objective,
    wanted: operands(wanted, 'wanted', network.inputs.length),
    constant: operands(constant, 'constant', network.inputs.length),
    memory,
    seconds,
    budget,
    seed,
  };
}

function operands(text: string | undefined, name: string, count: number): boolean[] | undefined {
  if (text === undefined) return undefined;
  const chosen = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const wrong = chosen.find((k) => !Number.isInteger(k) || k < 0 || k >= count);
  if (wrong !== undefined)
    throw new UsageError(`--${name} ${text}: expected positions of operands, 0 to ${count - 1}, with commas between`);
  return Array.from({ length: count }, (_, k) => chosen.includes(k));
}

export interface PlanRecord {
  /** Linear: positions in the list that is left, results at its end. */
  readonly path: readonly (readonly number[])[];
  readonly ssa_path: readonly (readonly number[])[];
  /** Whole numbers in decimal digits; forward, without what is constant. */
  readonly macs: string;
  readonly folded_macs: string;
  readonly log10_macs: number;
  readonly log2_size: number;
  readonly log2_peak: number;
  readonly log10_write: number;
  readonly sliced: Readonly<Record<string, number>>;
  readonly training: { readonly macs: string; readonly kept: string };
  readonly objective: Objective;
  readonly method: string;
  readonly optimal: boolean;
  /** The time limit ended the search, or Ctrl-C. */
  readonly stopped: boolean;
  readonly seconds: number;
}

/** Costs in whole numbers: multiply-adds and elements written are those of all slices, sizes those of one. */
function recordOf({ network, letters }: NamedNetwork, request: Request, found: Plan, seconds: number): PlanRecord {
  const sliced = found.sliced ?? [];
  const one = slicedRequest(request, sliced);
  const slices = sliced.reduce((times, letter) => times * BigInt(network.sizes[letter]), 1n);
  const totals: Totals = totalsOf(recordsOf(found.steps, one), found.steps, one);
  const count = network.inputs.length;
  const log10 = (value: bigint) => (value === 0n ? 0 : log2(value) * Math.LOG10E * Math.LN2);
  return {
    path: linearPath(found.steps, count),
    ssa_path: count === 1 ? [[0]] : found.steps,
    macs: String(totals.macs * slices),
    folded_macs: String(totals.folded * slices),
    log10_macs: log10(totals.macs * slices),
    log2_size: log2(totals.largest),
    log2_peak: log2(totals.peak),
    log10_write: log10(totals.write * slices),
    sliced: Object.fromEntries(sliced.map((letter) => [letters[letter], network.sizes[letter]])),
    training: { macs: String(totals.training * slices), kept: String(totals.kept) },
    objective: request.objective ?? 'flops',
    method: found.method,
    optimal: found.optimal,
    stopped: found.stopped ?? false,
    seconds,
  };
}

/** Digits that a reader still takes in; --json has all. */
const LONGEST = 60;

function textOf(record: PlanRecord, { steps }: Plan, picture: string | undefined): string {
  const grouped = (digits: string) =>
    digits.length <= LONGEST ? BigInt(digits).toLocaleString('en') : `a number of ${digits.length} digits`;
  const sliced = Object.entries(record.sliced).map(([name, size]) => `${name} (${size})`);
  const shown = steps.length <= 40 ? record.path.map((step) => step.join(' ')).join(', ') : `${steps.length} steps; --json prints them`;
  const found = record.optimal ? 'proved optimal' : record.stopped ? 'the best found until it was stopped' : 'the best found';
  return [
    record.method === 'given'
      ? 'given: the path of the file, counted'
      : `${record.method}: ${found} for ${record.objective}, ${record.seconds.toFixed(2)} s`,
    `  multiply-adds  ${grouped(record.macs)}  (10^${record.log10_macs.toFixed(3)})`,
    ...(record.folded_macs === '0' ? [] : [`  folded once    ${grouped(record.folded_macs)}`]),
    ...(record.training.macs === record.macs
      ? []
      : [`  training       ${grouped(record.training.macs)}, ${grouped(record.training.kept)} elements kept`]),
    `  largest value  2^${record.log2_size.toFixed(1)} elements, at once 2^${record.log2_peak.toFixed(1)}`,
    ...(sliced.length === 0 ? [] : [`  sliced         ${sliced.join(', ')}`]),
    `  path           ${shown}`,
    ...(picture === undefined ? [] : [`  drawn          ${picture}`]),
    '',
  ].join('\n');
}
