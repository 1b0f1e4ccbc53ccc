/**
 * `share S over v [in groups G] [from first|mean]`: as v ranges and all else stays fixed, the tensors are one. Only `over` merges:
 * braces and stars make more groups, never larger ones. One tensor then has all the names.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Draft } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { listed } from '../report.ts';
import { keyOf, selectTensors, type TensorMatch } from '../selector.ts';
import { evaluateInteger } from '../static.ts';
import { termsOf } from '../tensor/flat.ts';
import { nameOf } from '../tensor/slots.ts';
import { resolve, type Tensor, unite } from '../tensor/tensor.ts';
import type { VariantContext } from './context.ts';
import { refuseParts } from './family.ts';
import { isFresh, provenanceText, sameStart } from './provenance.ts';
import { checkAlike, isSeeded, refuseSeeded } from './seeded.ts';

export function applyShare(context: VariantContext, change: tree.Share): void {
  const over = change.over.map(({ name }) => name);
  const matches = selectTensors(change.selection, context, { over: change.over, fixed: true });
  const byKey = new Map<string, TensorMatch[]>();
  for (const match of matches) {
    // A base and an adapter may have cores of one name: they are different tensors.
    const key = `${match.term} ${keyOf(match.parts, over)}`;
    byKey.set(key, [...(byKey.get(key) ?? []), match]);
  }
  const groups = [...byKey.values()].flatMap((members) => split(context, change, keyOf(members[0]!.parts, over), members));
  let differ = false;
  for (const { key, members } of groups) {
    checkGroup(context, change, key, members);
    differ = mergeAll(context, change, members) || differ;
  }
  if (differ) warnOfChange(context, change);
}

/** J34: consecutive runs of the variable's values. */
function split(
  context: VariantContext,
  change: tree.Share,
  key: string,
  members: TensorMatch[],
): { key: string; members: TensorMatch[] }[] {
  if (change.groups === undefined) return [{ key, members }];
  const [variable, second] = change.over;
  if (second !== undefined) {
    refuse({ code: 'B703', message: '`in groups` takes one `over` variable', at: second.place, label: 'a second one' });
  }
  const count = evaluateInteger(change.groups, context.names, 'the number of groups', 1);
  const values = [...new Set(members.map((match) => match.bindings.get(variable!.name)!))].sort((a, b) => a - b);
  if (values.length % count !== 0) {
    const divisors = Array.from({ length: values.length }, (_, k) => k + 1).filter((d) => values.length % d === 0);
    const near = [divisors.findLast((d) => d < count), divisors.find((d) => d > count)].filter((d) => d !== undefined);
    refuse({
      code: 'B703',
      message: `${count} does not divide ${values.length}`,
      at: change.groups.place,
      label: `${count} groups`,
      also: [{ place: change.selection.place, text: `${values.length} values of ${variable!.name}: ${values[0]}..${values.at(-1)}` }],
      hint: `${near.join(' or ')} groups`,
    });
  }
  const run = values.length / count;
  const groups = Array.from({ length: count }, (): TensorMatch[] => []);
  for (const match of members) groups[Math.floor(values.indexOf(match.bindings.get(variable!.name)!) / run)]!.push(match);
  return groups.map((group) => ({ key, members: group }));
}

/** B611, B601: two members at least, unless `in groups` asks for groups of one, and all of one shape with legs of one name. */
function checkGroup({ draft }: VariantContext, change: tree.Share, key: string, members: readonly TensorMatch[]): void {
  const first = members[0]!;
  const name = ({ tensor }: TensorMatch) => nameOf(draft, tensor);
  if (members.length < 2 && change.groups === undefined) {
    refuse({
      code: 'B611',
      message: `the group \`${key}\` has one member`,
      at: change.selection.place,
      label: `only ${name(first)}`,
      hint: 'sharing takes two tensors or more',
    });
  }
  const shape = ({ legs }: TensorMatch) => legs.map(({ size }) => size).join('x');
  const names = ({ legs }: TensorMatch) => legs.map((leg) => leg.name).join(', ');
  const other = members.find((member) => shape(member) !== shape(first) || names(member) !== names(first));
  if (other === undefined) return;
  const legs = shape(other) === shape(first);
  refuse({
    code: 'B601',
    message: `${legs ? 'legs' : 'shapes'} differ in the group \`${key}\``,
    at: change.selection.place,
    label: `${name(first)}: ${legs ? names(first) : shape(first)}`,
    also: [
      { place: change.selection.place, text: `${name(other)}: ${legs ? names(other) : shape(other)}` },
      ...[first, other].flatMap((member) => madeAt(member, name(member))),
    ],
    hint: `decompose them alike, or leave ${name(other)} out with \`except\``,
  });
}

/** The statement that made a core what it is. */
function madeAt({ weight, term }: TensorMatch, name: string): { place: Place; text: string }[] {
  const found = termsOf(weight)[term]!;
  return found.is === 'dense' ? [] : [{ place: found.body.at, text: `makes ${name}` }];
}

/** Whether given weights that differ become one. */
function mergeAll(context: VariantContext, change: tree.Share, members: readonly TensorMatch[]): boolean {
  const tensors = [...new Set(members.map(({ use }) => resolve(use).tensor))];
  const [first, ...others] = tensors as [Tensor, ...Tensor[]];
  const from = change.from?.name;
  if (from !== undefined && from !== 'first' && from !== 'mean') {
    refuse({ code: 'B612', message: 'tensors are shared `from first` or `from mean`', at: change.from!.place, label: 'neither' });
  }
  for (const other of others) checkAlike(context.draft, first, other, change.selection.place);
  let differ = false;
  if (others.some((other) => !sameStart(first, other))) {
    if (from === undefined) refuseDifferent(context, change, tensors);
    if (!tensors.every(({ origin }) => isFresh(origin))) differ = true;
    else if (new Set(tensors.map(({ init }) => JSON.stringify(init))).size > 1) noteOfDraw(context, change, first);
    if (isSeeded(first)) keepFirst(context.draft, first, change);
    else first.origin = { is: 'combined', how: from, of: tensors.map(({ origin }) => origin) };
  }
  for (const match of members.slice(1)) {
    const { use, tensor } = match;
    if (unite(use, members[0]!.use, change.place) === 'done') {
      refuseParts(context, members[0]!, match, change.selection.place);
      continue;
    }
    refuse({
      code: 'B606',
      message: `this would make ${nameOf(context.draft, tensor)} its own transpose`,
      at: change.selection.place,
      label: 'a member of the group is another with its axes exchanged',
    });
  }
  return differ;
}

/** The stream of the first stays as it is; a mean of seeded tensors would have to be stored. */
function keepFirst(draft: Draft, first: Tensor, change: tree.Share): void {
  if (change.from!.name === 'first') return;
  refuseSeeded(draft, first, change.from!.place, 'a mean has no seed', '`from first` keeps the stream of the first');
}

/** One law for tensors that have several. */
function noteOfDraw(context: VariantContext, change: tree.Share, first: Tensor): void {
  const message = `tensors of different laws become one: it is drawn by that of ${nameOf(context.draft, first)}`;
  const hint = 'other cores without a law of their own are rescaled, so that each weight has the norm that its law says';
  context.draft.report.take([
    diagnostic({ code: 'N401', severity: 'note', message, at: change.selection.place, label: 'the first of each group', hint }),
  ]);
}

function refuseDifferent({ draft }: VariantContext, change: tree.Share, tensors: readonly Tensor[]): never {
  const fresh = tensors.every(({ origin }) => isFresh(origin));
  return refuse({
    code: 'B602',
    message: `the ${tensors.length} tensors that would become one start different`,
    at: change.selection.place,
    label: `${listed(
      tensors.map((tensor) => nameOf(draft, tensor)),
      3,
    )}`,
    also: [{ place: change.selection.place, text: `${nameOf(draft, tensors[0]!)} is ${provenanceText(tensors[0]!.origin)}` }],
    hint: fresh
      ? 'write `from first` (one draw for all), or start from one layer with `untie`'
      : '`from mean` or `from first` (the function changes), or start from one layer with `untie`',
  });
}

function warnOfChange(context: VariantContext, change: tree.Share): void {
  const message = `sharing from ${change.from!.name} changes the function that the given weights compute`;
  context.draft.report.take([
    diagnostic({ code: 'W6', severity: 'warning', message, at: change.from!.place, label: 'the members start different' }),
  ]);
}
