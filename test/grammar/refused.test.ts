/** What refused programs are told: whole messages as snapshots, and hints that hold when followed. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from '../../grammar/parse.ts';
import { render } from '../../grammar/render.ts';
import { matchSnapshot, sourceAndOutput } from '../snapshot.ts';
import { refusals } from './refused.ts';

const folder = new URL('./snapshots/', import.meta.url);
const file = 'program.bond';

for (const { name, source, fix } of refusals) {
  test(`refused: ${name}`, () => {
    const { diagnostics } = parse(source, file);
    assert.ok(diagnostics.length > 0);
    const messages = diagnostics.map((diagnostic) => render(diagnostic, new Map([[file, source]])));
    matchSnapshot(folder, name, sourceAndOutput(source, messages.join('\n\n')));
    if (fix === undefined) {
      const followed = diagnostics.filter(({ hint }) => hint?.includes('`'));
      assert.equal(followed, [], 'a hint that is code has a `fix` that follows it');
      return;
    }
    assert.ok(source.includes(fix[0]));
    assert.equal(parse(source.replace(fix[0], fix[1]), file).diagnostics, []);
  });
}

test('names are unique', () => {
  assert.is(new Set(refusals.map(({ name }) => name)).size, refusals.length);
});

test.run();
