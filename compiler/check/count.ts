/** Layers and tensors of a model are counted wherever they are made, so that no program runs away (B212). */
import { type Place, Refused } from '../../grammar/diagnostic.ts';
import type { Draft } from './draft.ts';
import { refuse } from './refuse.ts';

/** Of a family, and of a whole model. */
export const mostMembers = 50_000;

/** One more; told once, since whatever else would be made is too much for the same reason. */
export function countMember(draft: Draft, at: Place, path: string): void {
  if (++draft.members <= mostMembers) return;
  if (draft.members > mostMembers + 1) throw new Refused([]);
  refuse({
    code: 'B212',
    message: `the model has more than ${mostMembers} layers and tensors`,
    at,
    label: `at ${path}`,
    hint: 'a layer that is applied many times is declared without an index',
  });
}
