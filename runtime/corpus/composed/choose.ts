/** What of a model a statement may be about: mostly what nothing stands against, so that most statements are accepted, and now and then anything. */
import type { Model, NetworkTerm, Parameter, Weight } from '../../../compiler/values/model.ts';
import { networksOf, partsOf } from '../../../compiler/values/term.ts';
import type { Random } from '../random.ts';
import type { Base } from './bases.ts';

type Node = NetworkTerm['nodes'][number];
export interface Core {
  readonly weight: Weight;
  readonly network: NetworkTerm;
  readonly node: Node;
  readonly parameter: Parameter;
}

/** One of the list, or of those for which `good` holds: of the others one time in 24. */
export function chooseFrom<T>(random: Random, list: readonly T[], good: (one: T) => boolean = () => true): T | undefined {
  const fine = random(24) === 0 ? list : list.filter(good);
  return fine[random(fine.length || 1)];
}

export function coresOf(model: Model, weight: Weight): Core[] {
  if (!isNetwork(weight)) return [];
  return networksOf(weight).flatMap(({ network }) =>
    network.nodes.map((node) => ({ weight, network, node, parameter: model.parameters[node.parameter]! })),
  );
}

/** No statement about training or entries spoke of it, and its values are not those of a seed. */
export function isFree({ origin, update, keep, orthogonal, learned }: Parameter): boolean {
  const plain = !update.frozen && update.where === undefined && update.gate === undefined && update.turn === undefined;
  return plain && keep === undefined && orthogonal === undefined && learned === undefined && origin.is !== 'seeded';
}
/** A condition speaks of its entries: it cannot become a network. */
export const isMasked = ({ keep, update, orthogonal, learned }: Parameter): boolean =>
  keep !== undefined || orthogonal !== undefined || learned !== undefined || (!update.frozen && update.where !== undefined);

export const isNetwork = (weight: Weight): boolean => weight.terms[0]?.is === 'network';
/** Nothing stands against a network in its place. */
export function isOpen(model: Model, weight: Weight): boolean {
  return !isNetwork(weight) && weight.terms.every((term) => term.is !== 'dense' || !isMasked(model.parameters[term.parameter]!));
}
export function parametersOf(model: Model, weight: Weight): Parameter[] {
  const ids = weight.terms.flatMap((term) => partsOf(term).map(({ parameter }) => parameter));
  return ids.map((id) => model.parameters[id]!);
}
/** Something of the weight has another name, that of a tensor elsewhere. */
export function isShared(model: Model, weight: Weight): boolean {
  return parametersOf(model, weight).some(({ names }) => names.some((name) => !name.startsWith(weight.path)));
}

/** Weights whose bonds, or whose form, an event of the schedule changes. */
export function scheduled(model: Model): ReadonlySet<number> {
  return new Set(
    model.schedule.flatMap((event) => {
      if (event.is === 'squeeze' || event.is === 'grow') return event.bonds.map(({ weight }) => weight);
      return event.is === 'choose' ? event.groups.flatMap(({ candidates }) => candidates.map(({ weight }) => weight)) : [];
    }),
  );
}

/** Bonds of the weight's own networks that are no axis of a family and are wide enough to change; their cores, all free. */
export function bondsOf(model: Model, weight: Weight): { readonly name: string; readonly cores: readonly Core[] }[] {
  const cores = coresOf(model, weight);
  return [...new Set(cores.map(({ network }) => network))].flatMap((network) =>
    network.legs.flatMap(({ bond, size }, leg) => {
      if (bond === undefined || bond.includes('.') || size < 2) return [];
      return [{ name: bond, cores: cores.filter((core) => core.network === network && core.node.legs.includes(leg)) }];
    }),
  );
}

/** What a selection calls a core that was decomposed again: by its own name. */
export const selected = (name: string): string => name.split('.').at(-1)!;
/** `T` of `T[2]`. */
export const familyOf = (name: string): string | undefined => /^(\w+)\[\d+\]$/.exec(selected(name))?.[1];
export const isMember = ({ path }: Weight): boolean => /\[\d+\]/.test(path);
/** The weights that differ from it in the first index alone. */
export const membersOf = (model: Model, { path }: Weight): Weight[] => model.weights.filter((one) => varying(one.path) === varying(path));
/** Of all members of the family, told apart; or all alike. */
export const varying = (path: string): string => path.replace(/\[\d+\]/, '[l]');
export const starred = (path: string): string => path.replace(/\[\d+\]/, '[*]');
const isPrime = (n: number): boolean => (n < 4 ? n > 1 : Array.from({ length: n - 2 }, (_, k) => k + 2).every((d) => n % d !== 0));

/** Weights of a family such as `block[l].{k: up, down} over l, k`. */
export function membersAt(model: Model, family: string): Weight[] {
  const path = family.split(' over ')[0]!.replace('[l]', '[*]');
  const names = /\{k: (\w+), (\w+)\}/.exec(path);
  const paths = names === null ? [path] : names.slice(1).map((name) => path.replace(names[0], name));
  const patterns = paths.map((own) => new RegExp(`^${own.replace(/[.[\]]/g, '\\$&').replaceAll('*', '\\d+')}\\.weight$`));
  return model.weights.filter((weight) => patterns.some((pattern) => pattern.test(weight.path)));
}

/** Layers of the model that a path with stars means. */
export function layersAt(model: Model, path: string): string[] {
  const pattern = new RegExp(`^${path.replace(/[.[\]]/g, '\\$&').replaceAll('*', '\\d+')}$`);
  return model.layers.filter((layer) => pattern.test(layer.path)).map((layer) => layer.path);
}

export interface Drawing {
  readonly random: Random;
  readonly model: Model;
  readonly base: Base;
  /** Of the statement, so that adapters and options have names of their own. */
  readonly count: number;
}

export const matricesOf = (model: Model) => model.weights.filter(({ axes }) => axes.length > 1);
/** One path, or now and then that of all members. */
export const pathOf = (random: Random, { path }: Weight) => (random(2) === 0 ? starred(path) : path);
export const hasFactors = ({ axes }: Weight) => axes.length === 2 && axes.every(({ size }) => size > 3 && !isPrime(size));

/** A core of any network, of those for which `good` holds. */
export function coreFrom({ random, model }: Drawing, good: (core: Core) => boolean): Core | undefined {
  const cores = matricesOf(model).flatMap((weight) => coresOf(model, weight));
  return chooseFrom(random, cores, good);
}

/** `T[2] of w`, of a sum `T[2] of w.mpo` or, now and then, of the whole. */
export function said(random: Random, { weight, network, node }: Core): string {
  const whole = network.name === undefined || random(4) === 0;
  return `${selected(node.name)} of ${whole ? weight.path : `${weight.path}.${network.name}`}`;
}
