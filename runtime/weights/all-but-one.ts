/**
 * A tensor contracted with all cores but one: of the weight it is the right side of a least-squares problem in that core, of a residual
 * it is the gradient. All of them together read the tensor a few times, not once for each core: each half of the cores gets the tensor
 * contracted with the other half, in as many parts as have nothing to sum between them.
 */
import type { Lettered } from './contract.ts';
import { contract } from './contract.ts';
import type { WeightNetwork } from './network.ts';
import { lettered } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, strides } from './tensor.ts';

/**
 * Calls `visit` with every core's position and what the others make of `whole`: the product of some tensors whose letters are those legs
 * of the core that another core or `whole` has. `visit` may replace its core: later calls see the new one.
 */
export function visitAllButOne(
  network: WeightNetwork,
  cores: readonly HostTensor[],
  whole: Lettered,
  visit: (position: number, others: readonly Lettered[]) => void,
): void {
  const descend = (rest: readonly Lettered[], from: number, to: number): void => {
    if (to - from === 1) {
      visit(from, rest);
      return;
    }
    const middle = (from + to) >> 1;
    descend(without(network, cores, rest, [from, middle], [middle, to]), from, middle);
    descend(without(network, cores, rest, [middle, to], [from, middle]), middle, to);
  };
  descend([whole], 0, cores.length);
}

type Range = readonly [from: number, to: number];

/** `rest` and the cores of `gone`, without the letters that the cores of `left` lack. */
function without(network: WeightNetwork, cores: readonly HostTensor[], rest: readonly Lettered[], left: Range, gone: Range): Lettered[] {
  const kept = new Set(network.nodes.slice(...left).flatMap((node) => [...node.legs]));
  return connected([...rest, ...lettered(network, cores).slice(...gone)], kept).map((part) => {
    const letters = [...new Set(part.flatMap((operand) => [...operand.letters]))].filter((letter) => kept.has(letter));
    return { letters, tensor: contract(part, letters) };
  });
}

/** Operands that share a letter which is not kept belong together. */
function connected(operands: readonly Lettered[], kept: ReadonlySet<number>): Lettered[][] {
  const parts: { operands: Lettered[]; summed: Set<number> }[] = [];
  for (const operand of operands) {
    const summed = operand.letters.filter((letter) => !kept.has(letter));
    const joined = parts.filter((part) => summed.some((letter) => part.summed.has(letter)));
    for (const part of joined) parts.splice(parts.indexOf(part), 1);
    const all = joined.flatMap((part) => [...part.summed]);
    parts.push({ operands: [...joined.flatMap((part) => part.operands), operand], summed: new Set([...all, ...summed]) });
  }
  return parts.map((part) => part.operands);
}

/**
 * `source` in the shape of a core with these legs: 0 where a leg stands twice and its two positions differ (a trace), the same value for
 * every position of a leg that the source lacks.
 */
export function spread(source: Lettered, legs: readonly number[], shape: readonly number[]): HostTensor {
  const letters = [...new Set(legs)];
  const steps = strides(shape);
  const from = strides(source.tensor.shape);
  const data = new Float64Array(count(shape));
  const axes = letters.map((letter) => {
    const axis = source.letters.indexOf(letter);
    const to = legs.reduce((sum, leg, k) => (leg === letter ? sum + steps[k] : sum), 0);
    return { size: shape[legs.indexOf(letter)], to, from: axis < 0 ? 0 : from[axis] };
  });
  const fill = (axis: number, to: number, at: number): void => {
    if (axis === axes.length) {
      data[to] = source.tensor.data[at];
      return;
    }
    for (let k = 0; k < axes[axis].size; k++) fill(axis + 1, to + k * axes[axis].to, at + k * axes[axis].from);
  };
  fill(0, 0, 0);
  return { shape, data };
}
