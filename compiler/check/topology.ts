/**
 * A topology, used on one tensor: the declaration's text becomes cores, legs, sizes, roles. Nothing here knows the name of any topology.
 * Whether a given tensor can be written exactly in it follows from the shape of the network: a connected tree of distinct cores whose
 * bonds are all full is exact, a tree is fitted by a sweep of truncated SVDs, loops of distinct cores by alternating least squares, a
 * core at several places by descent.
 */
import type * as tree from '../../grammar/tree.ts';
import type { NetworkLeg } from '../values/model.ts';
import { evaluateLaw } from './law.ts';
import { diagnostic, refuse } from './refuse.ts';
import type { Report } from './report.ts';
import { type Names, namesOf } from './static.ts';
import { type Shape, sizeLegs } from './topology/bonds.ts';
import { isEven, listText, paddedList, productOf } from './topology/factors.ts';
import { flattened, type Part, type TopologyCore, type TopologyNetwork, worse } from './topology/flatten.ts';
import type { PatternAxis } from './topology/lists.ts';
import { withoutAbsent } from './topology/nested.ts';
import { ordersOf } from './topology/orders.ts';
import { matchPattern, type Pattern } from './topology/pattern.ts';
import { legName, type Placed, type PlacedCore, placeCores } from './topology/place.ts';
import { assignRoles } from './topology/roles.ts';
import { resolveTopology, type TopologyUse } from './topology/use.ts';

export type { TopologyCore, TopologyNetwork } from './topology/flatten.ts';
export type { GivenAxis, TopologyUse } from './topology/use.ts';

const fits: Readonly<Record<Shape, TopologyNetwork['fit']>> = { tree: 'sweep', loops: 'als', repeated: 'descent' };

/** The network of a topology on a tensor. Refuses (B204..B209, B4xx) with one diagnostic; warnings W1, W2, W8 go to `report`. */
export function instantiateTopology(use: TopologyUse, report: Report): TopologyNetwork {
  if (use.around?.includes(use.topology)) refuseItself(use);
  const pattern = matchPattern(use);
  const placed = placeCores(use, pattern);
  const { sizes, full, shape } = sizeLegs(use, pattern, placed, report);
  const ids = new Map([...placed.legs.keys()].map((key, id) => [key, id]));
  const legs = [...placed.legs.values()].map((leg, id): NetworkLeg => {
    const most = full.get(leg.key);
    const size = sizes.get(leg.key)!;
    if (leg.outer !== undefined) return { id, size, outer: leg.outer };
    return { id, size, bond: leg.key, ...(most === undefined ? {} : { full: most }) };
  });
  const parts = placed.cores.map((core, i): Part => {
    const { legs: keys, axes } = placed.placements.find((placement) => placement.core === i)!;
    if (core.item.kind === 'core') return { core: coreOf(use, core.item, core, keys, pattern, placed, sizes) };
    return { network: within(use, core.item, core, axes!, pattern, sizes, report) };
  });
  if (use.stated === undefined) warnOfWaste(pattern.axes, report);
  if (use.stated === undefined) warnOfPrimes(pattern.axes, report);
  const flat = flattened(placed, parts, legs, ids);
  const roles = assignRoles(use.topology, pattern, flat.cores);
  const inner = parts.flatMap(({ network }) => network ?? []);
  const orders = ordersOf(use, pattern);
  const exact = shape === 'tree' && legs.every((leg) => leg.outer !== undefined || leg.size >= leg.full!);
  return {
    topology: use.topology.name.name,
    names: pattern.axes.map(({ name }) => name),
    axes: pattern.axes.map(({ factors, padded }) => ({ factors, ...(padded === undefined ? {} : { padded }) })),
    cores: flat.cores.map((core, k) => ({ ...core, ...(roles[k] === undefined ? {} : { role: roles[k] }) })),
    nodes: flat.nodes,
    legs: flat.legs,
    exact: exact && inner.every((network) => network.exact),
    ...(orders.length === 0 ? {} : { orders }),
    fit: inner.reduce((fit, network) => worse(fit, network.fit), fits[shape]),
  };
}

function coreOf(
  use: TopologyUse,
  item: tree.Core,
  core: PlacedCore,
  keys: readonly string[],
  pattern: Pattern,
  placed: Placed,
  sizes: ReadonlyMap<string, number>,
): TopologyCore {
  const legs = keys.map((name) => {
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
  const { law } = item;
  const lawNames = (deviation: number) => sizeNames(core, pattern, new Map([['deviation', deviation], ...sizes]));
  return {
    name: core.name,
    family: core.family,
    indices: core.indices,
    legs,
    ...(law === undefined ? {} : { law: (deviation: number) => evaluateLaw(law, lawNames(deviation), shape) }),
    ...(law?.kind === 'seeded' ? { seeded: law.place } : {}),
    place: item.place,
  };
}

/** The network of a topology within this one: its axes are products of legs, whose sizes are known. */
function within(
  use: TopologyUse,
  item: tree.Nested,
  core: PlacedCore,
  axes: readonly (readonly string[])[],
  pattern: Pattern,
  sizes: ReadonlyMap<string, number>,
  report: Report,
): TopologyNetwork {
  const stated = axes.map((keys) => keys.map((key) => sizes.get(key)!));
  const names = sizeNames(core, pattern, sizes);
  return instantiateTopology(
    {
      ...resolveTopology(use.program, withoutAbsent(item.topology, pattern.absent), names),
      axes: axes.map((keys, k) => ({ name: keys.join('*'), size: productOf(stated[k]!) })),
      declared: item.place,
      stated,
      around: [...(use.around ?? []), use.topology],
    },
    report,
  );
}

function refuseItself({ topology, reference }: TopologyUse): never {
  return refuse({
    code: 'B105',
    message: `\`${topology.name.name}\` contains itself`,
    at: reference.place,
    label: 'here',
    also: [{ place: topology.name.place, text: 'declared here' }],
    hint: 'a topology is made of others: cores of a family, `for k in 1..n`, say what repeats',
  });
}

/** In a law, and in what is handed on, a bond stands for its size, 1 where the leg is absent; `deviation` for what is asked of the whole tensor. */
function sizeNames(core: PlacedCore, pattern: Pattern, sizes: ReadonlyMap<string, number>): Names {
  const names = namesOf(sizes, core.names);
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
