/** Numbers, lists and sections as the binary format has them. */
import { unsigned } from './opcodes.ts';

/** LEB128 of a signed number. */
export function signed(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}
/** Bytes one after the other; lists may be longer than a call takes arguments. */
export function joined(lists: readonly (readonly number[])[]): number[] {
  const all: number[] = [];
  for (const list of lists) for (const byte of list) all.push(byte);
  return all;
}
export function section(id: number, items: readonly (readonly number[])[]): number[] {
  if (items.length === 0) return [];
  const content = joined([unsigned(items.length), ...items]);
  return joined([[id], unsigned(content.length), content]);
}
