/**
 * `keep T[1] of w orthogonal over b[1]`: the columns are that leg, the rows all others. What is not orthogonal of the first values goes over
 * the bond to the next core, so that the weight is what it was. Where nobody can take it, the tensor must be drawn orthogonal.
 */
import type { Label, Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { legsIn } from '../../values/mask.ts';
import { gaugeOrder, type Receiver, receiverOf } from '../../values/orthogonal.ts';
import { endsOfBonds } from '../../values/resized.ts';
import type { Draft } from '../draft.ts';
import { attempt, refuse } from '../refuse.ts';
import { listed } from '../report.ts';
import type { TensorMatch } from '../selector.ts';
import { leavesOf, termsOf } from '../tensor/flat.ts';
import { nameOf } from '../tensor/slots.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type VariantContext, withBindings } from './context.ts';
import { legsNamed } from './legs.ts';
import { isSeeded, refuseSeeded, unseeded } from './seeded.ts';
import { decideEach, within } from './verdict.ts';

const CODE = 'B720';

export function applyOrthogonal(context: VariantContext, { selection, over }: tree.Orthogonal): void {
  const expressions = over.indices?.map(({ from }) => from) ?? [];
  const frozen = new Set<Tensor>();
  const matches = decideEach(
    context,
    { kind: 'orthogonal', selection, use: { expressions }, of: unseeded('cannot be kept orthogonal') },
    (match) => {
      if (match.tensor.update.frozen) frozen.add(match.tensor);
      refuseWhole(match, over, selection.place);
      const called = nameOf(context.draft, match.tensor);
      const legs = legsNamed(over, { match, called, selected: selection.place, names: withBindings(context.names, match.bindings) });
      const [columns, ...more] = legs;
      if (more.length > 0)
        refuseSeveral(
          called,
          over,
          legs.map(({ name }) => name),
        );
      const rows = match.legs.reduce((product, { size, leg }) => (leg === columns!.leg ? product : product * size), 1);
      if (rows < columns!.size) refuseWide(called, over, columns!, rows, selection.place);
      return { orthogonal: columns!.leg };
    },
  );
  context.common.late.push(() => {
    for (const { tensor } of matches) refuseFrozen(context, tensor, frozen.has(tensor));
  });
}

/** A weight that is a network is orthogonal in no core: which one is meant must be said. */
function refuseWhole({ node, choice, weight }: TensorMatch, over: tree.Leg, selected: Place): void {
  if (node === undefined || choice.name !== undefined) return;
  refuse({
    code: CODE,
    message: `\`${weight.path}\` is a network, of which cores can be orthogonal and the whole cannot`,
    at: selected,
    label: 'selects every core',
    also: [{ place: over.place, text: 'of one of them' }],
    hint: 'name the core and its bond, as in `keep T[1] of ... orthogonal over b[1]`',
  });
}

function refuseSeveral(called: string, over: tree.Leg, names: readonly string[]): never {
  return refuse({
    code: CODE,
    message: `${called} has several legs \`${over.name.name}\``,
    at: over.place,
    label: 'the columns are one leg',
    hint: `say which: ${names.map((name) => `\`${name}\``).join(' or ')}`,
  });
}

function refuseWide(called: string, over: tree.Leg, { name, size }: { name: string; size: number }, rows: number, selected: Place): never {
  return refuse({
    code: CODE,
    message: `${called} has ${size} columns and ${rows} rows: so many columns cannot be orthogonal`,
    at: over.place,
    label: `${name} is ${size}, all other legs together ${rows}`,
    also: [{ place: selected, text: `selects ${called}` }],
    hint: `a bond of at most ${rows}, or another leg`,
  });
}

/** Once all statements have acted: what else they say of such tensors, and who takes what is not orthogonal. */
export function checkOrthogonal(draft: Draft): void {
  const held = leavesOf(draft).filter(({ orthogonal }) => orthogonal !== undefined);
  if (held.length === 0) return;
  const networks = { weights: draft.weights.map((weight) => ({ terms: termsOf(weight) })) };
  const order = gaugeOrder({ ...networks, parameters: held });
  for (const tensor of held) {
    attempt(draft.report, () => {
      refuseMasked(draft, tensor);
      refuseSqueezed(draft, tensor, networks);
      if (!order.includes(tensor.id))
        refuseCircle(
          draft,
          tensor,
          held.filter(({ id }) => !order.includes(id)),
        );
      const receiver = receiverOf(networks, tensor.id, tensor.orthogonal!);
      if (typeof receiver === 'object') refuseReceiver(draft, tensor, receiver);
      else refuseDrawn(draft, tensor, receiver ?? 'a dense tensor has no neighbour that could take what is not orthogonal');
    });
  }
}

const saidAt = ({ decided }: Tensor): Place => decided.get('orthogonal')!;

function also(tensor: Tensor, kind: 'update' | 'keep' | 'init' | 'squeeze', text: string): readonly Label[] {
  const place = tensor.decided.get(kind);
  return place === undefined ? [] : [{ place, text }];
}

/** An outer variant may freeze what an inner one trains; here the two are said of one training. */
function refuseFrozen({ draft, body }: VariantContext, tensor: Tensor, before: boolean): void {
  const place = tensor.decided.get('update');
  if (!tensor.update.frozen || (!before && (place === undefined || !within(body, place)))) return;
  refuse({
    code: CODE,
    message: `${nameOf(draft, tensor)} is frozen: it stays as it starts, and there is nothing to keep orthogonal`,
    at: saidAt(tensor),
    label: 'a constraint on training',
    also: also(tensor, 'update', 'frozen here'),
    hint: 'leave one of the two out; `init ... ~ orthogonal` says how it starts',
  });
}

/** Entries that stay zero or stay as they are leave no room to turn. */
function refuseMasked(draft: Draft, tensor: Tensor): void {
  const { update, keep } = tensor;
  if (keep === undefined && (update.frozen || update.where === undefined)) return;
  refuse({
    code: CODE,
    message: `${nameOf(draft, tensor)} has a mask: with single entries held its columns cannot stay orthogonal`,
    at: saidAt(tensor),
    label: 'all entries turn together',
    also: keep === undefined ? also(tensor, 'update', 'only some are trained') : also(tensor, 'keep', 'only some are kept'),
    hint: 'leave one of the two out',
  });
}

function refuseSqueezed(draft: Draft, tensor: Tensor, networks: Parameters<typeof endsOfBonds>[0]): void {
  const squeezed = draft.schedule.some(
    (event) =>
      event.is === 'squeeze' &&
      endsOfBonds(networks, event)
        .flat()
        .some(({ parameter }) => parameter === tensor.id),
  );
  if (!squeezed) return;
  refuse({
    code: CODE,
    message: `a bond of ${nameOf(draft, tensor)} is squeezed, which moves its cores to a gauge where none is orthogonal`,
    at: saidAt(tensor),
    label: 'would not stay so',
    also: also(tensor, 'squeeze', 'squeezed here'),
    hint: 'leave one of the two out',
  });
}

function refuseCircle(draft: Draft, tensor: Tensor, circle: readonly Tensor[]): never {
  const others = circle.filter((other) => other !== tensor);
  return refuse({
    code: CODE,
    message: `${nameOf(draft, tensor)} hands what is not orthogonal to a core that hands it back: no core is left to hold it`,
    at: saidAt(tensor),
    label: `with ${listed(
      others.map((other) => nameOf(draft, other)),
      3,
    )}`,
    also: others.filter((other) => saidAt(other) !== saidAt(tensor)).map((other) => ({ place: saidAt(other), text: nameOf(draft, other) })),
    hint: 'leave one core of the network free',
  });
}

/** What a core hands over mixes positions of the neighbour's leg, so a mask by that leg would not hold. */
function refuseReceiver(draft: Draft, tensor: Tensor, { parameter, leg }: Receiver): void {
  const neighbour = draft.tensors[parameter]!;
  if (isSeeded(neighbour))
    refuseSeeded(
      draft,
      neighbour,
      saidAt(tensor),
      `would take what is not orthogonal of ${nameOf(draft, tensor)}`,
      'leave `seeded` out, or keep another core orthogonal',
    );
  if (neighbour.keep === undefined || !legsIn(neighbour.keep).includes(leg)) return;
  refuse({
    code: CODE,
    message: `${nameOf(draft, neighbour)} takes what is not orthogonal of ${nameOf(draft, tensor)}, and its mask does not let it`,
    at: saidAt(tensor),
    label: `hands over along ${tensor.legs[tensor.orthogonal!]!.name}`,
    also: also(neighbour, 'keep', `a mask by ${neighbour.legs[leg]!.name}`),
    hint: 'leave the mask out, or keep the other core orthogonal',
  });
}

/** Nobody can take a rest, so there must be none: drawn orthogonal. Whether a given dense tensor is, its values say when they are read. */
function refuseDrawn(draft: Draft, tensor: Tensor, why: string): void {
  const { law, scale } = tensor.init;
  if ((law.is === 'orthogonal' && scale === 1) || (law.is === 'source' && tensor.core === undefined)) return;
  const own = nameOf(draft, tensor);
  const starts = law.is === 'source' ? 'as the given weights say' : scale === 1 ? `by the law \`${law.is}\`` : `scaled by ${scale}`;
  refuse({
    code: CODE,
    message: `${own} cannot be made orthogonal without changing the function: ${why}`,
    at: saidAt(tensor),
    label: `starts ${starts}`,
    also: also(tensor, 'init', 'its first values'),
    hint: 'choose a core that stands once, and its bond to a core that stands once, or begin orthogonal: `init ... ~ orthogonal`',
  });
}
