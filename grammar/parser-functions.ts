/** Functions, signatures and bodies (docs/language.md, grammar). */
import { tokenMatcher } from 'chevrotain';
import { ExpressionParser, optional } from './parser-expressions.ts';
import { Identifier, sign, word } from './tokens.ts';
import type * as tree from './tree.ts';

export class FunctionParser extends ExpressionParser {
  readonly reference = this.rule('reference', (): tree.Reference => {
    const start = this.LA(1);
    const name = this.name(this.CONSUME(Identifier));
    const brackets = this.OPTION(() => this.SUBRULE(this.brackets));
    const args = this.OPTION2(() => this.SUBRULE(this.args));
    return { kind: 'reference', name, ...optional({ brackets, args }), place: this.place(start) };
  });

  readonly loop = this.rule('loop', (): tree.Loop => {
    const start = this.LA(1);
    const name = this.name(this.CONSUME(Identifier));
    this.CONSUME(word.in);
    const range = this.SUBRULE(this.range);
    return { name, range, place: this.place(start) };
  });

  readonly axes = this.rule('axes', (): tree.Axes => {
    const start = this.CONSUME(sign['[']);
    const parameters: tree.AxisParameter[] = [];
    let arrow: number | undefined;
    this.OPTION(() => {
      this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => parameters.push(this.SUBRULE(this.axisParameter)) });
      this.OPTION2(() => {
        this.CONSUME(sign['->']);
        arrow = parameters.length;
        this.AT_LEAST_ONE_SEP2({ SEP: sign[','], DEF: () => parameters.push(this.SUBRULE2(this.axisParameter)) });
      });
    });
    this.CONSUME(sign[']']);
    return { parameters, ...optional({ arrow }), place: this.place(start) };
  });

  readonly axisParameter = this.rule('axisParameter', (): tree.AxisParameter => {
    const name = this.name(this.CONSUME(Identifier));
    const brackets = this.OPTION(() => this.SUBRULE(this.brackets));
    return { name, ...optional({ brackets }) };
  });

  readonly valueAfterEquals = this.rule('valueAfterEquals', (): tree.Expression => {
    this.CONSUME(sign['=']);
    return this.SUBRULE(this.expression);
  });

  readonly fn = this.rule('fn', (): tree.Fn | undefined => {
    const start = this.LA(1);
    const head = this.SUBRULE(this.fnHead);
    const body = this.SUBRULE(this.body);
    return head && { kind: 'fn', ...head, body, place: this.place(start) };
  });

  readonly fnHead = this.head('fnHead', (): Pick<tree.Fn, 'name' | 'axes' | 'signature'> => {
    this.CONSUME(word.fn);
    const name = this.name(this.CONSUME(Identifier));
    const axes = this.OPTION(() => this.SUBRULE(this.axes));
    return { name, ...optional({ axes }), signature: this.SUBRULE(this.signature) };
  });

  readonly forward = this.rule('forward', (): tree.Forward | undefined => {
    const start = this.LA(1);
    const signature = this.SUBRULE(this.forwardHead);
    const body = this.SUBRULE(this.body);
    return signature && { kind: 'forward', signature, body, place: this.place(start) };
  });

  readonly forwardHead = this.head('forwardHead', (): tree.Signature => {
    this.CONSUME(word.forward);
    return this.SUBRULE(this.signature);
  });

  readonly objective = this.rule('objective', (): tree.Objective => {
    const start = this.LA(1);
    const kind = this.either(
      () => this.CONSUME(word.loss),
      () => this.CONSUME(word.metric),
    ).image as tree.Objective['kind'];
    const name = this.name(this.CONSUME(Identifier));
    const body = this.SUBRULE(this.body);
    return { kind, name, body, place: this.place(start) };
  });

  readonly signature = this.rule('signature', (): tree.Signature => {
    const start = this.CONSUME(sign['(']);
    const parameters: tree.Parameter[] = [];
    this.MANY_SEP({ SEP: sign[','], DEF: () => parameters.push(this.SUBRULE(this.parameter)) });
    const where = this.OPTION(() => {
      this.CONSUME(word.where);
      return this.name(this.CONSUME(Identifier));
    });
    this.CONSUME(sign[')']);
    this.CONSUME(sign['->']);
    const results: tree.Result[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => results.push(this.SUBRULE(this.result)) });
    return { parameters, ...optional({ where }), results, place: this.place(start) };
  });

  readonly parameter = this.rule('parameter', (): tree.Parameter => {
    const start = this.LA(1);
    const name = this.name(this.CONSUME(Identifier));
    const brackets = this.OPTION(() => this.SUBRULE(this.brackets));
    // `in` may also be the name of the next member, after the last column of an `input`.
    const element = this.OPTION2({ GATE: () => tokenMatcher(this.LA(2), Identifier), DEF: () => this.SUBRULE(this.element) });
    const value = this.OPTION3(() => this.SUBRULE(this.valueAfterEquals));
    return { name, ...optional({ brackets, element, value }), place: this.place(start) };
  });

  readonly result = this.rule('result', (): tree.Result => {
    const start = this.LA(1);
    const name = this.OPTION(() => this.name(this.CONSUME(Identifier)));
    const brackets = this.SUBRULE(this.brackets);
    const element = this.OPTION2(() => this.SUBRULE(this.element));
    return { ...optional({ name }), brackets, ...optional({ element }), place: this.place(start) };
  });

  readonly element = this.rule('element', (): tree.Identifier => {
    this.CONSUME(word.in);
    return this.name(this.CONSUME(Identifier));
  });

  readonly body = this.rule(
    'body',
    (): tree.Body =>
      this.either<tree.Body>(
        () => this.SUBRULE(this.block),
        () => this.SUBRULE(this.valueBody),
      ),
  );

  readonly valueBody = this.rule('valueBody', (): tree.Body => {
    const start = this.LA(1);
    const value = this.SUBRULE(this.valueAfterEquals);
    return { kind: 'value', value, place: this.place(start) };
  });

  readonly block = this.rule('block', (): tree.Block => {
    const start = this.CONSUME(sign['{']);
    const statements: tree.Statement[] = [];
    this.MANY(() => {
      const statement = this.SUBRULE(this.statement);
      if (statement !== undefined) statements.push(statement);
    });
    this.CONSUME(sign['}']);
    return { kind: 'block', statements, place: this.place(start) };
  });

  readonly statement = this.item('statement', (): tree.Statement | undefined =>
    this.either<tree.Statement | undefined>(
      () => this.SUBRULE(this.for),
      () => this.SUBRULE(this.if),
      () => this.SUBRULE(this.penalty),
      () => this.SUBRULE(this.report),
      () => this.SUBRULE(this.assign),
    ),
  );

  readonly for = this.rule('for', (): tree.For | undefined => {
    const start = this.LA(1);
    const loop = this.SUBRULE(this.forHead);
    const body = this.SUBRULE(this.block);
    return loop && { kind: 'for', loop, body, place: this.place(start) };
  });

  readonly forHead = this.head('forHead', (): tree.Loop => {
    this.CONSUME(word.for);
    return this.SUBRULE(this.loop);
  });

  readonly if = this.rule('if', (): tree.If | undefined => {
    const start = this.LA(1);
    const condition = this.SUBRULE(this.ifHead);
    const then = this.SUBRULE(this.block);
    const otherwise = this.OPTION(() => {
      this.CONSUME(word.else);
      return this.SUBRULE2(this.block);
    });
    return condition && { kind: 'if', condition, then, ...optional({ else: otherwise }), place: this.place(start) };
  });

  readonly ifHead = this.head('ifHead', (): tree.Expression => {
    this.CONSUME(word.if);
    return this.SUBRULE(this.expression);
  });

  readonly penalty = this.rule('penalty', (): tree.Penalty => {
    const start = this.CONSUME(word.penalty);
    const name = this.name(this.CONSUME(Identifier));
    const value = this.SUBRULE(this.valueAfterEquals);
    return { kind: 'penalty', name, value, place: this.place(start) };
  });

  readonly report = this.rule('report', (): tree.Report => {
    const start = this.CONSUME(word.report);
    const name = this.name(this.CONSUME(Identifier));
    const value = this.SUBRULE(this.valueAfterEquals);
    return { kind: 'report', name, value, place: this.place(start) };
  });

  readonly assign = this.rule('assign', (): tree.Assign => {
    const start = this.LA(1);
    const targets: tree.Target[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => targets.push(this.SUBRULE(this.target)) });
    const relation = this.either(
      () => this.CONSUME(sign['=']),
      () => this.CONSUME(sign['~']),
    ).image as tree.Assign['relation'];
    const value = this.SUBRULE(this.expression);
    return { kind: 'assign', targets, relation, value, place: this.place(start) };
  });

  readonly target = this.rule('target', (): tree.Target => {
    const start = this.LA(1);
    const name = this.name(this.CONSUME(Identifier));
    const brackets = this.OPTION(() => this.SUBRULE(this.brackets));
    return { name, ...optional({ brackets }), place: this.place(start) };
  });
}
