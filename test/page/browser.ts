/** The page in a headless Chromium, driven as a person would: real keys, real clicks, files dropped and kept. */

import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { site } from '../../page/build.ts';
import { pageServer } from '../../page/serve.ts';

const files = await site();

export { files };

/** Text in the editor, which is in a shadow root. */
export const editorText = (page: Page) =>
  page.evaluate(() => {
    const lines = document.getElementById('editor')!.shadowRoot!.querySelectorAll('.cm-line');
    return [...lines].map((line) => line.textContent).join('\n');
  });

export const textOf = (page: Page, id: string) => page.evaluate((own) => document.getElementById(own)!.textContent, id);

/** Waits until an element has words that fit. */
export async function reads(page: Page, id: string, pattern: RegExp): Promise<string> {
  const wanted = { id, source: pattern.source };
  await page.waitForFunction(
    ({ id: own, source }) => new RegExp(source).test(document.getElementById(own)!.textContent ?? ''),
    { timeout: 30_000 },
    wanted,
  );
  return (await textOf(page, id)) ?? '';
}

export class Visitor {
  readonly folder = mkdtempSync(join(tmpdir(), 'bondsmith-page-'));
  /** What went wrong in any page: nothing should. */
  readonly troubles: string[] = [];
  readonly #browser: Browser;
  readonly #servers: ReturnType<typeof pageServer>[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }
  static async launch(chromium: string): Promise<Visitor> {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--disable-background-networking'];
    return new Visitor(await puppeteer.launch({ executablePath: chromium, headless: true, args }));
  }

  /** The address of the page. `isolated`: with the headers of our server, else as a host of static files would. */
  async serve(isolated = true): Promise<string> {
    const server = pageServer(files, isolated);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    this.#servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  /** `keep`: what the tab's storage holds before. */
  async open(url: string, { width = 1280, height = 800, keep = {} as Readonly<Record<string, string>> } = {}): Promise<Page> {
    const page = await this.#browser.newPage();
    page.on('pageerror', (error) => this.troubles.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && this.troubles.push(message.text()));
    await page.setViewport({ width, height });
    await page.evaluateOnNewDocument((kept) => {
      for (const [name, value] of Object.entries(kept)) sessionStorage.setItem(name, value);
    }, keep);
    const client = await page.createCDPSession();
    await client.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: this.folder });
    await page.goto(url);
    await page.waitForFunction(() => document.getElementById('totals')?.textContent !== '', { timeout: 60_000 });
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
