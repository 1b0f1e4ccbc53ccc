/** The language server of `bondsmith lsp`, bundled: a process that the extension starts. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createConnection } from 'vscode-languageserver/node';
import { decode } from '../../grammar/parse.ts';
import { serve } from '../../runtime/lsp/server.ts';
import { workOn } from '../../runtime/web/calls.ts';
import { AROUND, type AroundParams, type AroundResult } from './around.ts';

/** By standard input and output, or the channel of the process that started it: the library reads its arguments. */
const connection = createConnection();

function load(path: string, from: string) {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(resolve(dirname(from), path));
  } catch {
    return undefined;
  }
  const { text, diagnostics } = decode(bytes, path);
  return diagnostics.length > 0 ? { why: diagnostics[0].message } : text;
}

const work = workOn(() => Promise.reject(new Error('nothing is trained here')));
const ear = { signal: new AbortController().signal, hear: () => undefined, ready: () => undefined };
connection.onRequest(AROUND, ({ text, offset }: AroundParams): AroundResult => {
  const program = { text, file: 'program.bond' };
  const { name, weights } = work.around(ear, program, offset);
  const [weight] = weights;
  if (name === undefined || weight === undefined) return { ...(name && { name }), drawings: [] };
  try {
    return { name, drawings: work.draw(ear, { ...program, variant: name }, weight) };
  } catch {
    // What is wrong with the text stands beside it.
    return { name, drawings: [] };
  }
});
connection.onExit(() => process.exit(0));

serve(connection, {
  load,
  fileOf: (uri) => (uri.startsWith('file:') ? fileURLToPath(uri) : uri),
  uriOf: (file) => (file.startsWith('std/') ? `bondsmith:/${file}` : file.includes('://') ? file : pathToFileURL(file).href),
});
