/**
 * Sizes for which a step is compiled so that its numbers can be told apart: near the sizes that it is planned for, neither equal to each
 * other nor a multiple of what places are aligned to, and not so small that an axis could be left out.
 */

/** Below this a size is hardly like larger ones. */
const SMALLEST = 5;
/** Of a single axis, whose few points all lie beside each other: above the tiles that small sizes are cut into otherwise. */
const ALONE = 23;

/** `planned` and `most` by open axis; the first point is nearest to what is planned. A single axis gives as many points as a law is held against. */
export function samplePoints(planned: readonly number[], most: readonly (number | undefined)[]): number[][] {
  const [least, below] = planned.length === 1 ? [ALONE, [0, 1, 2, 3]] : [SMALLEST + 3, [0, 1, 3]];
  const near = planned.map((size, axis) => {
    const limit = most[axis] ?? Number.POSITIVE_INFINITY;
    const base = Math.min(Math.max(size, least), limit);
    return below.map((less) => Math.max(1, base - less));
  });
  if (near.length === 0) return [[]];
  const corners = near.reduce<number[][]>((all, own) => all.flatMap((point) => own.map((size) => [...point, size])), [[]]);
  return corners.slice(0, 27);
}

/** Steps from the sizes that are planned for; operands change places at some size, and enough points have to lie on one side of it. */
const SHIFTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/**
 * The same for programs, which the target does not shape: never the limit itself, where what is cut out of a table is all of it. Nearest
 * first, so that the first ones tell all polynomials of the second degree apart.
 */
export function programPoints(planned: readonly number[], most: readonly (number | undefined)[]): number[][] {
  const sizeAt = (axis: number, shift: number) => {
    const limit = most[axis];
    const base = Math.max(planned[axis], SMALLEST + 3);
    return limit === undefined ? base + shift : Math.min(base, limit - 1) - shift;
  };
  const shifts = planned.reduce<number[][]>((all) => all.flatMap((point) => SHIFTS.map((own) => [...point, own])), [[]]);
  const total = (point: readonly number[]) => point.reduce((sum, own) => sum + own, 0);
  const points = shifts.sort((a, b) => total(a) - total(b)).map((point) => point.map((shift, axis) => sizeAt(axis, shift)));
  return points.filter((point) => point.every((size) => size > 0));
}
