/** Files of a page: in memory, as long as it is there. */
import type { Files } from '../checkpoint/files.ts';
import { FileProblem } from '../checkpoint/files.ts';

export function memoryFiles(): Files {
  const kept = new Map<string, Uint8Array>();
  const replace = (path: string, chunks: Iterable<Uint8Array>) => void kept.set(path, joined(chunks));
  return {
    size: (path) => kept.get(path)?.length,
    read(path, offset, length) {
      const bytes = kept.get(path)?.subarray(offset, offset + length);
      if (bytes === undefined || bytes.length < length) throw new FileProblem(path, `it ends before byte ${offset + length}`);
      return bytes;
    },
    replace,
    replaceLater: async (path, chunks) => replace(path, chunks),
    append: (path, text) => replace(path, [kept.get(path) ?? new Uint8Array(), new TextEncoder().encode(text)]),
    makeFolder: () => undefined,
    lock: () => () => undefined,
  };
}

function joined(chunks: Iterable<Uint8Array>): Uint8Array {
  // They may be views of memory that changes, so each is copied as it comes.
  const parts = Array.from(chunks, (chunk) => chunk.slice());
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
