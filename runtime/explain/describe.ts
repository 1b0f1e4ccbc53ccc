/** What a model consists of, in numbers: the record that `explain` prints. Nothing is allocated for it. */
import { keptOf, scoredBy } from '../../compiler/values/learned.ts';
import { countMask } from '../../compiler/values/mask.ts';
import type { Learned, Model, NetworkTerm, Parameter, Term, Weight } from '../../compiler/values/model.ts';
import { factoredBy, partsOf } from '../../compiler/values/term.ts';

export interface CoreRecord {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role?: string;
  readonly parameters: number;
  /** Entries whose gate is not constantly 0. */
  readonly trainable: number;
  /** Entries that `keep` does not hold at zero, at some time; absent without a mask. */
  readonly kept?: number;
  /** Number of names. */
  readonly shared: number;
  /** Of a learned mask: the share of the entries that it keeps, how many, and as many scores as entries, which are counted apart. */
  readonly learned?: { readonly share: number; readonly kept: number; readonly scores: number };
  /** The leg that stays orthonormal against all others. */
  readonly orthogonal?: string;
  /** Its values follow from the seed: it is frozen and stored nowhere. */
  readonly seeded: boolean;
  /** It holds positions: integers, which are frozen. */
  readonly positions: boolean;
}
export interface FamilyLeg {
  readonly leg: string;
  readonly size: number;
  /** Of this member, from 0. */
  readonly at: number;
}
export interface WeightRecord {
  readonly path: string;
  /** Of a member of a network over a family: the legs along which it is one slice, and how many weights are slices of the same cores. */
  readonly family?: { readonly over: readonly FamilyLeg[]; readonly members: number };
  /** The name of the term, where the weight is a sum. */
  readonly term?: string;
  /** `dense` where the weight is one tensor. */
  readonly topology: string;
  readonly shape: readonly number[];
  readonly factors: readonly (readonly number[])[];
  readonly bonds: readonly number[];
  /** Whether the cores can take any value of the weight; true for `dense`. */
  readonly exact: boolean;
  /** How a given weight becomes cores; absent for `dense`. */
  readonly fit?: NetworkTerm['fit'];
  /** Stored, of which `positions` are integers; `seeded` are those that are not stored. */
  readonly parameters: number;
  readonly seeded: number;
  readonly positions: number;
  readonly cores: readonly CoreRecord[];
}
export interface ModelRecord {
  readonly name: string;
  readonly digest: string;
  /**
   * `total` are stored; `held` of them are zero at all times, `positions` are integers; `seeded` are stored nowhere. `scores` of learned
   * masks are stored and trained beside them, until a mask is fixed.
   */
  readonly parameters: {
    readonly total: number;
    readonly trainable: number;
    readonly held: number;
    readonly seeded: number;
    readonly positions: number;
    readonly scores: number;
    readonly dense: number;
  };
  readonly weights: readonly WeightRecord[];
}

/** Counts: every stored parameter once, every seeded one apart; `dense` is every weight as one tensor of the sizes that the model sees. */
export function describeModel(model: Model): ModelRecord {
  const scores = scoredBy(model);
  const own = model.parameters.filter(({ id }) => !scores.has(id));
  const trainable = model.parameters.map(trainableEntries(model));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    name: model.name,
    digest: model.digest,
    parameters: {
      total: sum(own.filter((parameter) => !isSeeded(parameter)).map(entries)),
      trainable: sum(own.map(({ id }) => trainable[id])),
      held: sum(own.map((parameter) => entries(parameter) - (keptCount(parameter) ?? entries(parameter)))),
      seeded: sum(own.filter(isSeeded).map(entries)),
      scores: sum([...scores.values()].map(entries)),
      positions: sum(own.filter(({ positions }) => positions !== undefined).map(entries)),
      dense: sum(model.weights.map(({ axes }) => axes.reduce((product, axis) => product * axis.size, 1))),
    },
    weights: model.weights.flatMap((weight) => weightRecords(model, weight, trainable)),
  };
}

const isSeeded = ({ origin }: Parameter): boolean => origin.is === 'seeded';

function entries(parameter: Parameter): number {
  return parameter.legs.reduce((product, leg) => product * leg.size, 1);
}

/** Entries that `keep` does not hold at zero; undefined without a mask. */
function keptCount({ keep, legs }: Parameter): number | undefined {
  if (keep === undefined) return undefined;
  return countMask(
    keep,
    legs.map((leg) => leg.size),
  );
}

/** One record for each term: the base, then adapters. */
function weightRecords(model: Model, weight: Weight, trainable: readonly number[]): WeightRecord[] {
  return weight.terms.map((term) => {
    const nodes = partsOf(term);
    const distinct = nodes.filter((node, k) => nodes.findIndex((other) => other.parameter === node.parameter) === k);
    const cores = distinct.map(({ name, parameter }) => coreRecord(name, model.parameters[parameter], trainable[parameter]));
    return {
      path: weight.path,
      ...familyRecord(model, term),
      ...(term.is === 'dense' || term.name === undefined ? {} : { term: term.name }),
      topology: term.is === 'network' ? term.topology : term.is,
      shape: weight.axes.map((axis) => axis.size),
      factors: term.is === 'network' ? factoredBy(term, weight.axes).map((axis) => axis.factors) : weight.axes.map(({ size }) => [size]),
      bonds: term.is === 'network' ? bondSizes(term) : [],
      ...(term.is === 'network' ? { exact: term.exact, fit: term.fit } : { exact: term.is === 'dense' }),
      parameters: cores.reduce((total, core) => total + (core.seeded ? 0 : core.parameters), 0),
      seeded: cores.reduce((total, core) => total + (core.seeded ? core.parameters : 0), 0),
      positions: cores.reduce((total, core) => total + (core.positions ? core.parameters : 0), 0),
      cores,
    };
  });
}

function familyRecord(model: Model, term: Term): Pick<WeightRecord, 'family'> {
  if (term.is !== 'network' || term.legs.every(({ at }) => at === undefined)) return {};
  const over = term.legs.flatMap(({ id, size, at }): FamilyLeg[] => {
    if (at === undefined) return [];
    const node = term.nodes.find(({ legs }) => legs.includes(id))!;
    return [{ leg: model.parameters[node.parameter].legs[node.legs.indexOf(id)].name, size, at }];
  });
  const cores = new Set(term.nodes.map(({ parameter }) => parameter));
  const isMember = (other: Term) =>
    other.is === 'network' && other.legs.some(({ at }) => at !== undefined) && other.nodes.every(({ parameter }) => cores.has(parameter));
  return { family: { over, members: model.weights.filter(({ terms }) => terms.some(isMember)).length } };
}

function bondSizes(term: NetworkTerm): number[] {
  return term.legs.filter((leg) => leg.outer === undefined).map((leg) => leg.size);
}

function coreRecord(name: string, parameter: Parameter, trainable: number): CoreRecord {
  const kept = keptCount(parameter);
  return {
    name,
    shape: parameter.legs.map((leg) => leg.size),
    role: parameter.role,
    parameters: entries(parameter),
    trainable,
    ...(kept === undefined ? {} : { kept }),
    shared: parameter.names.length,
    ...(parameter.learned === undefined ? {} : { learned: learnedRecord(parameter, parameter.learned) }),
    ...(parameter.orthogonal === undefined ? {} : { orthogonal: parameter.legs[parameter.orthogonal].name }),
    seeded: isSeeded(parameter),
    positions: parameter.positions !== undefined,
  };
}

const learnedRecord = (parameter: Parameter, { share }: Learned) => ({
  share,
  kept: keptOf({ share }, parameter.legs),
  scores: entries(parameter),
});

/** Entries that some step can change: not frozen, gate probability above 0, inside `where` and `keep` at some time. */
function trainableEntries(model: Model): (parameter: Parameter) => number {
  const gates = new Map(model.gates.map((gate) => [gate.id, gate.probability]));
  return (parameter) => {
    const { update, keep } = parameter;
    if (update.frozen) return 0;
    const probability = update.gate === undefined ? 1 : gates.get(update.gate);
    if (probability !== undefined && (typeof probability === 'number' ? probability : Math.max(probability.from, probability.to)) <= 0)
      return 0;
    const masks = [update.where, keep].filter((mask) => mask !== undefined);
    if (masks.length === 0) return entries(parameter);
    return countMask(
      { is: 'and', of: masks },
      parameter.legs.map((leg) => leg.size),
    );
  };
}
