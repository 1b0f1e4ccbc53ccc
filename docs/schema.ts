/**
 * Writes run.schema.json from the schema of settings, so that editors complete `run.json`. Run: node docs/schema.ts. With `--check` nothing
 * is written and the exit code tells whether it is current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import type { Schema } from '../runtime/checkpoint/schema.ts';
import { partsOf } from '../runtime/checkpoint/schema.ts';
import { trainSettings } from '../runtime/train/config.ts';

type Printed = ReturnType<typeof toJsonSchema>;

/** Tables and tagged choices are ours, the rest is valibot's own. */
function printed(schema: Schema<unknown>): Printed {
  const {
    $schema: _,
    $defs: __,
    ...found
  } = toJsonSchema(schema as never, {
    typeMode: 'output',
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema, jsonSchema }) => {
      const [each, choices] = [partsOf.table(valibotSchema), partsOf.tagged(valibotSchema)];
      if (each !== undefined) return { type: 'object', additionalProperties: printed(each) };
      if (choices !== undefined) return { anyOf: choices.map(printed) };
      // With defaults nothing is required.
      if (jsonSchema.required?.length === 0) return { ...jsonSchema, required: undefined };
      return undefined;
    },
  });
  return found as Printed;
}

export function schemaText(): string {
  const head = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Settings of a run of bondsmith (--config run.json)',
  };
  return `${JSON.stringify({ ...head, ...printed(trainSettings) }, null, 2)}\n`;
}

const target = new URL('../run.schema.json', import.meta.url);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) process.exitCode = readFileSync(target, 'utf8') === schemaText() ? 0 : 1;
  else writeFileSync(target, schemaText());
}
