/**
 * Linear forms over digits. Every index of a nest is a digit, or becomes several where a neighbour sees its axis split (a reshape), or
 * melts into one with the next. Element offsets, guards, coordinates and random counters are all linear in digits, so splitting and
 * merging are substitutions that know nothing of what a form is for.
 */

/** An index with positions 0 to size - 1; its identity is the object. */
export interface Digit {
  readonly size: number;
}
/** Sum of coefficient * digit, plus a constant. No coefficient is 0. */
export interface Form {
  readonly terms: ReadonlyMap<Digit, number>;
  readonly plus: number;
}
/** What stands for a digit: the sum of factor * part, outermost first. */
export type DigitSum = readonly { readonly digit: Digit; readonly factor: number }[];
export type Substitution = ReadonlyMap<Digit, DigitSum>;

export const nothing: Form = { terms: new Map(), plus: 0 };

/** One digit as a form; a digit of size 1 is always 0. */
export function single(digit: Digit): Form {
  return { terms: new Map(digit.size === 1 ? [] : [[digit, 1]]), plus: 0 };
}

export function substitute(form: Form, by: Substitution): Form {
  const terms = new Map<Digit, number>();
  for (const [digit, coefficient] of form.terms) {
    for (const part of by.get(digit) ?? [{ digit, factor: 1 }]) {
      const sum = (terms.get(part.digit) ?? 0) + coefficient * part.factor;
      if (sum === 0) terms.delete(part.digit);
      else terms.set(part.digit, sum);
    }
  }
  return { terms, plus: form.plus };
}

/** Equal coefficients and constants. */
export function sameForm(a: Form, b: Form): boolean {
  return a.plus === b.plus && a.terms.size === b.terms.size && [...a.terms].every(([digit, stride]) => b.terms.get(digit) === stride);
}

/** Digits of a list after substitution, in the order of their parts. */
export function substituteDigits(digits: readonly Digit[], by: Substitution): Digit[] {
  return [...new Set(digits.flatMap((digit) => by.get(digit)?.map((part) => part.digit) ?? [digit]))];
}

/** Number of points that digits walk together. */
export function sizeOf(digits: readonly Digit[]): number {
  return digits.reduce((product, { size }) => product * size, 1);
}

export function coefficient(form: Form, digit: Digit): number {
  return form.terms.get(digit) ?? 0;
}

/**
 * Splits the digits of two forms so that both have the same strides, and pairs them: for two nests that see one row-major buffer. The
 * second form's digits are replaced by those of the first. Undefined where the factorisations do not nest, a stride occurs twice, or
 * the forms do not run over the same elements.
 */
export function align(first: Form, second: Form): { first: Substitution; second: Substitution } | undefined {
  if (first.plus !== 0 || second.plus !== 0) return undefined;
  const marks = new Set<number>();
  for (const form of [first, second]) {
    for (const [digit, stride] of form.terms) {
      if (stride < 0) return undefined;
      marks.add(stride).add(stride * digit.size);
    }
  }
  const chain = [...marks].sort((a, b) => a - b);
  if (chain.some((mark, k) => k > 0 && mark % chain[k - 1] !== 0)) return undefined;
  const pool = new Map<number, Digit>();
  const split = (form: Form, into: Map<number, Digit> | undefined): Substitution | undefined => {
    const parts = new Map<Digit, DigitSum>();
    const used = new Set<number>();
    for (const [digit, stride] of form.terms) {
      const own = chain.filter((mark) => mark >= stride && mark < stride * digit.size);
      const list: { digit: Digit; factor: number }[] = [];
      for (const mark of own.reverse()) {
        const size = chain[chain.indexOf(mark) + 1] / mark;
        const part = into === undefined ? pool.get(mark) : own.length === 1 ? digit : { size };
        if (part === undefined || used.has(mark)) return undefined;
        used.add(mark);
        into?.set(mark, part);
        list.push({ digit: part, factor: mark / stride });
      }
      parts.set(digit, list);
    }
    return into === undefined && used.size !== pool.size ? undefined : parts;
  };
  const left = split(first, pool);
  const right = left && split(second, undefined);
  return left && right && { first: left, second: right };
}
