import type { Count } from '../values/sized.ts';

/** Sizes cannot be left open: which number follows no law, and where. */
export class NotSized extends Error {}

/** Finds functions of the sizes through the numbers of the samples, the simplest first. */
export class Laws {
  readonly #sizes: readonly (readonly number[])[];
  /** Of each open size, up to squares. */
  readonly powers: readonly (readonly number[])[];
  readonly #known = new Map<string, Count | undefined>();

  constructor(sizes: readonly (readonly number[])[]) {
    this.#sizes = sizes;
    this.powers = sizes[0].reduce<number[][]>((all, _) => all.flatMap((own) => [0, 1, 2].map((power) => [...own, power])), [[]]);
  }

  /** Throws NotSized where no law gives the values. */
  count(values: readonly number[], what: string): Count {
    const found = this.law(values);
    if (found === undefined)
      throw new NotSized(`${what} is ${values.join(', ')} for ${this.#sizes.map((own) => own.join('x')).join(', ')}`);
    return found;
  }

  /** A sum of at most two monomials with whole factors, or one of values that are not whole. */
  law(values: readonly number[]): Count | undefined {
    if (values.every((value) => value === values[0])) return values[0];
    const key = values.join();
    if (!this.#known.has(key)) this.#known.set(key, this.#one(values) ?? this.#two(values));
    return this.#known.get(key);
  }
  /** At the sizes of sample k. */
  monomial(powers: readonly number[], k: number): number {
    return powers.reduce((product, power, axis) => product * this.#sizes[k][axis] ** power, 1);
  }
  #one(values: readonly number[]): Count | undefined {
    const powers = this.powers.find((own) => {
      const factor = values[0] / this.monomial(own, 0);
      const isWhole = Number.isInteger(factor) || !values.every(Number.isInteger);
      return isWhole && values.every((value, k) => value === factor * this.monomial(own, k));
    });
    return powers && [[values[0] / this.monomial(powers, 0), ...powers]];
  }
  #two(values: readonly number[]): Count | undefined {
    for (const [n, first] of this.powers.entries()) {
      for (const second of this.powers.slice(n + 1)) {
        const at = (powers: readonly number[], k: number) => this.monomial(powers, k);
        for (let k = 1; k < values.length; k++) {
          const determinant = at(first, 0) * at(second, k) - at(first, k) * at(second, 0);
          if (determinant === 0) continue;
          const x = (values[0] * at(second, k) - values[k] * at(second, 0)) / determinant;
          const y = (values[k] * at(first, 0) - values[0] * at(first, k)) / determinant;
          const fits =
            Number.isInteger(x) && Number.isInteger(y) && values.every((value, m) => value === x * at(first, m) + y * at(second, m));
          if (fits)
            return [
              [x, ...first],
              [y, ...second],
            ];
          break;
        }
      }
    }
    return undefined;
  }
}
