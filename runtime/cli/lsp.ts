/** `bondsmith lsp`: the language server on standard input and output, for editors. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { VERSION } from '../checkpoint/version.ts';
import type { LspHost } from '../lsp/server.ts';
import type { Context } from './context.ts';
import { command } from './context.ts';
import { loadFrom } from './program.ts';

export const lspCommand = command({
  name: 'lsp',
  argument: '',
  summary: 'Speak the language server protocol on standard input and output, for editors',
  options: {},
  examples: ['bondsmith lsp'],
  run: (_, __, context) => run(context),
});

async function run(context: Context): Promise<number> {
  // Read only here: no other command speaks the protocol.
  const { createConnection, StreamMessageReader, StreamMessageWriter } = await import('vscode-languageserver/node');
  const { serve } = await import('../lsp/server.ts');
  const connection = createConnection(new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout));
  const ended = new Promise<number>((done) => {
    connection.onExit(() => done(0));
    process.stdin.on('end', () => done(0));
  });
  serve(connection, hostOf(context));
  return ended;
}

function hostOf({ files, plans }: Context): LspHost {
  const library = join(dirname(plans ?? '.'), `library-${VERSION}`);
  return {
    load: (path, from) => loadFrom(files, resolve(dirname(from), path)),
    fileOf: (uri) => (uri.startsWith('file:') ? fileURLToPath(uri) : uri),
    uriOf: (file, text) => {
      if (!file.startsWith('std/')) return file.includes('://') ? file : pathToFileURL(file).href;
      // Editors open files: the library, which is no file here, is written where they can read it.
      const path = join(library, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return pathToFileURL(path).href;
    },
  };
}
