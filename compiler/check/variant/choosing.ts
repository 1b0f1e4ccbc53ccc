/**
 * `decompose S as T choosing N over l by CRITERION [every ... until M]`: which of the weights become networks is decided in training (Gao
 * et al., ACL 2023). Every candidate's structure is made and checked here, so that the choice itself cannot fail. A group is what differs
 * in l alone. Without `every` the choice is made before the first step.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Event, Parameter } from '../../values/model.ts';
import type { DraftWeight } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { meant } from '../report.ts';
import { keyOf, type WeightMatch } from '../selector.ts';
import { newTensor } from '../tensor/add.ts';
import { attach, networkOn } from '../tensor/attach.ts';
import { networkTerm, storedCount } from '../tensor/flat.ts';
import { namesOf } from '../tensor/slots.ts';
import { resolve, type Tensor } from '../tensor/tensor.ts';
import { refuseOrders } from '../topology/orders.ts';
import { ofMember, type VariantContext } from './context.ts';
import { evaluateEvery } from './mask.ts';

type Choosing = NonNullable<tree.Decompose['choosing']>;
type Choose = Extract<Event, { is: 'choose' }>;
type Candidate = Choose['groups'][number]['candidates'][number];

const criteria = ['taylor', 'ablation', 'fisher', 'random', 'given'];

export function applyChoosing(context: VariantContext, change: tree.Decompose, choosing: Choosing, weights: readonly WeightMatch[]): void {
  const { criterion, over, count } = choosing;
  if (change.by !== undefined)
    refuse({
      code: 'B616',
      message: '`choosing` keeps the function: it takes no `by`',
      at: change.by.place,
      label: 'is for bonds that cut',
      hint: 'leave it out, or choose nothing',
    });
  if (change.to !== undefined) {
    refuse({
      code: 'B616',
      message: '`choosing` keeps the function: it takes no `to`',
      at: change.to.place,
      label: 'truncates',
      hint: 'leave it out, or choose nothing',
    });
  }
  const [, second] = change.as;
  if (second !== undefined) {
    const hint = 'one topology, as in `mpo` with full bonds';
    refuse({ code: 'B633', message: '`choosing` makes a weight one network', at: second.place, label: 'a sum', hint });
  }
  if (!criteria.includes(criterion.name)) {
    const hint = meant(criterion.name, criteria, `criteria: ${criteria.join(', ')}`);
    refuse({ code: 'B616', message: `unknown criterion \`${criterion.name}\``, at: criterion.place, label: 'not a criterion', hint });
  }
  const groups = Map.groupBy(weights, ({ parts }) => keyOf(parts, [over.name]));
  const until = choosing.until ?? count;
  for (const [key, members] of groups) {
    if (count >= 1 && until >= count && members.length >= until) continue;
    refuse({
      code: 'B616',
      message:
        count < 1 || until < count
          ? `${count} at a time until ${until}`
          : `\`${key}\` has ${members.length} candidates, ${until} are wanted`,
      at: choosing.place,
      label: `${until} of each group`,
      also: [{ place: change.selection.place, text: `${members.length} in \`${key}\`` }],
      hint: `at most ${members.length}`,
    });
  }
  if (until % count !== 0) {
    const message = `${count} does not divide ${until}: the last choice takes ${until % count}`;
    context.draft.report.take([diagnostic({ code: 'N601', severity: 'note', message, at: choosing.place, label: 'uneven' })]);
  }
  const { topology } = change.as[0];
  for (const match of weights) {
    const network = networkOn(ofMember(context, match), topology, match.weight);
    refuseOrders(network, topology.place, 'training decides when, and its moments are in the order of the weight');
  }
  for (const { weight } of weights) context.common.chosen.push({ weight, place: choosing.place });
  context.common.late.push(() => addEvent(context, change, choosing, groups, until));
}

/** Once all names and states are final. */
function addEvent(
  context: VariantContext,
  change: tree.Decompose,
  choosing: Choosing,
  groups: ReadonlyMap<string, readonly WeightMatch[]>,
  until: number,
): void {
  const { schedule } = context.draft;
  schedule.push({
    id: schedule.length,
    at: choosing.every === undefined ? { every: 0, unit: 'steps' } : evaluateEvery(choosing.every),
    is: 'choose',
    groups: [...groups].map(([key, members]) => ({
      key,
      candidates: members.map((match) => candidateOf(ofMember(context, match), change, match)),
    })),
    take: choosing.count,
    until,
    criterion: choosing.criterion.name,
  });
}

function candidateOf(context: VariantContext, change: tree.Decompose, { weight }: WeightMatch): Candidate {
  const { draft, common } = context;
  const { tensor: dense, perm } = resolve(weight.terms[0]!.use);
  const at = change.selection.place;
  if (dense.body !== undefined) return cannot(weight, 'is decomposed already', at, 'a network');
  const names = namesOf(draft)(dense);
  if (names.length > 1) return cannot(weight, 'is shared', at, `one tensor of ${names.length} names`);
  checkState(weight, dense, at);
  const chooses = draft.schedule.flatMap((event) => (event.is === 'choose' ? event.groups.flatMap(({ candidates }) => candidates) : []));
  if (chooses.some((candidate) => candidate.weight === weight.id)) cannot(weight, 'is a candidate of another choice', at, 'again');
  const network = networkOn(context, change.as[0].topology, weight);
  if (!network.exact) {
    const hint = 'a tree of distinct cores with full bonds is exact, as in `mpo` without a number for its bonds';
    cannot(weight, 'cannot keep its values in this network', change.as[0].place, `${network.topology} is not exact here`, hint);
  }
  const first = storedCount(draft) + common.added;
  const cores: Tensor[] = [];
  const { terms } = attach(draft, [{ network, at: change.as[0].topology.place }], {
    law: { is: 'source' },
    legs: dense.legs,
    order: perm,
    origin: { of: dense.origin },
    selected: at,
    by: context.body,
    make: (made) => cores[cores.push(newTensor(first + cores.length, made)) - 1]!,
  });
  common.added += cores.length;
  const { nodes, ...becomes } = networkTerm(terms[0], { perm }, 1);
  return {
    weight: weight.id,
    axes: weight.axes.map((axis, k) => ({ ...axis, ...network.axes[k]! })),
    becomes: { ...becomes, nodes: nodes.map(({ name, parameter, legs }) => ({ name, parameter, legs })) },
    adds: cores.map((core) => addedParameter(core, `${names[0]}.${nodes.find(({ parameter }) => parameter === core.id)!.name}`, dense)),
  };
}

/** The cores are stepped as the tensor was: with its gate, in its turn. Conditions on its entries mean nothing for theirs. */
function checkState(weight: DraftWeight, { update, keep, orthogonal, learned }: Tensor, at: Place): void {
  if (update.frozen) cannot(weight, 'is frozen', at, 'a network in its place would never be trained', 'leave it out with `except`');
  const words = [...(update.frozen || update.where === undefined ? [] : ['where']), ...(keep === undefined ? [] : ['keep'])];
  if (words.length > 0) cannot(weight, `stands under \`${words[0]}\``, at, 'cores do not have the entries that it speaks of');
  if (orthogonal !== undefined) cannot(weight, 'stays orthogonal', at, 'no core of it could');
  if (learned !== undefined) cannot(weight, 'learns a mask', at, 'cores do not have the entries that its scores are of');
}

function cannot(weight: DraftWeight, why: string, at: Place, label: string, hint = 'leave it out of the selection'): never {
  const message = `${weight.path} cannot be chosen: it ${why}`;
  return refuse({ code: 'B616', message, at, label, hint });
}

function addedParameter({ id, legs, role, origin, init }: Tensor, name: string, { update }: Tensor): Parameter {
  return { id, names: [name], legs, ...(role === undefined ? {} : { role }), origin, init, update };
}
