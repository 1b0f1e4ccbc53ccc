/** \`bondsmith corpus shrink\`: a program of the corpus made smaller for as long as a command of the user's still fails on it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileProblem, readText } from '../../checkpoint/files.ts';
import { filesOf } from '../../corpus/files.ts';
import { type Sort, sorts } from '../../corpus/instance.ts';
import { instanceOf, modelOf, type Solved, settled } from '../../corpus/instantiate.ts';
import { shrinkProgram, shrinkText } from '../../corpus/shrink.ts';
import { type Context, Problem } from '../context.ts';

interface About {
  readonly sort: Sort;
  readonly seed: number;
  readonly size: number;
  readonly name?: string;
  readonly sizes?: Readonly<Record<string, number>>;
}

export function shrink(folder: string, check: string, out: string, context: Context): number {
  if (context.files.size(out) !== undefined)
    throw new Problem(`${out} is there already; name a new folder with --out, nothing was touched`);
  const whole = read(folder, context);
  const place = mkdtempSync(join(tmpdir(), 'bondsmith-shrink-'));
  let tried = 0;
  const fails = (candidate: Solved): boolean => {
    tried++;
    const own = join(place, String(tried));
    write(context, own, candidate);
    const { status, error } = spawnSync(`${check} "${own}"`, { shell: true, stdio: 'ignore', timeout: 120_000 });
    rmSync(own, { recursive: true });
    if (error !== undefined && status === null && !/ETIMEDOUT/.test(error.message)) throw new Problem(`--check: ${error.message}`);
    return status !== 0;
  };
  try {
    if (!fails(whole)) throw new Problem(`the check ends with 0 on ${folder} itself: there is nothing to shrink`);
    const small = (whole.instance.source === undefined ? shrinkProgram : shrinkText)(whole, fails);
    write(context, out, small);
    const nodes = ({ instance }: Solved) => instance.forms.reduce((sum, { program }) => sum + program.nodes.length, 0);
    context.out(`${out}: ${nodes(small)} nodes of ${nodes(whole)}, ${tried} candidates tried\n`);
  } finally {
    rmSync(place, { recursive: true });
  }
  return 0;
}

/** The program of a folder, made anew from its text, or from its seed where it has none. */
function read(folder: string, { files }: Context): Solved {
  const about = JSON.parse(readText(files, `${folder}/about.json`)) as About;
  if (!sorts.includes(about.sort))
    throw new FileProblem(`${folder}/about.json`, `it is of no program of a corpus; sorts are ${sorts.join(', ')}`);
  if (about.sort === 'operations') return instanceOf(about.sort, about.seed, about.size);
  const text = readText(files, `${folder}/program.bond`);
  const name = about.name ?? '';
  return settled(about.sort, about.seed, about.size, { text, name, model: modelOf(text, name), sizes: about.sizes ?? {}, statements: [] });
}
function write({ files }: Context, folder: string, solved: Solved): void {
  files.makeFolder(folder);
  for (const [name, content] of filesOf(solved, new Map())) files.replace(join(folder, name), content);
}
