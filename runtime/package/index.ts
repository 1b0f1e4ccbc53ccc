/** The runner that a built package carries, in one file: its own entry, for Node and for pages. */
import type { FromWorker, PoolWorker, ToWorker } from '../engine/wasm/pool.ts';
import { PackageError } from './error.ts';
import { type Net, type OpenOptions, openNet } from './net.ts';
import type { CarriedProgram } from './program.ts';

export interface Options {
  /** Threads that share the work; default all cores, one where memory cannot be shared. Results do not depend on it. */
  readonly threads?: number;
  /** Bytes of a file of the package, where the bundler or the server keeps it elsewhere. */
  readonly read?: (file: string) => Promise<Uint8Array> | Uint8Array;
  /** Told once why there are fewer threads than were asked for. */
  readonly tell?: (text: string) => void;
}
type Urls = ReadonlyMap<string, () => URL>;

/** `urls`: where the files of the package lie. Throws PackageError. */
export async function open(program: CarriedProgram, urls: Urls, { threads, read, tell }: Options = {}): Promise<Net> {
  const asset = async (file: string) => (read === undefined ? readUrl(file, urls) : read(file));
  const worker = urls.get('worker.js');
  const own: OpenOptions = { threads: threads ?? cores(), ...(tell && { tell }), ...(worker && { workers: () => workerAt(worker()) }) };
  return openNet(program, asset, own);
}

/** Modules of Node without an import that a bundler for pages would follow. */
function builtin(name: string) {
  return (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process?.getBuiltinModule?.(name);
}

async function readUrl(file: string, urls: Urls): Promise<Uint8Array> {
  const url = urls.get(file)!();
  const fs = builtin('node:fs/promises') as typeof import('node:fs/promises') | undefined;
  try {
    if (url.protocol === 'file:' && fs !== undefined) return await fs.readFile(url);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    return new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PackageError(`${file} cannot be read at ${url} (${why}); copy it there, or give { read } that brings its bytes`);
  }
}

function cores(): number {
  const found =
    globalThis.navigator?.hardwareConcurrency ?? (builtin('node:os') as typeof import('node:os') | undefined)?.availableParallelism();
  return Math.max(1, Math.min(16, found ?? 1));
}

function workerAt(url: URL): PoolWorker {
  const threads = builtin('node:worker_threads') as typeof import('node:worker_threads') | undefined;
  if (threads !== undefined) {
    const worker = new threads.Worker(url, { execArgv: [] });
    worker.unref();
    return {
      post: (message: ToWorker) => worker.postMessage(message),
      onMessage: (listen) => void worker.on('message', (message: FromWorker) => listen(message)),
      onEnd: (listen) => {
        worker.on('error', (error: Error) => listen(error.message));
        worker.on('exit', (code: number) => listen(`it left with exit code ${code}`));
      },
      hold: (on) => (on ? worker.ref() : worker.unref()),
      terminate: () => void worker.terminate(),
    };
  }
  const worker = new Worker(url, { type: 'module' });
  return {
    post: (message: ToWorker) => worker.postMessage(message),
    onMessage: (listen) => worker.addEventListener('message', ({ data }) => listen(data as FromWorker)),
    onEnd: (listen) => worker.addEventListener('error', ({ message }) => listen(message)),
    hold: () => undefined,
    terminate: () => worker.terminate(),
  };
}
