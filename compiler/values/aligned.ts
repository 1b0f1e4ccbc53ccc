/** Where values begin in a space: all that place them, compiled or carried in a package, ask here. */

/** Elements; 64 bytes of f32, a cache line of every machine. */
const ALIGNMENT = 16;

/** The first such place from there on. */
export function aligned(end: number): number {
  return Math.ceil(end / ALIGNMENT) * ALIGNMENT;
}
