/** New tensors of a draft. */
import type { Draft } from '../draft.ts';
import type { Tensor } from './tensor.ts';

export type Made = Pick<Tensor, 'legs' | 'law' | 'origin' | 'init'> &
  Partial<Pick<Tensor, 'role' | 'core' | 'stated' | 'declared' | 'positions'>>;

/** A leaf, trained unless it is seeded or positions; `id` is its position among those that were made. */
export function newTensor(id: number, made: Made): Tensor {
  const update: Tensor['update'] = made.origin.is === 'seeded' || made.positions !== undefined ? { frozen: true } : { frozen: false };
  const tensor: Tensor = { ...made, id, update, decided: new Map(), members: [] };
  tensor.members.push(tensor);
  return tensor;
}

export function addTensor({ tensors }: Draft, made: Made): Tensor {
  const tensor = newTensor(tensors.length, made);
  tensors.push(tensor);
  return tensor;
}
