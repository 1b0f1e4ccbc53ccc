/**
 * Programs in the documents are programs. A block `bond` is checked together with the blocks before it, back to the one that begins with
 * `edition`; a block `bond refused` is refused, and the block `text` behind it is what the compiler says. UPDATE=1 writes those anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check } from '../../compiler/index.ts';
import { render } from '../../grammar/render.ts';

const pages = ['docs/language.md', 'README.md'];
const root = new URL('../../', import.meta.url);
const block = /```bond( refused)?\n(.*?)```(?:\n+```text\n(.*?)```)?/gs;

interface Snippet {
  readonly refused: boolean;
  /** With the blocks that it builds on. */
  readonly text: string;
  /** The message that the page shows, and where. */
  readonly message?: string;
  readonly at: number;
}

function snippetsOf(page: string): Snippet[] {
  let file = '';
  return [...page.matchAll(block)].map(({ 0: whole, 1: refused, 2: own, 3: message, index }) => {
    const text = own.startsWith('edition') ? own : `${file}\n${own}`;
    if (refused === undefined) file = text;
    const at = index + whole.length - '```'.length - (message?.length ?? 0);
    return { refused: refused !== undefined, text, at, ...(message === undefined ? {} : { message }) };
  });
}

function messagesOf(text: string): string {
  const { diagnostics, sources } = check({ file: 'page.bond', text, load: () => undefined });
  return diagnostics.map((diagnostic) => `${render(diagnostic, sources)}\n`).join('\n');
}

function update(url: URL, page: string, snippets: readonly Snippet[]): void {
  const shown = snippets.filter(({ message }) => message !== undefined).reverse();
  const replace = (text: string, { at, message, text: source }: Snippet) =>
    text.slice(0, at) + messagesOf(source) + text.slice(at + message!.length);
  writeFileSync(url, shown.reduce(replace, page));
}

for (const name of pages) {
  const url = new URL(name, root);
  const page = readFileSync(url, 'utf8');
  const snippets = snippetsOf(page);
  if (process.env.UPDATE === '1') update(url, page, snippets);
  for (const [index, { refused, text, message }] of snippets.entries()) {
    test(`${name}, program ${index + 1}`, () => {
      const found = messagesOf(text);
      if (!refused) assert.is(found, '');
      else {
        assert.match(found, /^error\[B/);
        assert.is(found, message);
      }
    });
  }
}

test('there are programs to check', () => {
  assert.ok(snippetsOf(readFileSync(new URL(pages[0], root), 'utf8')).length >= 8);
});

test.run();
