/** The published schema of settings: as the reader has them, so that an editor completes what a run takes. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { schemaText } from '../../docs/schema.ts';
import { readConfig } from '../../runtime/train/config.ts';

const published = readFileSync(new URL('../../run.schema.json', import.meta.url), 'utf8');

test('run.schema.json is current (else: node docs/schema.ts)', () => {
  assert.is(published, schemaText());
});

test('it has every setting with its default, and the package has it', () => {
  const { properties } = JSON.parse(published);
  const config = readConfig({}, 'settings');
  const settings = Object.keys(properties).filter((name) => name !== '$schema');
  assert.equal(settings.sort(), [...new Set([...Object.keys(config), 'losses', 'teacher'])].sort());
  assert.is(properties.clip.default, config.clip);
  assert.is(properties.evaluate.properties.rows.default, config.evaluate.rows);
  assert.equal(properties.optimiser.anyOf[0].properties.beta2.default, 0.999);
  const { files, exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.ok(files.includes('run.schema.json') && exports['./run.schema.json'] !== undefined);
});

test('a file may name the schema, and nothing of it is kept', () => {
  assert.equal(readConfig({ $schema: './run.schema.json' }, 'run.json'), readConfig({}, 'run.json'));
});

test.run();
