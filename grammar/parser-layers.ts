/** Layers and models: options, axes, members (docs/language.md, grammar). */
import { optional } from './parser-expressions.ts';
import { FunctionParser } from './parser-functions.ts';
import { Identifier, sign, Text, word } from './tokens.ts';
import type * as tree from './tree.ts';

export class LayerParser extends FunctionParser {
  readonly layer = this.rule('layer', (): tree.Layer | undefined => {
    const start = this.LA(1);
    const head = this.SUBRULE(this.layerHead);
    const { items } = this.SUBRULE(this.group);
    return head && { kind: 'layer', ...head, items, place: this.place(start) };
  });

  readonly layerHead = this.head('layerHead', (): Omit<tree.Layer, 'kind' | 'items' | 'place'> => {
    const model =
      this.either(
        () => this.CONSUME(word.layer),
        () => this.CONSUME(word.model),
      ).image === 'model';
    const name = this.name(this.CONSUME(Identifier));
    const axes = this.OPTION(() => this.SUBRULE(this.axes));
    const options = this.OPTION2(() => this.SUBRULE(this.options)) ?? [];
    return { model, name, ...optional({ axes }), options };
  });

  readonly options = this.rule('options', (): readonly tree.Option[] => {
    const options: tree.Option[] = [];
    this.CONSUME(sign['(']);
    this.MANY_SEP({ SEP: sign[','], DEF: () => options.push(this.SUBRULE(this.layerOption)) });
    this.CONSUME(sign[')']);
    return options;
  });

  readonly layerOption = this.rule('layerOption', (): tree.Option => {
    const start = this.LA(1);
    const name = this.name(this.CONSUME(Identifier));
    const brackets = this.OPTION(() => this.SUBRULE(this.brackets));
    const type = this.OPTION2(() => {
      this.CONSUME(sign[':']);
      return this.either(
        () => this.CONSUME(word.layer),
        () => this.CONSUME(word.topology),
        () => this.CONSUME(word.factors),
      ).image as tree.Option['type'];
    });
    const value = this.OPTION3(() => this.SUBRULE(this.valueAfterEquals));
    return { name, ...optional({ brackets, type, value }), place: this.place(start) };
  });

  readonly group = this.rule('group', (): tree.Group => {
    const start = this.CONSUME(sign['{']);
    const items: tree.Item[] = [];
    this.MANY(() => {
      const some = this.SUBRULE(this.layerItem);
      this.ACTION(() => items.push(...(some ?? []).filter((item) => item !== undefined)));
    });
    this.CONSUME(sign['}']);
    return { kind: 'group', items, place: this.place(start) };
  });

  /** `axis a, b` is two items. */
  readonly layerItem = this.item('layerItem', (): readonly (tree.Item | undefined)[] =>
    this.anyOf<readonly (tree.Item | undefined)[]>(
      'member',
      () => this.SUBRULE(this.axisItems),
      () => [this.SUBRULE(this.let)],
      () => [this.SUBRULE(this.require)],
      () => [this.SUBRULE(this.inputs)],
      () => [this.SUBRULE(this.fn)],
      () => [this.SUBRULE(this.forward)],
      () => [this.SUBRULE(this.objective)],
      () => [this.SUBRULE(this.member)],
    ),
  );

  readonly axisItems = this.rule('axisItems', (): readonly tree.AxisItem[] => {
    const items: tree.AxisItem[] = [];
    this.CONSUME(word.axis);
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => items.push(this.SUBRULE(this.axisItem)) });
    return items;
  });

  readonly axisItem = this.rule('axisItem', (): tree.AxisItem => {
    const start = this.LA(1);
    const name = this.name(this.CONSUME(Identifier));
    const bound = this.OPTION(() => {
      const relation = this.either(
        () => this.CONSUME(sign['=']),
        () => this.CONSUME(sign['<=']),
      ).image as NonNullable<tree.AxisItem['relation']>;
      return { relation, value: this.SUBRULE(this.sum) };
    });
    return { kind: 'axis', name, ...bound, place: this.place(start) };
  });

  readonly let = this.rule('let', (): tree.Let => {
    const start = this.CONSUME(word.let);
    const name = this.name(this.CONSUME(Identifier));
    const value = this.SUBRULE(this.valueAfterEquals);
    return { kind: 'let', name, value, place: this.place(start) };
  });

  readonly require = this.rule('require', (): tree.Require => {
    const start = this.CONSUME(word.require);
    const condition = this.SUBRULE(this.expression);
    const text = this.OPTION(() => this.CONSUME(Text).image.slice(1, -1));
    return { kind: 'require', condition, ...optional({ text }), place: this.place(start) };
  });

  readonly inputs = this.rule('inputs', (): tree.Input => {
    const start = this.CONSUME(word.input);
    const parameters: tree.Parameter[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => parameters.push(this.SUBRULE(this.parameter)) });
    return { kind: 'input', parameters, place: this.place(start) };
  });

  readonly member = this.rule('member', (): tree.Member => {
    const start = this.LA(1);
    const names: tree.Member['names'][number][] = [];
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => names.push(this.SUBRULE(this.memberName)) });
    const body = this.either<tree.Member['body']>(
      () => this.SUBRULE(this.memberType),
      () => this.SUBRULE(this.group),
    );
    const condition = this.OPTION(() => {
      this.CONSUME(word.if);
      return this.SUBRULE(this.expression);
    });
    return { kind: 'member', names, body, ...optional({ condition }), place: this.place(start) };
  });

  readonly memberName = this.rule('memberName', (): tree.Member['names'][number] => {
    const name = this.name(this.CONSUME(Identifier));
    const family = this.OPTION(() => this.SUBRULE(this.family));
    return { name, ...optional({ family }) };
  });

  readonly memberType = this.rule('memberType', (): tree.Tensor | tree.Reference => {
    this.CONSUME(sign[':']);
    return this.anyOf<tree.Tensor | tree.Reference>(
      'type',
      () => this.SUBRULE(this.tensor),
      () => this.SUBRULE(this.reference),
    );
  });

  readonly tensor = this.rule('tensor', (): tree.Tensor => {
    const start = this.LA(1);
    const axes = this.SUBRULE(this.brackets);
    const as = this.OPTION(() => this.SUBRULE(this.terms));
    const law = this.OPTION2(() => this.SUBRULE(this.lawAfterTilde));
    return { kind: 'tensor', axes, ...optional({ as, law }), place: this.place(start) };
  });

  /** `as mpo[4*4, 4*4](b = 8) + low_rank(r = 4) named second`. */
  readonly terms = this.rule('terms', (): readonly tree.Term[] => {
    const terms: tree.Term[] = [];
    this.CONSUME(word.as);
    this.AT_LEAST_ONE_SEP({ SEP: sign['+'], DEF: () => terms.push(this.SUBRULE(this.networkTerm)) });
    return terms;
  });

  readonly networkTerm = this.rule('networkTerm', (): tree.Term => {
    const start = this.LA(1);
    const topology = this.SUBRULE(this.reference);
    const named = this.OPTION(() => {
      this.CONSUME(word.named);
      return this.name(this.CONSUME(Identifier));
    });
    return { topology, ...optional({ named }), place: this.place(start) };
  });

  readonly lawAfterTilde = this.rule('lawAfterTilde', (): tree.Law => {
    this.CONSUME(sign['~']);
    const start = this.LA(1);
    const seeded = this.OPTION(() => this.CONSUME(word.seeded)) !== undefined;
    const law = this.SUBRULE(this.expression);
    return seeded ? { kind: 'seeded', law, place: this.place(start) } : law;
  });

  readonly family = this.rule('family', (): readonly tree.Loop[] => {
    const loops: tree.Loop[] = [];
    this.CONSUME(sign['[']);
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => loops.push(this.SUBRULE(this.loop)) });
    this.CONSUME(sign[']']);
    return loops;
  });
}
