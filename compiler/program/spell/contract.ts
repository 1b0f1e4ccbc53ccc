/** A contraction as products of matrices: operands two by two, each pair one `matmul` or one product of points. */
import { productOf } from '../../values/count.ts';
import type { Contract, Subscript } from '../../values/program.ts';
import type { Count } from '../../values/sized.ts';
import type { Speller, Spelt } from '../../values/spelling.ts';
import { type Alphabet, alignedTo, atSubscripts, type Lettered, lettersOf, outsideZero, placeOf } from './letters.ts';

export function spellContract(a: Contract, inputs: readonly Spelt[], s: Speller): Spelt {
  const alphabet = { sizes: a.letters.map((axis) => s.size(axis, 'size')), inputs };
  const kept = lettersOf(a.result);
  const terms = a.operands.map((subscripts, k) => atSubscripts(inputs[k], subscripts, alphabet, s));
  const dtype = terms[0]?.value.dtype ?? 'real';
  const product = terms.reduce<Lettered | undefined>((all, own, k) => {
    const later = [...kept, ...terms.slice(k + 1).flatMap(({ letters }) => letters)];
    return all === undefined ? summed(own, later, s) : multiplied(all, own, later, alphabet, s);
  }, undefined);
  const shape = a.result.map((own) => (typeof own === 'number' ? alphabet.sizes[own] : s.size(own.axis, 'size')));
  return placed(product ?? { value: s.number(1, dtype), letters: [] }, a.result, shape, alphabet, s);
}

/** Without the letters that nobody asks for again. */
function summed({ value, letters }: Lettered, kept: readonly number[], s: Speller): Lettered {
  const over = [...letters.keys()].filter((k) => !kept.includes(letters[k]));
  return { value: s.reduce('sum', value, over), letters: letters.filter((letter) => kept.includes(letter)) };
}

/** Whoever has the letter that is kept first is the left one. */
function multiplied(one: Lettered, other: Lettered, kept: readonly number[], { sizes }: Alphabet, s: Speller): Lettered {
  let a = summed(one, [...kept, ...other.letters], s);
  let b = summed(other, [...kept, ...one.letters], s);
  const both = a.letters.filter((letter) => b.letters.includes(letter));
  const over = both.filter((letter) => !kept.includes(letter));
  if (over.length === 0) {
    const letters = [...new Set([...a.letters, ...b.letters])];
    return { value: s.apply('mul', alignedTo(a, letters, s), alignedTo(b, letters, s)), letters };
  }
  const shared = both.filter((letter) => kept.includes(letter));
  let left = a.letters.filter((letter) => !both.includes(letter));
  let right = b.letters.filter((letter) => !both.includes(letter));
  const first = kept.findIndex((letter) => left.includes(letter) || right.includes(letter));
  if (right.includes(kept[first])) [a, b, left, right] = [b, a, right, left];
  const of = (letters: readonly number[]): Count[] => letters.map((letter) => sizes[letter]);
  const sharedSizes = of(shared);
  const matrix = (own: Lettered, rows: readonly number[], columns: readonly number[]) =>
    s.reshape(alignedTo(own, [...shared, ...rows, ...columns], s), [...sharedSizes, productOf(of(rows)), productOf(of(columns))]);
  const value = s.matmul(matrix(a, left, over), matrix(b, over, right));
  const letters = [...shared, ...left, ...right];
  return { value: s.reshape(value, of(letters)), letters };
}
/** At the subscripts of the result: broadcast, on diagonals, or added where ids say. */
function placed(own: Lettered, result: readonly Subscript[], shape: readonly Count[], alphabet: Alphabet, s: Speller): Spelt {
  const letters = lettersOf(result);
  const whole = letters.map((letter) => alphabet.sizes[letter]);
  if (letters.length === result.length && result.every((subscript) => typeof subscript === 'number'))
    return s.expand(alignedTo(own, letters, s), whole);
  const { index, inside } = placeOf(shape, result, letters, alphabet, s);
  const value = outsideZero(s.expand(alignedTo(own, letters, s), whole), inside, s);
  const count = productOf(whole);
  return s.reshape(s.scatter(productOf(shape), s.reshape(index, [count]), s.reshape(value, [count])), shape);
}
