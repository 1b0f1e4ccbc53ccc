/** A corpus: programs in a row of seeds, sorts in turn, with what oracles say of each, and programs that must be refused. */
import type { Engine } from '../engine/engine.ts';
import { featuresOf } from './features.ts';
import { type Files, filesOf, filesOfRefused } from './files.ts';
import { type Sort, sorts } from './instance.ts';
import { instanceOf, type Solved } from './instantiate.ts';
import { ask, contradicting, type OracleName } from './oracles/index.ts';
import { complaintAbout, refusedOf } from './refused.ts';
import type { FeatureTable } from './table.ts';

export interface Wanted {
  readonly seed: number;
  readonly count: number;
  /** Statements or operations of each. */
  readonly size: number;
  readonly sorts?: readonly Sort[];
  readonly oracles: readonly OracleName[];
  readonly engine: () => Promise<Engine>;
  /** Files for other programs, such as PyTorch. */
  readonly more?: (solved: Solved) => Promise<Files>;
}
export interface Made {
  readonly name: string;
  readonly files: Files;
  /** What is wrong with it: oracles that came to something else, or the checker's verdict. */
  readonly wrong?: string;
}

/** One refused program for so many others. */
const REFUSED = 4;

/** Each as soon as it is made; the table counts what has come so far. */
export async function* generate(wanted: Wanted, table: FeatureTable): AsyncGenerator<Made> {
  const own = wanted.sorts ?? sorts;
  for (let k = 0; k < wanted.count; k++) {
    const [sort, seed] = [own[k % own.length], wanted.seed + Math.floor(k / own.length)];
    yield await oneOf(sort, seed, wanted, table);
    if (k % REFUSED !== REFUSED - 1) continue;
    const refused = refusedOf(wanted.seed + Math.floor(k / REFUSED), wanted.size);
    const wrong = complaintAbout(refused);
    table.count([`judgement ${refused.code}`], []);
    const name = `refused/${String(k).padStart(4, '0')}-${refused.code}`;
    yield { name, files: filesOfRefused(refused), ...(wrong === undefined ? {} : { wrong }) };
  }
}

async function oneOf(sort: Sort, seed: number, wanted: Wanted, table: FeatureTable): Promise<Made> {
  const solved = instanceOf(sort, seed, wanted.size);
  const told = await ask(solved, wanted.oracles, wanted.engine);
  const against = contradicting(told, solved.single);
  table.count(
    featuresOf(solved.instance),
    [...told.keys()].filter((name) => !against.includes(name)),
  );
  const more = (await wanted.more?.(solved)) ?? new Map();
  const name = `programs/${String(seed).padStart(6, '0')}-${sort}`;
  const wrong = against.map((oracle) => `${oracle} is ${told.get(oracle)!.toExponential(1)} away`).join(', ');
  return { name, files: new Map([...filesOf(solved, told), ...more]), ...(wrong === '' ? {} : { wrong }) };
}
