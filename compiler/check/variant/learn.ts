/**
 * `learn mask of S keep 0.3`: each tensor gets scores of its own, which are trained with it, or in its place where it is frozen; the entries
 * with the greatest scores count, that share of all, and the others are 0 (straight-through: Bengio, Leonard and Courville, 2013; on
 * frozen values: Ramanujan et al., CVPR 2020). Scores start as the sizes of the first values.
 */
import type { Label, Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Draft } from '../draft.ts';
import { attempt, refuse } from '../refuse.ts';
import type { TensorMatch } from '../selector.ts';
import { evaluateNumber } from '../static.ts';
import { type FlatNetwork, leavesOf, parametersOf, termsOf } from '../tensor/flat.ts';
import { nameOf } from '../tensor/slots.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type VariantContext, withBindings } from './context.ts';
import { decideEach } from './verdict.ts';

const CODE = 'B721';

export function applyLearn(context: VariantContext, { selection, keep }: tree.Learn): void {
  decideEach(context, { kind: 'learn', selection, use: { expressions: [keep] }, of: withoutVectors }, (match) => {
    refuseWhole(match, selection.place);
    const share = evaluateNumber(keep, withBindings(context.names, match.bindings));
    if (!(share > 0 && share < 1)) refuseShare(share, keep.place);
    refuseIdle(context.draft, match, share, keep.place);
    return { learned: share };
  });
}

/** Beside matrices vectors are passed over, as `decompose` passes over biases: every entry of one stands for a row. */
function withoutVectors(_: Draft, matches: readonly TensorMatch[]): readonly TensorMatch[] {
  const left = matches.filter(({ tensor, node }) => node !== undefined || tensor.legs.length > 1);
  const chosen = new Set(left.map(({ choice }) => choice));
  return matches.filter((match) => left.includes(match) || !chosen.has(match.choice));
}

/** The entries of a network are products of cores: which core's are chosen must be said, so that a later `decompose` makes no other mask. */
function refuseWhole({ node, term, choice, weight }: TensorMatch, at: Place): void {
  if (node === undefined) return;
  const named = choice.name?.steps.length ?? 0;
  const core = (termsOf(weight)[term] as FlatNetwork).nodes[node]!;
  if (named > 0 && (core.top || named > 1)) return;
  refuse({
    code: CODE,
    message: `${named === 0 ? `\`${weight.path}\`` : `a core of \`${weight.path}\``} is a network: its entries are products of cores, which no mask can choose`,
    at,
    label: `${core.name} and others would have a mask each`,
    hint: `name the cores whose entries are to be chosen, as in \`learn mask of ${core.name} of ${weight.path}\``,
  });
}

function refuseShare(share: number, at: Place): never {
  return refuse({
    code: CODE,
    message: 'the share that a learned mask keeps lies between 0 and 1',
    at,
    label: `this is ${share}`,
    hint: share > 1 && share <= 100 ? `write a share: \`keep ${share / 100}\`` : '`keep 0.3` keeps three entries of ten',
  });
}

/** A mask that keeps all or nothing learns nothing. */
function refuseIdle(draft: Draft, { tensor }: TensorMatch, share: number, at: Place): void {
  const all = tensor.legs.reduce((product, { size }) => product * size, 1);
  const kept = Math.round(share * all);
  if (kept > 0 && kept < all) return;
  refuse({
    code: CODE,
    message: `${nameOf(draft, tensor)} has ${all === 1 ? 'one entry' : `${all} entries`}, of which this keeps ${kept === 0 ? 'none' : 'all'}`,
    at,
    label: `${share} of ${all} is ${kept}`,
    hint:
      all < 2
        ? 'leave it out with `except`'
        : kept === 0
          ? `one entry of ${all} is a share of ${(1 / all).toPrecision(2)}`
          : `all but one are a share of ${(1 - 1 / all).toPrecision(2)}`,
  });
}

/** Once all statements have acted: what else they say of such tensors. */
export function checkLearned(draft: Draft): void {
  for (const tensor of leavesOf(draft)) {
    if (tensor.learned === undefined) continue;
    attempt(draft.report, () => {
      refuseHeld(draft, tensor);
      refuseResized(draft, tensor);
      refuseEqual(draft, tensor);
    });
  }
}

const saidAt = ({ decided }: Tensor): Place => decided.get('learn')!;

function also({ decided }: Tensor, kind: 'keep' | 'orthogonal' | 'init' | 'squeeze', text: string): readonly Label[] {
  const place = decided.get(kind);
  return place === undefined ? [] : [{ place, text }];
}

function refuseHeld(draft: Draft, tensor: Tensor): void {
  if (tensor.keep === undefined && tensor.orthogonal === undefined) return;
  const kind = tensor.keep === undefined ? 'orthogonal' : 'keep';
  refuse({
    code: CODE,
    message:
      kind === 'keep'
        ? `${nameOf(draft, tensor)} has a mask already: which of its entries count is said, not learned`
        : `${nameOf(draft, tensor)} stays orthogonal, and with entries at zero its columns would not`,
    at: saidAt(tensor),
    label: 'a mask that is learned',
    also: also(tensor, kind, kind === 'keep' ? 'a mask that stays' : 'orthogonal here'),
    hint: 'leave one of the two out',
  });
}

/** A cut moves every core of its network to another gauge, and a bond that grows gives a core new entries: scores say nothing of either. */
function refuseResized(draft: Draft, tensor: Tensor): void {
  const weights = new Set(
    draft.weights.filter((weight) => termsOf(weight).some((term) => parametersOf(term).includes(tensor.id))).map(({ id }) => id),
  );
  const event = draft.schedule.find(
    (one) => (one.is === 'squeeze' || one.is === 'grow') && one.bonds.some(({ weight }) => weights.has(weight)),
  );
  if (event === undefined) return;
  refuse({
    code: CODE,
    message: `${nameOf(draft, tensor)} learns a mask, and bonds of its network ${event.is === 'grow' ? 'grow' : 'are squeezed'}: scores are of the entries that are there`,
    at: saidAt(tensor),
    label: 'scores entry by entry',
    also: also(tensor, 'squeeze', event.is === 'grow' ? 'grows here' : 'squeezed here'),
    hint: 'leave one of the two out, or squeeze first, and learn the mask in a run that starts from that one',
  });
}

/** Entries that all start with one value have one score: the first of them would be kept, for no reason. */
function refuseEqual(draft: Draft, tensor: Tensor): void {
  const { law } = tensor.init;
  if (law.is !== 'zeros' && law.is !== 'ones' && !(law.is === 'uniform' && law.low === law.high)) return;
  const value = law.is === 'uniform' ? law.low : law.is === 'ones' ? 1 : 0;
  refuse({
    code: CODE,
    message: `all entries of ${nameOf(draft, tensor)} start at ${value}: nothing says which of them to keep first`,
    at: saidAt(tensor),
    label: 'scores start as the sizes of the first values',
    also: also(tensor, 'init', 'its first values'),
    hint: 'choose another core, or give it first values that differ: `init ... ~ normal(0.02)`',
  });
}
