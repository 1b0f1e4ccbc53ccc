/** `bondsmith lsp`: the language server on standard input and output, for editors. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { VERSION } from '../checkpoint/version.ts';
import type { LspHost } from '../lsp/server.ts';
import type { Context } from './context.ts';
import { command, UsageError } from './context.ts';
import { flag } from './options.ts';
import { loadFrom } from './program.ts';

const options = { stdio: flag('start on a terminal too; clients of the protocol say it') };

export const lspCommand = command({
  name: 'lsp',
  argument: '',
  summary: 'Speak the language server protocol on standard input and output, for editors',
  options,
  examples: ['bondsmith lsp --stdio'],
  run: (files, { stdio }, context) => {
    if (files.length > 0) throw new UsageError('lsp takes no file: editors send it the texts that they have open');
    // Whoever types it would look at nothing.
    if (process.stdin.isTTY && !stdio)
      throw new UsageError('lsp speaks with editors, not with people: docs/editors.md says how they start it; --stdio starts it here');
    return run(context);
  },
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
