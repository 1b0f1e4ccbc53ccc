/** Files of Node: read to their end, replaced as a whole, never through a name that somebody else prepared. */
import {
  appendFileSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Files } from '../checkpoint/files.ts';
import { FileProblem } from '../checkpoint/files.ts';
import { lockFolder } from './lock.ts';

/** What `replace` calls of the system; a test puts a full disk here. */
export interface Disk {
  write(descriptor: number, bytes: Uint8Array, offset: number): number;
}
const disk: Disk = { write: (descriptor, bytes, offset) => writeSync(descriptor, bytes, offset) };

/** Files of the host. */
export function nodeFiles(system: Disk = disk): Files {
  /** A pipe can be read once: what it gave, by path. */
  const pipes = new Map<string, Uint8Array>();
  const pipeAt = (path: string) => {
    const known = pipes.get(path) ?? readToEnd(path);
    pipes.set(path, known);
    return known;
  };
  return {
    size: (path) => guarded(path, () => sizeOf(path, pipeAt)),
    read: (path, offset, length) =>
      guarded(path, () => (pipes.has(path) ? partOf(path, pipes.get(path)!, offset, length) : readExactly(path, offset, length))),
    replace: (path, chunks) => guarded(path, () => replace(path, chunks, system)),
    replaceLater: (path, chunks) => guardedLater(path, () => replaceLater(path, chunks)),
    append: (path, text) => guarded(path, () => appendFileSync(path, text)),
    makeFolder: (path) =>
      guarded(path, () => {
        mkdirSync(path, { recursive: true });
      }),
    lock: (folder) => guarded(folder, () => lockFolder(folder)),
  };
}

function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw problemAt(path, error);
  }
}

async function guardedLater<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw problemAt(path, error);
  }
}

/** What a user is told of an error of the system. */
export function problemAt(path: string, error: unknown): unknown {
  if (error instanceof FileProblem || !isSystemError(error)) return error;
  return new FileProblem(path, reasons[error.code] ?? error.message);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  ENOSPC: 'the disk is full; nothing was written over',
  EDQUOT: 'the share of the disk is used up; nothing was written over',
  EEXIST: 'a file of this name is there already',
  EISDIR: 'it is a folder, a file is expected',
  ENOTDIR: 'a part of the path is a file, a folder is expected',
  EROFS: 'the disk can only be read',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is longer than the system takes',
  EMFILE: 'too many files are open',
  ERR_INVALID_ARG_VALUE: 'a path cannot hold a null character',
};

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

// reading ------------------------------------------------------------------------------------------------------------------
function sizeOf(path: string, pipeAt: (path: string) => Uint8Array): number | undefined {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
  return found.isFile() || found.isDirectory() ? found.size : pipeAt(path).length;
}

/** The most that is taken from a pipe. */
const LONGEST_PIPE = 2 ** 31;

function readToEnd(path: string): Uint8Array {
  const descriptor = openSync(path, 'r');
  try {
    const parts: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const part = new Uint8Array(2 ** 16);
      const got = readSync(descriptor, part, 0, part.length, null);
      if (got === 0) return Buffer.concat(parts);
      size += got;
      if (size > LONGEST_PIPE) throw new FileProblem(path, 'it gives more than 2 GiB; write it into a file first');
      parts.push(part.subarray(0, got));
    }
  } finally {
    closeSync(descriptor);
  }
}

function partOf(path: string, bytes: Uint8Array, offset: number, length: number): Uint8Array {
  if (offset + length <= bytes.length) return bytes.slice(offset, offset + length);
  throw new FileProblem(path, `it ends at byte ${bytes.length}, ${offset + length} are expected`);
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

// writing ------------------------------------------------------------------------------------------------------------------
let names = 0;

interface Target {
  /** Where links lead. */
  readonly path: string;
  /** A name of its own beside it, opened so that nothing there is followed or written over. */
  readonly temporary: string;
  /** Of the file that is replaced. */
  readonly mode?: number;
  /** A pipe or a device: nothing to replace. */
  readonly stream: boolean;
}

function targetOf(path: string): Target {
  const real = linked(path);
  const found = statSync(real, { throwIfNoEntry: false });
  const temporary = join(dirname(real), `.bondsmith-${process.pid}-${++names}-${Math.random().toString(36).slice(2, 10)}`);
  if (found?.isDirectory()) throw new FileProblem(path, 'it is a folder, a file is expected');
  return { path: real, temporary, mode: found?.mode, stream: found !== undefined && !found.isFile() };
}

/** Where a link leads, also where nothing is there yet. */
function linked(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() !== true) return path;
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    return linked(resolve(dirname(path), readlinkSync(path)));
  }
}

const FRESH = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;

function replace(path: string, chunks: Iterable<Uint8Array>, system: Disk): void {
  const { path: real, temporary, mode, stream } = targetOf(path);
  const written = (descriptor: number) => {
    for (const chunk of chunks) for (let done = 0; done < chunk.length; ) done += system.write(descriptor, chunk, done);
  };
  if (stream) {
    const descriptor = openSync(real, 'w');
    try {
      written(descriptor);
    } finally {
      closeSync(descriptor);
    }
    return;
  }
  try {
    const descriptor = openSync(temporary, FRESH);
    try {
      if (mode !== undefined) fchmodSync(descriptor, mode & 0o7777);
      written(descriptor);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, real);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  flushFolder(dirname(real));
}

async function replaceLater(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const { path: real, temporary, mode } = targetOf(path);
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, FRESH);
    if (mode !== undefined) await file.chmod(mode & 0o7777);
    for (const chunk of chunks) {
      for (let done = 0; done < chunk.length; ) {
        const { bytesWritten } = await file.write(chunk, done, Math.min(chunk.length - done, 2 ** 26));
        done += bytesWritten;
      }
    }
    await file.sync();
    await file.close();
    file = undefined;
    renameSync(temporary, real);
  } catch (error) {
    await file?.close().catch(() => undefined);
    rmSync(temporary, { force: true });
    throw error;
  }
  flushFolder(dirname(real));
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
