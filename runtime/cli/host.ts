/** The files of Node behind the interface that the runtime asks for. */
import { appendFileSync, closeSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Files } from '../checkpoint/files.ts';
import { FileProblem } from '../checkpoint/files.ts';
import type { Context } from './context.ts';

/** What `replace` calls of the system; a test puts a full disk here. */
export interface Disk {
  write(descriptor: number, bytes: Uint8Array, offset: number): number;
}
const disk: Disk = { write: (descriptor, bytes, offset) => writeSync(descriptor, bytes, offset) };

/** Files of the host. All calls are synchronous: a checkpoint must not interleave with a step. */
export function nodeFiles(system: Disk = disk): Files {
  return {
    size: (path) => statSync(path, { throwIfNoEntry: false })?.size,
    read: (path, offset, length) => guarded(path, () => readExactly(path, offset, length)),
    replace: (path, chunks) => guarded(path, () => replace(path, chunks, system)),
    append: (path, text) => guarded(path, () => appendFileSync(path, text)),
    makeFolder: (path) =>
      guarded(path, () => {
        mkdirSync(path, { recursive: true });
      }),
  };
}

function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof FileProblem || !isSystemError(error)) throw error;
    throw new FileProblem(path, reasons[error.code] ?? error.message);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'no permission',
  ENOSPC: 'the disk is full; nothing was written over',
  EISDIR: 'it is a folder, a file is expected',
  ENOTDIR: 'a part of the path is a file, a folder is expected',
  EROFS: 'the disk can only be read',
};

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function readExactly(path: string, offset: number, length: number): Uint8Array {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const got = readSync(descriptor, bytes, done, Math.min(length - done, 2 ** 30), offset + done);
      if (got === 0) throw new FileProblem(path, `it ends at byte ${offset + done}, ${offset + length} are expected`);
      done += got;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

function replace(path: string, chunks: Iterable<Uint8Array>, system: Disk): void {
  const temporary = `${path}.partial`;
  try {
    const descriptor = openSync(temporary, 'w');
    try {
      for (const chunk of chunks) {
        for (let done = 0; done < chunk.length; ) done += system.write(descriptor, chunk, done);
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  flushFolder(dirname(path));
}

/** The rename itself must reach the disk; systems that cannot open folders flush it on their own. */
function flushFolder(folder: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(descriptor);
  } catch {
    // Not every file system has this call for folders.
  } finally {
    closeSync(descriptor);
  }
}

/** Node and its terminal for one call; nothing of the process is changed. `interrupted`: whether the call should stop. */
export function nodeContext(interrupted = () => false): Context {
  const { stderr, stdout } = process;
  return {
    files: nodeFiles(),
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    color: stderr.isTTY === true && process.env.NO_COLOR === undefined,
    terminal: { interactive: stderr.isTTY === true, columns: stderr.columns ?? 100, write: (text) => void stderr.write(text) },
    plans: join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bondsmith', 'plans'),
    now: () => performance.now(),
    interrupted: () => new Promise((resolve) => setImmediate(() => resolve(interrupted()))),
  };
}

/** While the action runs, the first Ctrl-C asks it to stop after the present step, the second ends the process at once. */
export async function stoppable<T>(action: (context: Context) => Promise<T>): Promise<T> {
  let asked = false;
  const ask = () => {
    if (asked) process.exit(130);
    asked = true;
  };
  process.on('SIGINT', ask);
  try {
    return await action(nodeContext(() => asked));
  } finally {
    process.off('SIGINT', ask);
  }
}
