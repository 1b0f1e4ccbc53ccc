/** The page's programs: twelve, accepted, in the one style, and each with a model that can be compiled. */
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check } from '../../compiler/index.ts';
import { parse } from '../../grammar/parse.ts';
import { print } from '../../grammar/printer.ts';

const folder = new URL('../../page/programs/', import.meta.url);
const names = readdirSync(folder);

test('there are twelve, and the page lists each', () => {
  const listed = readFileSync(new URL('../programs.ts', folder), 'utf8');
  assert.is(names.length, 12);
  for (const name of names) assert.match(listed, `./programs/${name}`);
});

for (const name of names)
  test(`${name} is accepted, in each of its variants, and formatted`, () => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const load = () => undefined;
    const { diagnostics, names: declared } = check({ file: name, text, load });
    assert.equal(
      diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
    for (const each of [...declared.models, ...declared.variants]) {
      const { model, diagnostics: own } = check({ file: name, text, load, name: each });
      const isRecipe = new RegExp(`variant ${each}[^{]* to `).test(text);
      assert.ok(isRecipe || model !== undefined, own.map(({ message }) => message).join());
    }
    assert.is(print(parse(text, name).file), text);
  });

test.run();
