/**
 * The roots of 1 + sum z_j^2 / (d_j^2 - s^2) = 0: singular values of a diagonal matrix with one more row. Each is found as its distance from
 * the nearer pole, so all differences d_j^2 - s^2 are accurate to rounding (Gu and Eisenstat, SIAM J. Matrix Anal. Appl. 16, 1995).
 */

const EPSILON = 2 ** -52;
const MOST_STEPS = 100;

export interface SecularRoots {
  readonly values: Float64Array;
  /** [root, pole]: d_pole^2 - value_root^2. */
  readonly differences: Float64Array;
}

/** 0 = d_0 < d_1 < ... ; no z is 0; at least one pole. */
export function secularRoots(d: Float64Array, z: Float64Array): SecularRoots {
  const n = d.length;
  const values = new Float64Array(n);
  const differences = new Float64Array(n * n);
  const squares = z.map((value) => value * value);
  const poles = new Float64Array(n);
  let all = 0;
  for (let j = 0; j < n; j++) all += squares[j];
  for (let root = 0; root < n; root++) {
    const last = root === n - 1;
    const far = last ? all : (d[root + 1] - d[root]) * (d[root + 1] + d[root]);
    placePoles(poles, d, root);
    const middle = far / 2;
    const fromLeft = last || sumAt(poles, squares, middle) >= 0;
    if (!fromLeft) placePoles(poles, d, root + 1);
    const origin = fromLeft ? root : root + 1;
    const [low, high] = last ? [0, far] : fromLeft ? [0, middle] : [-middle, 0];
    const shift = findRoot(poles, squares, root, low, high);
    for (let j = 0; j < n; j++) differences[root * n + j] = poles[j] - shift;
    values[root] = Math.sqrt(Math.max(0, d[origin] * d[origin] + shift));
  }
  return { values, differences };
}

function placePoles(poles: Float64Array, d: Float64Array, origin: number): void {
  for (let j = 0; j < d.length; j++) poles[j] = (d[j] - d[origin]) * (d[j] + d[origin]);
}

function sumAt(poles: Float64Array, squares: Float64Array, at: number): number {
  let sum = 1;
  for (let j = 0; j < poles.length; j++) sum += squares[j] / (poles[j] - at);
  return sum;
}

/**
 * The root between pole `root` and the next, in [low, high]: both sides of the sum are replaced by a constant and one pole each that have its
 * value and slope (Bunch, Nielsen and Sorensen, Numer. Math. 31, 1978); where that leaves the bracket, it is halved.
 */
function findRoot(poles: Float64Array, squares: Float64Array, root: number, low: number, high: number): number {
  const n = poles.length;
  const last = root === n - 1;
  let at = firstGuess(poles, squares, root, low, high);
  for (let step = 0; step < MOST_STEPS; step++) {
    let [below, belowSlope, above, aboveSlope] = [0, 0, 0, 0];
    for (let j = 0; j <= root; j++) {
      const inverse = 1 / (poles[j] - at);
      const term = squares[j] * inverse;
      below += term;
      belowSlope += term * inverse;
    }
    for (let j = root + 1; j < n; j++) {
      const inverse = 1 / (poles[j] - at);
      const term = squares[j] * inverse;
      above += term;
      aboveSlope += term * inverse;
    }
    const value = 1 + below + above;
    if (Math.abs(value) <= 2 * EPSILON * (1 + above - below)) return at;
    if (value < 0) low = at;
    else high = at;
    const left = poles[root] - at;
    const right = last ? 0 : poles[root + 1] - at;
    const change = last
      ? towards(1 + below - left * belowSlope, left, left * left * belowSlope)
      : between(
          1 + below - left * belowSlope + above - right * aboveSlope,
          left,
          left * left * belowSlope,
          right,
          right * right * aboveSlope,
          value,
        );
    const next = at + change;
    const inside = next > low && next < high;
    const chosen = inside ? next : low + (high - low) / 2;
    if (chosen === at || chosen === low || chosen === high) return at;
    at = chosen;
  }
  return at;
}

/** Where the two nearest poles alone decide, the others as they are in the middle. */
function firstGuess(poles: Float64Array, squares: Float64Array, root: number, low: number, high: number): number {
  const n = poles.length;
  const middle = low + (high - low) / 2;
  const [left, right] = root === n - 1 ? [root - 1, root] : [root, root + 1];
  if (n === 1) return middle;
  const rest = sumAt(poles, squares, middle) - squares[left] / (poles[left] - middle) - squares[right] / (poles[right] - middle);
  const [from, to] = [poles[left] - middle, poles[right] - middle];
  const guess = middle + between(rest, from, squares[left], to, squares[right], rest + squares[left] / from + squares[right] / to);
  return guess > low && guess < high ? guess : middle;
}

/** x with constant + a / (left - x) + b / (right - x) = 0, near 0, where that is `value`. */
function between(constant: number, left: number, a: number, right: number, b: number, value: number): number {
  const linear = constant * (left + right) + a + b;
  const free = left * right * value;
  const root = Math.sqrt(Math.max(0, linear * linear - 4 * constant * free));
  return linear <= 0 ? (linear - root) / (2 * constant) : (2 * free) / (linear + root);
}

/** x with constant + a / (left - x) = 0. */
function towards(constant: number, left: number, a: number): number {
  return left + a / constant;
}
