/**
 * What checkpoints, data and runs need of a file system, so that everything above can run where there is none. The one for Node is
 * runtime/cli/host.ts.
 */
import { BondsmithError } from '../../grammar/error.ts';

export interface Files {
  /** In bytes; undefined where there is no such file. Of a pipe, so many as it gave until its end. Throws FileProblem. */
  size(path: string): number | undefined;
  /** Exactly `length` bytes from `offset`. Throws FileProblem. */
  read(path: string, offset: number, length: number): Uint8Array;
  /**
   * Replaces the file as a whole: a temporary file beside it is written, flushed and renamed, so that at any moment the path holds the old
   * bytes or the new ones. On failure the temporary file is removed and the old bytes stay. Throws FileProblem.
   */
  replace(path: string, chunks: Iterable<Uint8Array>): void;
  /** As `replace`, while other things go on; `chunks` must stay as they are until it resolves. */
  replaceLater(path: string, chunks: Iterable<Uint8Array>): Promise<void>;
  /** Adds to the end of a file, which is made where there is none. Throws FileProblem. */
  append(path: string, text: string): void;
  /** Makes a folder and those above it. Throws FileProblem. */
  makeFolder(path: string): void;
  /**
   * Claims a folder until the given function is called. A claim of a process that is gone is taken over. Throws FileProblem that names the
   * process where another one has it.
   */
  lock(folder: string): () => void;
}

/** A file could not be read or written: which, and why in the words of the system. */
export class FileProblem extends BondsmithError {
  readonly path: string;
  constructor(path: string, message: string) {
    super('file', `${path}: ${message}`);
    this.name = 'FileProblem';
    this.path = path;
  }
}

/** The whole file. Throws FileProblem where there is none or where it is larger than `most` bytes. */
export function readWhole(files: Files, path: string, most = 2 ** 31): Uint8Array {
  const size = files.size(path);
  if (size === undefined) throw new FileProblem(path, 'no such file');
  if (size > most) throw new FileProblem(path, `${size} bytes are more than the ${most} that are read here`);
  return files.read(path, 0, size);
}

/** The whole file as UTF-8. */
export function readText(files: Files, path: string, most?: number): string {
  return new TextDecoder().decode(readWhole(files, path, most));
}
