/** One weight of given sizes as a network, for tests of topologies: its model, its values, and its dense form by the plainest sum. */
import { networkOf } from '../../compiler/index.ts';
import type { Model, NetworkTerm, WeightAxis } from '../../compiler/values/model.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeNetwork } from '../../runtime/weights/network.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { count, strides } from '../../runtime/weights/tensor.ts';
import { modelOf } from '../check/program.ts';

const names = ['rows', 'columns', 'tall', 'wide'];

export interface Use {
  /** `mpo[2*3, 4*5](b = 2)`. */
  readonly as: string;
  readonly sizes: readonly number[];
  /** Topologies beside those of the library. */
  readonly own?: string;
  readonly law?: string;
  /** Further statements of the variant. */
  readonly more?: string;
  /** Whether values of `w` will be given. */
  readonly given?: boolean;
}

/** A model whose function `whole` yields its only weight `w`. */
export function weightModel({ as, sizes, own = '', law = 'normal(0.3)', more = '', given = false }: Use): Model {
  const axes = names.slice(0, sizes.length);
  const list = axes.join(', ');
  const text = `edition 1
${own}
model Whole(${axes.map((axis, k) => `${axis} = ${sizes[k]}`).join(', ')}) {
  axis batch
  input x[batch]
  w: [${list}] ~ ${law}
  fn whole(x[batch]) -> y[batch, ${list}] { y[batch, ${list}] = x * w }
  loss size = mean(whole(x) ^ 2)
}
variant Network of Whole {
  decompose w as ${as}
  ${more}
}`;
  return modelOf(text, 'Network', given ? { source: new Set(['w']) } : {});
}

export const networkIn = (model: Model): NetworkTerm => networkOf(model.weights[0])!;

/** By node. */
export function coresIn(model: Model, values: readonly HostTensor[]): HostTensor[] {
  return networkIn(model).nodes.map(({ parameter }) => values[parameter]);
}
export function mergedWeight(model: Model, values: readonly HostTensor[]): HostTensor {
  return mergeNetwork(networkIn(model), model.weights[0].axes, coresIn(model, values));
}

/** The dense weight as the sum over all positions of all legs, one product of entries at a time. */
export function naiveWeight({ nodes, legs }: NetworkTerm, axes: readonly WeightAxis[], cores: readonly HostTensor[]): HostTensor {
  const shape = axes.map(({ size }) => size);
  const whole = { shape, data: new Float64Array(count(shape)) };
  const steps = strides(shape);
  const coreSteps = cores.map((core) => strides(core.shape));
  const place = new Map<number, number>();
  const visit = (next: number): void => {
    if (next < legs.length) {
      for (let position = 0; position < legs[next].size; position++) {
        place.set(legs[next].id, position);
        visit(next + 1);
      }
      return;
    }
    const at = axes.map(({ factors }, axis) =>
      factors.reduce((sum, factor, k) => sum * factor + place.get(legs.find(({ outer }) => outer?.[0] === axis && outer[1] === k)!.id)!, 0),
    );
    if (at.some((position, axis) => position >= shape[axis])) return;
    const entry = (node: number) =>
      cores[node].data[nodes[node].legs.reduce((sum, leg, axis) => sum + place.get(leg)! * coreSteps[node][axis], 0)];
    const product = nodes.reduce((all, _, node) => all * entry(node), 1);
    whole.data[at.reduce((sum, position, axis) => sum + position * steps[axis], 0)] += product;
  };
  visit(0);
  return whole;
}

/** Mean of the squares of all entries of W over draws, and its standard error. */
export function secondMoment(model: Model, draws: number): { readonly mean: number; readonly error: number } {
  const squares = Array.from({ length: draws }, (_, seed) => {
    const { data } = mergedWeight(model, initialise(model, [seed, 7]).values);
    return data.reduce((sum, value) => sum + value * value, 0) / data.length;
  });
  const mean = squares.reduce((sum, value) => sum + value, 0) / draws;
  const variance = squares.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1);
  return { mean, error: Math.sqrt(variance / draws) };
}

/** Errors of seed after seed, at most three, up to the first that is low enough: an iteration may end in a local minimum. */
export function untilReached(wanted: number, errorOf: (seed: number) => number): number[] {
  const errors: number[] = [];
  for (let seed = 1; seed <= 3 && !(errors.at(-1)! <= wanted); seed++) errors.push(errorOf(seed));
  return errors;
}
