/** Neovim without a screen, as docs/editors.md has it: errors, hover and a rename come from `bondsmith lsp --stdio`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testWith } from '../needs.ts';

const found = spawnSync('nvim', ['--version']).status === 0;
const register = testWith('Neovim', found, 'there is no nvim; apt-get install neovim brings one');
const folder = mkdtempSync(join(tmpdir(), 'bondsmith-nvim-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** `vim.lsp.start_client` is in Neovim 0.7 too, which has no `vim.lsp.start`. */
const script = (file: string, out: string) => `
local id = vim.lsp.start_client({ name = 'bondsmith', cmd = { ${JSON.stringify(process.execPath)}, ${JSON.stringify(fileURLToPath(new URL('../../bin/bondsmith.js', import.meta.url)))}, 'lsp', '--stdio' } })
vim.cmd('edit ' .. vim.fn.fnameescape(${JSON.stringify(file)}))
vim.lsp.buf_attach_client(0, id)
local seen = {}
local function waits(what) assert(vim.wait(60000, what, 50), 'nothing came') end
waits(function() return #vim.diagnostic.get(0) > 0 end)
local first = vim.diagnostic.get(0)[1]
seen.error = { line = first.lnum + 1, message = first.message }
local function ask(method, line, column, more)
  local params = vim.tbl_extend('force', { textDocument = vim.lsp.util.make_text_document_params(0), position = { line = line - 1, character = column } }, more or {})
  return vim.lsp.get_client_by_id(id).request_sync(method, params, 60000, 0).result
end
seen.hover = ask('textDocument/hover', 5, 3).contents.value
local edit = ask('textDocument/rename', 5, 3, { newName = 'lift' })
vim.lsp.util.apply_workspace_edit(edit, 'utf-16')
seen.text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')
local file = io.open(${JSON.stringify(out)}, 'w')
file:write(vim.json and vim.json.encode(seen) or vim.fn.json_encode(seen))
file:close()
vim.cmd('quitall!')
`;

const program = `edition 1
model Small(width = 4) {
  axis batch
  input x[batch, width]
  up: linear[width -> width]
  loss size = mean(upp(up(x)) ^ 2)
}
`;

register('errors where they are, a hover, and a rename', () => {
  const [file, out, lua] = ['small.bond', 'seen.json', 'test.lua'].map((name) => join(folder, name));
  writeFileSync(file, program);
  writeFileSync(lua, script(file, out));
  execFileSync('nvim', ['--headless', '--clean', '-n', '-c', `luafile ${lua}`], {
    env: { ...process.env, XDG_CACHE_HOME: folder, XDG_STATE_HOME: folder },
    timeout: 120_000,
    stdio: 'pipe',
  });
  const seen = JSON.parse(readFileSync(out, 'utf8')) as { error: { line: number; message: string }; hover: string; text: string };
  assert.is(seen.error.line, 6);
  assert.match(seen.error.message, /upp/);
  assert.match(seen.hover, /up: linear\[width -> width\]/);
  assert.match(seen.text, /lift: linear\[width -> width\]\n {2}loss size = mean\(upp\(lift\(x\)\) \^ 2\)/);
});

test.run();
