/** Random expressions and the parts of definitions that hold them (see generate.ts). */
import fc, { type Arbitrary } from 'fast-check';
import type { Place } from '../../grammar/diagnostic.ts';
import { contextual } from '../../grammar/tokens.ts';
import type * as tree from '../../grammar/tree.ts';

export const place: Place = { file: 'generated.bond', from: 0, to: 0 };

/** A node of fixed kind; keys whose value is `undefined` are left out, as the parser leaves them out. */
export function node<T>(fields: Record<string, Arbitrary<unknown>>): Arbitrary<T> {
  return fc.record({ place: fc.constant(place), ...fields }).map((all) => {
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as T;
  });
}
export const kind = fc.constant;
export const maybe = <T>(some: Arbitrary<T>): Arbitrary<T | undefined> => fc.option(some, { nil: undefined });
export const few = <T>(some: Arbitrary<T>, minLength = 0): Arbitrary<T[]> => fc.array(some, { minLength, maxLength: 3 });

const plain = ['x', 'y', 'time', "time'", 'width', 'b', 'T', 'all', 'softmax', 'a_1', 'loss_2', 'inner', 'E', 'e5'];
export const name: Arbitrary<tree.Identifier> = fc
  .oneof({ weight: 3, arbitrary: fc.constantFrom(...plain) }, { weight: 1, arbitrary: fc.constantFrom(...contextual) })
  .map((text) => ({ kind: 'identifier', name: text, place }));

const number: Arbitrary<tree.NumberLiteral> = fc.constantFrom('0', '1', '3072', '1_000', '0.5', '1e-5', '1.25e3', '1_0.5').map((text) => ({
  ...{ kind: 'number', text, value: Number(text.replaceAll('_', '')), integer: /^[0-9_]+$/.test(text), place },
}));
const text: Arbitrary<string> = fc.constantFrom('', 'odd n only', '// no comment', 'a [ ( {', "it's");
export const count: Arbitrary<number> = fc.integer({ min: 0, max: 2000 });
export const every: Arbitrary<tree.Every> = node<tree.Every>({ count, unit: fc.constantFrom('steps', 'epochs') });

const operator = fc.constantFrom<tree.BinaryOperator>(
  ...(['or', 'and', '<=', '>=', '==', '!=', '<', '>', '+', '-', '*', '/', 'div', 'mod', '^'] as const),
);

interface Expressions {
  expression: tree.Expression;
  brackets: tree.Brackets;
  range: tree.Range;
  args: tree.Arguments;
}

const { expression, brackets, range, args } = fc.letrec<Expressions>((tie) => {
  const index = fc.oneof(
    node<tree.Index>({ kind: kind('rest') }),
    node<tree.IndexItem>({
      kind: kind('index'),
      name: maybe(name),
      padded: fc.boolean(),
      range: tie('range'),
      else: maybe(tie('expression')),
    }),
  );
  const argument = node<tree.Argument>({ name: maybe(name), value: tie('expression') });
  const leaf = fc.oneof(
    number,
    node<tree.TextLiteral>({ kind: kind('text'), value: text }),
    node<tree.BooleanLiteral>({ kind: kind('boolean'), value: fc.boolean() }),
    node<tree.Position>({ kind: kind('position'), name }),
    name,
  );
  const operand = tie('expression');
  const then = operand;
  const branch = fc.oneof(
    node<tree.Tuple>({ kind: kind('tuple'), items: fc.array(operand, { minLength: 2, maxLength: 3 }) }),
    node<tree.Ramp>({ kind: kind('ramp'), from: operand, to: operand, by: operand, every }),
    node<tree.Conditional>({ kind: kind('conditional'), condition: operand, then, else: operand }),
    { weight: 6, arbitrary: node<tree.Binary>({ kind: kind('binary'), operator, left: operand, right: operand }) },
    node<tree.Unary>({ kind: kind('unary'), operator: fc.constantFrom('not', '-'), operand }),
    node<tree.MemberOf>({ kind: kind('member-of'), of: operand, name }),
    node<tree.Bracketed>({ kind: kind('bracketed'), of: operand, brackets: tie('brackets') }),
    node<tree.Call>({ kind: kind('call'), of: operand, args: tie('args') }),
  );
  return {
    expression: fc.oneof({ maxDepth: 4, depthSize: 'small' }, leaf, branch),
    brackets: arrowed(index).map(({ items, arrow }) => ({ kind: 'brackets', items, place, ...(arrow === undefined ? {} : { arrow }) })),
    range: node<tree.Range>({ from: operand, to: maybe(operand) }),
    args: node<tree.Arguments>({ kind: kind('arguments'), items: few(argument), where: maybe(operand) }),
  };
});

export { args, brackets, expression, range };

/** A list with an arrow between two of its items, or with none. */
function arrowed<T>(item: Arbitrary<T>): Arbitrary<{ items: T[]; arrow?: number }> {
  return fc.tuple(few(item), fc.nat(2)).map(([items, at]) => (at > 0 && at < items.length ? { items, arrow: at } : { items }));
}

export const loop: Arbitrary<tree.Loop> = node<tree.Loop>({ name, range });
export const reference: Arbitrary<tree.Reference> = node<tree.Reference>({
  ...{ kind: kind('reference'), name, brackets: maybe(brackets), args: maybe(args) },
});
/** What may stand after `~`, out of the expressions that may stand there. */
export const lawOf = (expression: Arbitrary<tree.Expression>): Arbitrary<tree.Law> =>
  fc.oneof(expression, node<tree.Seeded>({ kind: kind('seeded'), law: expression }));
export const terms: Arbitrary<tree.Term[]> = few(node<tree.Term>({ topology: reference, named: maybe(name) }), 1);
export const memberName = fc
  .record({ name, family: maybe(few(loop, 1)) })
  .map(({ name, family }) => (family === undefined ? { name } : { name, family }));
export const required: Arbitrary<tree.Require> = node<tree.Require>({ kind: kind('require'), condition: expression, text: maybe(text) });
export const binding: Arbitrary<tree.Let> = node<tree.Let>({ kind: kind('let'), name, value: expression });

const axisParameter = fc
  .record({ name, brackets: maybe(brackets) })
  .map(({ name, brackets }) => (brackets === undefined ? { name } : { name, brackets }));
export const axes: Arbitrary<tree.Axes> = arrowed(axisParameter).map(({ items, arrow }) => ({
  ...{ parameters: items, place, ...(arrow === undefined ? {} : { arrow }) },
}));
export const options: Arbitrary<tree.Option[]> = few(
  node<tree.Option>({
    name,
    brackets: maybe(brackets),
    type: maybe(fc.constantFrom('layer', 'topology', 'factors')),
    value: maybe(expression),
  }),
);
