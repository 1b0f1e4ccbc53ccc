/**
 * First values of networks. A law in a topology is literal, or made from the standard deviation of the whole (`deviation`). The other
 * cores get the one normal law that gives the whole the second moment that the weight's law has. Of a sum, terms whose laws are all
 * literal keep them, and the others share what is left of the mean square, since draws of terms are independent.
 */
import { coreConstant, coreDeviation } from '../../network/initial-variance.ts';
import type { Law, Start } from '../../values/model.ts';
import { refuse } from '../refuse.ts';
import { productOf } from '../topology/factors.ts';
import { usesDeviation } from '../topology/flatten.ts';
import type { TopologyCore, TopologyNetwork } from '../topology.ts';
import type { Drawn } from './attach.ts';

/** What one term is to be like as a whole; `ones` is the value that all of its entries have by the law `ones`. */
export interface TermLaw {
  readonly law: Law;
  readonly ones: number;
}

/** By term. Refuses sums that cannot be as the law says: of terms that all start at zero, or that are larger than it by laws of their own. */
export function termLaws(sum: readonly Drawn[], law: Law): TermLaw[] {
  const alone = sum.map((): TermLaw => ({ law, ones: 1 }));
  if (sum.length === 1 || law.is === 'source' || law.is === 'zeros') return alone;
  const fixed = sum.map(({ network }) => fixedSquare(network));
  if (fixed.every((square) => square === 0)) refuseZeros(sum);
  const free = fixed.filter((square) => square === undefined).length;
  const stated = fixed.reduce<number>((total, square) => total + (square ?? 0), 0);
  if (law.is === 'ones') return alone.map((term) => ({ ...term, ones: 1 / Math.max(1, free) }));
  if (free === 0 || (free === 1 && stated === 0)) return alone;
  const whole = rootMeanSquare(law, sum[0]!.network);
  const deviation = sharedDeviation(fixed, whole);
  if (deviation !== undefined) return alone.map((term) => ({ ...term, law: { is: 'normal', deviation } }));
  const at = sum[fixed.findIndex((square) => square !== undefined && square > 0)]!.at;
  return refuse({
    code: 'B632',
    message: `the terms with laws of their own have a root mean square of ${Math.sqrt(stated).toPrecision(3)}, the weight's law says ${whole.toPrecision(3)}`,
    at,
    label: 'leaves nothing for the other terms',
    hint: 'smaller laws in the topology, or a greater one where the weight is declared',
  });
}

/** The standard deviation of each term that follows the law of the whole, for a whole of `deviation`; undefined where nothing is left. */
export function sharedDeviation(fixed: readonly (number | undefined)[], deviation: number): number | undefined {
  const free = fixed.filter((square) => square === undefined).length;
  const left = deviation ** 2 - fixed.reduce<number>((total, square) => total + (square ?? 0), 0);
  return left > 0 ? Math.sqrt(left / free) : undefined;
}

function refuseZeros(sum: readonly Drawn[]): never {
  const [first, ...others] = sum as [Drawn, ...Drawn[]];
  return refuse({
    code: 'B631',
    message: 'all terms of this sum start at zero, so the weight would not start as its law says',
    at: first.at,
    label: 'has a core of zeros',
    also: others.map(({ at }) => ({ place: at, text: 'has one too' })),
    hint: 'add a term that starts from the law, such as `mpo`, or one without a core of zeros',
  });
}

/**
 * The mean square of entries that laws of its cores alone decide: 0 with a core of zeros, else where every core states one that is literal
 * (for distinct cores of mean 0). Undefined where the network follows the law of the whole.
 */
export function fixedSquare({ cores, nodes, legs }: TopologyNetwork): number | undefined {
  const literal = cores.map(({ law }) => (law === undefined || usesDeviation(law) ? undefined : law(1)));
  if (literal.some((law) => law?.is === 'zeros')) return 0;
  if (literal.includes(undefined)) return undefined;
  const bonds = legs.reduce((product, leg) => (leg.outer === undefined ? product * leg.size : product), 1);
  return nodes.reduce((product, { core }) => product * meanSquare(literal[core]!, cores[core]!), bonds);
}

function meanSquare(law: Law, { legs }: TopologyCore): number {
  if (law.is !== 'orthogonal') return rootMeanSquareOf(law) ** 2;
  const columns = legs.at(-1)?.size ?? 1;
  const rows = legs.slice(0, -1).reduce((product, { size }) => product * size, 1);
  return 1 / Math.max(rows, columns);
}

/**
 * Initial laws of the cores of one term. A tensor of zeros has one core of zeros, one that is placed once where there is such, so that
 * gradients reach it.
 */
export function coreLaws(network: TopologyNetwork, { law, ones }: TermLaw): Start[] {
  const automatic = automaticLaw(network, law, ones);
  const once = (core: number) => network.nodes.filter((node) => node.core === core).length === 1;
  const open = network.cores.flatMap((core, k) => (core.law === undefined || (usesDeviation(core.law) && !core.seeded) ? [k] : []));
  const started = network.cores.some((core) => core.law?.(1).is === 'zeros');
  const last = started ? undefined : (open.findLast(once) ?? open.at(-1));
  return network.cores.map((core, k) => {
    if (law.is === 'source' || (law.is === 'zeros' && k === last)) return { law, scale: 1 };
    return core.law === undefined ? automatic : { law: core.law(rootMeanSquare(law, network)), scale: 1 };
  });
}

/** Whether the declaration makes the variance of the whole tensor what is asked for. */
export function statesVariance({ cores }: TopologyNetwork): boolean {
  return cores.some(({ law }) => law !== undefined && usesDeviation(law));
}

function automaticLaw(network: TopologyNetwork, law: Law, ones: number): Start {
  if (law.is === 'ones') return { law, scale: coreConstant(network, ones) };
  return { law: { is: 'normal', deviation: coreDeviation(network, rootMeanSquare(law, network)) }, scale: 1, free: true };
}

/** The root mean square of a draw of the term, where no core has a law of its own. */
export function drawnAs(network: TopologyNetwork, { law }: TermLaw): number | undefined {
  const whole = law.is === 'normal' || law.is === 'uniform' || law.is === 'orthogonal';
  return whole && network.cores.every((core) => core.law === undefined) ? rootMeanSquare(law, network) : undefined;
}

function rootMeanSquare(law: Law, network: TopologyNetwork): number {
  return rootMeanSquareAt(
    law,
    network.axes.map(({ factors }) => productOf(factors)),
  );
}

/** Of a draw of a tensor of these sizes. */
export function rootMeanSquareAt(law: Law, sizes: readonly number[]): number {
  if (law.is !== 'orthogonal') return rootMeanSquareOf(law);
  return 1 / Math.sqrt(Math.max(sizes[0] ?? 1, productOf(sizes.slice(1))));
}

function rootMeanSquareOf(law: Exclude<Law, { is: 'orthogonal' }>): number {
  switch (law.is) {
    case 'normal':
      return law.deviation;
    case 'uniform':
      return Math.sqrt((law.low ** 2 + law.low * law.high + law.high ** 2) / 3);
    default:
      return 1;
  }
}
