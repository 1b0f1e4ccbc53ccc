/** Headless Chromium on one page that a server on this machine serves, until the page has sent its result. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { testWith } from '../needs.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** The path of a Chromium, if there is one. */
function findChromium(): string | undefined {
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

/** Registers tests that run in a Chromium, of which they get the path; they are skipped where there is none. */
export function browserTests(): (name: string, run: (chromium: string) => unknown) => void {
  const chromium = findChromium();
  const register = testWith('Browser', chromium !== undefined, 'no Chromium was found; apt-get install chromium brings one');
  return (name, run) => register(name, () => run(chromium!));
}

/** No network but this machine, no first-run pages, no profile that stays. */
const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions'],
];

export interface Visit {
  readonly chromium: string;
  /** By path: type and body. `/` must be a page that posts JSON to `/result`. */
  readonly files: ReadonlyMap<string, readonly [type: string, body: string | Uint8Array]>;
  readonly seconds: number;
  /** Memory can be shared between threads. */
  readonly isolated?: boolean;
}
/** With these a page is cross-origin isolated (html.spec.whatwg.org, "cross-origin isolation"). */
const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** What the page posts. Throws with what Chromium printed where it posts nothing in time. */
export async function visit({ chromium, files, seconds, isolated = false }: Visit): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    answer(request, response, files, isolated).then((body) => body !== undefined && resolve(body), reject);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const profile = mkdtempSync(join(tmpdir(), 'bondsmith-chromium-'));
  const { port } = server.address() as AddressInfo;
  const browser = spawn(chromium, [...flags, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  browser.stderr.on('data', (text) => (printed += text));
  const ended = new Promise<void>((done) => browser.on('close', () => done()));
  browser.on('error', reject);
  browser.on('close', () => reject(new Error(`Chromium ended before the page sent anything:\n${printed}`)));
  const timer = setTimeout(() => reject(new Error(`the page sent nothing in ${seconds} s:\n${printed}`)), seconds * 1000);
  try {
    return JSON.parse(await promise);
  } finally {
    clearTimeout(timer);
    browser.kill();
    await ended;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The body of a post to `/result`, undefined for all else. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  files: Visit['files'],
  isolated: boolean,
): Promise<string | undefined> {
  if (request.method === 'POST' && request.url === '/result') {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end();
    return Buffer.concat(chunks).toString();
  }
  const [type, body] = files.get(request.url ?? '/') ?? [];
  if (type === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', ...(isolated ? isolation : {}) }).end(body);
  return undefined;
}
