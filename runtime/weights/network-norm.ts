/**
 * How long a network is, without its dense weight where that is large: contracted with itself. Rows of padding do not count: the positions
 * below the size of an axis are a few boxes in its factors (all that agree with the size in their first digits and are below it in the
 * next), and the squares of disjoint boxes add up.
 */
import type { Lettered } from './contract.ts';
import { contract, contractionOrder } from './contract.ts';
import type { Factored, WeightNetwork } from './network.ts';
import { lettered, mergeNetwork, outerLegs } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, gather, norm, strides } from './tensor.ts';

/** Multiply-adds and entries beyond which a norm is not worth its time. */
const MOST_WORK = 2 ** 34;
const MOST_ENTRIES = 2 ** 26;

/** |W| of the merged weight, without padding; undefined where both ways to it are too long. `cores[k]` belongs to node k. */
export function networkNorm(network: WeightNetwork, axes: readonly Factored[], cores: readonly HostTensor[]): number | undefined {
  const operands = lettered(network, cores);
  const boxes = boxesOf(network, axes);
  const doubled = withCopy(network, operands);
  const cost = (list: readonly Lettered[], output: readonly number[]) =>
    contractionOrder(
      list.map(({ letters, tensor }) => ({ letters, shape: tensor.shape })),
      output,
    );
  const self = cost(doubled, []);
  const dense = cost(operands, outerLegs(network));
  const fits = ({ work, largest }: typeof self, times: number) => work * times <= MOST_WORK && largest <= MOST_ENTRIES;
  if (fits(self, boxes.length) && self.work * boxes.length <= dense.work) {
    const square = boxes.reduce((sum, box) => sum + contract(withCopy(network, sliced(operands, box)), []).data[0], 0);
    return Math.sqrt(Math.max(0, square));
  }
  return fits(dense, 1) ? norm(mergeNetwork(network, axes, cores).data) : undefined;
}

/** All operands, and all again with other letters for the bonds. */
function withCopy(network: WeightNetwork, operands: readonly Lettered[]): Lettered[] {
  const outer = new Set(outerLegs(network));
  const far = 1 + Math.max(...network.legs.map(({ id }) => id));
  return [
    ...operands,
    ...operands.map(({ letters, tensor }) => ({ letters: letters.map((leg) => (outer.has(leg) ? leg : leg + far)), tensor })),
  ];
}

/** By outer leg the positions [from, to); legs that are not there keep all. */
type Box = ReadonlyMap<number, readonly [from: number, to: number]>;

function boxesOf({ legs }: WeightNetwork, axes: readonly Factored[]): Box[] {
  let boxes: Box[] = [new Map()];
  axes.forEach(({ size, factors }, axis) => {
    if (size === count(factors)) return;
    const idOf = (factor: number) => legs.find(({ outer }) => outer?.[0] === axis && outer[1] === factor)!.id;
    const digits = factors.map((factor, k) => Math.floor(size / count(factors.slice(k + 1))) % factor);
    const own = digits.flatMap((digit, k): Box[] => {
      if (digit === 0) return [];
      const before = digits.slice(0, k).map((earlier, j) => [idOf(j), [earlier, earlier + 1]] as const);
      return [new Map([...before, [idOf(k), [0, digit]]])];
    });
    boxes = boxes.flatMap((box) => own.map((more) => new Map([...box, ...more])));
  });
  return boxes;
}

function sliced(operands: readonly Lettered[], box: Box): Lettered[] {
  if (box.size === 0) return [...operands];
  return operands.map(({ letters, tensor }) => {
    const steps = strides(tensor.shape);
    const ranges = letters.map((leg, axis) => box.get(leg) ?? ([0, tensor.shape[axis]] as const));
    const shape = ranges.map(([from, to]) => to - from);
    const offset = ranges.reduce((sum, [from], axis) => sum + from * steps[axis], 0);
    return { letters, tensor: { shape, data: gather(tensor.data, offset, shape, steps) } };
  });
}
