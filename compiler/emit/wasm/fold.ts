/** Reductions along the vector axis: sixteen partials in four vectors, then a fixed tree (the law of `fold` in values/kernel.ts). */
import type { Combine, Element, Statement } from '../../values/kernel.ts';
import { wasm } from '../../values/target.ts';
import type { Spot } from './access.ts';
import { type Code, type Expression, get, number } from './code.ts';

type FoldStatement = Extract<Statement, { is: 'fold' }>;

/** pmax and pmin would be one instruction where max and min are several, but lose a NaN: a loss would stay finite over a broken value. */
export function combine(how: Combine, element: Element, x: Expression, y: Expression): Expression {
  if (how === 'sum') return `(${element}x4.add ${x} ${y})`;
  if (how === 'any') return `(v128.or ${x} ${y})`;
  return element === 'i32' ? `(i32x4.${how}_s ${x} ${y})` : `(f32x4.${how} ${x} ${y})`;
}

export function startOf(code: Code, how: Combine, element: Element): Expression {
  if (how === 'sum' || how === 'any') return element === 'i32' ? code.ints(0) : code.floats(0);
  if (element === 'i32') return code.ints(how === 'max' ? -(2 ** 31) : 2 ** 31 - 1);
  return code.floats(how === 'max' ? -1e30 : 1e30);
}

export class Fold {
  readonly statement: FoldStatement;
  private readonly code: Code;
  private readonly partials: readonly string[];
  private readonly start: Expression;

  constructor(code: Code, statement: FoldStatement) {
    if (statement.lanes !== wasm.lanes)
      throw new Error(`a fold over ${statement.over} has ${statement.lanes} lanes; WASM kernels have ${wasm.lanes}`);
    this.code = code;
    this.statement = statement;
    this.start = startOf(code, statement.combine, statement.element);
    this.partials = [0, 1, 2, 3].map((k) => code.fresh(`partial${k}`, 'v128'));
    for (const partial of this.partials) code.set(partial, this.start);
  }

  /** Adds the vector of a spot; in a tail the vector's partial depends on where the spot stands. */
  add(value: Expression, { bytes, vector, valid }: Spot): void {
    const { combine: how, element } = this.statement;
    if (valid === undefined) {
      this.code.set(this.partials[vector], combine(how, element, get(this.partials[vector]), value));
      return;
    }
    const lanes = `(i32x4.gt_s (i32x4.splat ${valid}) ${this.code.ints(0, 1, 2, 3)})`;
    const masked = this.code.let('masked', 'v128', `(v128.bitselect ${value} ${this.start} ${lanes})`);
    const which = this.code.let('which', 'i32', `(i32.and (i32.shr_u ${bytes} (i32.const 4)) (i32.const 3))`);
    for (const [k, partial] of this.partials.entries()) {
      const whole = combine(how, element, get(partial), masked);
      this.code.when(`(i32.eq ${which} ${number(k)})`, () => this.code.set(partial, whole));
    }
  }

  /** The result in all four lanes. */
  result(): Expression {
    const { combine: how, element } = this.statement;
    const join = (x: Expression, y: Expression) => this.code.let('tree', 'v128', combine(how, element, x, y));
    const [p0, p1, p2, p3] = this.partials.map(get);
    const four = join(join(p0, p2), join(p1, p3));
    const swap = (order: string, v: Expression) => `(i8x16.shuffle ${order} ${v} ${v})`;
    const two = join(four, swap('8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7', four));
    const one = join(two, swap('4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11', two));
    return this.code.copy(this.statement.tile, 'v128', swap('0 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3', one));
  }
}
