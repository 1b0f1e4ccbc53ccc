/**
 * Sizes for which a step is compiled so that its numbers can be told apart: near the sizes that it is planned for, neither equal to each
 * other nor a multiple of what places are aligned to, and not so small that an axis could be left out.
 */

/** Below this a size is hardly like larger ones. */
const SMALLEST = 5;

/** `planned` and `most` by open axis; the first point is nearest to what is planned. */
export function samplePoints(planned: readonly number[], most: readonly (number | undefined)[]): number[][] {
  const near = planned.map((size, axis) => {
    const limit = most[axis] ?? Number.POSITIVE_INFINITY;
    const base = Math.min(Math.max(size, SMALLEST + 3), limit);
    return [base, base - 1, base - 3].map((own) => Math.max(1, own));
  });
  if (near.length === 0) return [[]];
  const corners = near.reduce<number[][]>((all, own) => all.flatMap((point) => own.map((size) => [...point, size])), [[]]);
  return corners.slice(0, 27);
}
