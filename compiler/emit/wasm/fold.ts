/**
 * Reductions along the vector axis: sixteen partials in four vectors, in blocks for sums, then a fixed tree (the law of `fold` in
 * values/kernel.ts). pmax is one instruction where max is seven, but loses a NaN that stands second: so what was no number is remembered
 * in a mask beside the partials.
 */
import { type Combine, combineStart, type Element, foldBlock, type Statement } from '../../values/kernel.ts';
import { wasm } from '../../values/target.ts';
import type { Spot } from './access.ts';
import { add, type Code, type Expression, get, number } from './code.ts';

type FoldStatement = Extract<Statement, { is: 'fold' }>;

/** One step. max and min keep a NaN of either side: a loss would stay finite over a broken value. */
export function combine(how: Combine, element: Element, x: Expression, y: Expression): Expression {
  if (how === 'sum') return `(${element}x4.add ${x} ${y})`;
  if (how === 'any') return `(v128.or ${x} ${y})`;
  return element === 'i32' ? `(i32x4.${how}_s ${x} ${y})` : `(f32x4.${how} ${x} ${y})`;
}

export function startOf(code: Code, how: Combine, element: Element): Expression {
  return element === 'i32' ? code.ints(combineStart(how, element)) : code.floats(combineStart(how, element));
}

/** Bytes of a block of the vector axis. */
export const blockBytes = 4 * foldBlock;

export class Fold {
  readonly statement: FoldStatement;
  private readonly code: Code;
  private readonly partials: readonly string[];
  private readonly start: Expression;
  /** Lanes that met what is no number, where the partials cannot tell. */
  private readonly broken: string | undefined;
  /** Of a sum: each partial's total over earlier blocks, and what was rounded off from it. */
  private readonly totals: readonly { readonly sum: string; readonly rest: string }[] | undefined;
  private hasTotals: string | undefined;

  constructor(code: Code, statement: FoldStatement) {
    if (statement.lanes !== wasm.lanes)
      throw new Error(`a fold over ${statement.over} has ${statement.lanes} lanes; WASM kernels have ${wasm.lanes}`);
    const { combine: how, element } = statement;
    this.code = code;
    this.statement = statement;
    this.start = startOf(code, how, element);
    this.partials = [0, 1, 2, 3].map((k) => code.fresh(`partial${k}`, 'v128'));
    for (const partial of this.partials) code.set(partial, this.start);
    if (element === 'f32' && (how === 'max' || how === 'min')) {
      this.broken = code.fresh('broken', 'v128');
      code.set(this.broken, code.ints(0));
    }
    if (element === 'f32' && how === 'sum') {
      this.totals = this.partials.map((_, k) => ({ sum: code.fresh(`total${k}`, 'v128'), rest: code.fresh(`rest${k}`, 'v128') }));
      this.hasTotals = code.fresh('blocks', 'i32');
      code.set(this.hasTotals, number(0));
    }
  }

  get isBlocked(): boolean {
    return this.totals !== undefined;
  }

  /** Adds the vector of a spot; in a tail the vector's partial depends on where the spot stands. */
  add(value: Expression, { bytes, vector, valid }: Spot): void {
    if (valid === undefined) {
      this.step(this.partials[vector], value);
      return;
    }
    const lanes = `(i32x4.gt_s (i32x4.splat ${valid}) ${this.code.ints(0, 1, 2, 3)})`;
    const masked = this.code.let('masked', 'v128', `(v128.bitselect ${value} ${this.start} ${lanes})`);
    const which = this.code.let('which', 'i32', `(i32.and (i32.shr_u ${bytes} (i32.const 4)) (i32.const 3))`);
    for (const [k, partial] of this.partials.entries()) {
      this.code.when(`(i32.eq ${which} ${number(k)})`, () => this.step(partial, masked));
    }
  }

  private step(partial: string, value: Expression): void {
    const { code, broken } = this;
    const { combine: how, element } = this.statement;
    if (broken === undefined) {
      code.set(partial, combine(how, element, get(partial), value));
      return;
    }
    const named = code.let('term', 'v128', value);
    code.set(partial, `(f32x4.p${how} ${get(partial)} ${named})`);
    code.set(broken, `(v128.or ${get(broken)} (f32x4.ne ${named} ${named}))`);
  }

  /** The partials go to the totals and start anew. */
  endBlock(): void {
    const { code } = this;
    for (const [k, { sum, rest }] of (this.totals ?? []).entries()) {
      const [total, partial] = [get(sum), get(this.partials[k])];
      const next = code.let('next', 'v128', `(f32x4.add ${total} ${partial})`);
      const moved = code.let('moved', 'v128', `(f32x4.sub ${next} ${total})`);
      const lost = `(f32x4.add (f32x4.sub ${total} (f32x4.sub ${next} ${moved})) (f32x4.sub ${partial} ${moved}))`;
      code.set(rest, `(f32x4.add ${get(rest)} ${lost})`);
      code.set(sum, next);
      code.set(this.partials[k], this.start);
    }
    if (this.hasTotals !== undefined) code.set(this.hasTotals, add(get(this.hasTotals), number(1)));
  }

  /** The result in all four lanes. */
  result(): Expression {
    const { combine: how, element } = this.statement;
    const step = (x: Expression, y: Expression) => (this.broken === undefined ? combine(how, element, x, y) : `(f32x4.p${how} ${x} ${y})`);
    const join = (x: Expression, y: Expression) => this.code.let('tree', 'v128', step(x, y));
    this.takeTotals();
    const [p0, p1, p2, p3] = this.partials.map(get);
    const four = join(join(p0, p2), join(p1, p3));
    const swap = (order: string, v: Expression) => `(i8x16.shuffle ${order} ${v} ${v})`;
    const two = join(four, swap('8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7', four));
    const one = join(two, swap('4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11', two));
    const all = swap('0 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3', one);
    // All ones are a NaN.
    const whole =
      this.broken === undefined ? all : `(v128.or ${all} (i32x4.splat (i32.sub (i32.const 0) (v128.any_true ${get(this.broken)}))))`;
    return this.code.copy(this.statement.tile, 'v128', whole);
  }

  /** A total that is infinite or no number has no rest. Totals start anew for the next row. */
  private takeTotals(): void {
    const { code, totals } = this;
    if (totals === undefined) return;
    code.when(get(this.hasTotals!), () => {
      for (const [k, { sum, rest }] of totals.entries()) {
        const all = code.let('all', 'v128', `(f32x4.add ${get(sum)} ${get(this.partials[k])})`);
        const whole = `(f32x4.add ${all} ${get(rest)})`;
        code.set(this.partials[k], `(v128.bitselect ${whole} ${all} (f32x4.eq ${get(rest)} ${get(rest)}))`);
        code.set(sum, this.start);
        code.set(rest, this.start);
      }
    });
  }
}
