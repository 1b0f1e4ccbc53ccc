/** The page as a person meets it, in a headless Chromium with real keys and clicks. What is learnt there is held against Node bit for bit. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'puppeteer-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fitOptions } from '../../page/run.ts';
import { load } from '../../runtime/index.ts';
import { browserTests } from '../browser/chromium.ts';
import { editorText, files, reads, textOf, Visitor } from './browser.ts';
import '../verified.ts';

const register = browserTests();
let visitor: Visitor | undefined;
let address = '';
const opened = async (chromium: string): Promise<Visitor> => {
  if (visitor === undefined) {
    visitor = await Visitor.launch(chromium);
    address = await visitor.serve();
  }
  return visitor;
};
test.after(() => visitor?.close());
const textFile = (name: string) => new URL(`../../page/programs/${name}.bond`, import.meta.url);

test('the first load is under a megabyte gzipped, and no file has code that a policy would have to allow', () => {
  const size = [...files.values()].reduce((sum, bytes) => sum + gzipSync(bytes).length, 0);
  assert.ok(size < 1_000_000, `${size} bytes`);
  const page = new TextDecoder().decode(files.get('index.html'));
  assert.match(page, /script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'/);
  assert.not.match(page, /unsafe-inline|'unsafe-eval'| style=| on[a-z]+=/);
});

register('a mistake is told where it is while it is typed, and an action takes it away', async (chromium) => {
  const page = await (await opened(chromium)).open(`${address}#mpo`);
  await reads(page, 'mistakes', /^No mistakes/);
  await page.evaluate(() => document.getElementById('editor')!.shadowRoot!.querySelector<HTMLElement>('.cm-content')!.focus());
  await page.keyboard.down('Control');
  await page.keyboard.press('End');
  await page.keyboard.up('Control');
  await page.keyboard.type('variant Wrong of Bigram {\nfreeze hed\n');
  const told = await reads(page, 'mistakes', /error/);
  assert.match(told, /^1 error\. line \d+: /);
  const marked = await page.waitForFunction(
    () => document.getElementById('editor')!.shadowRoot!.querySelector('.cm-lintRange-error')?.textContent,
    { timeout: 20_000 },
  );
  assert.is(await marked.jsonValue(), 'hed');
  // The cursor goes to the mistake, and what can be done is chosen from a list by the keyboard.
  await page.keyboard.press('F8');
  await page.keyboard.down('Control');
  await page.keyboard.press('.');
  await page.keyboard.up('Control');
  await page.waitForSelector('#choices[open] li button', { timeout: 20_000 });
  const titles = await page.$$eval('#choices li button', (all) => all.map(({ textContent }) => textContent));
  assert.ok(titles.includes('Write `head`'), titles.join());
  await page.locator('#choices li button ::-p-text(Write `head`)').click();
  await reads(page, 'mistakes', /^No mistakes/);
  assert.match(await editorText(page), /freeze head/);
  await page.close();
});

register('dense and MPO learn in one plot: the loss falls, and is that of Node bit for bit', async (chromium) => {
  const page = await (await opened(chromium)).open(`${address}#mpo`);
  await page.click('#tab-train');
  await fill(page, 'steps', '60');
  await page.click('#start');
  await finished(page, 1);
  await page.select('#variants', 'Bigram');
  await reads(page, 'totals', /^Bigram/);
  await page.click('#start');
  await finished(page, 2);
  const losses = await page.$$eval('#runs tbody tr', (rows) => rows.map(({ dataset }) => Number(dataset.loss)));
  const curves = await page.$$eval('#plot polyline', (lines) => lines.length);
  assert.is(curves, 2);
  for (const [k, variant] of ['Mpo', 'Bigram'].entries()) {
    const model = await load(textFile('mpo').pathname, { variant });
    const text = new TextDecoder().decode(files.get('loomings.txt'));
    const here: number[] = [];
    await model.fit(text, { ...fitOptions({ steps: 60, batch: 16, rate: 0.003 }), onStep: ({ loss }) => here.push(loss) });
    assert.is(losses[k], here[59], variant);
    assert.ok(here[59] < here[0] - 0.5, `${variant}: ${here[0]} became ${here[59]}`);
  }
  // Weights are kept, and opened again they write the same.
  await press(page, 'Sample (Mpo, run 1)');
  const written = await sampled(page, 'Mpo');
  await press(page, 'Save (Mpo, run 1)');
  const kept = join((await opened(chromium)).folder, 'Mpo.safetensors');
  for (let wait = 0; wait < 100 && !existsSync(kept); wait++) await new Promise((done) => setTimeout(done, 100));
  const node = await load(kept);
  assert.is(await node.generate({ length: 300, temperature: 0.8, seed: 61 }), written);
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.click('#weights-open')]);
  await chooser.accept([kept]);
  await reads(page, 'said', /Mpo with 7,104 parameters/);
  await press(page, 'Sample (Mpo, run 3)');
  assert.is((await sampled(page, 'Mpo')).length, 300);
  await page.close();
});

register(
  'a run pauses, goes on, stops with what it learnt; one whose worker is killed says so, and nothing else is lost',
  async (chromium) => {
    const page = await (await opened(chromium)).open(`${address}#dense`);
    await page.click('#tab-train');
    await fill(page, 'steps', '100000');
    await page.click('#start');
    await state(page, 1, 'trains');
    await page.waitForFunction(() => Number(document.querySelector('#runs td:nth-child(3)')?.textContent) > 3, { timeout: 30_000 });
    await press(page, 'Pause (Bigram, run 1)');
    await state(page, 1, 'paused');
    await new Promise((done) => setTimeout(done, 400));
    const step = () => page.$eval('#runs td:nth-child(3)', ({ textContent }) => Number(textContent));
    const before = await step();
    await new Promise((done) => setTimeout(done, 500));
    assert.is(await step(), before);
    await press(page, 'Resume (Bigram, run 1)');
    await page.waitForFunction(
      (old) => Number(document.querySelector('#runs td:nth-child(3)')?.textContent) > old,
      { timeout: 30_000 },
      before,
    );
    await press(page, 'Stop (Bigram, run 1)');
    await state(page, 1, 'stopped');
    const known = new Set(page.workers());
    await page.click('#start');
    await state(page, 2, 'trains');
    const fresh = page.workers().filter((worker) => !known.has(worker) && worker.url().endsWith('/worker.js'));
    assert.is(fresh.length, 1);
    await fresh[0].close();
    await state(page, 2, 'failed');
    assert.match(
      await page.$eval('#runs tr:nth-child(2) td:nth-child(7)', ({ textContent }) => textContent ?? ''),
      /the worker of bondsmith ended: the browser ended it/,
    );
    await press(page, 'Sample (Bigram, run 1)');
    assert.is((await sampled(page, 'Bigram')).length, 300);
    await page.close();
  },
);

register('an address keeps a program; a damaged one says so and opens what was shipped', async (chromium) => {
  const page = await (await opened(chromium)).open(`${address}#dense`);
  await page.evaluate(() => document.getElementById('editor')!.shadowRoot!.querySelector<HTMLElement>('.cm-content')!.focus());
  await page.keyboard.type('// é <b>mine</b>\n');
  await page.waitForFunction(() => location.hash.startsWith('#p='), { timeout: 20_000 });
  const link = page.url();
  const own = await editorText(page);
  await page.close();
  const again = await (await opened(chromium)).open(link);
  assert.is(await editorText(again), own);
  assert.match(own, /^\/\/ é <b>mine<\/b>/);
  await again.close();
  const broken = await (await opened(chromium)).open(`${link.slice(0, -20)}`);
  assert.match(await reads(broken, 'said', /damaged/), /^this link is damaged \(.*\); nothing was opened$/);
  assert.match(await editorText(broken), /^edition 1/);
  await broken.close();
});

register('files are dropped: a program, a text to learn, and one that is too large', async (chromium) => {
  const page = await (await opened(chromium)).open(address);
  await drop(
    page,
    'mine.bond',
    'edition 1\nmodel Mine(w = 4) {\n  axis batch\n  input x[batch, w]\n  up: linear[w -> w]\n  loss size = mean(up(x) ^ 2)\n}\n',
  );
  assert.match(await reads(page, 'totals', /^Mine/), /^Mine: 20 parameters/);
  await drop(page, 'book.txt', 'the sea and the whale. '.repeat(200));
  await reads(page, 'said', /book\.txt: 4,600 characters to learn/);
  assert.is(await page.$eval('#texts', (select) => (select as HTMLSelectElement).value), 'book.txt');
  await drop(page, 'large.txt', 100_000_000);
  await reads(page, 'said', /large\.txt has 100,000,000 bytes, at most 33,554,432 are taken here; nothing was changed/);
  assert.is(await page.$eval('#texts', (select) => (select as HTMLSelectElement).value), 'book.txt');
  const bad = join((await opened(chromium)).folder, 'bad.safetensors');
  writeFileSync(bad, 'no weights at all');
  await page.click('#tab-train');
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.click('#weights-open')]);
  await chooser.accept([bad]);
  await reads(page, 'said', /bad\.safetensors was not opened: /);
  await page.close();
});

register('the picture follows the cursor, options have sliders, plans and code are told', async (chromium) => {
  const page = await (await opened(chromium)).open(`${address}#topologies`);
  const name = () => page.$eval('#picture svg', (picture) => picture.getAttribute('aria-label') ?? '');
  assert.match(await name(), /^up\.weight as mpo: 3 cores; legs are width' and width|^up\.weight as mpo: 3 cores/);
  await clickLine(page, 'variant Ring');
  await reads(page, 'totals', /^Ring/);
  await page.waitForFunction(() => /as ring: 3 cores/.test(document.querySelector('#picture svg')?.getAttribute('aria-label') ?? ''), {
    timeout: 20_000,
  });
  await page.click('#tab-plan');
  assert.match(await reads(page, 'plans', /macs/), /predicted/);
  await page.click('#tab-output');
  assert.match(await reads(page, 'code', /class /), /import torch/);
  await page.select('#stages', 'wat');
  await reads(page, 'code', /^;; kernel/);
  await page.select('#stages', 'wgsl');
  await reads(page, 'code', /@compute/);
  await page.goto(`${address}#mpo`);
  await page.reload();
  await reads(page, 'totals', /^Mpo: 7,104/);
  await page.waitForSelector('#options input');
  await page.focus('#options input');
  await page.keyboard.press('ArrowRight');
  await reads(page, 'totals', /^Mpo: 7,(?!104)/);
  await page.close();
});

register('keyboard and screen readers: every control has a name, tabs go by arrows, nothing is wider than a phone', async (chromium) => {
  const page = await (await opened(chromium)).open(address, { width: 360, height: 740 });
  const unnamed = await page.$$eval('button, select, input', (controls) =>
    controls
      .filter((control) => {
        const { labels } = control as HTMLInputElement;
        return !(control.textContent?.trim() || control.getAttribute('aria-label') || (labels && labels.length > 0));
      })
      .map(({ outerHTML }) => outerHTML),
  );
  assert.equal(unnamed, []);
  await page.focus('#tab-network');
  await page.$eval('#steps', (input) => ((input as HTMLInputElement).value = '3'));
  await page.$eval('#settings', (form) => (form as HTMLFormElement).requestSubmit());
  await finished(page, 1);
  for (const view of ['plan', 'output', 'train', 'network']) {
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate((own) => [document.activeElement?.id, document.getElementById(own)!.hidden], view), [
      `tab-${view}`,
      false,
    ]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${view} is ${wide} wider than the window`);
  }
  await page.close();
});

register('a host of static files: a service worker isolates the page; without one it works on one thread and says so', async (chromium) => {
  const own = await opened(chromium);
  const page = await own.open(await own.serve(false));
  await page.waitForFunction(() => crossOriginIsolated, { timeout: 30_000 });
  assert.match((await textOf(page, 'machine')) ?? '', /threads/);
  await page.close();
  const alone = await own.open(await own.serve(false), { keep: { 'bondsmith isolated': 'once' } });
  assert.match((await textOf(alone, 'machine')) ?? '', /^WASM on one thread, since this page is not cross-origin isolated/);
  await alone.click('#tab-train');
  await fill(alone, 'steps', '5');
  await alone.click('#start');
  await finished(alone, 1);
  await alone.close();
});

test('the server answers to this machine alone, and serves nothing but the page', async (): Promise<void> => {
  const { pageServer } = await import('../../page/serve.ts');
  const { request } = await import('node:http');
  const server = pageServer(files);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  const ask = (path: string, method = 'GET', host = `127.0.0.1:${port}`) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path, method, headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject);
      asked.end();
    });
  assert.is(await ask('/'), 200);
  assert.is(await ask('/main.js?x=1'), 200);
  for (const path of ['/../package.json', '/%2e%2e/package.json', '//etc/passwd', '/site/main.js', '/serve.ts'])
    assert.is(await ask(path), 404, path);
  assert.is(await ask('/', 'POST'), 405);
  assert.is(await ask('/', 'GET', 'evil.example'), 403);
  server.close();
});

register('nothing went wrong beside that: no error in any console, no violation of the policy', () => {
  assert.equal(visitor?.troubles, []);
});

async function fill(page: Page, id: string, value: string): Promise<void> {
  await page.$eval(`#${id}`, (input, own) => ((input as HTMLInputElement).value = own), value);
}
const state = (page: Page, run: number, wanted: string) =>
  page.waitForSelector(`#runs tbody tr:nth-child(${run})[data-state="${wanted}"]`, { timeout: 60_000 });
const finished = (page: Page, run: number) => state(page, run, 'finished');
/** Rows are made anew while a run goes on, so the click is the page's own. */
async function press(page: Page, label: string): Promise<void> {
  await page.waitForSelector(`[aria-label="${label}"]`, { timeout: 30_000 });
  await page.$eval(`[aria-label="${label}"]`, (button) => (button as HTMLButtonElement).click());
}
async function sampled(page: Page, name: string): Promise<string> {
  await page.waitForFunction(
    (own) => document.querySelector('#sample figcaption')?.textContent === `Written by ${own}`,
    { timeout: 30_000 },
    name,
  );
  return page.$eval('#sample pre', ({ textContent }) => textContent ?? '');
}
/** `content`: a text, or so many bytes. */
async function drop(page: Page, name: string, content: string | number): Promise<void> {
  await page.evaluate(
    (own, given) => {
      const file = new File([typeof given === 'number' ? new Uint8Array(given) : given], own);
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(file);
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    },
    name,
    content,
  );
}
async function clickLine(page: Page, words: string): Promise<void> {
  const place = await page.evaluate((own) => {
    const lines = [...document.getElementById('editor')!.shadowRoot!.querySelectorAll('.cm-line')];
    const { x, y, height } = lines.find(({ textContent }) => textContent?.includes(own))!.getBoundingClientRect();
    return { x: x + 180, y: y + height / 2 };
  }, words);
  await page.mouse.click(place.x, place.y);
}

test.run();
