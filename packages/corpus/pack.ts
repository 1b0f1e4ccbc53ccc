/** `node packages/corpus/pack.ts [COUNT] [SEED]`: generates the data and packs the package; writes the schema. `--schema` writes that alone. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { programSchema } from '../../runtime/corpus/program-json.ts';

const here = new URL('.', import.meta.url);
export function schemaText(): string {
  return `${JSON.stringify({ title: 'A program of the corpus of bondsmith', ...toJsonSchema(programSchema, { errorMode: 'ignore' }) }, null, 2)}\n`;
}

if (import.meta.main) {
  writeFileSync(new URL('program.schema.json', here), schemaText());
  if (process.argv[2] !== '--schema') {
    const [count = '300', seed = '0'] = process.argv.slice(2);
    const data = fileURLToPath(new URL('data', here));
    rmSync(data, { recursive: true, force: true });
    const bin = fileURLToPath(new URL('../../bin/bondsmith.js', here));
    execFileSync(process.execPath, [bin, 'corpus', '--count', count, '--seed', seed, '--out', data], { stdio: 'inherit' });
    // Node strips no types in packages that are installed.
    writeFileSync(new URL('reader.js', here), stripTypeScriptTypes(readFileSync(new URL('reader.ts', here), 'utf8')));
    execFileSync('npm', ['pack'], { cwd: fileURLToPath(here), stdio: 'inherit' });
  }
}
