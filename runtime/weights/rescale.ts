/**
 * Draws of networks, made as large as the law of the whole weight says. The deviation of a core's entries is right on average over draws
 * only: a product of many cores is lognormal, and single draws are off by orders of magnitude. So each draw is measured, and the cores
 * whose law nobody stated are multiplied by one factor for each of their places.
 *
 * Cores that weights share make one system in the logarithms of the factors. Its solution of least norm, in which each place counts once,
 * comes from projecting on one weight after another (Kaczmarz 1937). Where laws contradict each other the first weight has its own.
 */
import type { Model, NetworkTerm, Weight } from '../../compiler/values/model.ts';
import { factoredBy } from '../../compiler/values/term.ts';
import { familyOf } from './family.ts';
import { networkNorm } from './network-norm.ts';
import type { HostTensor } from './tensor.ts';
import { count } from './tensor.ts';

export interface Rescaling {
  /** Of each parameter's draw, by id; 1 where nothing is to do. */
  readonly factors: readonly number[];
  /** Weights that do not start as their law says. */
  readonly warnings: readonly string[];
}

const MOST_SWEEPS = 1000;
/** Of logarithms: beyond the first a weight has not the norm that was asked for, below the second there is nothing to do. */
const OFF = 0.02;
const REACHED = 1e-12;

/** A weight that is `lack` too small, in logarithms, and what can be done about it: draws by name, once for each of their places. */
interface Demand {
  readonly weight: Weight;
  readonly wanted: number;
  readonly lack: number;
  readonly free: readonly string[];
}

/** `draws` are without the scales of parameters; `nameOf` is equal for parameters whose draws are equal. */
export function rescalingOf(model: Model, draws: readonly HostTensor[], nameOf: (parameter: number) => string): Rescaling {
  const warnings: string[] = [];
  const demands = new Map<string, Demand>();
  for (const weight of model.weights) {
    for (const term of weight.terms) {
      if (term.is !== 'network' || term.drawn === undefined || term.drawn === 0) continue;
      const names = term.nodes.map(({ parameter }) => nameOf(parameter));
      // Members of a family are one network: it has the norm of them all.
      const key = JSON.stringify([names, term.nodes.map(({ legs }) => legs), term.drawn, weight.axes.map(({ size }) => size)]);
      if (demands.has(key) || term.nodes.every(({ parameter }) => model.parameters[parameter].init.law.is === 'source')) continue;
      const demand = demandOf(model, draws, weight, term, names);
      if (typeof demand === 'string') warnings.push(demand);
      else demands.set(key, demand);
    }
  }
  const { logarithms, left } = solve([...demands.values()]);
  for (const [{ weight, wanted }, lack] of left) {
    if (Math.abs(lack) > OFF)
      warnings.push(
        `${weight.path} starts with a root mean square of ${(wanted * Math.exp(-lack)).toPrecision(3)} where its law says ${wanted.toPrecision(3)}: ` +
          'the cores that it shares follow the laws of other weights, and it has none that is free',
      );
  }
  return { factors: model.parameters.map(({ id }) => Math.exp(logarithms.get(nameOf(id)) ?? 0)), warnings };
}

function demandOf(
  model: Model,
  draws: readonly HostTensor[],
  weight: Weight,
  term: NetworkTerm,
  names: readonly string[],
): Demand | string {
  const cores = term.nodes.map(({ parameter }) => draws[parameter]);
  const wanted = term.drawn!;
  const { network, axes } = familyOf(term, factoredBy(term, weight.axes));
  const length = networkNorm(network, axes, cores);
  if (length === undefined)
    return `${weight.path}: the network is too large to be measured, so its first values have their root mean square of ${wanted.toPrecision(3)} on average only`;
  const lack = length === 0 ? 0 : Math.log(wanted) + Math.log(count(axes.map(({ size }) => size))) / 2 - Math.log(length);
  return { weight, wanted, lack, free: names.filter((_, k) => model.parameters[term.nodes[k].parameter].init.free) };
}

function solve(demands: readonly Demand[]): { logarithms: Map<string, number>; left: Map<Demand, number> } {
  const logarithms = new Map(demands.flatMap(({ free }) => free.map((name) => [name, 0])));
  const lackOf = ({ lack, free }: Demand) => free.reduce((rest, name) => rest - logarithms.get(name)!, lack);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    if (demands.every((demand) => demand.free.length === 0 || Math.abs(lackOf(demand)) <= REACHED)) break;
    for (const demand of demands.toReversed()) {
      // One place of each name takes the same share: a name with two places counts twice in the sum.
      const share = lackOf(demand) / demand.free.length;
      for (const name of new Set(demand.free)) logarithms.set(name, logarithms.get(name)! + share);
    }
  }
  return { logarithms, left: new Map(demands.map((demand) => [demand, lackOf(demand)])) };
}
