/**
 * `node test/corpus/mutations.ts FOLDER [SECONDS]`: does the corpus find faults? Each patch of the folder (`*.patch`, against the root of
 * the checkout) is applied to a copy of the sources; there programs with all oracles run until one is contradicted, a compiler throws, or
 * the time is over (60 s). Prints a line for each patch, and ends with 1 where one was not found or does not apply.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

type Verdict = 'found' | 'not found' | 'does not apply';
const root = fileURLToPath(new URL('../..', import.meta.url));
const rooms = ['grammar', 'compiler', 'runtime', 'bin', 'package.json', 'tsconfig.json'];

/** A copy of the sources, without what is installed. */
function copied(): string {
  const place = mkdtempSync(join(tmpdir(), 'bondsmith-mutation-'));
  for (const room of rooms) cpSync(join(root, room), join(place, room), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  return place;
}

/** Programs of growing seeds, in portions, until something is wrong. */
function verdictOn(patch: string, seconds: number): Verdict {
  const place = copied();
  try {
    const applied = spawnSync('git', ['apply', '--unsafe-paths', `--directory=${place}`, patch], { cwd: place });
    if (applied.status !== 0) return 'does not apply';
    const end = Date.now() + seconds * 1000;
    for (let seed = 0; Date.now() < end; seed += 8) {
      const argv = ['bin/bondsmith.js', 'corpus', '--count', '24', '--seed', String(seed), '--out', join(place, `corpus-${seed}`)];
      const { status } = spawnSync(process.execPath, argv, { cwd: place, timeout: Math.max(1, end - Date.now()), stdio: 'ignore' });
      // Nothing where the time is over.
      if (status !== null && status !== 0) return 'found';
    }
    return 'not found';
  } finally {
    rmSync(place, { recursive: true });
  }
}

if (import.meta.main) {
  const [folder = '', seconds = '60'] = process.argv.slice(2);
  const patches = readdirSync(folder)
    .filter((name) => name.endsWith('.patch'))
    .sort();
  const verdicts = patches.map((name) => {
    const verdict = verdictOn(resolve(folder, name), Number(seconds));
    console.log(`${name}: ${verdict}`);
    return verdict;
  });
  const count = (verdict: Verdict) => verdicts.filter((own) => own === verdict).length;
  console.log(
    `${patches.length} patches: ${count('found')} found, ${count('not found')} not found, ${count('does not apply')} do not apply`,
  );
  process.exit(patches.length > 0 && count('found') === patches.length ? 0 : 1);
}
