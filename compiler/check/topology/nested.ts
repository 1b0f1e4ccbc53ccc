/** What the text says of a topology within a topology, `rest_of: mpo[r*out[2..n], in](b = b)`: the legs of its axes, and what is handed on to it. */
import type * as tree from '../../../grammar/tree.ts';
import { refuse } from '../refuse.ts';

/** The legs of each axis, most significant first: an axis of a nested topology is a product of legs of the one around it. Refuses others (B425). */
export function axesOfNested({ topology }: tree.Nested): (readonly tree.Leg[])[] {
  if (topology.brackets !== undefined) return topology.brackets.items.map(legsOfAxis);
  return refuse({
    code: 'B425',
    message: `\`${topology.name.name}\` has no legs here`,
    at: topology.place,
    label: 'on which legs?',
    hint: `its axes are products of legs, as in \`${topology.name.name}[r*out[2..n], in]\``,
  });
}

function legsOfAxis(item: tree.Index): tree.Leg[] {
  if (item.kind === 'rest' || item.name !== undefined || item.padded || item.range.to !== undefined || item.else !== undefined) {
    return refuseAxis(item);
  }
  return factorsOf(item.range.from);
}

function factorsOf(expression: tree.Expression): tree.Leg[] {
  const { place } = expression;
  if (expression.kind === 'binary' && expression.operator === '*') {
    return [...factorsOf(expression.left), ...factorsOf(expression.right)];
  }
  if (expression.kind === 'identifier') return [{ place, name: expression }];
  if (expression.kind !== 'bracketed' || expression.of.kind !== 'identifier') return refuseAxis(expression);
  const indices = expression.brackets.items.map((index) =>
    index.kind === 'index' && index.name === undefined && index.else === undefined ? index.range : refuseAxis(index),
  );
  return [{ place, name: expression.of, indices }];
}

function refuseAxis({ place }: Pick<tree.Expression, 'place'>): never {
  return refuse({
    code: 'B425',
    message: 'an axis of a nested topology is a product of legs',
    at: place,
    label: 'not a leg',
    hint: 'as in `mpo[r*out[2..n], in]`, with legs of the topology around it',
  });
}

/** Names of all legs that nested topologies are placed on. */
export function legNamesOfNested(item: tree.Nested): string[] {
  return axesOfNested(item).flatMap((legs) => legs.map(({ name }) => name.name));
}

/** The names that stand alone as values of arguments: what is handed on as it was given. */
export function handedOn({ topology }: tree.Nested): string[] {
  return (topology.args?.items ?? []).flatMap(({ value }) => (value.kind === 'identifier' ? [value.name] : []));
}

/** The reference without the arguments that hand on an option that has no value: the nested topology takes its own default. */
export function withoutAbsent(reference: tree.Reference, absent: ReadonlySet<string>): tree.Reference {
  if (reference.args === undefined) return reference;
  const items = reference.args.items.filter(({ value }) => value.kind !== 'identifier' || !absent.has(value.name));
  return { ...reference, args: { ...reference.args, items } };
}
