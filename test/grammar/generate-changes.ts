/** Random topologies and variants (see generate.ts). */
import fc, { type Arbitrary } from 'fast-check';
import type * as tree from '../../grammar/tree.ts';
import {
  args,
  axes,
  binding,
  brackets,
  count,
  every,
  expression,
  few,
  kind,
  lawOf,
  loop,
  maybe,
  memberName,
  name,
  node,
  options,
  place,
  range,
  reference,
  required,
  terms,
} from './generate-expressions.ts';

const leg = node<tree.Leg>({ name, indices: maybe(few(range, 1)) });

function anyTopology(): Arbitrary<tree.Topology> {
  const core = node<tree.Core>({
    ...{ kind: kind('core'), reuse: fc.boolean(), name, brackets: maybe(brackets), legs: few(leg, 1), law: maybe(lawOf(expression)) },
    ...{ reused: fc.boolean(), loops: few(loop) },
  });
  const member = fc.tuple(leg, maybe(leg)).map(([own, within]) => (within === undefined ? own : { ...own, within }));
  const rest = fc.constant({ rest: true as const, place });
  const role = node<tree.Role>({ kind: kind('role'), name, members: few(fc.oneof(member, rest), 1) });
  const nested = fc
    .tuple(memberName, node<tree.Nested>({ kind: kind('nested'), name, topology: reference }))
    .map(([called, rest]) => ({ ...rest, ...called }));
  const permute = node<tree.Permute>({ kind: kind('permute'), axis: name, rule: name });
  const { item } = fc.letrec<{ item: tree.TopologyItem; block: tree.TopologyBlock }>((tie) => {
    const then = tie('block');
    const fork = node<tree.TopologyIf>({ kind: kind('if'), condition: expression, then, else: maybe(then) });
    const item = fc.oneof({ maxDepth: 2 }, core, role, required, binding, nested, permute, fork);
    return { item, block: node<tree.TopologyBlock>({ items: few(tie('item')) }) };
  });
  return node<tree.Topology>({ kind: kind('topology'), name, axes, options, items: few(item) });
}

function selections(): { selection: Arbitrary<tree.Selection>; choice: Arbitrary<tree.Choice> } {
  const pick = fc.oneof(
    node<tree.Pick>({ is: kind('all') }),
    node<tree.Pick>({ is: kind('one'), from: expression }),
    node<tree.Pick>({ is: kind('range'), from: expression, to: maybe(expression) }),
    node<tree.Pick>({ is: kind('range'), to: expression }),
  );
  const { path } = fc.letrec<{ path: tree.Path }>((tie) => ({
    path: node<tree.Path>({
      steps: few(
        node<tree.Step>({
          at: fc.oneof(
            { maxDepth: 2 },
            name.map((value) => ({ is: 'name' as const, name: value })),
            fc.constantFrom({ is: 'any' as const }, { is: 'deep' as const }),
            fc
              .tuple(maybe(name), few(tie('path'), 1))
              .map(([variable, paths]) => ({ is: 'either' as const, ...(variable && { variable }), paths })),
          ),
          picks: maybe(few(pick, 1)),
        }),
        1,
      ),
    }),
  }));
  const choice = node<tree.Choice>({ name: maybe(path), path });
  return { selection: node<tree.Selection>({ choices: few(choice, 1), except: few(choice) }), choice };
}

function anyVariant(): Arbitrary<tree.Variant> {
  const { selection, choice } = selections();
  const on = (word: tree.Change['kind']) => ({ kind: kind(word), selection });
  const law = expression.filter(({ kind }) => !['binary', 'unary', 'conditional'].includes(kind));
  const clocked = node<tree.Decompose['choosing']>({ count, over: name, criterion: name, every, until: count });
  const unclocked = node<tree.Decompose['choosing']>({ count, over: name, criterion: name });
  const measure = fc.constantFrom<tree.Truncation['measure']>('error', 'energy', 'share', 'loss');
  const to = node<tree.Truncation>({ measure, value: expression, of: maybe(name) });
  const by = node<tree.Criterion>({ first: name, second: maybe(name) });
  const change: Arbitrary<tree.Change> = fc.oneof(
    node<tree.Untie>({ ...on('untie'), over: name }),
    node<tree.Replace>({ ...on('replace'), with: reference }),
    node<tree.Orthogonal>({ ...on('orthogonal'), over: leg }),
    node<tree.Learn>({ ...on('learn'), keep: expression }),
    node<tree.Grow>({ ...on('grow'), by: count, every: maybe(every), while: maybe(expression), until: maybe(expression) }),
    node<tree.Wrap>({ ...on('wrap'), wrapper: reference }),
    node<tree.Apply>({ kind: kind('apply'), recipe: name, args: maybe(args), to: maybe(selection) }),
    node<tree.Decompose>({
      ...on('decompose'),
      over: maybe(few(name, 1)),
      as: terms,
      to: maybe(to),
      by: maybe(by),
      choosing: maybe(fc.oneof(clocked, unclocked)),
    }),
    node<tree.Adapt>({ ...on('adapt'), over: maybe(few(name, 1)), with: reference, scale: maybe(expression), named: maybe(name) }),
    node<tree.Share>({ ...on('share'), over: few(name, 1), groups: maybe(expression), from: maybe(name) }),
    node<tree.Tie>({ kind: kind('tie'), left: choice, right: choice }),
    node<tree.Init>({ ...on('init'), law: maybe(lawOf(law)), scale: maybe(expression) }),
    node<tree.Freeze>(on('freeze')),
    node<tree.Keep>({ ...on('keep'), where: expression }),
    node<tree.Train>({
      ...{ ...on('train'), only: fc.boolean(), where: maybe(expression), probability: maybe(expression) },
      turn: maybe(fc.record({ over: name, every })),
    }),
    node<tree.Squeeze>({
      ...{ ...on('squeeze'), by: count, criterion: maybe(name), every: maybe(every) },
      ...{ while: maybe(expression), until: maybe(expression) },
    }),
    binding,
    required,
  );
  const base = fc.oneof(
    fc.record({ name, args: maybe(args) }).map(({ name, args }) => ({ of: args === undefined ? { name } : { name, args } })),
    name.map((target) => ({ target })),
    fc.constant({}),
  );
  const rest = node<tree.Variant>({ kind: kind('variant'), name, options, changes: few(change) });
  return fc.tuple(rest, base).map(([fields, of]) => ({ ...fields, ...of }));
}

export const topology = anyTopology();
export const variant = anyVariant();
