/**
 * Contraction of a network of host tensors, pair by pair, each pair a (batched) matrix product. The next pair is the one that leaves the
 * least behind: networks of weights are small, and this runs once per weight, so a greedy order is enough here.
 */
import { multiply } from './linear-algebra.ts';
import type { HostTensor } from './tensor.ts';
import { count, gather, permute, strides } from './tensor.ts';

/** A tensor whose axis k is called `letters[k]`; equal letters are one index. */
export interface Lettered {
  readonly letters: readonly number[];
  readonly tensor: HostTensor;
}

const ONE: Lettered = { letters: [], tensor: { shape: [], data: Float64Array.of(1) } };

/**
 * result[output] = sum over all other letters of the product of the operands. Letters may be on any number of operands, and twice on one
 * (a diagonal). Every letter of `output` must be on some operand; the product of no operands is 1. `order` is that of `contractionOrder` for
 * these operands, where one asks often.
 */
export function contract(operands: readonly Lettered[], output: readonly number[], order = orderFor(operands, output)): HostTensor {
  let rest = operands.length === 0 ? [ONE] : operands.map(takeDiagonals);
  const keep = new Set(output);
  for (const [i, j] of order.pairs) {
    const others = rest.filter((_, k) => k !== i && k !== j);
    const needed = new Set([...keep, ...others.flatMap((operand) => operand.letters)]);
    rest = [...others, multiplyPair(sumAlone(rest[i], rest[j], needed), sumAlone(rest[j], rest[i], needed), needed)];
  }
  const last = sumAlone(rest[0], undefined, keep);
  return permute(
    last.tensor,
    output.map((letter) => {
      const axis = last.letters.indexOf(letter);
      if (axis < 0) throw new RangeError(`no operand has the letter ${letter} of the result`);
      return axis;
    }),
  );
}

function takeDiagonals(operand: Lettered): Lettered {
  const letters = [...new Set(operand.letters)];
  if (letters.length === operand.letters.length) return operand;
  const steps = strides(operand.tensor.shape);
  const step = letters.map((letter) => operand.letters.reduce((sum, other, axis) => (other === letter ? sum + steps[axis] : sum), 0));
  const shape = letters.map((letter) => operand.tensor.shape[operand.letters.indexOf(letter)]);
  return { letters, tensor: { shape, data: gather(operand.tensor.data, 0, shape, step) } };
}

/** The size of each letter of an operand. */
type Sizes = ReadonlyMap<number, number>;

function sizesOf(letters: readonly number[], shape: readonly number[]): Sizes {
  return new Map(letters.map((letter, axis) => [letter, shape[axis]]));
}

export interface ContractionOrder {
  /** Positions in what is left: both go, their product comes last. */
  readonly pairs: readonly (readonly [number, number])[];
  /** Multiply-adds of all products, and entries of the largest. */
  readonly work: number;
  readonly largest: number;
}

/** The order in which `contract` goes, and what it costs, from sizes alone. */
export function contractionOrder(
  operands: readonly { readonly letters: readonly number[]; readonly shape: readonly number[] }[],
  output: readonly number[],
): ContractionOrder {
  return orderOf(
    operands.map(({ letters, shape }) => sizesOf(letters, shape)),
    new Set(output),
  );
}

export const orderFor = (operands: readonly Lettered[], output: readonly number[]): ContractionOrder =>
  contractionOrder(
    operands.map(({ letters, tensor }) => ({ letters, shape: tensor.shape })),
    output,
  );

function orderOf(operands: readonly Sizes[], keep: ReadonlySet<number>): ContractionOrder {
  const users = new Map<number, number>();
  for (const sizes of operands) for (const letter of sizes.keys()) users.set(letter, (users.get(letter) ?? 0) + 1);
  const pairs: [number, number][] = [];
  let rest = [...operands];
  let [work, largest] = [0, 1];
  while (rest.length > 1) {
    const [i, j] = cheapestPair(rest, users, keep);
    const { left, all } = joined(rest[i], rest[j], users, keep);
    pairs.push([i, j]);
    work += all;
    largest = Math.max(largest, product(left));
    for (const letter of [...rest[i].keys(), ...rest[j].keys()]) users.set(letter, users.get(letter)! - 1);
    for (const letter of left.keys()) users.set(letter, users.get(letter)! + 1);
    rest = [...rest.filter((_, k) => k !== i && k !== j), left];
  }
  return { pairs, work, largest };
}

function product(sizes: Sizes): number {
  let entries = 1;
  for (const size of sizes.values()) entries *= size;
  return entries;
}

/** What is left of two operands, and the multiply-adds of their product. */
function joined(a: Sizes, b: Sizes, users: ReadonlyMap<number, number>, keep: ReadonlySet<number>): { left: Sizes; all: number } {
  const left = new Map<number, number>();
  let all = 1;
  for (const [letter, size] of new Map([...a, ...b])) {
    all *= size;
    if (keep.has(letter) || users.get(letter)! > (a.has(letter) && b.has(letter) ? 2 : 1)) left.set(letter, size);
  }
  return { left, all };
}

/** The pair whose result is smallest against what it replaces, fewer multiplications first among equals. */
function cheapestPair(operands: readonly Sizes[], users: ReadonlyMap<number, number>, keep: ReadonlySet<number>): [number, number] {
  let best: [number, number] = [0, 1];
  let bestScore = Number.POSITIVE_INFINITY;
  let bestWork = Number.POSITIVE_INFINITY;
  for (let i = 0; i < operands.length; i++) {
    for (let j = i + 1; j < operands.length; j++) {
      const { left, all } = joined(operands[i], operands[j], users, keep);
      const score = product(left) - product(operands[i]) - product(operands[j]);
      if (score < bestScore || (score === bestScore && all < bestWork)) {
        best = [i, j];
        bestScore = score;
        bestWork = all;
      }
    }
  }
  return best;
}

/** Sums the letters that neither the other operand nor anyone else needs. */
function sumAlone(operand: Lettered, other: Lettered | undefined, needed: ReadonlySet<number>): Lettered {
  const stays = (letter: number) => needed.has(letter) || (other?.letters.includes(letter) ?? false);
  if (operand.letters.every(stays)) return operand;
  const kept = operand.letters.filter(stays);
  const gone = operand.letters.filter((letter) => !stays(letter));
  const ordered = permute(
    operand.tensor,
    [...kept, ...gone].map((letter) => operand.letters.indexOf(letter)),
  );
  const shape = ordered.shape.slice(0, kept.length);
  const inner = count(ordered.shape.slice(kept.length));
  const data = new Float64Array(count(shape));
  for (let k = 0; k < data.length; k++) for (let t = 0; t < inner; t++) data[k] += ordered.data[k * inner + t];
  return { letters: kept, tensor: { shape, data } };
}

function multiplyPair(a: Lettered, b: Lettered, needed: ReadonlySet<number>): Lettered {
  const both = a.letters.filter((letter) => b.letters.includes(letter));
  const batch = both.filter((letter) => needed.has(letter));
  const summed = both.filter((letter) => !needed.has(letter));
  const rows = a.letters.filter((letter) => !both.includes(letter));
  const columns = b.letters.filter((letter) => !both.includes(letter));
  const left = permute(
    a.tensor,
    [...batch, ...rows, ...summed].map((letter) => a.letters.indexOf(letter)),
  );
  const right = permute(
    b.tensor,
    [...batch, ...summed, ...columns].map((letter) => b.letters.indexOf(letter)),
  );
  const batches = count(left.shape.slice(0, batch.length));
  const m = count(left.shape.slice(batch.length, batch.length + rows.length));
  const k = count(left.shape.slice(batch.length + rows.length));
  const n = count(right.shape.slice(batch.length + summed.length));
  const shape = [...left.shape.slice(0, batch.length + rows.length), ...right.shape.slice(batch.length + summed.length)];
  const data = new Float64Array(batches * m * n);
  for (let t = 0; t < batches; t++) {
    const part = multiply(left.data.subarray(t * m * k, (t + 1) * m * k), right.data.subarray(t * k * n, (t + 1) * k * n), m, k, n);
    data.set(part, t * m * n);
  }
  return { letters: [...batch, ...rows, ...columns], tensor: { shape, data } };
}
