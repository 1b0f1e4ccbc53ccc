/** The space `tables`: runs of numbers one after another. */

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
