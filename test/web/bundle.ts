/** The page entry of the package as a page bundles it: three files beside each other, what they share in chunks. */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = ['index', 'worker', 'thread'].map((name) => ({ in: `runtime/web/${name}.ts`, out: name }));

export interface Bundle {
  /** By path from the server's root. */
  readonly files: ReadonlyMap<string, readonly [type: string, body: string]>;
  readonly metafile: Metafile;
  /** What an entry and all chunks that it imports weigh, gzipped. */
  sizeOf(entry: string): number;
}

/** Nothing is external: a module of Node that somebody imports makes the bundle fail, and its message says who. */
export async function bundleWeb(...more: readonly { readonly in: string; readonly out: string }[]): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entries, ...more],
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    outdir: 'out',
    write: false,
    minify: true,
    metafile: true,
    logLevel: 'silent',
  });
  const bytes = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const sizeOf = (entry: string) => {
    const reached = new Set([entry]);
    for (const name of reached)
      for (const { path, kind } of metafile.outputs[`out/${name}`].imports) if (kind === 'import-statement') reached.add(basename(path));
    return [...reached].reduce((sum, name) => sum + gzipSync(bytes.get(name)!, { level: 9 }).length, 0);
  };
  const files = new Map(outputFiles.map(({ path, text }) => [`/${basename(path)}`, ['text/javascript', text] as const]));
  return { files, metafile, sizeOf };
}
