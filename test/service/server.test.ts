/**
 * `bondsmith lsp` as an editor meets it: a process that speaks the protocol on standard input and output. Diagnostics carry the version of the
 * text that they are of, answers are of the newest text, and what cannot be done is an answer, not an end.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type {
  CodeAction,
  CompletionList,
  Diagnostic,
  Location,
  PublishDiagnosticsParams,
  Range,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import { offsetOf, positionOf } from '../../runtime/lsp/convert.ts';
import { times } from '../long.ts';
import { small } from './document.ts';
import { edited, random } from './edits.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith lsp é '));
test.after(() => rmSync(folder, { recursive: true }));
const uri = pathToFileURL(join(folder, 'main.bond')).href;
const command = fileURLToPath(new URL('../../bin/bondsmith.js', import.meta.url));

/** A client with one text open, until `end`. */
async function client() {
  const child = spawn(process.execPath, [command, 'lsp', '--stdio'], { cwd: folder, env: { ...process.env, XDG_CACHE_HOME: folder } });
  const errors: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const published: PublishDiagnosticsParams[] = [];
  const waiting: (() => void)[] = [];
  connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    published.push(params);
    for (const done of waiting.splice(0)) done();
  });
  connection.listen();
  let version = 0;
  let text = '';
  const ask = <Answer>(method: string, params: object): Promise<Answer> => connection.sendRequest(method, params);
  const document = { uri };
  const { capabilities } = await ask<{ capabilities: object }>('initialize', { processId: null, rootUri: null, capabilities: {} });
  await connection.sendNotification('initialized', {});
  return {
    capabilities,
    errors,
    ask,
    notify: (method: string, params: object) => connection.sendNotification(method, params),
    text: () => text,
    open: (fresh: string) => {
      text = fresh;
      return connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'bond', version: ++version, text } });
    },
    change: (range: Range, fresh: string) => {
      text = text.slice(0, offsetOf(text, range.start)) + fresh + text.slice(offsetOf(text, range.end));
      return connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version: ++version },
        contentChanges: [{ range, text: fresh }],
      });
    },
    replace: (fresh: string) => {
      text = fresh;
      return connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version: ++version },
        contentChanges: [{ text }],
      });
    },
    /** The diagnostics of the newest version. */
    diagnostics: async (): Promise<readonly Diagnostic[]> => {
      for (;;) {
        const found = published.findLast((each) => each.version === version && each.uri === uri);
        if (found !== undefined) return found.diagnostics;
        await new Promise<void>((done) => waiting.push(done));
      }
    },
    published,
    at: (part: string, skip = 0) => ({ textDocument: document, position: positionOf(text, text.indexOf(part) + skip) }),
    end: async (): Promise<number | null> => {
      await ask('shutdown', {});
      const ended = new Promise<number | null>((done) => child.on('close', done));
      await connection.sendNotification('exit');
      return ended;
    },
  };
}

const editsIn = (edit: WorkspaceEdit): TextEdit[] => edit.changes?.[uri] ?? [];
function applied(text: string, edits: readonly TextEdit[]): string {
  const placed = edits.map(({ range, newText }) => ({ from: offsetOf(text, range.start), to: offsetOf(text, range.end), newText }));
  return placed.sort((a, b) => b.from - a.from).reduce((all, { from, to, newText }) => all.slice(0, from) + newText + all.slice(to), text);
}

test('a mistake is told where it is, a fix takes it away, and the process ends when it is told to', async () => {
  const editor = await client();
  await editor.open(small.replace('mlp[width,', 'mlp[widht,'));
  const [first] = await editor.diagnostics();
  assert.is(first?.code, 'B102');
  assert.equal(first?.range, { start: { line: 9, character: 13 }, end: { line: 9, character: 18 } });
  const found = await editor.ask<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri },
    range: first!.range,
    context: { diagnostics: [first] },
  });
  await editor.replace(applied(editor.text(), editsIn(found.find(({ title }) => title === 'Write `width`')!.edit!)));
  assert.equal(await editor.diagnostics(), []);
  assert.is(await editor.end(), 0);
  assert.equal(editor.errors, []);
});

test('each request of an editor is answered', async () => {
  const editor = await client();
  await editor.open(small);
  const hover = await editor.ask<{ contents: { value: string } }>('textDocument/hover', editor.at('z) * mean'));
  assert.match(hover.contents.value, 'z[batch, time, width = 64]');
  const library = await editor.ask<Location>('textDocument/definition', editor.at('mlp[width'));
  const opened = readFileSync(fileURLToPath(library.uri), 'utf8').split('\n')[library.range.start.line]!;
  assert.match(opened, 'layer mlp[width, inner]');
  assert.is(
    (await editor.ask<Location[]>('textDocument/references', { ...editor.at('ffn: mlp'), context: { includeDeclaration: true } })).length,
    5,
  );
  const renamed = await editor.ask<WorkspaceEdit>('textDocument/rename', { ...editor.at('ffn: mlp'), newName: 'feed' });
  assert.match(applied(small, editsIn(renamed)), 'block[*].feed.up');
  await editor.ask('textDocument/rename', { ...editor.at('ffn: mlp'), newName: 'norm' }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, '`norm` is taken'),
  );
  const { items } = await editor.ask<CompletionList>('textDocument/completion', editor.at('norm(y)'));
  assert.ok(items.some(({ label }) => label === 'ffn'));
  for (const method of ['documentSymbol', 'foldingRange', 'semanticTokens/full'])
    assert.ok(await editor.ask(`textDocument/${method}`, { textDocument: { uri } }), method);
  const whole = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };
  assert.ok((await editor.ask<unknown[]>('textDocument/inlayHint', { textDocument: { uri }, range: whole })).length > 5);
  assert.ok(await editor.ask('textDocument/signatureHelp', editor.at('n = 3, b')));
  await editor.replace(small.replace('  head: linear', '\n\n\n     head:    linear'));
  const format = await editor.ask<TextEdit[]>('textDocument/formatting', {
    textDocument: { uri },
    options: { tabSize: 2, insertSpaces: true },
  });
  assert.match(applied(editor.text(), format), /\n\n {2}head: linear/);
  assert.is(await editor.end(), 0);
});

test('a file that is imported is read from the disk, or as it is open', async () => {
  writeFileSync(join(folder, 'lib.bond'), 'edition 1\nlayer same[n] { forward(x[.., n]) -> y[.., n] { y = x } }\n');
  const editor = await client();
  await editor.open(
    'edition 1\nuse "./lib.bond" { same }\nmodel M(n = 4) {\n  axis batch\n  input x[batch, n]\n  s: same[n]\n  w: [n] ~ ones\n  loss l = mean(w * s(x))\n}\n',
  );
  assert.equal(await editor.diagnostics(), []);
  const found = await editor.ask<Location>('textDocument/definition', editor.at('same[n]'));
  assert.is(fileURLToPath(found.uri), join(folder, 'lib.bond'));
  // Open in the editor it has another name than on the disk.
  const library = pathToFileURL(join(folder, 'lib.bond')).href;
  const text = 'edition 1\nlayer alike[n] { forward(x[.., n]) -> y[.., n] { y = x } }\n';
  await editor.notify('textDocument/didOpen', { textDocument: { uri: library, languageId: 'bond', version: 1, text } });
  await editor.replace(editor.text().replace('{ same }', '{ alike as same }'));
  assert.equal(await editor.diagnostics(), []);
  assert.is(await editor.end(), 0);
});

test('random edits: an answer to each, and at rest what `check` says', async () => {
  const editor = await client();
  await editor.open(small);
  const next = random(7);
  const total = times(60, 1000);
  for (let k = 0; k < total; k++) {
    const { text, at } = edited(editor.text(), next);
    await editor.replace(k % 3 === 2 ? small : text);
    void editor.ask('textDocument/hover', { textDocument: { uri }, position: positionOf(text, at) });
    await editor.ask('textDocument/completion', { textDocument: { uri }, position: positionOf(text, at) });
  }
  await editor.replace(small.replace('head(y)', 'haed(y)'));
  assert.equal(
    (await editor.diagnostics()).map(({ code }) => code),
    ['B101'],
  );
  for (const { version } of editor.published) assert.type(version, 'number');
  assert.is(await editor.end(), 0);
  assert.equal(editor.errors, []);
});

test.run();
