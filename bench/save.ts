/**
 * How long a run at the size of MiniLM (6 layers, width 384, AdamW: 272 MB of state) stands still for a save: copying the state, and each piece
 * of the file that is made between steps. `node bench/save.ts [saves]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Files } from '../runtime/checkpoint/files.ts';
import { DEFAULT_ENGINE, openEngine } from '../runtime/cli/engines.ts';
import { examplesOf, tensorFeed } from '../runtime/data/tensors.ts';
import { load, nodeFiles } from '../runtime/index.ts';
import { readConfig } from '../runtime/train/config.ts';
import { train } from '../runtime/train/loop.ts';
import { folderAt } from '../runtime/train/run-state.ts';
import type { TrainEvent } from '../runtime/train/stream.ts';

const saves = Number(process.argv[2] ?? 5);
const folder = mkdtempSync(join(tmpdir(), 'bondsmith-save-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'minilm.bond');
const files = nodeFiles();
const program = 'edition 1\nuse bert { Bert }\n';
files.replace(file, [new TextEncoder().encode(program)]);
const set = { width: 384, heads: 12, depth: 6, inner: 1536 };
const loaded = await load(file, { variant: 'Bert', set });
const model = loaded.resolved;

const [rows, time] = [8, 16];
const columns = new Map(
  model.inputs.map((input) => {
    const shape = input.axes.length === 2 ? [rows, time] : [rows];
    const data = new Int32Array(shape.reduce((product, size) => product * size, 1)).map((_, k) =>
      input.name === 'ids' ? k + 5 : input.type === 'bool' ? 1 : 0,
    );
    return [input.name, { shape, data }] as const;
  }),
);
const examples = examplesOf(model, columns, 'the data');
const feed = tensorFeed({ model, examples, held: examples, batch: 2, seed: [1, 0] });
const config = readConfig({ losses: { task: 1 }, evaluate: { every: 1_000_000 }, checkpoint: { every: 4 } }, 'bench');
const engine = await openEngine(DEFAULT_ENGINE, 0, {});

/** Of this thread, in milliseconds: other threads and other processes do not count. */
const processor = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** Milliseconds: copying the state; making pieces of the file, all together and the longest. */
const stood: { copy: number; pieces: number; longest: number }[] = [];
let last = 0;
const watched: Files = {
  ...files,
  async replaceLater(path, chunks) {
    const own = stood.at(-1)!;
    const iterator = chunks[Symbol.iterator]();
    const timed = {
      [Symbol.iterator]: () => ({
        next() {
          const from = processor();
          const found = iterator.next();
          const took = processor() - from;
          own.pieces += took;
          own.longest = Math.max(own.longest, took);
          return found;
        },
      }),
    };
    await files.replaceLater(path, timed);
  },
};
const hear = (event: TrainEvent) => {
  const now = processor();
  if (event.is === 'doing' && event.what === 'saving') stood.push({ copy: now - last, pieces: 0, longest: 0 });
  last = now;
};
const parameters = model.parameters.filter(({ update }) => !update.frozen).map(({ id }) => id);
await train({
  model,
  engine,
  feed,
  config,
  groups: [{ name: 'all', parameters, rate: 1e-4, decay: 0 }],
  steps: 4 * saves,
  seed: [1, 0],
  values: () => model.parameters.map(({ names }) => loaded.weights.get(names[0])!),
  folder: folderAt(folder),
  host: { files: watched, now: () => performance.now(), interrupted: () => new Promise((done) => setImmediate(() => done(false))) },
  listeners: [{ name: 'times', hear }],
});
const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];
const said = (what: string, values: readonly number[]) =>
  console.log(`${what}: ${middle(values).toFixed(0)} ms (${values.map((value) => value.toFixed(0)).join(', ')})`);
// The second save of a step copies nothing; the first one of all comes after the first values.
const own = stood.slice(1).filter(({ copy }) => copy > 1);
said(
  'copying the state',
  own.map(({ copy }) => copy),
);
said(
  'pieces of the file between steps, together',
  own.map(({ pieces }) => pieces),
);
said(
  'the longest piece',
  own.map(({ longest }) => longest),
);
