/** The picture and the parameter counts of the README are what the compiler says today. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { picture } from '../../docs/picture.ts';
import { compile, describeModel } from '../../runtime/index.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('docs/networks.svg is current (else: node docs/picture.ts)', () => {
  assert.fixture(read('docs/networks.svg'), picture());
});

const rows = [...read('README.md').matchAll(/^\| (dense|bond (\d+)) \| ([\d,]+) \| ([\d.]+) % \|/gm)];
test('README: every variant has a row', () => assert.is(rows.length, 5));
for (const [, name, bond, total, share] of rows) {
  test(`README: parameters of ${name}`, () => {
    const file = fileURLToPath(new URL('../../examples/char-gpt/char-gpt.bond', import.meta.url));
    const { parameters } = describeModel(compile({ file, variant: bond === undefined ? 'CharGpt' : `Bond${bond}` }));
    assert.is(total, parameters.total.toLocaleString('en'));
    assert.is(Number(share), Math.round((1000 * parameters.total) / parameters.dense) / 10);
  });
}

test.run();
