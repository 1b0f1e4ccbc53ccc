/**
 * `share S over v [in groups G] [from first|mean]`: as v ranges and all else stays fixed, the tensors are one. Only `over` merges:
 * braces and stars make more groups, never larger ones. One tensor then has all the names.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { ParameterId } from '../../values/model.ts';
import type { Draft, DraftParameter } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { listed } from '../report.ts';
import { keyOf, selectTensors, type TensorMatch } from '../selector.ts';
import { evaluateInteger } from '../static.ts';
import type { VariantContext } from './context.ts';
import { isFresh, provenanceText, sameStart } from './provenance.ts';

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
  const merges = groups.map(({ key, members }) => groupOf(change, key, members)).filter((group) => group.length > 1);
  const replaced = new Map<ParameterId, ParameterId>();
  const differing: Place[] = [];
  for (const group of merges) {
    const current = [...new Set(group.map(({ id }) => follow(replaced, id)))].map((id) => context.draft.parameters[id]!);
    if (current.length > 1) mergeAll(context, change, current, replaced, differing);
  }
  replaceParameters(context.draft, replaced);
  if (differing.length > 0) warnOfChange(context, change);
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

/** The distinct tensors of a group, of one shape; two at least, unless `in groups` asks for groups of one. */
function groupOf(change: tree.Share, key: string, members: readonly TensorMatch[]): DraftParameter[] {
  const tensors = [...new Set(members.map((match) => match.parameter))];
  const first = tensors[0]!;
  if (members.length < 2 && change.groups === undefined) {
    refuse({
      code: 'B611',
      message: `the group \`${key}\` has one member`,
      at: change.selection.place,
      label: `only ${first.names[0]}`,
      hint: 'sharing takes two tensors or more',
    });
  }
  const shape = ({ legs }: DraftParameter) => legs.map(({ size }) => size).join('x');
  const names = ({ legs }: DraftParameter) => legs.map(({ name }) => name).join(', ');
  const other = tensors.find((tensor) => shape(tensor) !== shape(first) || names(tensor) !== names(first));
  if (other === undefined) return tensors;
  const legs = shape(other) === shape(first);
  return refuse({
    code: 'B601',
    message: `${legs ? 'legs' : 'shapes'} differ in the group \`${key}\``,
    at: change.selection.place,
    label: `${first.names[0]}: ${legs ? names(first) : shape(first)}`,
    also: [
      { place: change.selection.place, text: `${other.names[0]}: ${legs ? names(other) : shape(other)}` },
      ...[first, other].flatMap((tensor) => madeAt(members, tensor)),
    ],
    hint: `decompose them alike, or leave ${other.names[0]} out with \`except\``,
  });
}

/** The statement that made a core what it is. */
function madeAt(members: readonly TensorMatch[], tensor: DraftParameter): { place: Place; text: string }[] {
  const place = members.find(({ parameter }) => parameter === tensor)?.weight.networkAt;
  return place === undefined ? [] : [{ place, text: `makes ${tensor.names[0]}` }];
}

function mergeAll(
  context: VariantContext,
  change: tree.Share,
  tensors: readonly DraftParameter[],
  replaced: Map<ParameterId, ParameterId>,
  differing: Place[],
): void {
  const [first, ...others] = tensors as [DraftParameter, ...DraftParameter[]];
  const from = change.from?.name;
  if (from !== undefined && from !== 'first' && from !== 'mean') {
    refuse({ code: 'B612', message: 'tensors are shared `from first` or `from mean`', at: change.from!.place, label: 'neither' });
  }
  if (others.some((other) => !sameStart(first, other))) {
    if (from === undefined) refuseDifferent(change, tensors);
    if (!tensors.every(({ origin }) => isFresh(origin))) differing.push(change.place);
    else if (new Set(tensors.map(({ init }) => JSON.stringify(init))).size > 1) noteOfDraw(context, change, first);
    first.origin = { is: 'combined', how: from, of: tensors.map(({ origin }) => origin) };
  }
  for (const other of others) {
    first.names.push(...other.names);
    other.names = [];
    replaced.set(other.id, first.id);
  }
}

/** One law for tensors that have several. */
function noteOfDraw(context: VariantContext, change: tree.Share, { names }: DraftParameter): void {
  const message = `tensors of different laws become one: it is drawn by that of ${names[0]}`;
  const hint = 'other cores without a law of their own are rescaled, so that each weight has the norm that its law says';
  context.draft.report.take([
    diagnostic({ code: 'N401', severity: 'note', message, at: change.selection.place, label: 'the first of each group', hint }),
  ]);
}

function refuseDifferent(change: tree.Share, tensors: readonly DraftParameter[]): never {
  const fresh = tensors.every(({ origin }) => isFresh(origin));
  return refuse({
    code: 'B602',
    message: `the ${tensors.length} tensors that would become one start different`,
    at: change.selection.place,
    label: `${listed(
      tensors.map(({ names }) => names[0]!),
      3,
    )}`,
    also: [{ place: change.selection.place, text: `${tensors[0]!.names[0]} is ${provenanceText(tensors[0]!.origin)}` }],
    hint: fresh
      ? 'write `from first` (one draw for all), or start from one layer with `untie`'
      : '`from mean` or `from first` (the function changes), or start from one layer with `untie`',
  });
}

export function follow(replaced: ReadonlyMap<ParameterId, ParameterId>, id: ParameterId): ParameterId {
  let at = id;
  for (let next = replaced.get(at); next !== undefined; next = replaced.get(at)) at = next;
  return at;
}

/** Puts the remaining tensors in place of those merged away, wherever a weight refers to them. */
export function replaceParameters(draft: Draft, replaced: ReadonlyMap<ParameterId, ParameterId>): void {
  if (replaced.size === 0) return;
  for (const weight of draft.weights) {
    weight.terms = weight.terms.map((term) => {
      if (term.is === 'dense') return { ...term, parameter: follow(replaced, term.parameter) };
      return { ...term, nodes: term.nodes.map((node) => ({ ...node, parameter: follow(replaced, node.parameter) })) };
    });
  }
}

function warnOfChange(context: VariantContext, change: tree.Share): void {
  const message = `sharing from ${change.from!.name} changes the function that the given weights compute`;
  context.draft.report.take([
    diagnostic({ code: 'W6', severity: 'warning', message, at: change.from!.place, label: 'the members start different' }),
  ]);
}
