/** Topologies: cores, legs and roles (docs/language.md, grammar). */
import { optional } from './parser-expressions.ts';
import { LayerParser } from './parser-layers.ts';
import { Identifier, sign, word } from './tokens.ts';
import type * as tree from './tree.ts';

export class TopologyParser extends LayerParser {
  readonly topology = this.rule('topology', (): tree.Topology | undefined => {
    const start = this.LA(1);
    const head = this.SUBRULE(this.topologyHead);
    const { items } = this.SUBRULE(this.topologyBlock);
    return head && { kind: 'topology', ...head, items, place: this.place(start) };
  });

  readonly topologyBlock = this.rule('topologyBlock', (): tree.TopologyBlock => {
    const start = this.CONSUME(sign['{']);
    const items: tree.TopologyItem[] = [];
    this.MANY(() => {
      const item = this.SUBRULE(this.topologyItem);
      if (item !== undefined) items.push(item);
    });
    this.CONSUME(sign['}']);
    return { items, place: this.place(start) };
  });

  readonly topologyHead = this.head('topologyHead', (): Pick<tree.Topology, 'name' | 'axes' | 'options'> => {
    this.CONSUME(word.topology);
    const name = this.name(this.CONSUME(Identifier));
    const axes = this.SUBRULE(this.axes);
    return { name, axes, options: this.SUBRULE(this.options) };
  });

  readonly topologyItem = this.item(
    'topologyItem',
    (): tree.TopologyItem =>
      this.anyOf<tree.TopologyItem>(
        'item',
        () => this.SUBRULE(this.core),
        () => this.SUBRULE(this.role),
        () => this.SUBRULE(this.require),
        () => this.SUBRULE(this.let),
        () => this.SUBRULE(this.topologyIf),
        () => this.SUBRULE(this.permute),
        () => this.SUBRULE(this.nested),
      ),
  );

  readonly topologyIf = this.rule('topologyIf', (): tree.TopologyIf => {
    const start = this.CONSUME(word.if);
    const condition = this.SUBRULE(this.expression);
    const then = this.SUBRULE(this.topologyBlock);
    const otherwise = this.OPTION(() => {
      this.CONSUME(word.else);
      return this.SUBRULE2(this.topologyBlock);
    });
    return { kind: 'if', condition, then, ...optional({ else: otherwise }), place: this.place(start) };
  });

  readonly permute = this.rule('permute', (): tree.Permute => {
    const start = this.CONSUME(word.permute);
    const axis = this.name(this.CONSUME(Identifier));
    this.CONSUME(word.by);
    return { kind: 'permute', axis, rule: this.name(this.CONSUME2(Identifier)), place: this.place(start) };
  });

  readonly nested = this.rule('nested', (): tree.Nested => {
    const start = this.LA(1);
    const { name, family } = this.SUBRULE(this.memberName);
    this.CONSUME(sign[':']);
    const topology = this.SUBRULE(this.reference);
    return { kind: 'nested', name, ...optional({ family }), topology, place: this.place(start) };
  });

  readonly core = this.rule('core', (): tree.Core => {
    const start = this.LA(1);
    const reuse =
      this.either(
        () => this.CONSUME(word.core),
        () => this.CONSUME(word.reuse),
      ).image === 'reuse';
    const name = this.name(this.CONSUME(Identifier));
    const brackets = this.OPTION(() => this.SUBRULE(this.brackets));
    const legs: tree.Leg[] = [];
    this.CONSUME(sign['(']);
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => legs.push(this.SUBRULE(this.leg)) });
    this.CONSUME(sign[')']);
    const law = this.OPTION2(() => this.SUBRULE(this.lawAfterTilde));
    const reused = this.OPTION3(() => this.CONSUME(word.reused)) !== undefined;
    const loops: tree.Loop[] = [];
    this.OPTION4(() => {
      this.CONSUME(word.for);
      this.AT_LEAST_ONE_SEP2({ SEP: sign[','], DEF: () => loops.push(this.SUBRULE(this.loop)) });
    });
    return { kind: 'core', reuse, name, ...optional({ brackets }), legs, ...optional({ law }), reused, loops, place: this.place(start) };
  });

  readonly leg = this.rule('leg', (): tree.Leg => {
    const start = this.LA(1);
    const name = this.name(this.CONSUME(Identifier));
    const indices = this.OPTION(() => {
      const ranges: tree.Range[] = [];
      this.CONSUME(sign['[']);
      this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => ranges.push(this.SUBRULE(this.range)) });
      this.CONSUME(sign[']']);
      return ranges;
    });
    return { name, ...optional({ indices }), place: this.place(start) };
  });

  readonly role = this.rule('role', (): tree.Role => {
    const start = this.CONSUME(word.role);
    const name = this.name(this.CONSUME(Identifier));
    const members: tree.Role['members'][number][] = [];
    this.CONSUME(sign[':']);
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => members.push(this.SUBRULE(this.roleMember)) });
    return { kind: 'role', name, members, place: this.place(start) };
  });

  readonly roleMember = this.rule('roleMember', (): tree.Role['members'][number] =>
    this.anyOf<tree.Role['members'][number]>(
      'roleMember',
      () => ({ rest: true, place: this.placeOf(this.CONSUME(word.rest)) }),
      () => this.SUBRULE(this.coreWithin),
    ),
  );

  readonly coreWithin = this.rule('coreWithin', (): tree.RoleMember => {
    const start = this.LA(1);
    const first = this.SUBRULE(this.leg);
    const second = this.OPTION(() => {
      this.CONSUME(sign['.']);
      return this.SUBRULE2(this.leg);
    });
    return second === undefined ? first : { ...second, within: first, place: this.place(start) };
  });
}
