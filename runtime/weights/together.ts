/** Weights whose bonds are chosen together: what each is a candidate for, and what one budget of entries makes of them. */
import type { Budget } from '../../compiler/values/model.ts';
import { BondsmithError } from '../../grammar/error.ts';
import type { Choice } from './budget.ts';
import { fewestEntries, withinEntries } from './budget.ts';
import { isDirect, seenThrough } from './calibrated.ts';
import type { Candidate } from './candidate.ts';
import { cappedCandidate, treeCandidate } from './candidate.ts';
import type { DecomposeOptions } from './decompose.ts';
import { decompose, refuseNotFinite } from './decompose.ts';
import { canonicalCores } from './gauge.ts';
import type { Moments } from './input-moment.ts';
import { outputNorm, sidesOf } from './input-moment.ts';
import type { Factored, WeightNetwork } from './network.ts';
import { bondLegs, factorWeight, legSize, mergeNetwork } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, norm } from './tensor.ts';
import { isTree, rootTree } from './tree.ts';
import { distinctCuts } from './truncate.ts';

export interface Together {
  readonly joint: number;
  readonly weights: number;
  /** Of the networks, and of the dense weights. */
  readonly entries: number;
  readonly dense: number;
  /**
   * Root mean square over the weights of the relative errors that the choice was made by (on trees the bound from discarded singular values);
   * `by inputs and gradients`: the root of the sum, in units of the loss.
   */
  readonly loss: number;
  /** No choice of so many entries has less. */
  readonly least?: number;
}

/** Thrown where a share of all dense entries cannot be reached even with all bonds at 1. */
export class TooFew extends BondsmithError {
  constructor({ value }: Budget, fewest: number, dense: number) {
    const least = (Math.ceil((fewest / dense) * 1e6) / 1e6).toString();
    super(
      'too-small',
      `share ${value} of the ${dense} entries of all is ${Math.floor(value * dense)}, but with all bonds at 1 the networks still have ${fewest}; ask for at least ${least}`,
    );
    this.name = 'TooFew';
  }
}

/** A weight as a candidate. Throws RangeError where a value is not finite, no bond can change, or calibration data never reach it. */
export function candidateFor(
  weight: HostTensor,
  axes: readonly Factored[],
  network: WeightNetwork,
  moments: Moments | undefined,
  seed: DecomposeOptions['seed'],
): Candidate {
  if (!Number.isFinite(norm(weight.data))) refuseNotFinite(weight);
  const sides = moments === undefined ? [] : sidesOf(moments, axes);
  const caps = new Map(bondLegs(network).map((leg) => [leg, legSize(network, leg)]));
  const dense = count(weight.shape);
  // Roots are of moments over their means; gradients make squared errors changes of the loss, which weights have in common.
  const absolute = moments?.gradients === undefined ? undefined : sides.reduce((product, { scale }) => product * scale, 1);
  if (isTree(network) && isDirect(network, sides)) {
    const seen = seenThrough(weight, sides);
    const square = norm(seen.data) ** 2;
    const tree = rootTree(network);
    const { spectra } = canonicalCores(factorWeight(seen, axes), network, tree);
    return treeCandidate(network, distinctCuts(network, tree, spectra), caps, dense, absolute ?? (square === 0 ? 0 : 1 / square));
  }
  const whole = moments === undefined ? norm(weight.data) : outputNorm(weight, moments);
  return cappedCandidate(network, caps, dense, (sizes) => {
    const { cores, error } = decompose(weight, axes, network, { sizes, seed });
    if (moments === undefined) return error ** 2;
    const merged = mergeNetwork(network, axes, cores);
    const far = outputNorm({ shape: weight.shape, data: weight.data.map((value, k) => value - merged.data[k]) }, moments);
    return absolute === undefined ? (whole === 0 ? 0 : (far / whole) ** 2) : far ** 2;
  });
}

/** Sizes of bonds by candidate. Throws TooFew. */
export function chooseTogether(
  budget: Budget,
  candidates: readonly Candidate[],
  weighted: boolean,
): { readonly sizes: readonly ReadonlyMap<number, number>[]; readonly report: Together } {
  const dense = candidates.reduce((sum, candidate) => sum + candidate.dense, 0);
  // What is tried for a loss may be less than there is.
  const fewest = budget.measure === 'loss' ? fewestEntries(candidates) : 0;
  const choice = withinEntries(candidates, Math.max(fewest, budget.value * dense));
  if (choice === undefined) throw new TooFew(budget, fewestEntries(candidates), dense);
  return {
    sizes: candidates.map((candidate, k) => candidate.sizes(choice.states[k])),
    report: reportOf(budget, candidates, choice, dense, weighted),
  };
}

function reportOf(
  { joint }: Budget,
  { length }: readonly Candidate[],
  { entries, loss, least }: Choice,
  dense: number,
  weighted: boolean,
): Together {
  const mean = (sum: number) => Math.sqrt(Math.max(0, sum) / (weighted ? 1 : length));
  return { joint, weights: length, entries, dense, loss: mean(loss), ...(least === undefined ? {} : { least: mean(least) }) };
}
