/** Damaged programs (20,000 in a long run, `MUTATIONS=1000000` for more): a tree and places within the text, never a crash, never a second. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from '../../grammar/parse.ts';
import { print } from '../../grammar/printer.ts';
import { render } from '../../grammar/render.ts';
import { randomFrom } from '../../runtime/corpus/random.ts';
import { figure, times } from '../long.ts';
import { definitions, withinSecond } from './corpus.ts';
import { withoutPlaces } from './generate.ts';
import { mutate } from './mutate.ts';

const count = Number(process.env.MUTATIONS ?? times(3_000, 20_000));
const file = 'mutated.bond';

test(`${count} mutated programs`, () => {
  const programs = definitions();
  let refused = 0;
  for (let seed = 1; seed <= count; seed++) {
    const text = mutate(programs, randomFrom(seed));
    const parsed = withinSecond(() => parse(text, file), `seed ${seed}`);
    if (parsed.diagnostics.length > 0) refused += 1;
    for (const { primary, secondary } of parsed.diagnostics) {
      for (const { place } of [primary, ...secondary])
        assert.ok(place.from >= 0 && place.from <= place.to && place.to <= text.length, `seed ${seed}`);
    }
    if (seed % 10 === 0) {
      // What is left of the program is whole: it prints, and what it prints is accepted and is the same program.
      const printed = print(parsed.file);
      const again = parse(printed, file);
      assert.equal(again.diagnostics, [], `seed ${seed}`);
      assert.equal(withoutPlaces(again.file), withoutPlaces(parsed.file), `seed ${seed}`);
      for (const diagnostic of parsed.diagnostics) assert.ok(render(diagnostic, new Map([[file, text]])).length < 5000);
    }
  }
  figure(`${count} mutated programs parsed`, `${refused} refused`);
  assert.ok(refused > count / 2);
});

test.run();
