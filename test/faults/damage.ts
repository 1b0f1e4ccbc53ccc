/** Damaged files, drawn from a seed: bytes that turned, files cut off or swapped, records whose values are of another kind. */
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';

/** Numbers from 0 to 1, equal for equal seeds (Steele and Vigna's SplitMix, 32 bits). */
export function numbersFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}
const below = (next: () => number, count: number) => Math.floor(next() * count);
const oneOf = <T>(next: () => number, values: readonly T[]): T => values[below(next, values.length)];

/** Bytes with one damage; never the same bytes. */
export function damagedBytes(next: () => number, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = below(next, bytes.length);
  const length = 1 + below(next, Math.min(64, bytes.length - at));
  const turned = () => {
    const found = bytes.slice();
    for (let k = 0; k <= below(next, 3); k++) found[below(next, found.length)] ^= 1 << below(next, 8);
    return found;
  };
  const choices: (() => Uint8Array)[] = [
    turned,
    turned,
    turned,
    () => bytes.slice(0, at),
    () => new Uint8Array(0),
    () => bytes.slice().fill(0, at, at + length),
    () => bytes.slice().fill(0xff, at, at + length),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
    () => Buffer.concat([bytes, bytes.subarray(0, length)]),
    () => other,
    () => Uint8Array.from({ length: 200 }, () => below(next, 256)),
  ];
  for (;;) {
    const found = oneOf(next, choices)();
    if (Buffer.compare(found, bytes) !== 0) return found;
  }
}

const STRANGE = [
  null,
  true,
  -1,
  0,
  0.5,
  1e308,
  2 ** 53,
  '',
  'x',
  '../../etc',
  '\u001b[2J',
  [],
  [[]],
  {},
  { length: 3 },
  'a'.repeat(3000),
] as const;

/** JSON with one part that is of another kind, gone, or under another name. */
export function damagedJson(next: () => number, value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(value)) as unknown;
  const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
  const walk = (part: unknown) => {
    if (typeof part !== 'object' || part === null) return;
    for (const key of Object.keys(part)) {
      places.push({ holder: part as Record<string, unknown>, key });
      walk((part as Record<string, unknown>)[key]);
    }
  };
  walk(copy);
  if (places.length === 0 || next() < 0.03) return oneOf(next, STRANGE);
  const { holder, key } = oneOf(next, places);
  const kind = next();
  if (kind < 0.6) holder[key] = oneOf(next, STRANGE);
  else if (kind < 0.8) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (Array.isArray(holder)) holder.push(oneOf(next, [...STRANGE, holder[Number(key)]]));
  else Object.defineProperty(holder, oneOf(next, ['__proto__', 'constructor', `${key}s`]), { value: holder[key], enumerable: true });
  return copy;
}

/** A checkpoint whose record, or whose numbers, somebody changed and sealed again. */
export function forgedCheckpoint(next: () => number, path: string): Uint8Array {
  const { tensors, metadata, read } = openTensors(nodeFiles(), path);
  let record = metadata.bondsmith;
  let stored = [...tensors.values()].map(({ name, shape }) => ({ name, shape, data: read(name) }));
  const kind = next();
  if (kind < 0.7) record = JSON.stringify(damagedJson(next, JSON.parse(record)));
  else if (kind < 0.8) stored = stored.toSpliced(below(next, stored.length), 1);
  else if (kind < 0.9) {
    const one = oneOf(next, stored);
    if (one.data.length > 0) one.data[below(next, one.data.length)] = oneOf(next, [Number.NaN, Infinity, -Infinity, 1e300]);
  } else {
    const k = below(next, stored.length);
    stored = stored.with(k, { ...stored[k], shape: [1, ...stored[k].shape] });
  }
  return Buffer.concat([...encodeTensors(stored, { bondsmith: record }, true)]);
}
