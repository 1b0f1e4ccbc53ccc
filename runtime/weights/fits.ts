/**
 * Fits of one weight at several sizes of bonds. Each also starts from the next smaller one, so that a larger bond is never worse; none is
 * computed twice.
 */
import type { Words } from '../../compiler/values/random.ts';
import { contract } from './contract.ts';
import type { Fit } from './fit.ts';
import { fitNetwork } from './fit.ts';
import { freeBonds, resized } from './free-bonds.ts';
import type { WeightNetwork } from './network.ts';
import { bondLegs, legSize, lettered, outerLegs } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { distance, norm } from './tensor.ts';

/** A fit with the sizes that it has and the relative error that it reaches. */
export interface MeasuredFit extends Fit {
  readonly network: WeightNetwork;
  readonly error: number;
}

/** Random starts of a fit that is only a start itself. */
const STEPS = 2;
/** Up to this size the next smaller bond is one less, above it half. */
const SINGLE = 8;

export class Fits {
  readonly #weight: HostTensor;
  readonly #seed: Words;
  readonly #stop: (() => boolean) | undefined;
  readonly #known = new Map<string, MeasuredFit>();

  /** `weight` has one axis for each outer leg, in the order of `outerLegs`; `stop` is asked between iterations. */
  constructor(weight: HostTensor, seed: Words, stop?: () => boolean) {
    this.#stop = stop;
    this.#weight = weight;
    this.#seed = seed;
  }

  /** `near`: other fits that have the sizes of this one or less. */
  of(network: WeightNetwork, near: readonly MeasuredFit[] = [], starts?: number): MeasuredFit {
    const key = bondLegs(network)
      .map((leg) => legSize(network, leg))
      .join();
    const before = this.#known.get(key);
    if (before !== undefined && near.length === 0) return before;
    const below = this.#below(network);
    const known = [...(before === undefined ? [] : [before]), ...(below === undefined ? [] : [below]), ...near].map(({ cores }) => cores);
    const fit = fitNetwork(this.#weight, network, this.#seed, known, starts, this.#stop);
    const measured = { ...fit, network, error: this.errorOf(network, fit.cores) };
    if (before !== undefined && before.error <= measured.error) return before;
    this.#known.set(key, measured);
    return measured;
  }

  errorOf(network: WeightNetwork, cores: readonly HostTensor[]): number {
    const merged = contract(lettered(network, cores), outerLegs(network));
    return distance(merged.data, this.#weight.data) / (norm(this.#weight.data) || 1);
  }

  #below(network: WeightNetwork): MeasuredFit | undefined {
    const free = freeBonds(network);
    const most = Math.max(0, ...free.map((leg) => legSize(network, leg)));
    if (most <= 1 || norm(this.#weight.data) === 0) return undefined;
    const cap = most <= SINGLE ? most - 1 : most >> 1;
    return this.of(
      resized(network, (leg) => (free.includes(leg) ? Math.min(legSize(network, leg), cap) : legSize(network, leg))),
      [],
      STEPS,
    );
  }
}
