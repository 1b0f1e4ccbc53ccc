/** What stands at bonds that an event makes smaller or larger, and at which end new entries are zeros so that a function stays. */
import type { ParameterId, Term } from './model.ts';
import { legOf } from './term.ts';

/** An axis of a parameter. */
export interface End {
  readonly parameter: ParameterId;
  readonly axis: number;
}
interface Networks {
  readonly weights: readonly { readonly terms: readonly Term[] }[];
}
interface Resized {
  readonly bonds: readonly { readonly weight: number; readonly legs: readonly number[] }[];
}

export const endKey = ({ parameter, axis }: End) => `${parameter}/${axis}`;

/** The ends of each bond, in the order of the cores; legs as in `networksOf`. */
export function endsOfBonds({ weights }: Networks, { bonds }: Resized): End[][] {
  return bonds.flatMap(({ weight, legs }) =>
    legs.map((leg) => {
      const { network, leg: own } = legOf(weights[weight]!, leg)!;
      return network.nodes.flatMap(({ parameter, legs: places }) =>
        places.flatMap((place, axis) => (place === own ? [{ parameter, axis }] : [])),
      );
    }),
  );
}

/**
 * Axes whose new entries are zeros: at each bond exactly one end, so that every product with a new index is zero and each of its other
 * factors is not, and gradients reach the zeros. Undefined where the cores that stand at several bonds leave no such choice.
 */
export function zeroEnds(bonds: readonly (readonly End[])[]): ReadonlySet<string> | undefined {
  const keys = bonds.map((ends) => ends.map(endKey));
  for (const prefer of [-1, 0]) {
    const zero = new Set<string>();
    for (const own of keys) if (!own.some((key) => zero.has(key))) zero.add(own.at(prefer)!);
    if (keys.every((own) => own.filter((key) => zero.has(key)).length === 1)) return zero;
  }
  return undefined;
}
