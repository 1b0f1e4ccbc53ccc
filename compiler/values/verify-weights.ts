/**
 * Weights of a model against its parameters. A network closes: every leg joins places of one size, every outer leg is one factor of one
 * axis, and no factor is missing. The names of a parameter are the places where it stands, no more and no fewer.
 */
import { scoredBy } from './learned.ts';
import type { Model, NetworkLeg, NetworkNode, NetworkTerm, ParameterId, Path, SparseTerm, Weight } from './model.ts';
import { factoredBy, partsOf } from './term.ts';
import { isPermutation, isPosition } from './verify-ids.ts';

interface Factored {
  readonly name: string;
  readonly size: number;
  readonly factors: readonly number[];
  readonly padded?: number;
}

export function weightComplaints(model: Model): string[] {
  const own = model.weights.flatMap((weight) => complaintsAbout(model, weight).map((text) => `weight ${weight.path}: ${text}`));
  return own.length > 0 ? own : nameComplaints(model);
}

function complaintsAbout(model: Model, { axes, terms }: Weight): string[] {
  const complaints: string[] = terms.length === 0 ? ['has no terms'] : [];
  for (const { name, axis, size } of axes) {
    if (!isPosition(axis, model.axes) || model.axes[axis]!.size !== size)
      complaints.push(`axis ${name} of ${size} is not axis ${axis} of the model`);
  }
  const legsOf = (id: ParameterId) => model.parameters[id]?.legs.map(({ size }) => size);
  for (const term of terms) {
    if (!Number.isFinite(term.scale)) complaints.push(`a term is scaled by ${term.scale}`);
    if (term.is === 'network') {
      const own = factoredBy(term, axes);
      const short = own.find(({ size, padded = size }) => padded < size);
      if (short !== undefined) complaints.push(`axis ${short.name} of ${short.size} has the factors ${short.factors.join(' * ')}`);
      complaints.push(...networkComplaints(term, term === terms[0] ? axes : own, legsOf), ...orderComplaints(model, term, axes));
      continue;
    }
    if (term.is === 'sparse') {
      complaints.push(...sparseComplaints(model, term, axes));
      continue;
    }
    const legs = legsOf(term.parameter);
    if (legs === undefined) complaints.push(`is parameter ${term.parameter}, which is not there`);
    else if (!isPermutation(term.perm, legs.length)) complaints.push(`has its legs in the order ${term.perm}, of ${legs.length}`);
    else if (axes.some(({ size }, k) => legs[term.perm[k]!] !== size)) complaints.push(`is a tensor of ${legs} in the order ${term.perm}`);
  }
  return complaints;
}

/** Values and positions are one list each, of one length, a list of positions for each axis. */
function sparseComplaints({ parameters }: Model, { values, places }: SparseTerm, axes: Weight['axes']): string[] {
  const own = parameters[values.parameter];
  const lists = places.flatMap(({ parameter }) => parameters[parameter] ?? []);
  if (own === undefined || lists.length < places.length) return ['has a sparse term of a parameter that is not there'];
  const count = own.legs[0]?.size;
  const complaints = lists.length === axes.length ? [] : [`has a sparse term with positions on ${lists.length} of ${axes.length} axes`];
  if (own.positions !== undefined || own.legs.length !== 1) complaints.push('has a sparse term whose values are no list of reals');
  if (
    lists.some(
      ({ positions, legs, update }, k) => positions !== axes[k]?.size || !update.frozen || legs.length !== 1 || legs[0]!.size !== count,
    )
  )
    complaints.push(`has a sparse term of ${count} values whose positions are not as many of the axes`);
  return complaints;
}

/** An axis has one order at most, a list of as many positions of it. */
function orderComplaints({ parameters }: Model, { orders = [] }: NetworkTerm, axes: Weight['axes']): string[] {
  const twice = new Set(orders.map(({ axis }) => axis)).size < orders.length ? ['has two orders of one axis'] : [];
  const wrong = orders.filter(({ axis, parameter }) => {
    const own = parameters[parameter];
    const size = axes[axis]?.size;
    return size === undefined || own?.positions !== size || !own.update.frozen || own.legs.length !== 1 || own.legs[0]!.size !== size;
  });
  return [...twice, ...wrong.map(({ name }) => `has an order ${name} that does not fit its axis`)];
}

/** Legs of a family's axes: numbered below 0 without gaps, each with a position within its size; no other leg has one. */
function familyComplaints(legs: readonly NetworkLeg[]): string[] {
  const family = legs.filter(({ outer }) => outer !== undefined && outer[0] < 0);
  const complaints = legs.flatMap(({ at, outer }, k) =>
    (at !== undefined) === (outer !== undefined && outer[0] < 0) ? [] : [`leg ${k} is at position ${at} of axis ${outer?.[0]}`],
  );
  for (const { id, size, at = -1 } of family) {
    if (!(Number.isInteger(at) && at >= 0 && at < size)) complaints.push(`leg ${id} of ${size} is at position ${at}`);
  }
  const numbers = new Set(family.map(({ outer }) => outer![0]));
  const missing = [...numbers].filter((axis) => axis < -1 && !numbers.has(axis + 1));
  const first = Array.from(numbers, (axis) => family.filter(({ outer }) => outer![0] === axis).map(({ outer }) => outer![1]));
  if (
    missing.length > 0 ||
    first.some((factors) => new Set(factors).size !== factors.length || Math.max(...factors) !== factors.length - 1)
  )
    complaints.push(`its family has the legs ${family.map(({ outer }) => outer!.join()).join(' ')}`);
  return complaints;
}

/** `legsOf` gives the sizes of a parameter's legs; without it the network is a plan, whose nodes are numbers of cores. */
export function networkComplaints(
  { nodes, legs }: { readonly nodes: readonly NetworkNode[]; readonly legs: readonly NetworkLeg[] },
  axes: readonly Factored[],
  legsOf?: (id: ParameterId) => readonly number[] | undefined,
): string[] {
  const complaints: string[] = [];
  for (const { name, size, factors, padded } of axes) {
    const product = factors.reduce((all, factor) => all * factor, 1);
    if (product !== (padded ?? size)) complaints.push(`axis ${name} of ${padded ?? size} has the factors ${factors.join(' * ')}`);
  }
  legs.forEach((leg, k) => {
    if (leg.id !== k) complaints.push(`leg ${k} has the id ${leg.id}`);
    if (leg.outer !== undefined && leg.at === undefined && axes[leg.outer[0]]?.factors[leg.outer[1]] !== leg.size) {
      complaints.push(
        `leg ${k} of size ${leg.size} is factor ${leg.outer[1]} of axis ${leg.outer[0]}, which has another size or is not there`,
      );
    }
  });
  complaints.push(...familyComplaints(legs));
  const outer = legs.flatMap((leg) => (leg.outer === undefined || leg.at !== undefined ? [] : [leg.outer.join()]));
  const wanted = axes.flatMap(({ factors }, axis) => factors.map((_, factor) => `${axis},${factor}`));
  if (outer.length !== wanted.length || new Set(outer).size !== outer.length || wanted.some((key) => !outer.includes(key))) {
    complaints.push(`its outer legs are ${outer.join(' ')}, its factors ${wanted.join(' ')}`);
  }
  const places = new Array<number>(legs.length).fill(0);
  for (const { name, parameter, legs: own } of nodes) {
    for (const leg of own) if (isPosition(leg, legs)) places[leg]!++;
    const sizes = legsOf === undefined ? own.map((leg) => legs[leg]?.size) : legsOf(parameter);
    if (sizes === undefined) complaints.push(`${name} is parameter ${parameter}, which is not there`);
    else if (sizes.length !== own.length || own.some((leg, k) => legs[leg] === undefined || legs[leg].size !== sizes[k])) {
      complaints.push(`${name} is a tensor of ${sizes} on legs of ${own.map((leg) => legs[leg]?.size)}`);
    }
  }
  places.forEach((count, k) => {
    const least = legs[k]!.outer === undefined ? 2 : 1;
    if (count < least) complaints.push(`leg ${k} (${legs[k]!.bond ?? 'outer'}) is on ${count === 0 ? 'no core' : 'one core alone'}`);
  });
  return complaints;
}

/** A parameter is named after each place where it stands: the path of the weight, of an adapter its name, and of a core its own. */
function nameComplaints({ parameters, weights }: Model): string[] {
  const places = new Map<ParameterId, { readonly path: Path; readonly core?: string }[]>();
  const add = (id: ParameterId, path: Path, core?: string) =>
    places.set(id, [...(places.get(id) ?? []), core === undefined ? { path } : { path, core }]);
  for (const { path, terms } of weights) {
    for (const term of terms) {
      if (term.is === 'dense') add(term.parameter, path);
      else
        for (const node of new Map(partsOf(term).map((one) => [`${one.parameter} ${one.name}`, one])).values())
          add(node.parameter, path, term.name === undefined ? node.name : `${term.name}.${node.name}`);
    }
  }
  const scored = scoredBy({ parameters });
  return parameters.flatMap(({ id, names }) => {
    const own = places.get(id) ?? [];
    if (scored.has(id)) return own.map(({ path }) => `${names[0]} stands in ${path}, and is the scores of a learned mask`);
    const known = new Set(names);
    const nameless = own.filter(
      ({ path, core }) => !(core === undefined ? known.has(path) : names.some((name) => isNameOf(name, path, core))),
    );
    const idle = names.filter((name) => !own.some(({ path, core }) => (core === undefined ? name === path : isNameOf(name, path, core))));
    return [
      ...nameless.map(({ path, core = '' }) => `${names[0]} stands in ${path} ${core} and has no name there`),
      ...idle.map((name) => `${name} is the name of a place where it does not stand`),
    ];
  });
}

/** `PATH.CORE`, or with the name of an adapter between. */
function isNameOf(name: string, path: Path, core: string): boolean {
  if (!name.startsWith(`${path}.`) || !name.endsWith(`.${core}`)) return false;
  const between = name.slice(path.length, name.length - core.length - 1);
  return between === '' || !between.slice(1).includes('.');
}
