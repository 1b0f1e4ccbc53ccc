/** Spaces of the WASM engine: all lie in one memory. */
import type { Space } from '../engine.ts';

export class WasmSpace implements Space {
  readonly elements: number;
  readonly address: number;
  released = false;
  constructor(elements: number, address: number) {
    this.elements = elements;
    this.address = address;
  }
}

export function ownSpace(space: Space): WasmSpace {
  if (!(space instanceof WasmSpace)) throw new Error('this space belongs to another engine');
  if (space.released) throw new Error('this space was released');
  return space;
}

/** Word index of an element. */
export function placeOf(space: Space, offset: number, length: number): number {
  const own = ownSpace(space);
  if (!(offset >= 0 && length >= 0 && offset + length <= own.elements)) {
    throw new RangeError(`elements ${offset} to ${offset + length} of a space of ${own.elements}`);
  }
  return own.address / 4 + offset;
}
