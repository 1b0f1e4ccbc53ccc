/** `as mpo[...](b = 8) + low_rank(r = 4) named second`: the terms of a sum and their names, which paths lead through. */
import type * as tree from '../../../grammar/tree.ts';
import type { Draft, DraftWeight } from '../draft.ts';
import { refuse } from '../refuse.ts';

import type { GivenAxis } from '../topology/use.ts';

import { type Drawn, type Making, networkOn, type Sum } from './attach.ts';
import { checkOrder, isSparse, refuseTerm, sparseOn } from './sparse.ts';
import { resolve, type Tensor } from './tensor.ts';

/** The networks that the text says, on the axes of a weight. A term is called after its topology or as it says; one alone only as it says. */
export function sumOn(
  making: Making,
  terms: readonly tree.Term[],
  weight: Pick<DraftWeight, 'axes' | 'path' | 'place'>,
  family: readonly GivenAxis[] = [],
): Sum {
  const sum = terms.map(({ topology, named }): Drawn => {
    const network = isSparse(making, topology) ? sparseTerm(making, topology, weight, family) : networkOn(making, topology, weight, family);
    const name = named?.name ?? (terms.length === 1 ? undefined : network.topology);
    return { network, at: topology.place, ...(name === undefined ? {} : { name }) };
  });
  for (const [k, { name, at }] of sum.entries()) {
    const first = sum.slice(0, k).find((before) => before.name === name);
    if (first === undefined) continue;
    refuse({
      code: 'B630',
      message: `two terms of this sum are called \`${name}\``,
      at: terms[k]!.named?.place ?? at,
      label: 'second',
      also: [{ place: terms[sum.indexOf(first)]!.named?.place ?? first.at, text: 'first' }],
      hint: 'give it a name of its own: `... named second`',
    });
  }
  checkOrder(sum);
  return sum as [Drawn, ...Drawn[]];
}

function sparseTerm(making: Making, topology: tree.Reference, weight: Parameters<typeof sumOn>[2], family: readonly GivenAxis[]) {
  if (family.length > 0) refuseTerm(topology.place, 'a family has no misses of its own');
  return sparseOn(making, topology, weight);
}

/** B630: names of terms and of adapters are told apart in one path. */
export function refuseAdapterName(draft: Draft, sum: Sum, tensor: Tensor): void {
  for (const { name, at } of sum) {
    if (name === undefined) continue;
    const weight = draft.weights.find(({ terms }) => terms.some((term) => term.name === name) && resolve(terms[0]!.use).tensor === tensor);
    if (weight === undefined) continue;
    refuse({
      code: 'B630',
      message: `${weight.path} has an adapter \`${name}\`, and a term would be called so too`,
      at,
      label: 'a second one of that name',
      hint: 'give it a name of its own: `... named second`',
    });
  }
}
