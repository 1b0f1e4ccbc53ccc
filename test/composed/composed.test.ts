/** Statements composed at random: a sample here, ranges of seeds by `node test/composed/run.ts FROM TO [EVERY]`. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { figure, times } from '../long.ts';
import { runSeeds, told } from './run.ts';

test('what is accepted is sound, keeps what is one tensor one, and means the same in both engines and as dense weights', async () => {
  const figures = await runSeeds(0, times(15, 2000), 7);
  for (const line of told(figures)) figure('composed', line);
  assert.ok(figures.statements >= figures.refused, `${figures.statements} statements accepted, ${figures.refused} refused`);
});

test.run();
