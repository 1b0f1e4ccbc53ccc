/** docs/reference.md is what the code says today. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { reference } from '../../docs/generate.ts';

test('docs/reference.md is current (else: node docs/generate.ts)', () => {
  assert.fixture(readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8'), reference());
});

test('it holds every command, every topology, and a message for nearly every code', () => {
  const page = reference();
  for (const part of ['### bondsmith train', 'topology mera', '| `contract` |', '| B301 |', 'layer attention'])
    assert.ok(page.includes(part), part);
  const rows = page.split('\n').filter((line) => /^\| [BW]\d/.test(line));
  const empty = rows.filter((row) => /^\| \w+ \|\s*\|/.test(row));
  assert.ok(rows.length > 100 && empty.length < 10, `${empty.length} of ${rows.length} codes have no message`);
});

test.run();
