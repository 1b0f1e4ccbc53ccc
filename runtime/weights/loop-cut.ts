/**
 * Cuts of bonds that part nothing, where the two cores at the bond know only half: what a change of the bond does to the weight is said by
 * the network contracted with itself, open at the bond in both copies (the environment of the bond). On loops P and Q [r, k] are the pair
 * that leaves the weight nearest with P Q^T on the bond (full environment truncation; Evenbly, Phys. Rev. B 98, 2018), found by turns, each
 * a linear system. Of a bond of more than two cores indices go, each time the one without which the rest, rescaled, comes nearest.
 */
import type { Lettered } from './contract.ts';
import { contract } from './contract.ts';
import { solveDamped } from './gauss-newton.ts';
import { multiply, transpose } from './linear-algebra.ts';
import type { WeightNetwork } from './network.ts';
import { lettered, outerLegs } from './network.ts';
import type { HostTensor } from './tensor.ts';

/** Unknowns of a system beyond which the two cores alone decide. */
export const MOST_UNKNOWNS = 256;
const MOST_TURNS = 40;
const PROGRESS = 1e-3;
/** Of the largest diagonal entry: directions that the environment does not see keep still. */
const DAMPING = 1e-13;

/** G[i, j, i', j'] [r^4]: i at the first end of the bond, j at the second; the sum of two networks with these indices open. */
export function bondEnvironment(network: WeightNetwork, cores: readonly HostTensor[], bond: number): Float64Array {
  const outer = new Set(outerLegs(network));
  const far = 2 + Math.max(...network.legs.map(({ id }) => id));
  let seen = 0;
  const open = lettered(network, cores).map(({ letters, tensor }): Lettered => {
    const own = letters.map((leg) => (leg === bond && seen++ === 1 ? far - 1 : leg));
    return { letters: own, tensor };
  });
  const copies = open.map(({ letters, tensor }) => ({ letters: letters.map((leg) => (outer.has(leg) ? leg : leg + far)), tensor }));
  return contract([...open, ...copies], [bond, far - 1, bond + far, 2 * far - 1]).data;
}

/** Rows of P^T and Q^T [k, r], from a start; `environment` may be the sum over several places of the bond. */
export function truncateBond(
  environment: Float64Array,
  start: { readonly p: Float64Array; readonly q: Float64Array },
  r: number,
  k: number,
): { readonly p: Float64Array; readonly q: Float64Array } {
  const swapped = sidesSwapped(environment, r);
  let { p, q } = start;
  let before = lossOf(environment, p, q, r, k);
  let best = { p, q, loss: before };
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    p = bestSide(environment, q, r, k);
    q = bestSide(swapped, p, r, k);
    const loss = lossOf(environment, p, q, r, k);
    if (loss < best.loss) best = { p, q, loss };
    if (!(before - loss > PROGRESS * before)) break;
    before = loss;
  }
  return balanced(best.p, best.q);
}

function sidesSwapped(environment: Float64Array, r: number): Float64Array {
  const result = new Float64Array(environment.length);
  for (let i = 0, at = 0; i < r; i++)
    for (let j = 0; j < r; j++)
      for (let k = 0; k < r; k++) for (let l = 0; l < r; l++, at++) result[((j * r + i) * r + l) * r + k] = environment[at];
  return result;
}

/** The P of least loss for a given Q. */
function bestSide(environment: Float64Array, q: Float64Array, r: number, k: number): Float64Array {
  const square = r * r;
  const n = r * k;
  // half[i, a, i', j'] = sum over j of Q[j, a] G[i, j, i', j'].
  const half = new Float64Array(n * square);
  for (let i = 0; i < r; i++) {
    half.set(multiply(q, environment.subarray(i * r * square, (i + 1) * r * square), k, r, square), i * k * square);
  }
  const turned = multiply(half, transpose(q, k, r), n * r, r, k);
  const right = new Float64Array(n);
  for (let row = 0; row < n; row++) for (let i = 0; i < r; i++) right[row] += half[row * square + i * r + i];
  let largest = 0;
  for (let row = 0; row < n; row++) largest = Math.max(largest, turned[row * n + row]);
  return transpose(solveDamped(turned, right, n, DAMPING * largest || 1), r, k);
}

/** The squared distance: sum of D G D over D = 1 - P Q^T. */
function lossOf(environment: Float64Array, p: Float64Array, q: Float64Array, r: number, k: number): number {
  const lost = multiply(transpose(p, k, r), q, r, k, r).map((value, at) => (at % (r + 1) === 0 ? 1 : 0) - value);
  const seen = multiply(environment, lost, r * r, r * r, 1);
  return seen.reduce((sum, value, at) => sum + value * lost[at], 0);
}

/** Both sides equally long. */
function balanced(p: Float64Array, q: Float64Array): { p: Float64Array; q: Float64Array } {
  const [a, b] = [p, q].map((side) => Math.sqrt(side.reduce((sum, value) => sum + value * value, 0)));
  const factor = a === 0 || b === 0 ? 1 : Math.sqrt(b / a);
  return { p: p.map((value) => value * factor), q: q.map((value) => value / factor) };
}

/** G[i, i'] [r, r]: the sum of two networks with one index of the bond fixed in each. */
export function indexEnvironment(network: WeightNetwork, cores: readonly HostTensor[], bond: number): Float64Array {
  const outer = new Set(outerLegs(network));
  const far = 1 + Math.max(...network.legs.map(({ id }) => id));
  const operands = lettered(network, cores);
  const copies = operands.map(({ letters, tensor }) => ({ letters: letters.map((leg) => (outer.has(leg) ? leg : leg + far)), tensor }));
  return contract([...operands, ...copies], [bond, bond + far]).data;
}

/** The indices to keep, ascending, and by what their part of the weight is multiplied. */
export function keepIndices(environment: Float64Array, r: number, size: number): { kept: number[]; factors: number[] } {
  let kept = Array.from({ length: r }, (_, index) => index);
  let factors = kept.map(() => 1);
  while (kept.length > size) {
    const tries = kept.map((gone) => {
      const left = kept.filter((index) => index !== gone);
      return { left, ...nearest(environment, r, left) };
    });
    const best = tries.reduce((least, other) => (other.explained > least.explained ? other : least));
    [kept, factors] = [best.left, best.factors];
  }
  return { kept, factors };
}

/** The combination of these indices that is nearest to the sum of all. */
function nearest(environment: Float64Array, r: number, kept: readonly number[]): { factors: number[]; explained: number } {
  const n = kept.length;
  const gram = Float64Array.from({ length: n * n }, (_, at) => environment[kept[Math.floor(at / n)] * r + kept[at % n]]);
  const right = Float64Array.from(kept, (index) => environment.subarray(index * r, (index + 1) * r).reduce((sum, value) => sum + value, 0));
  const largest = Math.max(...kept.map((_, at) => gram[at * n + at]));
  const factors = [...solveDamped(gram, right, n, 1e-12 * largest || 1)];
  return { factors, explained: factors.reduce((sum, factor, at) => sum + factor * right[at], 0) };
}
