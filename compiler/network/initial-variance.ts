/**
 * Initial values of a decomposed weight that nothing is given for: the law asked for is that of the reconstructed weight W, so the
 * cores get the standard deviation that gives W its second moment.
 *
 * W is a sum, over all values of the bonds, of products of one entry of each core. Entries of distinct cores are independent with
 * mean 0, so products of different bond values are uncorrelated, and E[W^2] is the network with every entry replaced by its variance,
 * contracted. With one variance v for all K cores that is (product of the bond sizes) v^K, whatever the topology. In logarithms, since
 * the product of hundreds of bonds overflows.
 */

/** The legs of a network term: those without `outer` are summed. */
export interface SummedNetwork {
  readonly nodes: readonly unknown[];
  readonly legs: readonly { readonly size: number; readonly outer?: unknown }[];
}

/**
 * The standard deviation of every core's entries that gives W entries of standard deviation `deviation`. Exact for distinct cores with
 * independent entries of mean 0; where one core stands at several places the products are not all uncorrelated and the topology has to
 * state laws of its own.
 */
export function coreDeviation(network: SummedNetwork, deviation: number): number {
  return deviation === 0 ? 0 : Math.exp((Math.log(deviation) - logarithmOfBonds(network) / 2) / network.nodes.length);
}

/** The value of every core's entries for which all entries of W are `value` > 0. */
export function coreConstant(network: SummedNetwork, value: number): number {
  return Math.exp((Math.log(value) - logarithmOfBonds(network)) / network.nodes.length);
}

function logarithmOfBonds(network: SummedNetwork): number {
  let sum = 0;
  for (const leg of network.legs) if (leg.outer === undefined) sum += Math.log(leg.size);
  return sum;
}
