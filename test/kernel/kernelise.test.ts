/** Kernels mean what programs mean: every operation and random programs, interpreted in f64 and compared with `reference`. */
import { test } from 'uvu';
import { table } from '../../compiler/program/operations/index.ts';
import { pickFrom, randomProgram, sampleProgram } from '../../compiler/program/random-program.ts';
import { checkProgram } from './check.ts';

for (const operation of table.keys()) {
  if (operation === 'call') continue;
  test(`${operation}: 60 samples`, () => {
    for (let seed = 0; seed < 60; seed++) {
      const { program, values } = sampleProgram(operation, pickFrom(seed));
      try {
        checkProgram(program, values);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
}

test('150 random programs', () => {
  for (let seed = 0; seed < 150; seed++) {
    const { program, values } = randomProgram(seed, 4 + (seed % 12));
    try {
      checkProgram(program, values);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});

test.run();
