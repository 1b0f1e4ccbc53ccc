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
 * (a diagonal). Every letter of `output` must be on some operand; the product of no operands is 1.
 */
export function contract(operands: readonly Lettered[], output: readonly number[]): HostTensor {
  let rest = operands.length === 0 ? [ONE] : operands.map(takeDiagonals);
  const keep = new Set(output);
  while (rest.length > 1) {
    const [i, j] = cheapestPair(rest, keep);
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

/** The pair whose result is smallest against what it replaces, fewer multiplications first among equals. */
function cheapestPair(operands: readonly Lettered[], keep: ReadonlySet<number>): [number, number] {
  let best: [number, number] = [0, 1];
  let bestScore = Number.POSITIVE_INFINITY;
  let bestWork = Number.POSITIVE_INFINITY;
  const users = new Map<number, number>();
  for (const operand of operands) for (const letter of operand.letters) users.set(letter, (users.get(letter) ?? 0) + 1);
  for (let i = 0; i < operands.length; i++) {
    for (let j = i + 1; j < operands.length; j++) {
      const sizes = new Map<number, number>();
      for (const { letters, tensor } of [operands[i], operands[j]]) {
        for (let axis = 0; axis < letters.length; axis++) sizes.set(letters[axis], tensor.shape[axis]);
      }
      const shared = (letter: number) => operands[i].letters.includes(letter) && operands[j].letters.includes(letter);
      let work = 1;
      let left = 1;
      for (const [letter, size] of sizes) {
        work *= size;
        if (keep.has(letter) || users.get(letter)! > (shared(letter) ? 2 : 1)) left *= size;
      }
      const score = left - operands[i].tensor.data.length - operands[j].tensor.data.length;
      if (score < bestScore || (score === bestScore && work < bestWork)) {
        best = [i, j];
        bestScore = score;
        bestWork = work;
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
