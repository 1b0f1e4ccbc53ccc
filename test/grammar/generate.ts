/**
 * Random syntax trees such as the parser yields (fast-check): every kind of node, every optional clause, contextual words as names.
 * They are grammatical and mean nothing. All places are the same, so compare trees with `withoutPlaces`.
 */
import fc, { type Arbitrary } from 'fast-check';
import type * as tree from '../../grammar/tree.ts';
import { topology, variant } from './generate-changes.ts';
import {
  axes,
  binding,
  brackets,
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
  reference,
  required,
  terms,
} from './generate-expressions.ts';

// functions ----------------------------------------------------------------------------------------------------------------
const parameter = node<tree.Parameter>({ name, brackets: maybe(brackets), element: maybe(name), value: maybe(expression) });
const result = node<tree.Result>({ name: maybe(name), brackets, element: maybe(name) });
const signature = node<tree.Signature>({ parameters: few(parameter), where: maybe(name), results: few(result, 1) });
const target = node<tree.Target>({ name, brackets: maybe(brackets) });

const { block } = fc.letrec<{ statement: tree.Statement; block: tree.Block }>((tie) => {
  const then = tie('block');
  return {
    statement: fc.oneof(
      { maxDepth: 2 },
      node<tree.Assign>({ kind: kind('assign'), targets: few(target, 1), relation: fc.constantFrom('=', '~'), value: expression }),
      node<tree.Penalty>({ kind: kind('penalty'), name, value: expression }),
      node<tree.Report>({ kind: kind('report'), name, value: expression }),
      node<tree.For>({ kind: kind('for'), loop, body: tie('block') }),
      node<tree.If>({ kind: kind('if'), condition: expression, then, else: maybe(tie('block')) }),
    ),
    block: node<tree.Block>({ kind: kind('block'), statements: few(tie('statement')) }),
  };
});
const body: Arbitrary<tree.Body> = fc.oneof(block, node<tree.Body>({ kind: kind('value'), value: expression }));
const fn = node<tree.Fn>({ kind: kind('fn'), name, axes: maybe(axes), signature, body });

// layers -------------------------------------------------------------------------------------------------------------------
const axisItem: Arbitrary<tree.AxisItem> = fc.oneof(
  node<tree.AxisItem>({ kind: kind('axis'), name }),
  node<tree.AxisItem>({ kind: kind('axis'), name, relation: fc.constantFrom('=', '<='), value: expression }),
);

const { item } = fc.letrec<{ item: tree.Item; group: tree.Group }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 2 },
    axisItem,
    binding,
    required,
    node<tree.Input>({ kind: kind('input'), parameters: few(parameter, 1) }),
    fn,
    node<tree.Forward>({ kind: kind('forward'), signature, body }),
    node<tree.Objective>({ kind: fc.constantFrom('loss', 'metric'), name, body }),
    node<tree.Member>({
      kind: kind('member'),
      names: few(memberName, 1),
      body: fc.oneof(
        node<tree.Tensor>({ kind: kind('tensor'), axes: brackets, as: maybe(terms), law: maybe(lawOf(expression)) }),
        reference,
        tie('group'),
      ),
      condition: maybe(expression),
    }),
  ),
  group: node<tree.Group>({ kind: kind('group'), items: few(tie('item')) }),
}));
const layer = node<tree.Layer>({ kind: kind('layer'), model: fc.boolean(), name, axes: maybe(axes), options, items: few(item) });

// files --------------------------------------------------------------------------------------------------------------------
const from: Arbitrary<tree.Use['from']> = fc.oneof(
  fc.constantFrom('./models.bond', '../a b.bond').map((path) => ({ path, place })),
  few(name, 1).map((module) => ({ module, place })),
);
const used = fc.record({ name, as: maybe(name) }).map(({ name, as }) => (as === undefined ? { name } : { name, as }));
const use = node<tree.Use>({ kind: kind('use'), from, names: few(used, 1) });

const definition: Arbitrary<tree.FileItem> = fc.oneof(layer, fn, binding, topology, variant);

/** A whole file. */
export const file: Arbitrary<tree.File> = node<tree.File>({
  kind: kind('file'),
  edition: maybe(fc.constant({ value: 1, place })),
  uses: few(use),
  items: few(definition),
  comments: kind([]),
});

/** A tree to compare: places, comments and blank lines left out. */
export function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !['place', 'comments', 'blanks', 'source'].includes(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutPlaces(inner)]));
}
