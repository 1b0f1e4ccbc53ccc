/**
 * Factor lists: how the positions of one axis are split over the cores, row-major, first factor most significant. Written
 * (`3*4*4`, `8^5`, `64*1^9*48`), or chosen by a rule that depends on nothing but size and count:
 *
 * - balanced (`mpo(n = 5)` without lists): of all factorisations into n factors the one whose greatest factor is least, then its next
 *   greatest, and so on; the factors lie with the greatest in the middle (place (n + 1) div 2), the next ones right and left of it in
 *   turn. 3072 = 4*4*8*6*4, 768 = 3*4*4*4*4, 4096 = 4*4*8*8*4: the lists that the published systems use.
 * - `ends`: [a, 1, ..., 1, b] with a*b the most balanced pair and a >= b (Gao et al., ACL 2023: over-parameterisation that merges back).
 */
import type * as tree from '../../../grammar/tree.ts';
import { foldBinary, number, settle, showNumber } from '../fold.ts';
import type { StaticValue } from '../instance.ts';
import { refuse } from '../refuse.ts';
import { type Domain, evaluateIn, type Names, staticLeaf } from '../static.ts';

/** More cores than this in one network is a slip of the pen, not a design. */
export const mostFactors = 256;

/** A number is a list of itself, `*` appends, `^` repeats; a tuple (an option such as `out = (4, 8, 8)`) is a list. */
type Factors = { readonly is: 'list'; readonly items: readonly number[] } | StaticValue;

/** The factors that an item of the brackets states; `ends` is left to `endsOf`. */
export function statedFactors(expression: tree.Expression, names: Names): number[] {
  const domain: Domain<Factors> = {
    of: (value) => (value.is === 'number' ? { is: 'list', items: [value.value] } : value),
    known: (value) => (value.is === 'boolean' ? value : undefined),
    leaf: (leaf) => domain.of(staticLeaf(leaf, names)),
    unary: (at) => refuseFactors(at),
    binary: (at, left, right) => {
      if (comparisons.includes(at.operator))
        return settle(foldBinary(at.operator, single(left, at.left), single(right, at.right)), at.place);
      if (at.operator === '*') return appended([...factorsIn(left, at.left), ...factorsIn(right, at.right)], at);
      if (at.operator === '^') return repeated(factorsIn(left, at.left), single(right, at.right), at);
      return domain.of(settle(foldBinary(at.operator, single(left, at.left), single(right, at.right)), at.place));
    },
    undecided: (at) => refuseFactors(at),
  };
  return factorsIn(evaluateIn(expression, domain), expression);
}

function factorsIn(value: Factors, at: tree.Expression): number[] {
  return listOf(value, at).map((factor) => checkFactor(factor, at));
}

const comparisons: readonly tree.BinaryOperator[] = ['<', '<=', '==', '!=', '>=', '>'];

function listOf(value: Factors, at: tree.Expression): readonly number[] {
  return value.is === 'list' || value.is === 'tuple' ? value.items : refuseFactors(at);
}

function single(value: Factors, at: tree.Expression): StaticValue {
  const items = listOf(value, at);
  return items.length === 1 ? number(items[0]!) : refuseFactors(at);
}

function checkFactor(factor: number, at: tree.Expression): number {
  if (Number.isSafeInteger(factor) && factor >= 1) return factor;
  const shown = showNumber(factor);
  return refuse({ code: 'B204', message: `a factor must be a positive integer, found ${shown}`, at: at.place, label: `this is ${shown}` });
}

function repeated(base: readonly number[], times: StaticValue, at: tree.Binary): Factors {
  const count = times.is === 'number' ? times.value : Number.NaN;
  if (base.length !== 1) return refuseFactors(at.left);
  if (Number.isSafeInteger(count) && count >= 0) {
    return count > mostFactors ? refuseMany(count, at) : { is: 'list', items: new Array<number>(count).fill(base[0]!) };
  }
  const shown = showNumber(count);
  const message = `the number of factors must be an integer, 0 or more, found ${shown}`;
  return refuse({ code: 'B204', message, at: at.right.place, label: `this is ${shown}` });
}

function appended(items: readonly number[], at: tree.Expression): Factors {
  return items.length > mostFactors ? refuseMany(items.length, at) : { is: 'list', items };
}

function refuseMany(count: number, at: tree.Expression): never {
  return refuse({
    code: 'B421',
    message: `a factor list has at most ${mostFactors} factors`,
    at: at.place,
    label: `${count} factors`,
    hint: 'in brackets `8^5` is a list of five eights',
  });
}

function refuseFactors(at: tree.Expression): never {
  return refuse({
    code: 'B421',
    message: 'a factor list is expected',
    at: at.place,
    label: 'not a factor list',
    hint: 'as in `4*4*8`, `8^5` or `ends`',
  });
}

export function isEnds(expression: tree.Expression): boolean {
  return expression.kind === 'identifier' && expression.name === 'ends';
}

/** Divisors in ascending order, by trial division up to the root. */
function divisorsOf(size: number): number[] {
  const low: number[] = [];
  const high: number[] = [];
  for (let d = 1; d * d <= size; d++) {
    if (size % d !== 0) continue;
    low.push(d);
    if (d * d !== size) high.push(size / d);
  }
  return [...low, ...high.reverse()];
}

/** [a, 1, ..., 1, b] with n entries. */
export function endsOf(size: number, n: number): number[] {
  if (n === 1) return [size];
  let small = Math.floor(Math.sqrt(size));
  while (size % small !== 0) small--;
  return [size / small, ...new Array<number>(n - 2).fill(1), small];
}

/** The balanced list of n factors; see the head of this file. */
export function balancedFactors(size: number, n: number): number[] {
  const divisors = divisorsOf(size);
  const dead = new Set<string>();
  const descend = (rest: number, count: number, cap: number): number[] | undefined => {
    if (count === 1) return rest <= cap ? [rest] : undefined;
    const key = `${rest} ${count} ${cap}`;
    if (dead.has(key)) return undefined;
    for (const d of divisors) {
      if (d > cap) break;
      if (rest % d !== 0 || d ** count < rest * (1 - 1e-12)) continue;
      const tail = descend(rest / d, count - 1, d);
      if (tail !== undefined) return [d, ...tail];
    }
    dead.add(key);
    return undefined;
  };
  const sorted = descend(size, n, size)!;
  const placed = new Array<number>(n).fill(1);
  const middle = Math.floor((n + 1) / 2) - 1;
  let left = middle - 1;
  let right = middle + 1;
  placed[middle] = sorted[0]!;
  for (let k = 1; k < n; k++) placed[k % 2 === 1 && right < n ? right++ : left >= 0 ? left-- : right++] = sorted[k]!;
  return placed;
}

export function isPrime(size: number): boolean {
  if (size < 2) return false;
  for (let d = 2; d * d <= size; d++) if (size % d === 0) return false;
  return true;
}

/** Is no factor above twice the root of their product? A greater one is a prime that could not be split. */
export function isEven(factors: readonly number[]): boolean {
  return Math.max(...factors) <= 2 * Math.ceil(productOf(factors) ** (1 / factors.length));
}

/** The balanced list of the next size without primes above 5 that has an even one: what a size with a great prime is best padded to. */
export function paddedList(size: number, n: number): number[] {
  for (let larger = size + 1; ; larger++) {
    if ([2, 3, 5].reduce((rest, prime) => withoutPrime(rest, prime), larger) > 1) continue;
    const factors = balancedFactors(larger, n);
    if (isEven(factors)) return factors;
  }
}

function withoutPrime(size: number, prime: number): number {
  let rest = size;
  while (rest % prime === 0) rest /= prime;
  return rest;
}

/** `3*4^4`, as written in a program. */
export function listText(factors: readonly number[]): string {
  const runs: string[] = [];
  for (let k = 0; k < factors.length; ) {
    let end = k;
    while (end < factors.length && factors[end] === factors[k]) end++;
    if (end - k > 2) runs.push(`${factors[k]}^${end - k}`);
    else for (let j = k; j < end; j++) runs.push(`${factors[k]}`);
    k = end;
  }
  return runs.join('*');
}

export function productOf(numbers: Iterable<number>): number {
  let product = 1;
  for (const n of numbers) product *= n;
  return product;
}
