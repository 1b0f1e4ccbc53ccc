/**
 * A topology, used on one tensor: the declaration's text becomes cores, legs, sizes, roles. Nothing here knows the name of any topology.
 * Whether a given tensor can be written exactly in it follows from the shape of the network: a connected tree of distinct cores whose
 * bonds are all full is exact, a tree is fitted by a sweep of truncated SVDs, loops of distinct cores by alternating least squares, a
 * core at several places by descent.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type { Law, NetworkLeg } from '../values/model.ts';
import { evaluateLaw } from './law.ts';
import { diagnostic, refuse } from './refuse.ts';
import type { Report } from './report.ts';
import { type Names, namesOf } from './static.ts';
import { type Shape, sizeLegs } from './topology/bonds.ts';
import { isEven, listText, paddedList, productOf } from './topology/factors.ts';
import type { PatternAxis } from './topology/lists.ts';
import { matchPattern, type Pattern } from './topology/pattern.ts';
import { legName, type Placed, type PlacedCore, placeCores } from './topology/place.ts';
import { assignRoles } from './topology/roles.ts';
import type { TopologyUse } from './topology/use.ts';

export type { GivenAxis, TopologyUse } from './topology/use.ts';

export interface TopologyNetwork {
  readonly topology: string;
  /** What the topology calls the axes of the tensor, in their order. */
  readonly names: readonly string[];
  /** One for each axis of the tensor, in its order. */
  readonly axes: readonly { readonly factors: readonly number[]; readonly padded?: number }[];
  readonly cores: readonly TopologyCore[];
  /** The places of the cores: position in `cores`, and what each leg of the core is called there. */
  readonly nodes: readonly { readonly core: number; readonly legs: readonly number[] }[];
  readonly legs: readonly NetworkLeg[];
  readonly exact: boolean;
  readonly fit: 'sweep' | 'als' | 'descent';
}
/** A tensor of the network, stored once; legs are named as at its first place. */
export interface TopologyCore {
  readonly name: string;
  readonly family: string;
  readonly indices: readonly number[];
  readonly legs: readonly { readonly name: string; readonly size: number; readonly bond?: string }[];
  readonly role?: string;
  /**
   * Stated in the declaration, which takes the core out of the automatic rule for initial values: literal, or from `deviation`, the
   * standard deviation that the whole tensor is to have. Refuses (B101, B214).
   */
  readonly law?: (deviation: number) => Law;
  /** Where the law is `seeded`: the values follow from the seed. */
  readonly seeded?: Place;
  readonly place: Place;
}

const fits: Readonly<Record<Shape, TopologyNetwork['fit']>> = { tree: 'sweep', loops: 'als', repeated: 'descent' };

/** The network of a topology on a tensor. Refuses (B204..B209, B4xx) with one diagnostic; warnings W1, W2, W8 go to `report`. */
export function instantiateTopology(use: TopologyUse, report: Report): TopologyNetwork {
  const pattern = matchPattern(use);
  const placed = placeCores(use, pattern);
  const { sizes, full, shape } = sizeLegs(use, pattern, placed, report);
  const roles = assignRoles(use.topology, pattern, placed.cores);
  const ids = new Map([...placed.legs.keys()].map((key, id) => [key, id]));
  const legs = [...placed.legs.values()].map((leg, id): NetworkLeg => {
    const most = full.get(leg.key);
    const size = sizes.get(leg.key)!;
    if (leg.outer !== undefined) return { id, size, outer: leg.outer };
    return { id, size, bond: leg.key, ...(most === undefined ? {} : { full: most }) };
  });
  const cores = coresOf(use, pattern, placed, sizes, roles);
  warnOfWaste(pattern.axes, report);
  warnOfPrimes(pattern.axes, report);
  return {
    topology: use.topology.name.name,
    names: pattern.axes.map(({ name }) => name),
    axes: pattern.axes.map(({ factors, padded }) => ({ factors, ...(padded === undefined ? {} : { padded }) })),
    cores,
    nodes: placed.placements.map((placement) => ({ core: placement.core, legs: placement.legs.map((key) => ids.get(key)!) })),
    legs,
    exact: shape === 'tree' && legs.every((leg) => leg.outer !== undefined || leg.size >= leg.full!),
    fit: fits[shape],
  };
}

function coresOf(
  use: TopologyUse,
  pattern: Pattern,
  placed: Placed,
  sizes: ReadonlyMap<string, number>,
  roles: readonly (string | undefined)[],
): TopologyCore[] {
  return placed.cores.map((core, i) => {
    const first = placed.placements.find((placement) => placement.core === i)!;
    const legs = first.legs.map((name) => {
      const info = placed.legs.get(name)!;
      return { name, size: sizes.get(name)!, ...(info.outer === undefined ? { bond: info.family } : {}) };
    });
    const shape = legs.map((leg) => leg.size);
    if (productOf(shape) > 2 ** 31) {
      refuse({
        code: 'B424',
        message: `core ${core.name} would have ${shape.join(' x ')} = ${productOf(shape)} entries`,
        at: use.reference.place,
        label: 'above the greatest tensor, 2^31 entries',
        hint: 'give smaller bonds',
      });
    }
    const role = roles[i];
    const { law } = core.item;
    return {
      name: core.name,
      family: core.family,
      indices: core.indices,
      legs,
      ...(role === undefined ? {} : { role }),
      ...(law === undefined ? {} : { law: (deviation: number) => evaluateLaw(law, lawNames(core, pattern, sizes, deviation), shape) }),
      ...(law?.kind === 'seeded' ? { seeded: law.place } : {}),
      place: core.item.place,
    };
  });
}

/** In a law a bond stands for its size, 1 where the leg is absent, and `deviation` for what is asked of the whole tensor. */
function lawNames(core: PlacedCore, pattern: Pattern, sizes: ReadonlyMap<string, number>, deviation: number): Names {
  const names = namesOf(new Map([['deviation', deviation], ...sizes]), core.names);
  const rank = (family: string) =>
    pattern.axes.find(({ name }) => name === family)?.dims.length ?? pattern.bonds.get(family)?.ranges.length;
  return {
    ...names,
    sizeOf: (family, indices) => {
      if (rank(family) !== indices.length) return undefined;
      return sizes.get(legName(family, indices)) ?? (pattern.bonds.has(family) ? 1 : undefined);
    },
  };
}

/** W8: a list that was chosen has a great prime, and a little padding has an even one. */
function warnOfPrimes(axes: readonly PatternAxis[], report: Report): void {
  for (const { name, size, factors, balanced, place } of axes) {
    if (balanced === undefined || isEven(factors)) continue;
    const better = paddedList(size, factors.length);
    const added = productOf(better) - size;
    if (added > 0.1 * size) continue;
    const greatest = Math.max(...factors);
    const message = `${size} has the prime factor ${greatest}: \`${name}\` is split as ${listText(factors)}`;
    const hint = `\`padded ${listText(better)}\` makes it ${productOf(better)} with ${added} rows of zeros, which are dropped from results`;
    report.take([diagnostic({ code: 'W8', severity: 'warning', message, at: place, label: 'one core has nearly all of it', hint })]);
  }
}

/** W2: padding of more than a tenth. */
function warnOfWaste(axes: readonly PatternAxis[], report: Report): void {
  for (const axis of axes) {
    if (axis.padded === undefined || axis.padded <= 1.1 * axis.size) continue;
    const share = Math.round((axis.padded / axis.size - 1) * 100);
    const message = `${axis.padded - axis.size} of ${axis.padded} rows of \`${axis.name}\` are padding`;
    const label = `${share} % more than ${axis.size}`;
    report.take([diagnostic({ code: 'W2', severity: 'warning', message, at: axis.place, label })]);
  }
}
