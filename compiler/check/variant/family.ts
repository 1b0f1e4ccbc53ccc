/**
 * The families of `decompose ... over l, k` and `adapt ... over l, k`: weights that differ in the values of those variables alone. Their
 * stack is one tensor whose first axes are the variables in the order written; a member is the slice at its values, counted from the first.
 */
import type { Label, Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Law, Provenance } from '../../values/model.ts';
import type { DraftWeight } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { bindText, keyOf, type TensorMatch, type WeightMatch } from '../selector.ts';
import { termsOf } from '../tensor/flat.ts';
import { rootMeanSquareAt } from '../tensor/laws.ts';
import { nameOf } from '../tensor/slots.ts';
import { resolve, sameEntries, type Use } from '../tensor/tensor.ts';
import type { GivenAxis } from '../topology/use.ts';
import type { VariantContext } from './context.ts';
import { given } from './provenance.ts';

/** One weight is a family without axes. */
export interface Family {
  /** For messages: `block[l].attn.{k}.weight`. */
  readonly key: string;
  readonly axes: readonly GivenAxis[];
  /** Of the variables that are not stacked. */
  readonly bindings: WeightMatch['bindings'];
  readonly choice: tree.Choice;
  /** Row-major over the axes; `at` is the position on each. */
  readonly members: readonly { readonly weight: DraftWeight; readonly at: readonly number[] }[];
}
interface Written {
  readonly selection: tree.Selection;
  readonly over?: readonly tree.Identifier[];
}

/** Refuses families of which a member is missing, and those whose members have different shapes or laws. */
export function familiesOf(matches: readonly WeightMatch[], { selection, over = [] }: Written): Family[] {
  const names = over.map(({ name }) => name);
  const groups = Map.groupBy(matches, ({ weight, parts }) => (over.length === 0 ? weight.path : keyOf(parts, names)));
  return [...groups].map(([key, members]) => {
    const family = familyOf(key, members, selection, over);
    checkAlike(family, selection);
    return family;
  });
}

function familyOf(key: string, matches: readonly WeightMatch[], selection: tree.Selection, over: readonly tree.Identifier[]): Family {
  const valuesOf = ({ name }: tree.Identifier) => [...new Set(matches.map(({ bindings }) => bindings.get(name)!))].sort((a, b) => a - b);
  const values = over.map(valuesOf);
  const axes = over.map(({ name, place }, k): GivenAxis => {
    const own = values[k]!;
    const range = own.length === 1 ? `${own[0]}` : `${own[0]}..${own.at(-1)}`;
    const said: Label = { place, text: `\`${name}\` has ${own.length} ${own.length === 1 ? 'value' : 'values'}, ${range}, in ${key}` };
    return { name, size: own.length, counts: true, said };
  });
  const positions = axes.reduce<number[][]>(
    (rows, { size }) => rows.flatMap((row) => Array.from({ length: size }, (_, at) => [...row, at])),
    [[]],
  );
  const members = positions.map((at) => {
    const wanted = new Map(over.map(({ name }, k) => [name, values[k]![at[k]!]!]));
    const [match] = matches.filter(({ bindings }) => [...wanted].every(([name, value]) => bindings.get(name) === value));
    if (match !== undefined) return { weight: match.weight, at };
    return refuse({
      code: 'B620',
      message: `the family \`${key}\` has no member ${bindText(wanted)}`,
      at: selection.place,
      label: `${matches.length} of ${positions.length} members`,
      also: axes.flatMap(({ said }) => said ?? []),
      hint: 'a family has a member for every choice of its variables: select fewer values, or fewer variables after `over`',
    });
  });
  const [{ bindings, choice }] = matches as [WeightMatch];
  const free = [...bindings].filter(([name]) => over.every((variable) => variable.name !== name));
  return { key, axes, members, bindings: new Map(free), choice };
}

/** B621. */
function checkAlike({ key, members }: Family, selection: tree.Selection): void {
  const [first] = members as [Family['members'][number]];
  const shape = ({ axes }: DraftWeight) => axes.map(({ size }) => size).join(' x ');
  const law = (weight: DraftWeight) => JSON.stringify(weight.law);
  for (const { weight } of members) {
    if (shape(weight) !== shape(first.weight)) {
      const hint = 'a statement for the weights of each shape';
      refuseUnlike('shapes', key, selection, [first.weight, shape(first.weight)], [weight, shape(weight)], hint);
    }
    if (law(weight) !== law(first.weight)) {
      const hint = 'a statement for the weights of each law';
      refuseUnlike('laws', key, selection, [first.weight, lawText(first.weight.law)], [weight, lawText(weight.law)], hint);
    }
  }
}

type Shown = readonly [weight: DraftWeight, text: string];

function refuseUnlike(what: string, key: string, { place }: tree.Selection, [a, first]: Shown, [b, second]: Shown, hint: string): never {
  return refuse({
    code: 'B621',
    message: `the members of \`${key}\` do not stack: their ${what} differ`,
    at: place,
    label: `${a.path} and ${b.path}`,
    also: [
      { place: a.place, text: `${a.path}: ${first}` },
      { place: b.place, text: `${b.path}: ${second}` },
    ],
    hint,
  });
}

function lawText(law: Law): string {
  if (law.is === 'normal') return `normal(${Number(law.deviation.toPrecision(4))})`;
  return law.is === 'uniform' ? `uniform(${law.low}, ${law.high})` : law.is;
}

/** What the stack starts as; B621 where some members are given and others drawn, B622 where two are one tensor. */
export function startOfStack(context: VariantContext, { key, axes, members }: Family, selection: tree.Selection): Provenance {
  const uses = members.map(({ weight }) => resolve(weight.terms[0]!.use));
  const [first] = members as [Family['members'][number]];
  const isGiven = (k: number) => given(context, uses[k]!.tensor);
  const other = members.find((_, k) => isGiven(k) !== isGiven(0));
  if (other !== undefined) {
    const text = (yes: boolean) => (yes ? 'given' : 'drawn');
    const hint = 'a file with the values of all of them, or of none';
    refuseUnlike('origins', key, selection, [first.weight, text(isGiven(0))], [other.weight, text(!isGiven(0))], hint);
  }
  uses.forEach((use, k) => {
    const before = uses.findIndex((one) => sameEntries(one, use));
    if (before === k) return;
    const both = [members[before]!, members[k]!].map(({ weight }) => weight.path);
    refuse({
      code: 'B622',
      message: `${both.join(' and ')} are one tensor, which cannot be two members of a family`,
      at: selection.place,
      label: 'stacks them',
      also: use.tensor.joined === undefined ? [] : [{ place: use.tensor.joined, text: 'makes them one' }],
      hint: 'leave the variable that leads from one to the other out of `over`, or build on a variant without that statement',
    });
  });
  return {
    is: 'stack',
    sizes: axes.map(({ size }) => size),
    of: uses.map(({ tensor, perm }) => ({ origin: tensor.origin, axes: perm })),
  };
}

/** The law of the stack that gives each member its own. */
export function lawOfStack({ law, axes }: DraftWeight): Law {
  if (law.is !== 'orthogonal') return law;
  const deviation = rootMeanSquareAt(
    law,
    axes.map(({ size }) => size),
  );
  return { is: 'normal', deviation };
}

/** B622: a member of a family has no network of its own. */
export function refuseMember(weight: DraftWeight, { tensor }: Use, at: Place, what: string): never {
  const { selected } = tensor.body!;
  const [first] = tensor.legs;
  return refuse({
    code: 'B622',
    message: `\`${weight.path}\` is a member of a family that is one network: it ${what}`,
    at,
    label: 'one of its members',
    also: [{ place: selected, text: 'makes the network' }],
    hint: `\`untie ${weight.path} over ${first!.name}\` before gives it a copy of its own`,
  });
}

/** B622 where two places that are to be one tensor are two parts of it. */
export function refuseParts({ draft }: VariantContext, a: TensorMatch, b: TensorMatch, place: Place): void {
  const at = ({ legs }: TensorMatch) => legs.map((leg) => leg.at ?? '').join();
  if (at(a) === at(b)) return;
  const isPart = ({ legs }: TensorMatch) => legs.some((leg) => leg.at !== undefined);
  const [part, other] = isPart(a) ? [a, b] : [b, a];
  const { of } = termsOf(part.weight)[part.term]!;
  const differ = isPart(other)
    ? `${a.weight.path} and ${b.weight.path} have different parts`
    : `${part.weight.path} has a part and ${other.weight.path} would have the whole`;
  refuse({
    code: 'B622',
    message: `${nameOf(draft, resolve(part.use).tensor)} is one tensor for the whole family, of which ${differ}`,
    at: place,
    label: 'would make these parts one',
    also: [{ place: resolve(part.weight.terms[of]!.use).tensor.body!.selected, text: 'makes the network' }],
    hint: 'a family without that variable after `over` has one such core for all of its values',
  });
}
