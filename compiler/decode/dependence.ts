/**
 * What each value of a body depends on along time: whether a position sees later tokens. Where none does, what was computed for earlier
 * positions stays as it is when a token is added, and can be kept. Derived from the statements alone.
 */
import type { Body, Expression, Statement, ValueId } from '../values/body.ts';
import type { AxisId, Model } from '../values/model.ts';
import { readsOf } from '../values/reads.ts';

/** Why a function cannot go on from what is kept; a sentence about it. */
export class NotKept extends Error {}

/** What a value is made of: constants and positions, inputs that are given once, or the text. */
export type Made = 'fixed' | 'given' | 'text';

export interface Dependence {
  /** Statements that the result needs. */
  readonly needed: ReadonlySet<ValueId>;
  readonly made: readonly Made[];
  /** The result at position t sees tokens up to t + reach, 0 or less. */
  readonly reach: number;
}
/**
 * What a value over two axes of time, that of queries and another, is where the other position lies behind the query: 0, or at least
 * nothing that depends on the other position; `holds` and `fails` are of conditions.
 */
interface Behind {
  readonly is: 'zero' | 'apart' | 'any';
  readonly truth?: 'holds' | 'fails';
}
const ANY: Behind = { is: 'any' };
const APART: Behind = { is: 'apart' };
const ZERO: Behind = { is: 'zero' };

/** Axes of the size of `time`, which is an open axis. */
export function timesOf(model: Model, time: AxisId): ReadonlySet<AxisId> {
  const shares = ({ size }: Model['axes'][number]) => typeof size !== 'number' && size.open === time;
  return new Set(model.axes.filter(shares).map(({ id }) => id));
}

/** A position along an axis and a constant: `@time - 1`. */
export function affine(body: Body, id: ValueId): { readonly axis: AxisId; readonly plus: number } | undefined {
  const { expression: e } = body.statements[id];
  if (e.is === 'position') return { axis: e.axis, plus: 0 };
  if (e.is !== 'apply' || (e.f !== 'add' && e.f !== 'sub')) return undefined;
  const [left, right] = e.of.map((value) => ({ at: affine(body, value), number: numberOf(body, value) }));
  if (left.at !== undefined && right.number !== undefined)
    return { ...left.at, plus: left.at.plus + (e.f === 'add' ? right.number : -right.number) };
  if (e.f === 'add' && right.at !== undefined && left.number !== undefined) return { ...right.at, plus: right.at.plus + left.number };
  return undefined;
}
function numberOf({ statements }: Body, id: ValueId): number | undefined {
  const { expression } = statements[id];
  return expression.is === 'number' ? expression.value : undefined;
}

/** Throws NotKept where a position sees later tokens, or does not have a time of its own. `text`: the input whose positions are in time. */
export function dependenceOf(model: Model, body: Body, result: ValueId, text: string, time: AxisId): Dependence {
  return new Reader(body, text, timesOf(model, time)).read(result);
}

class Reader {
  readonly #body: Body;
  readonly #text: string;
  readonly #times: ReadonlySet<AxisId>;
  readonly #made: Made[] = [];
  /** By the axis that is not the query's. */
  readonly #behind: ReadonlyMap<AxisId, Behind>[] = [];
  readonly #reach: number[] = [];

  constructor(body: Body, text: string, times: ReadonlySet<AxisId>) {
    this.#body = body;
    this.#text = text;
    this.#times = times;
  }

  read(result: ValueId): Dependence {
    const needed = new Set([result]);
    const { statements } = this.#body;
    for (let id = result; id >= 0; id--) if (needed.has(id)) for (const read of readsOf(statements[id].expression)) needed.add(read);
    statements.forEach((statement, id) => {
      this.#made.push('fixed');
      this.#behind.push(new Map());
      this.#reach.push(Number.NEGATIVE_INFINITY);
      if (needed.has(id)) this.#look(statement, id);
    });
    const reach = this.#reach[result];
    if (this.#made[result] !== 'text') throw new NotKept('what it tells does not depend on the text');
    if (reach > 0) throw new NotKept('a position reads tokens behind it');
    return { needed, made: this.#made, reach };
  }

  #look(statement: Statement, id: ValueId): void {
    const { expression: e, axes } = statement;
    const reads = readsOf(e);
    this.#made[id] = this.#madeOf(statement, reads);
    this.#reach[id] =
      e.is === 'input' && e.name === this.#text ? 0 : Math.max(Number.NEGATIVE_INFINITY, ...reads.map((k) => this.#reach[k]));
    const own = this.#timesIn(axes);
    if (e.is === 'size' && this.#times.has(e.axis)) throw this.#refused(statement, 'reads the length of the text');
    if (this.#made[id] === 'text') {
      if (own.length === 0) throw this.#refused(statement, 'joins all positions');
      if (own.length > 2) throw this.#refused(statement, 'has several times');
      if (e.is === 'draw' || e.is === 'earlier') throw this.#refused(statement, 'depends on what else is in the batch');
      this.#checkMoves(statement);
    }
    for (const k of reads) this.#checkSum(statement, id, k);
    if (e.is === 'lookup') this.#checkLookup(statement, id, e);
    if (own.length === 2) this.#behind[id] = new Map(own.map((axis) => [axis, this.#behindOf(statement, axis)]));
  }

  #madeOf({ expression: e, axes }: Statement, reads: readonly ValueId[]): Made {
    if (e.is === 'input') {
      if (e.name === this.#text) return 'text';
      if (this.#timesIn(axes).length > 0) throw new NotKept(`it reads ${e.name} at each position of the text`);
      return 'given';
    }
    const all = reads.map((k) => this.#made[k]);
    return all.includes('text') ? 'text' : all.includes('given') ? 'given' : 'fixed';
  }

  #timesIn(axes: readonly AxisId[]): AxisId[] {
    return axes.filter((axis) => this.#times.has(axis));
  }

  #refused({ path, name }: Statement, why: string): NotKept {
    return new NotKept(`${path === '' ? name : `${name} of ${path}`} ${why}`);
  }

  /** Time may get another name, and nothing else. */
  #checkMoves(statement: Statement): void {
    const { expression: e } = statement;
    const touched = (axes: readonly AxisId[]) => this.#timesIn(axes).length > 0;
    if (e.is === 'window' && touched([e.axis, e.out, e.tap])) throw this.#refused(statement, 'is a window over positions');
    if (e.is === 'join' && touched([e.axis, ...e.parts.map(({ from }) => from)])) throw this.#refused(statement, 'joins texts');
    if (e.is === 'stack' && touched([e.axis])) throw this.#refused(statement, 'stacks over positions');
    if (e.is !== 'refit') return;
    for (const move of e.moves)
      if (move.is !== 'rename' && touched(move.is === 'split' ? [move.axis, ...move.into] : [move.into, ...move.axes]))
        throw this.#refused(statement, 'takes positions apart');
  }

  /** Sums, maxima and the like over other positions: those behind the query must not count. */
  #checkSum(statement: Statement, id: ValueId, operand: ValueId): void {
    const { expression: e, axes } = statement;
    if (e.is === 'refit' || e.is === 'lookup' || this.#made[id] !== 'text') return;
    const over = this.#timesIn(this.#body.statements[operand].axes).filter((axis) => !axes.includes(axis));
    if (over.length === 0) return;
    const [axis] = over;
    if (over.length > 1) throw this.#refused(statement, 'joins all positions');
    if (e.is === 'product') {
      const all = e.factors.map((factor) => this.#operand(factor, axis));
      if (all.some(({ is }) => is === 'zero') || all.every(({ is }) => is === 'apart')) return;
    } else if (e.is === 'reduce') {
      const where = e.where === undefined ? APART : this.#operand(e.where, axis);
      if (where.truth === 'fails' || (where.is !== 'any' && this.#operand(e.of, axis).is !== 'any')) return;
    } else if (e.is === 'top' && this.#operand(e.of, axis).is !== 'any') return;
    throw this.#refused(statement, 'reads positions behind its own');
  }

  /** Positions looked up in time are the own one or those before it, by a constant distance. */
  #checkLookup(statement: Statement, id: ValueId, e: Extract<Expression, { is: 'lookup' }>): void {
    for (const { axis, index } of e.at) {
      if (!this.#times.has(axis)) continue;
      const at = affine(this.#body, index);
      if (this.#made[e.of] === 'fixed') continue;
      if (at === undefined || !this.#times.has(at.axis)) throw this.#refused(statement, 'looks up positions that it computes');
      if (this.#timesIn(this.#body.statements[e.of].axes).length > 1) throw this.#refused(statement, 'has several times');
      if (at.plus > 0) throw this.#refused(statement, 'reads positions behind its own');
      this.#reach[id] = Math.max(
        this.#reach[e.of] + at.plus,
        ...readsOf(e).map((k) => (k === e.of ? Number.NEGATIVE_INFINITY : this.#reach[k])),
      );
    }
  }

  /** Of an operand, seen along the other axis `axis`. */
  #operand(id: ValueId, axis: AxisId): Behind {
    const { axes, expression } = this.#body.statements[id];
    if (expression.is === 'number' && expression.value === 0) return ZERO;
    if (!axes.includes(axis)) return APART;
    const both = this.#behind[id].get(axis);
    if (both !== undefined) return both;
    return this.#made[id] === 'text' ? ANY : APART;
  }

  #behindOf({ expression: e }: Statement, axis: AxisId): Behind {
    const all = readsOf(e).map((k) => this.#operand(k, axis));
    const least: Behind = all.some(({ is }) => is === 'any') ? ANY : APART;
    const isZero = (k: number) => all[k].is === 'zero';
    if (e.is === 'product') return all.some(({ is }) => is === 'zero') ? ZERO : least;
    if (e.is === 'refit') {
      const source = e.moves.reduceRight((own, move) => (move.is === 'rename' && move.to === own ? move.from : own), axis);
      return this.#operand(e.of, source);
    }
    if (e.is !== 'apply') return least;
    switch (e.f) {
      case 'mul':
        return isZero(0) || isZero(1) ? ZERO : least;
      case 'div':
      case 'neg':
      case 'stop':
        return isZero(0) ? ZERO : least;
      case 'real':
      case 'int':
        return isZero(0) || all[0].truth === 'fails' ? ZERO : least;
      case 'select':
        if (all[0].truth !== undefined) return all[0].truth === 'fails' ? all[2] : all[1];
        return isZero(1) && isZero(2) ? ZERO : least;
      case 'and':
        return all.some(({ truth }) => truth === 'fails') ? { is: 'apart', truth: 'fails' } : least;
      case 'or':
        return all.some(({ truth }) => truth === 'holds') ? { is: 'apart', truth: 'holds' } : least;
      case 'not':
        if (all[0].truth === undefined) return least;
        return { is: 'apart', truth: all[0].truth === 'fails' ? 'holds' : 'fails' };
      case 'lt':
      case 'le':
      case 'gt':
      case 'ge':
        return this.#compared(e.f, e.of, axis) ?? least;
      default:
        return least;
    }
  }

  /** `@time' <= @time` fails wherever the other position lies behind the query, that is by one or more. */
  #compared(f: 'lt' | 'le' | 'gt' | 'ge', of: readonly ValueId[], other: AxisId): Behind | undefined {
    const [left, right] = of.map((id) => affine(this.#body, id));
    if (left === undefined || right === undefined) return undefined;
    if (left.axis === right.axis || !this.#times.has(left.axis) || !this.#times.has(right.axis)) return undefined;
    if (right.axis === other) {
      const turned = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' } as const;
      return this.#compared(turned[f], [of[1], of[0]], other);
    }
    // other + left.plus against query + right.plus, where other - query is 1 or more.
    const least = 1 + left.plus - right.plus;
    if (f === 'lt' || f === 'le') return (f === 'lt' ? least >= 0 : least > 0) ? { is: 'apart', truth: 'fails' } : undefined;
    return (f === 'gt' ? least > 0 : least >= 0) ? { is: 'apart', truth: 'holds' } : undefined;
  }
}
