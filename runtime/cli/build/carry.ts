/** The runner that packages carry: bundled when bondsmith itself is packed, from its sources in development. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const CARRIED = ['runner.js', 'worker.js'] as const;
const sources = { 'runner.js': 'index.ts', 'worker.js': 'worker.ts' } as const;

/** By file. */
export async function carriedRunner(): Promise<Map<string, Uint8Array>> {
  const files = CARRIED.map(async (file) => [file, await carried(file)] as const);
  return new Map(await Promise.all(files));
}

async function carried(file: (typeof CARRIED)[number]): Promise<Uint8Array> {
  if (import.meta.url.endsWith('.ts')) return bundled(fileURLToPath(new URL(`../../package/${sources[file]}`, import.meta.url)));
  return readFile(new URL(`../../package/carried/${file}`, import.meta.url));
}

/** One file without imports, for Node and for pages. esbuild is there in development alone. */
export async function bundled(entry: string): Promise<Uint8Array> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    minify: true,
    // So that an error shows a line, not the file.
    lineLimit: 120,
    write: false,
    legalComments: 'none',
  });
  return outputFiles[0].contents;
}
