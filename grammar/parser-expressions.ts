/**
 * Expressions, brackets and arguments (docs/language.md, grammar). Precedence, loosest first: if, or, and, not, comparison, sum,
 * term, minus, power, and what follows an atom. Parentheses leave no node.
 */
import type { IToken } from 'chevrotain';
import { RecoveringParser } from './recovery.ts';
import { Additive, Comparison, Identifier, Integer, Multiplicative, Real, sign, Text, word } from './tokens.ts';
import type * as tree from './tree.ts';

export class ExpressionParser extends RecoveringParser {
  readonly expression = this.rule(
    'expression',
    (): tree.Expression =>
      this.anyOf(
        'expression',
        () => this.SUBRULE(this.conditional),
        () => this.SUBRULE(this.disjunction),
      ),
  );

  readonly conditional = this.rule('conditional', (): tree.Expression => {
    const start = this.CONSUME(word.if);
    const condition = this.SUBRULE(this.disjunction);
    this.CONSUME(word.then);
    const then = this.SUBRULE1(this.expression);
    this.CONSUME(word.else);
    const otherwise = this.SUBRULE2(this.expression);
    return { kind: 'conditional', place: this.place(start), condition, then, else: otherwise };
  });

  readonly disjunction = this.rule('disjunction', (): tree.Expression => {
    const start = this.LA(1);
    let left = this.SUBRULE(this.conjunction);
    this.MANY(() => {
      this.CONSUME(word.or);
      left = this.binary(start, left, 'or', this.SUBRULE2(this.conjunction));
    });
    return left;
  });

  readonly conjunction = this.rule('conjunction', (): tree.Expression => {
    const start = this.LA(1);
    let left = this.SUBRULE(this.negation);
    this.MANY(() => {
      this.CONSUME(word.and);
      left = this.binary(start, left, 'and', this.SUBRULE2(this.negation));
    });
    return left;
  });

  readonly negation = this.rule('negation', (): tree.Expression => {
    const not = this.OPTION(() => this.CONSUME(word.not));
    const operand = this.SUBRULE(this.comparison);
    return not === undefined ? operand : { kind: 'unary', place: this.place(not), operator: 'not', operand };
  });

  readonly comparison = this.rule('comparison', (): tree.Expression => {
    const start = this.LA(1);
    let left = this.SUBRULE(this.sum);
    this.OPTION(() => {
      const operator = this.CONSUME(Comparison);
      left = this.binary(start, left, operator.image as tree.BinaryOperator, this.SUBRULE2(this.sum));
    });
    return left;
  });

  readonly sum = this.rule('sum', (): tree.Expression => {
    const start = this.LA(1);
    let left = this.SUBRULE(this.term);
    this.MANY(() => {
      const operator = this.CONSUME(Additive);
      left = this.binary(start, left, operator.image as tree.BinaryOperator, this.SUBRULE2(this.term));
    });
    return left;
  });

  readonly term = this.rule('term', (): tree.Expression => {
    const start = this.LA(1);
    let left = this.SUBRULE(this.unary);
    this.MANY(() => {
      const operator = this.CONSUME(Multiplicative);
      left = this.binary(start, left, operator.image as tree.BinaryOperator, this.SUBRULE2(this.unary));
    });
    return left;
  });

  readonly unary = this.rule('unary', (): tree.Expression => {
    const minus = this.OPTION(() => this.CONSUME(sign['-']));
    const operand = this.SUBRULE(this.power);
    return minus === undefined ? operand : { kind: 'unary', place: this.place(minus), operator: '-', operand };
  });

  readonly power = this.rule('power', (): tree.Expression => {
    const start = this.LA(1);
    let left = this.SUBRULE(this.postfix);
    this.OPTION(() => {
      this.CONSUME(sign['^']);
      left = this.binary(start, left, '^', this.SUBRULE(this.unary));
    });
    return left;
  });

  readonly postfix = this.rule('postfix', (): tree.Expression => {
    const start = this.LA(1);
    let of = this.SUBRULE(this.atom);
    this.MANY(() => {
      of = this.either<tree.Expression>(
        () => this.memberOf(start, of),
        () => ({ kind: 'bracketed', of, brackets: this.SUBRULE(this.brackets), place: this.place(start) }),
        () => ({ kind: 'call', of, args: this.SUBRULE(this.args), place: this.place(start) }),
      );
    });
    return of;
  });

  readonly atom = this.rule(
    'atom',
    (): tree.Expression =>
      this.anyOf(
        'expression',
        () => this.number(this.CONSUME(Real), false),
        () => this.number(this.CONSUME(Integer), true),
        () => this.text(this.CONSUME(Text)),
        () => this.boolean(this.CONSUME(word.true), true),
        () => this.boolean(this.CONSUME(word.false), false),
        () => this.SUBRULE(this.position),
        () => this.name(this.CONSUME(Identifier)),
        () => this.SUBRULE(this.parenthesis),
      ),
  );

  readonly position = this.rule('position', (): tree.Expression => {
    const start = this.CONSUME(sign['@']);
    const name = this.name(this.CONSUME(Identifier));
    return { kind: 'position', name, place: this.place(start) };
  });

  /** `(a)`, the tuple `(a, b)` and the ramp `(8 to 64 by 8 every 500 steps)` begin alike. */
  readonly parenthesis = this.rule('parenthesis', (): tree.Expression => {
    const start = this.CONSUME(sign['(']);
    const first = this.SUBRULE(this.expression);
    const items = [first];
    let ramp: Omit<tree.Ramp, 'kind' | 'place'> | undefined;
    this.OPTION(() =>
      this.either<void>(
        () =>
          this.AT_LEAST_ONE(() => {
            this.CONSUME(sign[',']);
            items.push(this.SUBRULE2(this.expression));
          }),
        () => {
          ramp = this.rampAfter(first);
        },
      ),
    );
    this.CONSUME(sign[')']);
    if (ramp !== undefined) return { kind: 'ramp', ...ramp, place: this.place(start) };
    return items.length === 1 ? first : { kind: 'tuple', items, place: this.place(start) };
  });

  readonly every = this.rule('every', (): tree.Every => {
    const start = this.CONSUME(word.every);
    const count = this.count(this.CONSUME(Integer));
    const unit = this.either(
      () => this.CONSUME(word.steps),
      () => this.CONSUME(word.epochs),
    ).image as tree.Every['unit'];
    return { count, unit, place: this.place(start) };
  });

  readonly brackets = this.rule('brackets', (): tree.Brackets => {
    const start = this.CONSUME(sign['[']);
    const items: tree.Index[] = [];
    let arrow: number | undefined;
    this.OPTION(() => {
      this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => items.push(this.SUBRULE(this.index)) });
      this.OPTION2(() => {
        this.CONSUME(sign['->']);
        arrow = items.length;
        this.AT_LEAST_ONE_SEP2({ SEP: sign[','], DEF: () => items.push(this.SUBRULE2(this.index)) });
      });
    });
    this.CONSUME(sign[']']);
    return { kind: 'brackets', items, ...(arrow === undefined ? {} : { arrow }), place: this.place(start) };
  });

  readonly index = this.rule(
    'index',
    (): tree.Index =>
      this.anyOf<tree.Index>(
        'index',
        () => ({ kind: 'rest', place: this.placeOf(this.CONSUME(sign['..'])) }),
        () => this.SUBRULE(this.indexItem),
      ),
  );

  readonly indexItem = this.rule('indexItem', (): tree.IndexItem => {
    const start = this.LA(1);
    const name = this.OPTION(() => this.nameBeforeEquals());
    const padded = this.OPTION2(() => this.CONSUME(word.padded)) !== undefined;
    const range = this.SUBRULE(this.range);
    const otherwise = this.OPTION3(() => {
      this.CONSUME(word.else);
      return this.SUBRULE(this.expression);
    });
    return { kind: 'index', ...optional({ name }), padded, range, ...optional({ else: otherwise }), place: this.place(start) };
  });

  readonly range = this.rule('range', (): tree.Range => {
    const start = this.LA(1);
    const from = this.SUBRULE(this.sum);
    const to = this.OPTION(() => {
      this.CONSUME(sign['..']);
      return this.SUBRULE2(this.sum);
    });
    return { from, ...optional({ to }), place: this.place(start) };
  });

  readonly args = this.rule('args', (): tree.Arguments => {
    const start = this.CONSUME(sign['(']);
    const items: tree.Argument[] = [];
    this.MANY_SEP({ SEP: sign[','], DEF: () => items.push(this.SUBRULE(this.argument)) });
    const where = this.OPTION(() => {
      this.CONSUME(word.where);
      return this.SUBRULE(this.expression);
    });
    this.CONSUME(sign[')']);
    return { kind: 'arguments', items, ...optional({ where }), place: this.place(start) };
  });

  readonly argument = this.rule('argument', (): tree.Argument => {
    const start = this.LA(1);
    const name = this.OPTION(() => this.nameBeforeEquals());
    const value = this.SUBRULE(this.expression);
    return { ...optional({ name }), value, place: this.place(start) };
  });

  /** A count that no machine could reach stays finite. */
  protected count(token: IToken): number {
    return Math.min(magnitude(token), Number.MAX_SAFE_INTEGER);
  }

  private nameBeforeEquals(): tree.Identifier {
    const name = this.name(this.CONSUME(Identifier));
    this.CONSUME(sign['=']);
    return name;
  }

  private memberOf(start: IToken, of: tree.Expression): tree.MemberOf {
    this.CONSUME(sign['.']);
    const name = this.name(this.CONSUME(Identifier));
    return { kind: 'member-of', of, name, place: this.place(start) };
  }

  private rampAfter(from: tree.Expression): Omit<tree.Ramp, 'kind' | 'place'> {
    this.CONSUME(word.to);
    const to = this.SUBRULE(this.sum);
    this.CONSUME(word.by);
    const by = this.SUBRULE2(this.sum);
    return { from, to, by, every: this.SUBRULE(this.every) };
  }

  private binary(start: IToken, left: tree.Expression, operator: tree.BinaryOperator, right: tree.Expression): tree.Expression {
    return { kind: 'binary', operator, left, right, place: this.place(start) };
  }

  private number(token: IToken, integer: boolean): tree.Expression {
    return { kind: 'number', value: magnitude(token), text: token.image, integer, place: this.placeOf(token) };
  }

  private text(token: IToken): tree.Expression {
    return { kind: 'text', value: token.image.slice(1, -1), place: this.placeOf(token) };
  }

  private boolean(token: IToken, value: boolean): tree.Expression {
    return { kind: 'boolean', value, place: this.placeOf(token) };
  }
}

const magnitude = ({ image }: IToken): number => Number(image.replaceAll('_', ''));

/** Absent clauses leave no key, so that trees compare equal. */
export function optional<T extends object>(properties: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
  const present = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Partial<{ [K in keyof T]: Exclude<T[K], undefined> }>;
}
