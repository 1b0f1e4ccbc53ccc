/**
 * From a dense weight to the cores of several networks whose sum it is: term by term on what the terms before leave, then each again on
 * what all others leave, until nothing is gained. Single entries are a term too: the largest of what the others leave, chosen anew each
 * time; the order of an axis is chosen once, for what the terms before leave. No term is exchanged for a worse one, so the error falls; what
 * it reaches is a point where no single term can do better, not always the best sum.
 */
import type { Policy } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { leastOf } from './cap.ts';
import type { BondReport, DecomposeOptions, Decomposition } from './decompose.ts';
import { decompose, missed, refuseNotFinite, unsettled } from './decompose.ts';
import { sizeOfLeg } from './decompose-tree.ts';
import { refineNetwork } from './fit.ts';
import { resized } from './free-bonds.ts';
import type { WeightNetwork } from './network.ts';
import { bondLegs, bondName, factorWeight, legSize, parameterCount } from './network.ts';
import { divided, scaledBy, scaleOf } from './scale.ts';
import { largestEntries } from './sparse.ts';
import { chosenOrders, isPlace, mergePart, ordered, type SumPart } from './sum-part.ts';
import type { HostTensor } from './tensor.ts';
import { count, norm } from './tensor.ts';
import { isTree } from './tree.ts';
import { TooSmall } from './truncate.ts';

/** Sizes of the bonds of a part, by its legs. */
type Sizes = (part: number, leg: number) => number;

/** A round that lowers the squared error by less than this share of it is the last one. */
const PROGRESS = 1e-4;
const MOST_ROUNDS = 100;
const EXACT = 1e-14;

/**
 * `cores` of the result are those of all parts in their order, and legs of bonds are numbered on through them. Throws as `decompose`.
 */
export function decomposeSum(weight: HostTensor, parts: readonly SumPart[], options: DecomposeOptions = {}): Decomposition {
  const length = norm(weight.data);
  if (!Number.isFinite(length)) refuseNotFinite(weight);
  const { policy, sizes, seed = [0, 0], round = (value: number) => value, stop } = options;
  const firsts = firstLegs(parts);
  const scale = scaleOf(weight.data);
  const fits = new SumFits(divided(weight, scale), parts, seed, stop);
  const given: Sizes = (part, leg) => sizes?.get(firsts[part] + leg) ?? legSize(parts[part].network, leg);
  const found = policy === undefined || sizes !== undefined ? fits.at(given) : byPolicy(fits, parts, policy, count(weight.shape));
  const cores = found.cores.map((own, k) =>
    scaledBack(parts[k], own, scale).map((core, c) => (isPlace(parts[k], c) ? core : rounded(core, round))),
  );
  const rest = remainder(weight, parts, cores);
  const bonds = parts.flatMap(({ network }, k) =>
    bondsOf(parts[k]).map(
      (leg): BondReport => ({
        leg: firsts[k] + leg,
        name: `${network.topology}.${bondName(network, leg)}`,
        size: sizeOfLeg(network, cores[k], leg),
      }),
    ),
  );
  const done = {
    cores: cores.flat(),
    bonds,
    parameters: parametersOf(parts, (part, leg) => sizeOfLeg(parts[part].network, cores[part], leg)),
    entries: count(weight.shape),
    error: length === 0 ? norm(rest.data) : norm(rest.data) / length,
    method: 'sum' as const,
    iterations: found.rounds,
    limited: found.limited,
  };
  return { ...done, warnings: [...idle(parts, cores, length), ...unsettled(done), ...missed(done, options)] };
}

/** Of a part of the weight divided by `scale`, that of the weight. */
function scaledBack(part: SumPart, own: readonly HostTensor[], scale: number): readonly HostTensor[] {
  const count = part.entries === undefined ? part.network.nodes.length : 1;
  return own.map((core, k) => (isPlace(part, k) ? core : scaledBy(core, scale ** (1 / count))));
}

function bondsOf({ network, entries }: SumPart): number[] {
  return entries === undefined ? bondLegs(network) : [];
}

function rounded({ shape, data }: HostTensor, round: (value: number) => number): HostTensor {
  return { shape, data: data.map(round) };
}

function firstLegs(parts: readonly SumPart[]): number[] {
  let next = 0;
  return parts.map(({ network, entries }) => {
    const first = next;
    next += entries === undefined ? network.legs.length : 0;
    return first;
  });
}

function parametersOf(parts: readonly SumPart[], size: Sizes): number {
  return parts.reduce(
    (sum, { network, entries }, k) =>
      sum +
      (entries ??
        parameterCount(
          network,
          sizesOf(network, (leg) => size(k, leg)),
        )),
    0,
  );
}

/** Of all legs, where bonds have these sizes. */
function sizesOf(network: WeightNetwork, size: (leg: number) => number): (leg: number) => number {
  return (leg) => (network.legs[leg].outer === undefined ? size(leg) : legSize(network, leg));
}

/** What the cores leave of the weight. */
function remainder(weight: HostTensor, parts: readonly SumPart[], cores: readonly (readonly HostTensor[])[]): HostTensor {
  const data = weight.data.slice();
  for (const [k, part] of parts.entries()) subtract(data, mergePart(part, cores[k]).data);
  return { shape: weight.shape, data };
}

function subtract(from: Float64Array, part: Float64Array): void {
  for (let k = 0; k < from.length; k++) from[k] -= part[k];
}

/** No gradient reaches a network of zeros; single entries of zero it does reach. */
function idle(parts: readonly SumPart[], cores: readonly (readonly HostTensor[])[], length: number): string[] {
  if (length === 0) return ['the weight is zero, so all cores are zeros and no gradient reaches them: start it fresh instead'];
  return parts.flatMap(({ network }, k) =>
    parts[k].entries === undefined && cores[k].every(({ data }) => data.every((value) => value === 0))
      ? [`the other terms leave nothing for ${network.topology}: its cores are zeros and no gradient reaches them`]
      : [],
  );
}

/** One network whose axes are in orders of their own. Throws as `decompose`. */
export function decomposeInOrder(tensor: HostTensor, part: SumPart, options: DecomposeOptions = {}): Decomposition {
  const orders = chosenOrders(tensor, part);
  const report = decompose(ordered(tensor, part, orders), part.axes, part.network, options);
  return { ...report, cores: [...report.cores, ...orders] };
}

interface SumFit {
  /** By part. */
  readonly cores: readonly (readonly HostTensor[])[];
  readonly error: number;
  readonly rounds: number;
  readonly limited: boolean;
}

/** Fits of one weight at several sizes of bonds; none is computed twice. */
class SumFits {
  readonly #weight: HostTensor;
  readonly #parts: readonly SumPart[];
  readonly #seed: Words;
  readonly #stop: () => boolean;
  readonly #known = new Map<string, SumFit>();

  constructor(weight: HostTensor, parts: readonly SumPart[], seed: Words, stop: () => boolean = () => false) {
    this.#stop = stop;
    this.#weight = weight;
    this.#parts = parts;
    this.#seed = seed;
  }

  at(size: Sizes): SumFit {
    const key = this.#parts.map((part, k) => bondsOf(part).map((leg) => size(k, leg))).join(';');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#fit(size);
    this.#known.set(key, found);
    return found;
  }

  /** Outliers draw a network to them that is fitted first: single entries also begin, and the better of both is kept. */
  #fit(size: Sizes): SumFit {
    const written = [...this.#parts.keys()];
    const entriesFirst = written.toSorted(
      (a, b) => Number(this.#parts[b].entries !== undefined) - Number(this.#parts[a].entries !== undefined),
    );
    const one = this.#fitFrom(size, written);
    if (written.every((part, k) => part === entriesFirst[k])) return one;
    const other = this.#fitFrom(size, entriesFirst);
    return other.error < one.error ? other : one;
  }

  /** `turns`: the parts in the order in which they are fitted. */
  #fitFrom(size: Sizes, turns: readonly number[]): SumFit {
    const rest: HostTensor = { shape: this.#weight.shape, data: this.#weight.data.slice() };
    const length = norm(rest.data) || 1;
    const cores: (readonly HostTensor[])[] = [];
    for (const k of turns) {
      const part = this.#parts[k];
      cores[k] = this.#first(rest, part, (leg) => size(k, leg));
      subtract(rest.data, mergePart(part, cores[k]).data);
    }
    let error = norm(rest.data) / length;
    let rounds = 0;
    let finished = this.#parts.length === 1 || error <= EXACT;
    for (; rounds < MOST_ROUNDS && !finished && !this.#stop(); rounds++) {
      for (const k of turns) {
        const part = this.#parts[k];
        const before = mergePart(part, cores[k]).data;
        const left: HostTensor = { shape: rest.shape, data: rest.data.map((value, at) => value + before[at]) };
        const own = this.#again(left, part, (leg) => size(k, leg), cores[k]);
        const after = left.data.slice();
        subtract(after, mergePart(part, own).data);
        if (norm(after) >= norm(rest.data)) continue;
        rest.data.set(after);
        cores[k] = own;
      }
      const now = norm(rest.data) / length;
      finished = error ** 2 - now ** 2 <= PROGRESS * error ** 2 || now <= EXACT;
      error = now;
    }
    return { cores, error, rounds, limited: !finished };
  }

  /** `known`: the orders of its axes, where an earlier turn chose them. */
  #first(rest: HostTensor, part: SumPart, size: (leg: number) => number, known?: readonly HostTensor[]): readonly HostTensor[] {
    const { axes, network, entries } = part;
    if (entries !== undefined) return largestEntries(rest, entries);
    const sizes = new Map(bondLegs(network).map((leg) => [leg, size(leg)]));
    const orders = known ?? chosenOrders(rest, part);
    const { cores } = decompose(ordered(rest, part, orders), axes, network, { sizes, seed: this.#seed, stop: this.#stop });
    return [...cores, ...orders];
  }

  /** Networks that are no trees go on from the cores that they have. */
  #again(left: HostTensor, part: SumPart, size: (leg: number) => number, cores: readonly HostTensor[]): readonly HostTensor[] {
    const orders = cores.slice(part.network.nodes.length);
    if (part.entries !== undefined || isTree(part.network)) return this.#first(left, part, size, orders);
    const network = resized(part.network, sizesOf(part.network, size));
    const own = cores.slice(0, part.network.nodes.length);
    return [...refineNetwork(factorWeight(ordered(left, part, orders), part.axes), network, own, this.#seed), ...orders];
  }
}

/**
 * The least cap for all bonds together that keeps the promise, then for the bonds of one term after another, the largest first; of a
 * share the greatest cap within it.
 */
function byPolicy(fits: SumFits, parts: readonly SumPart[], { measure, value }: Policy, entries: number): SumFit {
  const most = parts.map((part) => Math.max(1, ...bondsOf(part).map((leg) => legSize(part.network, leg))));
  const within = (caps: readonly number[]): Sizes => {
    return (part, leg) => Math.min(legSize(parts[part].network, leg), caps[part]);
  };
  const common = (cap: number) => most.map((size) => Math.min(size, cap));
  const top = Math.max(...most);
  if (measure === 'share') {
    const limit = value * entries;
    const smallest = parametersOf(parts, within(common(1)));
    if (smallest > limit) throw new TooSmall(value, smallest, entries);
    return fits.at(within(common(leastOf(1, top, (cap) => cap === top || parametersOf(parts, within(common(cap + 1))) > limit))));
  }
  const wanted = measure === 'error' ? value : Math.sqrt(Math.max(0, 1 - value));
  const keeps = (caps: readonly number[]) => fits.at(within(caps)).error <= wanted;
  let caps = common(leastOf(1, top, (cap) => cap === top || keeps(common(cap))));
  if (!keeps(caps)) return fits.at(within(caps));
  const entriesOf = (part: number) =>
    parameterCount(
      parts[part].network,
      sizesOf(parts[part].network, (leg) => within(caps)(part, leg)),
    );
  const networks = [...parts.keys()].filter((part) => parts[part].entries === undefined);
  for (const part of networks.sort((a, b) => entriesOf(b) - entriesOf(a))) {
    const present = caps;
    const lower = (cap: number) => present.map((own, k) => (k === part ? cap : own));
    caps = lower(leastOf(1, present[part], (cap) => cap === present[part] || keeps(lower(cap))));
  }
  return fits.at(within(caps));
}
