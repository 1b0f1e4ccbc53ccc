/** Arrays whose axes are letters: transposed, stretched and looked up so that equal letters lie on one another. */
import { productOf } from '../../values/count.ts';
import type { Subscript } from '../../values/program.ts';
import type { Count } from '../../values/sized.ts';
import type { Speller, Spelt } from '../../values/spelling.ts';

/** Every axis of the value is a letter, each once. */
export interface Lettered {
  readonly value: Spelt;
  readonly letters: readonly number[];
}
/** Sizes by letter, and the arrays that subscripts look up. */
export interface Alphabet {
  readonly sizes: readonly Count[];
  readonly inputs: readonly Spelt[];
}

/** With an axis for each of `order`, of size 1 where the value lacks the letter; it has no others. */
export function alignedTo({ value, letters }: Lettered, order: readonly number[], s: Speller): Spelt {
  const here = order.filter((letter) => letters.includes(letter));
  const missing = [...order.keys()].filter((k) => !letters.includes(order[k]));
  return s.insert(
    s.transpose(
      value,
      here.map((letter) => letters.indexOf(letter)),
    ),
    missing,
  );
}

/** What stands at the subscripts; 0 where an id lies outside of its axis. */
export function atSubscripts(value: Spelt, subscripts: readonly Subscript[], alphabet: Alphabet, s: Speller): Lettered {
  const letters = lettersOf(subscripts);
  const lookups = subscripts.filter((own) => typeof own !== 'number');
  if (lookups.length === 0 && letters.length === subscripts.length) return { value, letters };
  const alone = subscripts.flatMap((own) => (typeof own === 'number' ? [own] : own.over));
  if (lookups.length === 1 && alone.length === letters.length)
    return { value: takeWithin(value, subscripts.indexOf(lookups[0]), alphabet.inputs[lookups[0].ids], s), letters: alone };
  const { index, inside } = placeOf(value.shape, subscripts, letters, alphabet, s);
  const flat = s.reshape(value, [productOf(value.shape)]);
  return { value: outsideZero(s.take(flat, 0, index), inside, s), letters };
}

/** In place of an axis those of the ids; 0 where an id lies outside. */
export function takeWithin(value: Spelt, axis: number, given: Spelt, s: Speller): Spelt {
  const { ids, inside } = within(given, value.shape[axis], s);
  const behind = Array.from({ length: value.shape.length - axis - 1 }, (_, k) => ids.shape.length + k);
  return outsideZero(s.take(value, axis, ids), s.insert(inside, behind), s);
}

/** Row-major places in an array of this shape at every point of the letters, and whether the point has one. */
export function placeOf(
  shape: readonly Count[],
  subscripts: readonly Subscript[],
  letters: readonly number[],
  { sizes, inputs }: Alphabet,
  s: Speller,
): { readonly index: Spelt; readonly inside: Spelt | undefined } {
  let index: Spelt | undefined;
  let inside: Spelt | undefined;
  for (const [k, own] of subscripts.entries()) {
    const step = productOf(shape.slice(k + 1));
    let along: Spelt;
    if (typeof own === 'number') along = alignedTo({ value: s.range(sizes[own]), letters: [own] }, letters, s);
    else {
      const checked = within(inputs[own.ids], shape[k], s);
      along = alignedTo({ value: checked.ids, letters: own.over }, letters, s);
      const mask = alignedTo({ value: checked.inside, letters: own.over }, letters, s);
      inside = inside === undefined ? mask : s.apply('and', inside, mask);
    }
    const term = step === 1 ? along : s.apply('mul', along, s.count(step, 'int'));
    index = index === undefined ? term : s.apply('add', index, term);
  }
  const whole = letters.map((letter) => sizes[letter]);
  return { index: s.expand(index ?? s.number(0, 'int'), whole), inside };
}

/** Ids brought into [0, size), and which of them were there. */
function within(ids: Spelt, size: Count, s: Speller): { readonly ids: Spelt; readonly inside: Spelt } {
  const last = s.apply('sub', s.count(size, 'int'), s.number(1, 'int'));
  const zero = s.number(0, 'int');
  const inside = s.apply('and', s.apply('le', zero, ids), s.apply('le', ids, last));
  return { ids: s.apply('max', s.apply('min', ids, last), zero), inside };
}

export function outsideZero(value: Spelt, inside: Spelt | undefined, s: Speller): Spelt {
  return inside === undefined ? value : s.where(inside, value, s.number(0, value.dtype));
}

/** In order of their first place. */
export function lettersOf(subscripts: readonly Subscript[]): number[] {
  return [...new Set(subscripts.flatMap((own) => (typeof own === 'number' ? [own] : own.over)))];
}
