/** The extension packs without a network, holds what it needs and little else, and its server answers as it lies in the package. */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Diagnostic } from 'vscode-languageserver';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-languageserver/node';
import { AROUND, type AroundResult } from '../../editors/vscode/around.ts';
import { packExtension } from '../../editors/vscode/build.ts';
import { textMateFile } from '../../grammar/textmate.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith-vscode-'));
test.after(() => rmSync(folder, { recursive: true }));
const dist = (name: string) => fileURLToPath(new URL(`../../editors/vscode/dist/${name}`, import.meta.url));
const packed = join(folder, 'bondsmith.vsix');

test('it packs: under a megabyte, with the editor grammar of the lexer', async () => {
  await packExtension(packed);
  const bytes = readFileSync(packed);
  assert.is(bytes.subarray(0, 2).toString(), 'PK');
  assert.ok(bytes.length < 1_000_000, `${bytes.length} bytes`);
  // Names stand in the directory of a zip as they are.
  const names = bytes.toString('latin1');
  for (const name of ['package.json', 'dist/extension.cjs', 'dist/server.cjs', 'dist/panel.js', 'dist/bond.tmLanguage.json'])
    assert.ok(names.includes(`extension/${name}`), name);
  for (const name of ['extension.ts', 'node_modules', 'build.ts']) assert.not.ok(names.includes(`extension/${name}`), name);
  assert.is(readFileSync(dist('bond.tmLanguage.json'), 'utf8'), textMateFile());
});

test('its code asks for Visual Studio Code and Node, for nothing else', () => {
  for (const name of ['extension.cjs', 'server.cjs']) {
    const asked = [...readFileSync(dist(name), 'utf8').matchAll(/\brequire\("([^"]+)"\)/g)].map(([, module]) => module);
    const known = new Set(['vscode', ...builtinModules]);
    assert.equal(
      asked.filter((module) => !known.has(module.replace(/^node:/, ''))),
      [],
      name,
    );
  }
});

test('its server tells mistakes, and the network at the cursor', async () => {
  const child = fork(dist('server.cjs'), ['--node-ipc'], { execArgv: [] });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  const told = new Promise<readonly Diagnostic[]>((resolve) =>
    connection.onNotification('textDocument/publishDiagnostics', ({ diagnostics }) => resolve(diagnostics)),
  );
  connection.listen();
  const text = readFileSync(new URL('../../page/programs/mpo.bond', import.meta.url), 'utf8');
  const uri = 'file:///mpo.bond';
  await connection.sendRequest('initialize', { processId: null, rootUri: null, capabilities: {} });
  await connection.sendNotification('initialized', {});
  const wrong = text.replace('decompose head', 'decompose hed');
  await connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'bond', version: 1, text: wrong } });
  const [{ message }] = await told;
  assert.match(typeof message === 'string' ? message : message.value, /did you mean `head`/);
  const around = (own: string, offset: number) => connection.sendRequest<AroundResult>(AROUND, { uri, text: own, offset });
  const { name, drawings } = await around(text, text.indexOf('decompose up') + 3);
  assert.equal([name, drawings[0].path, drawings[0].cores.map((core) => core.name)], ['Mpo', 'up.weight', ['T[1]', 'T[2]', 'T[3]']]);
  assert.equal((await around(text, 0)).drawings, []);
  const ended = new Promise((done) => child.on('close', done));
  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  await ended;
});

test.run();
