/** `bondsmith bench`: how fast it is here, against an earlier run; or variants of a program against their dense model. */
import { availableParallelism } from 'node:os';
import type { Engine } from '../../engine/engine.ts';
import { machineOption } from '../calibrate.ts';
import type { Context } from '../context.ts';
import { command, UsageError } from '../context.ts';
import { threadsOption, withEngine } from '../engines.ts';
import type { Values } from '../options.ts';
import { count, countList, flag, named, nameList, number, sizes, useOnly } from '../options.ts';
import { onlyOver } from '../out.ts';
import { modelOptions, settingsFrom } from '../settings.ts';
import { benchOwn, PARTS, type Part } from './own.ts';
import { against, type BenchRecord, type Measured, readRecord, recordOf, tableOf } from './record.ts';
import { benchVariants } from './variants.ts';

const { set } = modelOptions;
const options = {
  variants: nameList('<names>', 'with a file: variants or models of it, with commas between'),
  batch: countList('<counts>', 'with a file: sizes of the axis batch, with commas between (default 1,32)', { least: 1 }),
  set,
  size: sizes('<axis=size>', 'with a file: size of another open axis, as time=128'),
  loss: named('<name>', 'with a file: the loss that is trained, where the model has several'),
  config: named('<file>', 'with a file: settings of the run (JSON), as for train'),
  only: nameList('<parts>', `without a file: of ${PARTS.join(', ')}, with commas between (default all)`),
  machine: machineOption,
  threads: threadsOption,
  turns: count('<count>', 'runs of each, whose median counts (default 15)', { least: 1, most: 1000 }),
  out: named('<file>', 'keep what was measured there (JSON)'),
  against: named('<file>', 'compare with what --out kept; exit 1 where something is slower by more than --allowed'),
  allowed: number('<share>', 'with --against: by which a median may be slower (default 0.1)', { least: 0 }),
  json: flag('print {"version", "machine", "measured"}'),
};
type Given = Values<typeof options>;

export const benchCommand = command({
  name: 'bench',
  argument: '[file]',
  summary: 'Measure products, layers and a step on this machine, or variants of a program against their dense model',
  options,
  examples: [
    'bondsmith bench --out before.json',
    'bondsmith bench --only products,step --against before.json --allowed 0.05',
    'bondsmith bench model.bond --variants Mpo,Lora --batch 1,32 --size time=128',
  ],
  run: ([file], given, context) => run(file, given, { ...context, threads: given.threads }),
});

async function run(file: string | undefined, given: Given, context: Context): Promise<number> {
  const { out, against: path, allowed = 0.1, json } = given;
  if (given.allowed !== undefined && path === undefined) throw new UsageError('--allowed is of --against FILE, which is not given');
  const before = path === undefined ? undefined : readRecord(path, context);
  if (out !== undefined) onlyOver(out, context, 'record of bench', () => readRecord(out, context));
  const record = await measured(file, given, context);
  if (out !== undefined) context.files.replace(out, [new TextEncoder().encode(`${JSON.stringify(record, null, 1)}\n`)]);
  context.out(json ? `${JSON.stringify(record)}\n` : tableOf(record));
  if (before === undefined) return 0;
  const { text, lost } = against(record, before, path!, allowed);
  context.err(`\n${text}`);
  return lost ? 1 : 0;
}

const common = ['machine', 'threads', 'turns', 'out', 'against', 'allowed', 'json'];

async function measured(file: string | undefined, given: Given, context: Context): Promise<BenchRecord> {
  const { turns = 15, variants, batch: batches = [1, 32] } = given;
  const progress = (text: string) => context.err(`${text}\n`);
  const own = file === undefined;
  useOnly(
    given,
    own ? ['only', ...common] : Object.keys(options).filter((name) => name !== 'only'),
    own ? 'give a file' : 'a file is given',
  );
  if (!own && variants === undefined) throw new UsageError('bench of a file wants --variants A,B');
  const { batch: _batch, variants: _variants, ...shared } = given;
  const settings = settingsFrom(file ?? '', shared, context);
  const use = (engine: Engine): Promise<Measured[]> => {
    const { profile } = settings;
    if (own) return benchOwn(partsOf(given.only), { engine, profile, turns, clock: () => context.now(), progress });
    return benchVariants(engine, { file: file!, variants: variants!, batches, settings, turns, progress }, context);
  };
  const threads = context.threads ?? availableParallelism();
  return withEngine(context, settings, async (engine) => recordOf(engine, threads, await use(engine)));
}

function partsOf(only: Given['only']): readonly Part[] {
  if (only === undefined) return PARTS;
  const unknown = only.find((name) => !PARTS.includes(name as Part));
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: there are ${PARTS.join(', ')}`);
  return only as readonly Part[];
}
