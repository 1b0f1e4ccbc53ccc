/** The extension as one file: `npm run vscode` writes editors/vscode/bondsmith.vsix. Nothing is fetched. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const common = { bundle: true, minify: true, logLevel: 'error', legalComments: 'eof', target: 'es2024' } as const;

/** `out`: the path of the file. */
export async function packExtension(out: string): Promise<void> {
  rmSync(here('dist'), { recursive: true, force: true });
  mkdirSync(here('dist'));
  await Promise.all([
    build({
      ...common,
      entryPoints: [here('extension.ts')],
      outfile: here('dist/extension.cjs'),
      platform: 'node',
      format: 'cjs',
      external: ['vscode'],
    }),
    build({ ...common, entryPoints: [here('server.ts')], outfile: here('dist/server.cjs'), platform: 'node', format: 'cjs' }),
    build({ ...common, entryPoints: [here('panel.ts')], outfile: here('dist/panel.js'), platform: 'browser', format: 'esm' }),
  ]);
  // The rules of the page's pictures stand in the page's style.
  const rules = readFileSync(here('../../page/style.css'), 'utf8').match(/^svg .*$/gm) ?? [];
  writeFileSync(here('dist/panel.css'), `${readFileSync(here('panel.css'), 'utf8')}${rules.join('\n')}\n`);
  copyFileSync(here('../../grammar/bond.tmLanguage.json'), here('dist/bond.tmLanguage.json'));
  copyFileSync(here('../../LICENSE'), here('LICENSE'));
  const { createVSIX } = await import('@vscode/vsce');
  await createVSIX({ cwd: here('.'), packagePath: out, dependencies: false, allowMissingRepository: true, skipLicense: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await packExtension(here('bondsmith.vsix'));
