/** Where tensors stand, and the names that follow: the path of the weight, the name of an adapter, and down the cores of a network. */
import type { Path } from '../../values/model.ts';
import type { Draft } from '../draft.ts';
import { type Network, partsIn, resolve, type Tensor } from './tensor.ts';

/** A term of a weight (`weight` is its position), or a node of the body of `owner`. */
export type Slot =
  | { readonly is: 'term'; readonly weight: number; readonly path: Path; readonly tensor: Tensor }
  | { readonly is: 'core'; readonly owner: Tensor; readonly name: string; readonly tensor: Tensor };

/** The name of a core as its owner knows it: `T[2]`, of a term with a name `mpo.T[2]`. */
export const withinTerm = ({ name }: Pick<Network, 'name'>, core: Path): Path => (name === undefined ? core : `${name}.${core}`);

/** By the tensor that stands for all that are one with it. */
export function slotsOf(draft: Draft): Map<Tensor, Slot[]> {
  const slots = new Map<Tensor, Slot[]>();
  const visit = (slot: Slot): void => {
    const { tensor } = resolve({ tensor: slot.tensor, perm: [] });
    const known = slots.get(tensor);
    if (known === undefined) slots.set(tensor, [slot]);
    else known.push(slot);
    if (known !== undefined || tensor.body === undefined) return;
    const placed = new Map(tensor.body.terms.flatMap((term) => partsIn(term).map((part) => [withinTerm(term, part.name), part] as const)));
    for (const [name, { use }] of placed) visit({ is: 'core', owner: tensor, name, tensor: use.tensor });
  };
  for (const { id, path, terms } of draft.weights) {
    for (const { use, name } of terms)
      visit({ is: 'term', weight: id, path: name === undefined ? path : `${path}.${name}`, tensor: use.tensor });
  }
  return slots;
}

/** All names of every tensor, in the order in which its members became one; the first is canonical. */
export function namesOf(draft: Draft, slots: ReadonlyMap<Tensor, readonly Slot[]> = slotsOf(draft)): (tensor: Tensor) => readonly Path[] {
  const known = new Map<Tensor, readonly Path[]>();
  const names = (tensor: Tensor): readonly Path[] => {
    const before = known.get(tensor);
    if (before !== undefined) return before;
    const own = slots.get(tensor) ?? [];
    const found = tensor.members.flatMap((member) =>
      own
        .filter((slot) => slot.tensor === member)
        .flatMap((slot) => (slot.is === 'term' ? [slot.path] : names(slot.owner).map((path) => `${path}.${slot.name}`))),
    );
    known.set(tensor, found);
    return found;
  };
  return names;
}

/** The canonical name, for messages. */
export function nameOf(draft: Draft, tensor: Tensor): Path {
  return namesOf(draft)(tensor)[0] ?? 'a tensor';
}
