/** The space `tables`: runs of numbers one after another. */

const ALIGNMENT = 16;

/** Where the next run begins when one ends there. */
export function nextTable(end: number): number {
  return Math.ceil(end / ALIGNMENT) * ALIGNMENT;
}

/** Offset of every position of digits, outermost first, each with its stride. */
export function offsetsOf(steps: readonly (readonly [size: number, stride: number])[]): number[] {
  let offsets = [0];
  for (const [size, stride] of steps) {
    const next = new Array<number>(offsets.length * size);
    for (let k = 0; k < next.length; k++) next[k] = offsets[Math.floor(k / size)] + (k % size) * stride;
    offsets = next;
  }
  return offsets;
}
