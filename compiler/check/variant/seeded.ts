/**
 * Seeded tensors: their values follow from the seed and are stored nowhere. No statement changes them (B740). A statement about training
 * that selects them beside others passes over them, as `decompose` passes over biases.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type { Draft } from '../draft.ts';
import { refuse } from '../refuse.ts';
import type { TensorMatch } from '../selector.ts';
import { nameOf } from '../tensor/slots.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { TopologyNetwork } from '../topology.ts';

export const isSeeded = ({ origin }: Pick<Tensor, 'origin'>): boolean => origin.is === 'seeded';

export function refuseSeeded(draft: Draft, tensor: Tensor, at: Place, label: string, hint: string): never {
  return refuse({
    code: 'B740',
    message: `${nameOf(draft, tensor)} is seeded: its values follow from the seed alone`,
    at,
    label,
    also: tensor.declared === undefined ? [] : [{ place: tensor.declared, text: 'declared here' }],
    hint,
  });
}

/** Matches that can be trained; a choice of nothing else is refused. */
export function trainable(draft: Draft, matches: readonly TensorMatch[]): TensorMatch[] {
  const left = matches.filter(({ tensor }) => !isSeeded(tensor));
  const chosen = new Set(left.map(({ choice }) => choice));
  const alone = matches.find(({ choice }) => !chosen.has(choice));
  if (alone === undefined) return left;
  return refuseSeeded(
    draft,
    alone.tensor,
    alone.choice.place,
    'cannot be trained',
    'declare it without the word `seeded`, or leave it out',
  );
}

/** Of a statement: refuses any seeded tensor that it selects. `label` says what cannot be done to it. */
export function unseeded(label: string) {
  return (draft: Draft, matches: readonly TensorMatch[]): readonly TensorMatch[] => {
    const found = matches.find(({ tensor }) => isSeeded(tensor));
    if (found === undefined) return matches;
    const hint = 'leave it out with `except`, or declare it without the word `seeded`';
    return refuseSeeded(draft, found.tensor, found.choice.place, label, hint);
  };
}

/** Refuses to make a seeded tensor and one of another kind the same. */
export function checkAlike(draft: Draft, a: Tensor, b: Tensor, at: Place): void {
  if (isSeeded(a) === isSeeded(b)) return;
  const [seeded, other] = isSeeded(a) ? [a, b] : [b, a];
  refuseSeeded(draft, seeded, at, `and ${nameOf(draft, other)} is not`, 'one tensor is either: declare both alike');
}

/** A fit to the values that a tensor has would have to choose what the seed says. */
export function checkFitted({ topology, cores }: TopologyNetwork, at: Place, selected: Place): void {
  const core = cores.find(({ seeded }) => seeded !== undefined);
  if (core === undefined) return;
  refuse({
    code: 'B740',
    message: `core ${core.name} of \`${topology}\` is seeded, so the network cannot be fitted to values that are given`,
    at,
    label: 'its values follow from the seed alone',
    also: [
      { place: selected, text: 'has values already' },
      { place: core.seeded!, text: 'declared here' },
    ],
    hint: `keep the weight and add the network to it: \`adapt ... with ${topology}\``,
  });
}
