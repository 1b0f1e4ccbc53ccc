/** `bondsmith corpus`: programs with values for people who test compilers, and smaller ones that still fail. */
import { resolve } from 'node:path';
import { VERSION } from '../../checkpoint/version.ts';
import { jsonFile, textFile } from '../../corpus/files.ts';
import { generate, type Made } from '../../corpus/generate.ts';
import { type OracleName, oracleNames } from '../../corpus/oracles/index.ts';
import { corpusReadme } from '../../corpus/readme.ts';
import { FeatureTable } from '../../corpus/table.ts';
import { wasmEngine } from '../../engine/wasm/engine.ts';
import { type Context, command, Problem, UsageError } from '../context.ts';
import type { Values } from '../options.ts';
import { count, flag, named, text, useOnly } from '../options.ts';
import { shrink } from './shrink.ts';
import { targetFiles, targetNames } from './targets.ts';

const options = {
  out: named('<folder>', 'where the corpus is written; a new folder'),
  count: count('<number>', 'programs, in turn written, composed and of operations alone (default 30)', { least: 1, most: 1_000_000 }),
  seed: count('<number>', 'the first seed; the same seed, count and size give the same corpus (default 0)', { least: 0 }),
  size: count('<number>', 'statements or operations of each program (default 6)', { least: 1, most: 60 }),
  targets: named('<list>', `beside each program: ${targetNames.join(', ')}`),
  oracles: named('<list>', `who looks at each program: ${oracleNames.join(', ')}, or none (default: all)`),
  gate: flag('end with an error where a feature of the table has no program, or no oracle that confirmed one'),
  check: text('<command>', 'of shrink: run with the folder of a candidate behind it; it fails where its exit code is not 0'),
};
type Given = Values<typeof options>;

export const corpusCommand = command({
  name: 'corpus',
  argument: '[shrink folder...]',
  summary: 'Generate programs with inputs, results and gradients for tests of compilers; shrink one that fails',
  options,
  examples: [
    'bondsmith corpus --seed 1 --count 300 --size 6 --out corpus',
    "bondsmith corpus shrink corpus/programs/000004-written --check 'python check.py'",
  ],
  run: (args, given, context) => (args.length === 0 ? run(given, context) : runShrink(args, given, context)),
});

function runShrink([word, folder, ...more]: readonly string[], given: Given, context: Context): Promise<number> | number {
  if (word !== 'shrink' || folder === undefined || more.length > 0)
    throw new UsageError('usage: bondsmith corpus --out FOLDER, or bondsmith corpus shrink FOLDER --check COMMAND');
  useOnly(given, ['check', 'out'], 'shrink takes a folder of one program, --check and --out');
  if (given.check === undefined || given.check === '') throw new UsageError("shrink wants --check 'COMMAND'");
  return shrink(folder, given.check, given.out ?? `${folder.replace(/[\\/]+$/, '')}-small`, context);
}

async function run(given: Given, context: Context): Promise<number> {
  const { out, seed = 0, count: wanted = 30, size = 6 } = given;
  if (out === undefined) throw new UsageError('corpus wants --out FOLDER');
  if (given.check !== undefined) throw new UsageError('--check is of `corpus shrink`');
  if (context.files.size(out) !== undefined) throw new Problem(`${out} is there already; name a new folder, nothing was touched`);
  const targets = listed(given.targets, targetNames, '--targets');
  const oracles: readonly OracleName[] =
    given.oracles === undefined ? oracleNames : given.oracles === 'none' ? [] : listed(given.oracles, oracleNames, '--oracles');
  const engine = await wasmEngine({ threads: context.threads });
  const table = new FeatureTable();
  const made: Pick<Made, 'name' | 'wrong'>[] = [];
  try {
    for await (const one of generate(
      { seed, count: wanted, size, oracles, engine: async () => engine, more: (solved) => targetFiles(solved, targets) },
      table,
    )) {
      writeAll(context, `${out}/${one.name}`, one.files);
      made.push({ name: one.name, ...(one.wrong === undefined ? {} : { wrong: one.wrong }) });
      if (one.wrong !== undefined) context.err(`${resolve(out, one.name)}: ${one.wrong}\n`);
    }
  } finally {
    engine.close();
  }
  context.files.replace(
    `${out}/corpus.json`,
    jsonFile({ bondsmith: VERSION, seed, count: wanted, size, oracles, targets, programs: made, table }),
  );
  context.files.replace(`${out}/features.md`, textFile(table.print()));
  context.files.replace(`${out}/README.md`, textFile(corpusReadme({ seed, count: wanted, size })));
  context.out(`${table.print()}\n${told(made, out)}`);
  const gaps = given.gate ? table.gaps(oracles) : [];
  for (const gap of gaps) context.err(`no program with ${gap}, or none that an oracle has confirmed\n`);
  return gaps.length > 0 || made.some(({ wrong }) => wrong !== undefined) ? 1 : 0;
}

function told(made: readonly Pick<Made, 'name' | 'wrong'>[], out: string): string {
  const refused = made.filter(({ name }) => name.startsWith('refused')).length;
  const wrong = made.filter((one) => one.wrong !== undefined).length;
  return `${made.length - refused} programs and ${refused} that must be refused in ${out}; ${wrong === 0 ? 'no oracle contradicts' : `${wrong} of them are contradicted`}\n`;
}

function writeAll(context: Context, folder: string, files: ReadonlyMap<string, Iterable<Uint8Array>>): void {
  const folders = new Set([...files.keys()].map((name) => [folder, ...name.split('/').slice(0, -1)].join('/')));
  for (const path of folders) context.files.makeFolder(path);
  for (const [name, content] of files) context.files.replace(`${folder}/${name}`, content);
}

function listed<W extends string>(given: string | undefined, known: readonly W[], name: string): readonly W[] {
  const words = given === undefined ? [] : given.split(',').map((word) => word.trim());
  for (const word of words) if (!known.includes(word as W)) throw new UsageError(`${name} ${word}: there are ${known.join(', ')}`);
  return words as readonly string[] as readonly W[];
}
