/**
 * Orders of the operands that move a front over the network plane by plane. A few operands that lie far from the middle are landmarks;
 * on a lattice these are its corners, and the difference of the distances to two corners of one edge is the coordinate along it. So sorting
 * by such a difference, and by another one where it is equal, gives planes, and rows within planes, whatever the lattice is called or how
 * its operands are numbered; on other long networks it gives fronts across the long way.
 */
import type { Problem } from './problem.ts';

/** Letters of more operands than this, as a batch, make no neighbours. */
export const MOST_ENDS = 64;
/** Corners of a box. */
const LANDMARKS = 8;
/** Steps over an edge that are spent on scoring orders. */
const MOST_SCORED = 4_000_000;

/** Distances in steps over edges from an operand to all others; what is not reached is further than all else. */
export function distancesFrom({ count, of, on }: Problem, from: number): Int32Array {
  const distance = new Int32Array(count).fill(count);
  const queue = [from];
  distance[from] = 0;
  for (let at = 0; at < queue.length; at++) {
    const next = distance[queue[at]] + 1;
    for (const edge of of[queue[at]]) {
      if (on[edge].length > MOST_ENDS) continue;
      for (const other of on[edge]) {
        if (distance[other] < count) continue;
        distance[other] = next;
        queue.push(other);
      }
    }
  }
  return distance;
}

/** The best `many` orders, those first whose front has the fewest elements in sum. */
export function planeOrders(problem: Problem, many: number): number[][] {
  const landmarks = landmarksOf(problem);
  const coordinates = landmarks.flatMap((a, k) => landmarks.slice(k + 1).map((b) => a.map((distance, operand) => distance - b[operand])));
  const affordable = Math.max(coordinates.length, Math.floor(MOST_SCORED / problem.of.reduce((sum, edges) => sum + edges.length, 1)));
  const scored: { order: number[]; score: number }[] = [];
  const consider = (first: Int32Array, second: Int32Array, third: Int32Array) => {
    const order = Array.from({ length: problem.count }, (_, k) => k);
    order.sort((x, y) => first[x] - first[y] || second[x] - second[y] || third[x] - third[y] || x - y);
    scored.push({ order, score: frontOf(problem, order) });
  };
  const pairs = coordinates.flatMap((first, i) => coordinates.map((second, j) => ({ first, second, i, j })).filter(({ j }) => j !== i));
  // Every coordinate leads once before any leads twice.
  pairs.sort((a, b) => ((a.j - a.i + coordinates.length) % coordinates.length) - ((b.j - b.i + coordinates.length) % coordinates.length));
  for (const { first, second } of pairs.slice(0, affordable)) consider(first, second, landmarks[0]);
  scored.sort((a, b) => a.score - b.score);
  return scored
    .filter(({ score }, k) => k === 0 || score > scored[k - 1].score)
    .slice(0, many)
    .map(({ order }) => order);
}

/**
 * Distances from the corners: operands none of whose neighbours lies further from the middle, the furthest first. The middle is the operand
 * that is nearest in sum to some that lie far apart.
 */
function landmarksOf(problem: Problem): Int32Array[] {
  const { count, of, on } = problem;
  const apart = farApart(problem);
  const sum = (k: number) => apart.reduce((total, distances) => total + distances[k], 0);
  let middle = 0;
  for (let k = 1; k < count; k++) if (sum(k) < sum(middle)) middle = k;
  const from = distancesFrom(problem, middle);
  const isCorner = (k: number) => of[k].every((edge) => on[edge].length > MOST_ENDS || on[edge].every((other) => from[other] <= from[k]));
  const corners = Array.from({ length: count }, (_, k) => k).filter((k) => from[k] < count && isCorner(k));
  corners.sort((a, b) => from[b] - from[a] || a - b);
  return corners.length < 2 ? apart : corners.slice(0, LANDMARKS).map((corner) => distancesFrom(problem, corner));
}

/** Distances from operands each of which is the furthest from those before. */
function farApart(problem: Problem): Int32Array[] {
  const found = [distancesFrom(problem, furthest(distancesFrom(problem, 0)))];
  const nearest = found[0].slice();
  while (found.length < Math.min(LANDMARKS, problem.count)) {
    const next = furthest(nearest);
    if (nearest[next] === 0) break;
    const distances = distancesFrom(problem, next);
    found.push(distances);
    for (let k = 0; k < nearest.length; k++) nearest[k] = Math.min(nearest[k], distances[k]);
  }
  return found;
}
function furthest(distances: Int32Array): number {
  let last = 0;
  for (let k = 1; k < distances.length; k++) if (distances[k] > distances[last]) last = k;
  return last;
}

/** The sum of the elements that are open after each operand. */
function frontOf({ of, on, kept, sizes, edges }: Problem, order: readonly number[]): number {
  const inside = new Int32Array(edges);
  let [open, sum] = [1, 0];
  for (const operand of order) {
    for (const edge of of[operand]) {
      const ends = on[edge].length + kept[edge];
      if (ends < 2) continue;
      inside[edge]++;
      if (inside[edge] === 1) open *= sizes[edge];
      else if (inside[edge] === ends) open /= sizes[edge];
    }
    sum += open;
  }
  return sum;
}
