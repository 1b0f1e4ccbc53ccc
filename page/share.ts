/** A program in the part of an address that no server sees: JSON, deflated, in the letters of addresses. */

export interface Shared {
  readonly text: string;
  readonly file: string;
  readonly variant?: string;
}
/** Deflate can make much of little: a link that would is refused. */
const longest = 2 ** 20;

export async function linkTo(shared: Shared): Promise<string> {
  const json = new TextEncoder().encode(JSON.stringify(shared));
  const packed = await piped(json, new CompressionStream('deflate-raw'));
  const letters = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(''));
  return `#p=${letters.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/** Undefined where the address has none. Throws Error where it is damaged. */
export async function readLink(hash: string): Promise<Shared | undefined> {
  if (!hash.startsWith('#p=')) return undefined;
  try {
    const letters = atob(hash.slice(3).replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = await piped(
      Uint8Array.from(letters, (letter) => letter.charCodeAt(0)),
      new DecompressionStream('deflate-raw'),
    );
    const found: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (!isShared(found)) throw new Error('it holds no program');
    return found;
  } catch (error) {
    throw new Error(`this link is damaged (${error instanceof Error ? error.message : error}); nothing was opened`);
  }
}

function isShared(value: unknown): value is Shared {
  if (typeof value !== 'object' || value === null) return false;
  const { text, file, variant } = value as Record<string, unknown>;
  return typeof text === 'string' && typeof file === 'string' && (variant === undefined || typeof variant === 'string');
}

async function piped(bytes: Uint8Array<ArrayBuffer>, through: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of streamed(new Blob([bytes]).stream().pipeThrough(through))) {
    parts.push(part);
    length += part.length;
    if (length > longest) throw new Error(`it holds more than ${longest} bytes`);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Not every browser iterates over streams. */
async function* streamed(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
