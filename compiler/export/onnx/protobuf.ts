/**
 * The wire format of Protocol Buffers, as much of it as a writer needs: a field is its number and kind, then an integer in groups of seven
 * bits, or a length and bytes. https://protobuf.dev/programming-guides/encoding
 */

/** Bytes in order, which may be views of large arrays. */
export interface Message {
  readonly parts: readonly Uint8Array[];
  readonly length: number;
}

const encoder = new TextEncoder();

export function message(...fields: readonly (Message | undefined)[]): Message {
  const there = fields.filter((field) => field !== undefined);
  return { parts: there.flatMap(({ parts }) => parts), length: there.reduce((sum, { length }) => sum + length, 0) };
}
export function integer(field: number, value: number | bigint): Message {
  return bytesOf([...varint(field << 3), ...varint(value)]);
}
export function text(field: number, value: string): Message {
  return bytes(field, encoder.encode(value));
}
export function bytes(field: number, value: Uint8Array): Message {
  return nested(field, { parts: [value], length: value.length });
}
export function nested(field: number, { parts, length }: Message): Message {
  const head = Uint8Array.from([...varint((field << 3) | 2), ...varint(length)]);
  return { parts: [head, ...parts], length: head.length + length };
}
/** Integers one behind the other under one head. */
export function packed(field: number, values: readonly (number | bigint)[]): Message {
  return bytes(field, Uint8Array.from(values.flatMap(varint)));
}

function bytesOf(values: readonly number[]): Message {
  return { parts: [Uint8Array.from(values)], length: values.length };
}
/** Negative numbers as 64 bits in two's complement. */
function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const found: number[] = [];
  for (; rest > 127n; rest >>= 7n) found.push(Number(rest & 127n) | 128);
  return [...found, Number(rest)];
}
