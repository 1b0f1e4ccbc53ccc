/** The language server of `bondsmith lsp`, in a worker of the page. */
import { BrowserMessageReader, BrowserMessageWriter, createConnection } from 'vscode-languageserver/browser';
import { serve } from '../runtime/lsp/server.ts';

// The readers' types are of a library that pages do not have; what they ask of the scope is what a worker has.
const scope = self as unknown as ConstructorParameters<typeof BrowserMessageReader>[0];
serve(createConnection(new BrowserMessageReader(scope), new BrowserMessageWriter(scope)), {
  load: () => ({ why: 'a program in the page imports modules of the library alone' }),
  fileOf: (uri) => uri.replace(/^.*\//, ''),
  uriOf: (file) => `file:///${file}`,
});
