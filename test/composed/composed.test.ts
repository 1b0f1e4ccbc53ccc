/** Statements composed at random: a sample here, ranges of seeds by `node test/composed/run.ts FROM TO [EVERY [FILE]]`. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { aimOf, pairs } from '../../runtime/corpus/composed/compose.ts';
import { figure, times } from '../long.ts';
import { runSeeds, told } from './run.ts';

test('what is accepted is sound, keeps what is one tensor one, and means the same in both engines and as dense weights', async () => {
  const figures = await runSeeds(0, times(15, 20_000), times(7, 25));
  for (const line of told(figures)) figure('composed', line);
  assert.ok(2 * figures.whole >= figures.programs, `of ${figures.programs} programs ${figures.whole} have no refused statement`);
});

test('seeds in a row aim at every ordered pair of kinds once', () => {
  const aims = new Set(Array.from({ length: pairs }, (_, seed) => aimOf(1000 + seed).join()));
  assert.is(aims.size, pairs);
});

test.run();
