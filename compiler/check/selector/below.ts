/**
 * What lies beneath a node: weights, and the tensors they are made of. A name before `of` is a role, a core or a bond of some network
 * beneath; it never clashes with a path, since paths end at weights.
 */
import { type Place, Refused } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { ParameterId } from '../../values/model.ts';
import type { Draft, DraftWeight } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { listed, meant } from '../report.ts';
import { type FlatTerm, type SeenLeg, seenLegs, termName, termsOf } from '../tensor/flat.ts';
import type { Tensor, Use } from '../tensor/tensor.ts';
import { type Found, itemsOf, matchPicks, membersOf, type PathStep, pathText, type SelectionScope } from './paths.ts';

export interface WeightMatch {
  readonly weight: DraftWeight;
  readonly parts: readonly PathStep[];
  readonly bindings: ReadonlyMap<string, number>;
  readonly choice: tree.Choice;
  /** The path leads to that term of the weight. */
  readonly only?: string;
}
/** A stored tensor at one of its places, with its legs as that place sees them. `node` is that in the network term, absent for dense terms. */
export interface TensorMatch extends WeightMatch {
  readonly tensor: Tensor;
  readonly use: Use;
  readonly legs: readonly SeenLeg[];
  readonly term: number;
  readonly node?: number;
}
/** Legs of one bond name in one network term. */
export interface BondMatch extends WeightMatch {
  readonly term: number;
  readonly legs: readonly number[];
}

/** All weights beneath, in order of the tree. */
export function weightsBelow(found: Found, choice: tree.Choice, draft: Draft): WeightMatch[] {
  const { node, parts, bindings } = found;
  switch (node.is) {
    case 'weight':
      return [{ weight: draft.weights[node.weight]!, parts, bindings, choice }];
    case 'term':
      return [{ weight: draft.weights[node.weight]!, parts, bindings, choice, only: node.name }];
    case 'absent':
      return [];
    case 'error':
      throw new Refused([]);
    case 'family': {
      const { name } = parts.at(-1)!;
      return itemsOf({ ...found, parts: parts.slice(0, -1) }, name, node).flatMap((item) => weightsBelow(item, choice, draft));
    }
    case 'instance':
      return membersOf(node).flatMap(([name, child]) => itemsOf(found, name, child).flatMap((item) => weightsBelow(item, choice, draft)));
  }
}

/** All tensors of a weight, each at its first place in every term. */
export function tensorsOf(match: WeightMatch, draft: Draft): TensorMatch[] {
  const { weight } = match;
  return termsIn(match).flatMap(([term, t]): TensorMatch[] => {
    if (term.is === 'dense') {
      const { use } = weight.terms[term.of]!;
      return [{ ...match, tensor: draft.tensors[term.parameter]!, use, legs: seenLegs(weight, term), term: t }];
    }
    const within = match.only !== undefined || term.name === undefined ? [] : [{ name: term.name, indices: [] }];
    const seen = new Set<ParameterId>();
    return term.nodes.flatMap((node, k): TensorMatch[] => {
      if (seen.has(node.parameter)) return [];
      seen.add(node.parameter);
      const core: NonNullable<Tensor['core']> = node.use.tensor.core ?? { name: node.name, indices: [] };
      const part = [...(core.within ?? []), core].map(({ name, indices }) => ({ name, indices: indices.map((value) => ({ value })) }));
      const tensor = draft.tensors[node.parameter]!;
      const legs = seenLegs(weight, term, node);
      return [{ ...match, parts: [...match.parts, ...within, ...part], tensor, use: node.use, legs, term: t, node: k }];
    });
  });
}

/** The terms that a path leads to, all of a weight or one, with their positions. An adapter is called as the statement that added it says. */
export function termsIn({ weight, only }: Pick<WeightMatch, 'weight' | 'only'>): [FlatTerm, number][] {
  return termsOf(weight)
    .map((term, t): [FlatTerm, number] => [term, t])
    .filter(([term]) => only === undefined || only === termName(weight, term));
}

/** A weight whose decomposition was refused has neither cores nor bonds: what is said of them follows from that, and is not told. */
function silentIfSpoiled(weights: readonly WeightMatch[], { draft }: SelectionScope): void {
  if (weights.some(({ weight }) => draft.spoiled.has(weight.id))) throw new Refused([]);
}

/** J28, J29: the tensors that `name` means beneath the weights; `name` is a role, a core family, `core`, or `dense`. */
export function namedTensors(choice: tree.Choice, name: tree.Path, weights: readonly WeightMatch[], scope: SelectionScope): TensorMatch[] {
  silentIfSpoiled(weights, scope);
  const steps = stepsOf(name);
  const step = steps.at(-1)!;
  const all = weights.flatMap((weight) => tensorsOf(weight, scope.draft));
  const found = all.flatMap((match) => coreNamed(match, steps, scope) ?? []);
  if (found.length > 0) return found;
  checkNested(name, steps, all);
  if (bondNames(weights).has(step.name)) {
    refuse({
      code: 'B507',
      message: `\`${step.name}\` is a bond, tensors are expected`,
      at: name.place,
      label: 'a bond',
      hint: `bonds are for \`squeeze\`; tensors with a leg ${step.name}: the cores`,
    });
  }
  const picksNothing = step.picks !== undefined && all.some((match) => answersTo(match, step.name));
  return refuseName(choice, name, step.name, all, picksNothing);
}

/** The tensor, if a role, its core, or a nested topology around it is called so; of several steps each is one further in. */
function coreNamed(match: TensorMatch, steps: readonly NameStep[], scope: SelectionScope): TensorMatch | undefined {
  const { core, role } = match.use.tensor;
  const path = core === undefined ? [] : [...(core.within ?? []), core];
  const [last, inner] = [steps.at(-1)!, steps.slice(0, -1)];
  const isRole = last.picks === undefined && (last.name === role || (steps.length === 1 && answersTo(match, last.name)));
  if (steps.length === 1 && isRole && last.name !== core?.name) return match;
  for (let from = 0; from <= path.length - Math.max(1, inner.length); from++) {
    let { bindings } = match;
    const parts = match.parts.slice();
    const wanted = isRole && path[from + inner.length]?.name !== last.name ? inner : steps;
    const holds = wanted.every((step, k) => {
      const at = path[from + k];
      if (at === undefined || at.name !== step.name) return false;
      if (step.picks === undefined) return true;
      const picked = step.picks.length === at.indices.length ? matchPicks(step.picks, at.indices, bindings, scope.names) : undefined;
      if (picked === undefined) return false;
      bindings = picked.bindings;
      parts[parts.length - path.length + from + k] = { name: at.name, indices: picked.indices };
      return true;
    });
    if (holds && wanted.length > 0) return { ...match, parts, bindings };
  }
  return undefined;
}

function answersTo({ use, node }: TensorMatch, name: string): boolean {
  if (name === 'core') return node !== undefined;
  if (name === 'dense') return node === undefined;
  const { core, role } = use.tensor;
  return role === name || core?.name === name || core?.within?.some((around) => around.name === name) === true;
}

/** J29: the legs of the bonds that `name` means. */
export function namedBonds(choice: tree.Choice, name: tree.Path, weights: readonly WeightMatch[], scope: SelectionScope): BondMatch[] {
  silentIfSpoiled(weights, scope);
  const steps = stepsOf(name);
  const step = steps.at(-1)!;
  const found = weights.flatMap((match) =>
    termsIn(match).flatMap(([term, t]): BondMatch[] => {
      if (term.is === 'dense') return [];
      const legs = term.legs.flatMap((leg, k) => (leg.bond !== undefined && bondMatches(leg.bond, steps, match, scope) ? [k] : []));
      return legs.length === 0 ? [] : [{ ...match, term: t, legs }];
    }),
  );
  if (found.length > 0) return found;
  const bonds = [...bondNames(weights)];
  return refuse({
    code: 'B501',
    message: `no bond \`${step.name}\` below \`${pathSource(choice)}\``,
    at: name.place,
    label: 'unknown',
    hint: meant(step.name, bonds, bonds.length === 0 ? 'nothing here is decomposed' : `bonds: ${listed(bonds)}`),
  });
}

/** Every bond of the weights. */
export function allBonds(weights: readonly WeightMatch[]): BondMatch[] {
  return weights.flatMap((match) =>
    termsIn(match).flatMap(([term, t]): BondMatch[] => {
      if (term.is === 'dense') return [];
      return [{ ...match, term: t, legs: term.legs.flatMap((leg, k) => (leg.bond === undefined ? [] : [k])) }];
    }),
  );
}

/** `b` is a bond of that name wherever it is, `left.b` one of the nested topology `left`, or of all cores of that family that were decomposed again. */
function bondMatches(bond: string, steps: readonly NameStep[], match: WeightMatch, scope: SelectionScope): boolean {
  const path = bond.split('.').slice(-steps.length).map(bondParts);
  return (
    path.length === steps.length &&
    steps.every(({ name, picks }, k) => {
      const [family, indices] = path[k]!;
      if (family !== name) return false;
      return (
        picks === undefined || (picks.length === indices.length && matchPicks(picks, indices, match.bindings, scope.names) !== undefined)
      );
    })
  );
}

/** `b[2]`, or the last part of `left[1].b[2]`, as family and indices. */
export function bondParts(bond: string): [family: string, indices: number[]] {
  const [family, rest] = bond.slice(bond.lastIndexOf('.') + 1).split('[');
  return [family!, rest === undefined ? [] : rest.slice(0, -1).split(',').map(Number)];
}

function bondNames(weights: readonly WeightMatch[]): Set<string> {
  const networks = weights.flatMap((match) => termsIn(match).flatMap(([term]) => (term.is === 'network' ? [term] : [])));
  return new Set(networks.flatMap((term) => term.legs.flatMap((leg) => (leg.bond === undefined ? [] : [bondParts(leg.bond)[0]]))));
}

interface NameStep {
  readonly name: string;
  readonly picks?: readonly tree.Pick[];
}

/** One name, or several where the first are nested topologies: `left[1].T[2]`. */
function stepsOf({ steps, place }: tree.Path): NameStep[] {
  return steps.map(({ at, picks }) => {
    if (at.is === 'name') return { name: at.name.name, ...(picks === undefined ? {} : { picks }) };
    return refuseNames(place);
  });
}

/** B508: several names, and the first is no topology within another. */
function checkNested(name: tree.Path, [first, ...inner]: readonly NameStep[], all: readonly TensorMatch[]): void {
  const nested = all.some(({ use }) => use.tensor.core?.within?.some((around) => around.name === first!.name));
  const networks = all.some(({ node }) => node !== undefined);
  if (inner.length > 0 && networks && !nested) refuseNames(name.place);
}

function refuseNames(at: Place): never {
  return refuse({
    code: 'B508',
    message: 'before `of` stands one role, core or bond',
    at,
    label: 'not one name',
    hint: 'as in `central of ...`, `T[2] of ...`',
  });
}

function refuseName(choice: tree.Choice, at: tree.Path, name: string, all: readonly TensorMatch[], picksNothing: boolean): never {
  const roles = new Set(all.flatMap(({ use }) => (use.tensor.role === undefined ? [] : [use.tensor.role])));
  const cores = new Set(all.flatMap(({ use }) => (use.tensor.core === undefined ? [] : [use.tensor.core.name])));
  const known = [...new Set([...roles, ...cores])];
  if (picksNothing) {
    const there = [...new Set(all.filter((match) => answersTo(match, name)).map((match) => pathText(match.parts.slice(-1))))];
    refuse({ code: 'B505', message: 'this picks nothing', at: at.place, label: `there are ${listed(there)}` });
  }
  return refuse({
    code: 'B501',
    message: `no role, core or bond \`${name}\` below \`${pathSource(choice)}\``,
    at: at.place,
    label: 'unknown',
    hint: meant(name, known, known.every((role) => role === 'dense') ? 'nothing here is decomposed' : `there are ${listed(known)}`),
  });
}

/** A path as it was written, near enough for a message. */
export function pathSource(choice: tree.Choice): string {
  return choice.path.steps.map(stepSource).join('.');
}
function stepSource(step: tree.Step): string {
  const { at } = step;
  const picks = step.picks === undefined ? '' : '[...]';
  if (at.is === 'name') return at.name.name + picks;
  if (at.is === 'either') return `{...}${picks}`;
  return (at.is === 'deep' ? '**' : '*') + picks;
}
