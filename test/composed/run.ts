/**
 * `node test/composed/run.ts FROM TO [EVERY]` composes the programs of the seeds from FROM to TO, trains each EVERY-th of them (0: none),
 * and prints what came of it. Ends with an error at the first program of which something does not hold.
 */

import { complaintsAboutModel } from '../../compiler/values/verify-model.ts';
import { describeModel } from '../../runtime/cli/describe.ts';
import '../verified.ts';
import * as assert from 'uvu/assert';
import { compose } from './compose.ts';
import { kinds } from './draw.ts';
import { trainBoth } from './train.ts';

export interface Figures {
  programs: number;
  trained: number;
  /** Programs none of whose statements was refused, and those in which at least one was. */
  whole: number;
  statements: number;
  refused: number;
  readonly pairs: Map<string, number>;
  readonly codes: Map<string, number>;
}

export async function runSeeds(from: number, to: number, every: number): Promise<Figures> {
  const figures: Figures = { programs: 0, trained: 0, whole: 0, statements: 0, refused: 0, pairs: new Map(), codes: new Map() };
  const add = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  for (let seed = from; seed < to; seed++) {
    const composed = compose(seed);
    const { model, text } = composed;
    assert.equal(complaintsAboutModel(model), [], text);
    const { total } = describeModel(model).parameters;
    assert.is(
      total,
      model.parameters.reduce((sum, { legs }) => sum + legs.reduce((n, { size }) => n * size, 1), 0),
      text,
    );
    figures.programs++;
    figures.whole += composed.refused.length === 0 ? 1 : 0;
    figures.statements += composed.kinds.length;
    figures.refused += composed.refused.length;
    for (const code of composed.refused) add(figures.codes, code);
    for (const [k, kind] of composed.kinds.entries()) {
      for (const before of composed.kinds.slice(0, k)) add(figures.pairs, `${before}, ${kind}`);
    }
    if (every > 0 && seed % every === 0) {
      await trainBoth(composed);
      figures.trained++;
    }
  }
  return figures;
}

/** One line each, for `docs/results/composed.md`. */
export function told({ programs, trained, whole, statements, refused, pairs, codes }: Figures): string[] {
  const counts = kinds.flatMap((a) => kinds.map((b) => [`${a}, ${b}`, pairs.get(`${a}, ${b}`) ?? 0] as const)).sort((a, b) => a[1] - b[1]);
  return [
    `programs ${programs}, none of their statements refused ${whole}, trained in both engines ${trained}`,
    `statements accepted ${statements}, refused with a place ${refused}`,
    `rarest ordered pairs: ${counts
      .slice(0, 8)
      .map(([pair, count]) => `${pair} ${count}`)
      .join('; ')}`,
    `refusals: ${[...codes]
      .sort((a, b) => b[1] - a[1])
      .map(([code, count]) => `${code} ${count}`)
      .join(', ')}`,
  ];
}

if (import.meta.main) {
  const [from = 0, to = 100, every = 0] = process.argv.slice(2).map(Number);
  for (const line of told(await runSeeds(from, to, every))) console.log(line);
}
