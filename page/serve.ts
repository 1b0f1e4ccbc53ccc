/** `npm run page`: the page on this machine alone. It serves what was bundled and nothing else: no path of a request reaches a file system. */
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { site } from './build.ts';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
};
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
const hosts = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/** `isolated`: with the headers that let threads share memory; static hosts send none. */
export function pageServer(files: ReadonlyMap<string, Uint8Array>, isolated = true): Server {
  return createServer(({ method, url = '/', headers: { host = '' } }, response) => {
    // A name elsewhere that leads to this machine is not us.
    if (!hosts.test(host)) return response.writeHead(403).end('this server answers to this machine alone\n');
    if (method !== 'GET' && method !== 'HEAD') return response.writeHead(405, { allow: 'GET, HEAD' }).end();
    const [path] = url.split(/[?#]/);
    const name = path === '/' ? 'index.html' : path.slice(1);
    const body = files.get(name);
    if (body === undefined) return response.writeHead(404, { 'content-type': 'text/plain' }).end('there is no such file\n');
    const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    return response.writeHead(200, { 'content-type': type, ...(isolated ? headers : {}) }).end(method === 'HEAD' ? undefined : body);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 4173);
  const server = pageServer(await site());
  server.on('error', (error) => {
    console.error(`port ${port}: ${error.message}; PORT=${port + 1} npm run page takes another one`);
    process.exitCode = 1;
  });
  server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/  (Ctrl-C ends it)`));
}
