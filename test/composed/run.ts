/**
 * `node test/composed/run.ts FROM TO [EVERY [FILE]]` composes the programs of the seeds from FROM to TO, trains each EVERY-th of them (0:
 * none), and prints what came of it every 200 programs; FILE keeps the figures, and the same command goes on from there. Ends with an
 * error at the first program of which something does not hold.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { verifyAfter, watchPasses } from '../../compiler/index.ts';
import { complaintsAboutModel } from '../../compiler/values/verify-model.ts';
import { type Composed, compose } from '../../runtime/corpus/composed/compose.ts';
import { type Kind, kinds } from '../../runtime/corpus/composed/kinds.ts';
import { describeModel } from '../../runtime/explain/describe.ts';
import { trainBoth } from './train.ts';

watchPasses(verifyAfter);

export interface Figures {
  programs: number;
  trained: number;
  /** Programs none of whose statements was refused. */
  whole: number;
  statements: number;
  refused: number;
  /** By kind of an accepted statement and of one drawn after it: accepted, and refused. */
  readonly pairs: Map<string, { accepted: number; refused: number }>;
  readonly codes: Map<string, number>;
}

export const nothing = (): Figures => ({
  programs: 0,
  trained: 0,
  whole: 0,
  statements: 0,
  refused: 0,
  pairs: new Map(),
  codes: new Map(),
});

export async function runSeeds(from: number, to: number, every: number, figures = nothing()): Promise<Figures> {
  for (let seed = from; seed < to; seed++) {
    const composed = compose(seed);
    checkCounts(composed);
    count(composed, figures);
    if (every > 0 && seed % every === 0) {
      await trainBoth(composed);
      figures.trained++;
    }
  }
  return figures;
}

/** The whole model is sound, and `explain` counts what it has. */
function checkCounts({ model, text }: Composed): void {
  assert.equal(complaintsAboutModel(model), [], text);
  const { total, seeded, scores } = describeModel(model).parameters;
  const entries = model.parameters.reduce((sum, { legs }) => sum + legs.reduce((n, { size }) => n * size, 1), 0);
  assert.is(total + seeded + scores, entries, text);
}

function count({ drawn }: Composed, figures: Figures): void {
  figures.programs++;
  figures.whole += drawn.every(({ refused }) => refused === undefined) ? 1 : 0;
  const before: Kind[] = [];
  for (const { kind, refused } of drawn) {
    const which = refused === undefined ? 'accepted' : 'refused';
    for (const first of before) {
      const pair = figures.pairs.get(`${first}, ${kind}`) ?? { accepted: 0, refused: 0 };
      pair[which]++;
      figures.pairs.set(`${first}, ${kind}`, pair);
    }
    if (refused === undefined) {
      before.push(kind);
      figures.statements++;
    } else {
      figures.refused++;
      figures.codes.set(refused, (figures.codes.get(refused) ?? 0) + 1);
    }
  }
}

/** One line each, for `docs/results/composed.md`. */
export function told({ programs, trained, whole, statements, refused, pairs, codes }: Figures): string[] {
  const all = kinds.flatMap((a) => kinds.map((b) => ({ pair: `${a}, ${b}`, ...(pairs.get(`${a}, ${b}`) ?? { accepted: 0, refused: 0 }) })));
  const rarest = (of: (one: (typeof all)[number]) => number) =>
    all
      .sort((a, b) => of(a) - of(b))
      .slice(0, 8)
      .map((one) => `${one.pair} ${of(one)}`)
      .join('; ');
  const never = all.filter((one) => one.accepted === 0).map(({ pair }) => pair);
  return [
    `programs ${programs}, none of their statements refused ${whole}, trained in both engines ${trained}`,
    `statements accepted ${statements}, refused with a place ${refused}`,
    `rarest ordered pairs, the second accepted or refused: ${rarest((one) => one.accepted + one.refused)}`,
    `rarest ordered pairs, both accepted: ${rarest((one) => one.accepted)}`,
    `pairs of ${all.length} that were never accepted: ${never.length} ${never.join('; ')}`,
    `refusals: ${[...codes]
      .sort((a, b) => b[1] - a[1])
      .map(([code, times]) => `${code} ${times}`)
      .join(', ')}`,
  ];
}

/** Figures that were kept in a file, and the first seed that they lack. */
interface Kept {
  next: number;
  seconds: number;
  figures: Omit<Figures, 'pairs' | 'codes'> & { pairs: [string, { accepted: number; refused: number }][]; codes: [string, number][] };
}

if (import.meta.main) {
  const [from = 0, to = 100, every = 0] = process.argv.slice(2, 5).map(Number);
  const file = process.argv[5];
  const kept: Kept | undefined = file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const figures: Figures = kept ? { ...kept.figures, pairs: new Map(kept.figures.pairs), codes: new Map(kept.figures.codes) } : nothing();
  const portion = 200;
  for (let at = kept?.next ?? from; at < to; at += portion) {
    const next = Math.min(to, at + portion);
    await runSeeds(at, next, every, figures);
    const { user, system } = process.cpuUsage();
    const seconds = (kept?.seconds ?? 0) + Math.round((user + system) / 1e6);
    console.log(`\nseeds ${from} to ${next}, ${seconds} s of processor time`);
    for (const line of told(figures)) console.log(line);
    const whole: Kept = { next, seconds, figures: { ...figures, pairs: [...figures.pairs], codes: [...figures.codes] } };
    if (file !== undefined) writeFileSync(file, JSON.stringify(whole));
  }
}
