/**
 * `grow b of S by 2 [every ...] [while loss < reference + 0.03] [until b == 16]`: all bonds that are selected become larger together, up to
 * their full sizes, or up to the size that `until` says. The function stays: the new entries of one core at each bond are zeros.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { legsIn } from '../../values/mask.ts';
import { endsOfBonds, zeroEnds } from '../../values/resized.ts';
import { legOf } from '../../values/term.ts';
import type { Draft } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { bondParts } from '../selector.ts';
import { evaluateSize } from '../static.ts';
import { termsOf } from '../tensor/flat.ts';
import { nameOf } from '../tensor/slots.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ResizeEvent, VariantContext } from './context.ts';
import { evaluateEvery } from './mask.ts';
import { conditionOf } from './run-condition.ts';
import { selectResized } from './squeeze.ts';

const CODE = 'B718';
type GrowEvent = Extract<ResizeEvent, { is: 'grow' }>;

export function applyGrow(context: VariantContext, change: tree.Grow): void {
  const { draft } = context;
  const at = change.selection.place;
  if (!(Number.isInteger(change.by) && change.by >= 1)) {
    refuse({ code: CODE, message: 'a bond grows by a positive whole number', at: change.place, label: `by ${change.by}` });
  }
  const most = mostOf(change, context);
  const bonds = selectResized(context, change, 'grown', (match) => match);
  const until = change.until === undefined || most !== undefined ? undefined : conditionOf(change.until, context);
  const event: GrowEvent = {
    id: 0,
    at: change.every === undefined ? { every: 10, unit: 'steps' } : evaluateEvery(change.every),
    is: 'grow',
    bonds,
    by: change.by,
    ...(most === undefined ? {} : { most }),
    ...(change.while === undefined ? {} : { while: conditionOf(change.while, context) }),
    ...(until === undefined ? {} : { until }),
  };
  refuseFull(draft, event, change);
  context.common.resized.push(event);
  context.common.late.push(() => checkEnds(draft, event, at));
}

/** `until b == 16`, or `b >= 16`: a size that may be above the full one. Any other condition is one on the run. */
function mostOf({ until, selection }: tree.Grow, { names }: VariantContext): number | undefined {
  if (until?.kind !== 'binary' || (until.operator !== '==' && until.operator !== '>=') || until.left.kind !== 'identifier')
    return undefined;
  const { name } = until.left;
  const family = (path: tree.Path | undefined) => {
    const step = path?.steps.at(-1);
    return step?.at.is === 'name' ? step.at.name.name : undefined;
  };
  if (!selection.choices.some((choice) => family(choice.name) === name)) return undefined;
  return evaluateSize(until.right, names, `a size of \`${name}\``);
}

const networksIn = (draft: Draft) => ({ weights: draft.weights.map((weight) => ({ terms: termsOf(weight) })) });

function refuseFull(draft: Draft, event: GrowEvent, change: tree.Grow): void {
  const { weights } = networksIn(draft);
  const legs = event.bonds.flatMap(({ weight, legs: own }) =>
    own.map((leg) => {
      const { network, leg: there } = legOf(weights[weight]!, leg)!;
      return network.legs[there]!;
    }),
  );
  const { place } = change.selection;
  const endless = legs.find(({ full }) => full === undefined && event.most === undefined);
  if (endless !== undefined) {
    refuse({
      code: CODE,
      message: `${endless.bond} has no full size, so it would grow for ever`,
      at: place,
      label: 'on a loop, or between more than two cores',
      hint: `say how far: \`until ${bondParts(endless.bond!)[0]} == ${2 * endless.size}\``,
    });
  }
  if (legs.some(({ size, full }) => size < (event.most ?? full!))) return;
  const [leg] = legs;
  refuse({
    code: CODE,
    message:
      event.most === undefined ? 'these bonds are full: larger ones say nothing more' : `these bonds have the size ${event.most} already`,
    at: event.most === undefined ? place : change.until!.place,
    label: `${leg!.bond} is ${leg!.size}${leg!.full === undefined ? '' : `, its full size ${leg!.full}`}`,
    hint: `begin with smaller bonds, or ask for more: \`until ${bondParts(leg!.bond!)[0]} == ${2 * leg!.size}\``,
  });
}

/** Once all states are final: what a core at such a bond must not be. */
function checkEnds(draft: Draft, event: GrowEvent, at: Place): void {
  const bonds = endsOfBonds(networksIn(draft), event);
  for (const { parameter, axis } of bonds.flat()) checkEnd(draft, draft.tensors[parameter]!, axis, at);
  if (zeroEnds(bonds) !== undefined) return;
  refuse({
    code: CODE,
    message: 'no choice of cores for the zeros keeps the function: a core stands at both ends of one of these bonds',
    at,
    label: 'the new entries of one core at each bond are to be zeros',
    hint: 'grow bonds between cores that are different tensors',
  });
}

function checkEnd(draft: Draft, tensor: Tensor, axis: number, at: Place): void {
  const { update, keep, orthogonal, decided, legs } = tensor;
  const no = (why: string, kind: 'update' | 'keep' | 'orthogonal', label: string): never => {
    const place = decided.get(kind);
    return refuse({
      code: CODE,
      message: `a bond of ${nameOf(draft, tensor)} cannot grow: ${why}`,
      at,
      label: `${legs[axis]!.name} is one of its legs`,
      also: place === undefined ? [] : [{ place, text: label }],
      hint: 'leave one of the two out',
    });
  };
  if (update.frozen) no('it is frozen, and its new entries would never be trained', 'update', 'frozen here');
  if (orthogonal !== undefined) no('it stays orthogonal, and its new entries would not', 'orthogonal', 'orthogonal here');
  if (keep !== undefined && legsIn(keep).includes(axis)) no('a mask speaks of this bond', 'keep', 'a mask by its positions');
  if (!update.frozen && update.where !== undefined && legsIn(update.where).includes(axis))
    no('a mask speaks of this bond', 'update', 'a mask by its positions');
}
