/**
 * What an optimiser knows of a weight, told to the cores that take its place. Let J be the linear map from gradients of the weight to
 * gradients of the cores: the backward pass of the rebuild. Averages of gradients go through J exactly while the cores rest; averages of
 * squared gradients go through J with squared entries, which is what independent entries of the gradient would give.
 */
import type { Lettered } from './contract.ts';
import { contract } from './contract.ts';
import type { Factored, WeightNetwork } from './network.ts';
import { factorWeight, lettered, outerLegs } from './network.ts';
import type { HostTensor } from './tensor.ts';

/**
 * `moment` has the shape of the weight, the result that of `cores[k]`, the core of node k. `power` 1: an average of gradients; 2: of their
 * squares. Cores must be distinct. Throws RangeError where shapes disagree.
 */
export function transportToCore(
  network: WeightNetwork,
  axes: readonly Factored[],
  cores: readonly HostTensor[],
  k: number,
  moment: HostTensor,
  power: 1 | 2,
): HostTensor {
  const operands = lettered(network, cores);
  const { letters } = operands[k];
  const others = operands.filter((_, other) => other !== k);
  const environments = power === 1 ? others : branches(others).map((branch) => squaredBranch(branch, letters));
  return contract([{ letters: outerLegs(network), tensor: factorWeight(moment, axes) }, ...environments], letters);
}

/** Operands that bonds among them hold together; an entry of J is a product of one entry of each branch. */
function branches(operands: readonly Lettered[]): Lettered[][] {
  const found: Lettered[][] = [];
  for (const operand of operands) {
    const touched = found.filter((branch) => branch.some(({ letters }) => letters.some((letter) => operand.letters.includes(letter))));
    for (const branch of touched) found.splice(found.indexOf(branch), 1);
    found.push([...touched.flat(), operand]);
  }
  return found;
}

/** The branch as one tensor, on its outer legs and its bonds with the core, every entry squared. */
function squaredBranch(branch: readonly Lettered[], core: readonly number[]): Lettered {
  const uses = new Map<number, number>();
  for (const { letters } of branch) for (const letter of letters) uses.set(letter, (uses.get(letter) ?? 0) + 1);
  const open = [...uses].flatMap(([letter, count]) => (count === 1 || core.includes(letter) ? [letter] : []));
  const { shape, data } = contract(branch, open);
  return { letters: open, tensor: { shape, data: data.map((value) => value * value) } };
}
