/** What a model consists of, in numbers: the record that `explain` prints. Nothing is allocated for it. */
import type { Mask, MaskIndex, Model, NetworkTerm, Parameter, Ramp, Weight } from '../../compiler/values/model.ts';

export interface CoreRecord {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role?: string;
  readonly parameters: number;
  /** Entries whose gate is not constantly 0. */
  readonly trainable: number;
  /** Number of names. */
  readonly shared: number;
}
export interface WeightRecord {
  readonly path: string;
  /** `dense` where the weight is one tensor. */
  readonly topology: string;
  readonly shape: readonly number[];
  readonly factors: readonly (readonly number[])[];
  readonly bonds: readonly number[];
  readonly parameters: number;
  readonly cores: readonly CoreRecord[];
}
export interface ModelRecord {
  readonly name: string;
  readonly digest: string;
  readonly parameters: { readonly total: number; readonly trainable: number; readonly dense: number };
  readonly weights: readonly WeightRecord[];
}

/** Counts: every stored parameter once; `dense` is every weight as one tensor of the sizes that the model sees. */
export function describeModel(model: Model): ModelRecord {
  const trainable = model.parameters.map(trainableEntries(model));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    name: model.name,
    digest: model.digest,
    parameters: {
      total: sum(model.parameters.map(entries)),
      trainable: sum(trainable),
      dense: sum(model.weights.map(({ axes }) => axes.reduce((product, axis) => product * axis.size, 1))),
    },
    weights: model.weights.flatMap((weight) => weightRecords(model, weight, trainable)),
  };
}

function entries(parameter: Parameter): number {
  return parameter.legs.reduce((product, leg) => product * leg.size, 1);
}

/** One record for each term: the base, then adapters. */
function weightRecords(model: Model, weight: Weight, trainable: readonly number[]): WeightRecord[] {
  return weight.terms.map((term) => {
    const nodes = term.is === 'dense' ? [{ name: '', parameter: term.parameter }] : term.nodes;
    const distinct = nodes.filter((node, k) => nodes.findIndex((other) => other.parameter === node.parameter) === k);
    const cores = distinct.map(({ name, parameter }) => coreRecord(name, model.parameters[parameter], trainable[parameter]));
    return {
      path: weight.path,
      topology: term.is === 'dense' ? 'dense' : term.topology,
      shape: weight.axes.map((axis) => axis.size),
      factors: weight.axes.map((axis) => axis.factors),
      bonds: term.is === 'dense' ? [] : bondSizes(term),
      parameters: cores.reduce((total, core) => total + core.parameters, 0),
      cores,
    };
  });
}

function bondSizes(term: NetworkTerm): number[] {
  return term.legs.filter((leg) => leg.outer === undefined).map((leg) => leg.size);
}

function coreRecord(name: string, parameter: Parameter, trainable: number): CoreRecord {
  return {
    name,
    shape: parameter.legs.map((leg) => leg.size),
    role: parameter.role,
    parameters: entries(parameter),
    trainable,
    shared: parameter.names.length,
  };
}

/** Entries that some step can change: not frozen, gate probability above 0, inside `where` and `keep` at some time. */
function trainableEntries(model: Model): (parameter: Parameter) => number {
  const gates = new Map(model.gates.map((gate) => [gate.id, gate.probability]));
  return (parameter) => {
    const { update, keep } = parameter;
    if (update.frozen) return 0;
    const probability = update.gate === undefined ? 1 : gates.get(update.gate);
    if (probability !== undefined && (typeof probability === 'number' ? probability : rangeOfRamp(probability)[1]) <= 0) return 0;
    const masks = [update.where, keep].filter((mask) => mask !== undefined);
    return masks.length === 0 ? entries(parameter) : countInside(parameter, masks);
  };
}

/** Positions for which every mask can be true; ramps may have any of their values. */
function countInside(parameter: Parameter, masks: readonly Mask[]): number {
  const sizes = parameter.legs.map((leg) => leg.size);
  const used = [...new Set(masks.flatMap(legsOf))];
  const outside = sizes.reduce((product, size, leg) => (used.includes(leg) ? product : product * size), 1);
  const position = sizes.map(() => 0);
  let inside = 0;
  const walk = (k: number): void => {
    if (k === used.length) {
      if (masks.every((mask) => canHold(mask, position, true))) inside++;
      return;
    }
    for (let value = 0; value < sizes[used[k]]; value++) {
      position[used[k]] = value;
      walk(k + 1);
    }
  };
  walk(0);
  return inside * outside;
}

function legsOf(mask: Mask): number[] {
  if (mask.is === 'compare') return [...indexLegs(mask.left), ...indexLegs(mask.right)];
  return mask.is === 'not' ? legsOf(mask.of) : mask.of.flatMap(legsOf);
}

function indexLegs(index: MaskIndex): number[] {
  if (index.is === 'leg') return [index.leg];
  return index.is === 'apply' ? index.of.flatMap(indexLegs) : [];
}

/** Whether the mask can have this truth at some time; for masks without ramps that is its truth. */
function canHold(mask: Mask, position: readonly number[], truth: boolean): boolean {
  switch (mask.is) {
    case 'not':
      return canHold(mask.of, position, !truth);
    case 'and':
    case 'or': {
      const every = (mask.is === 'and') === truth;
      return every ? mask.of.every((part) => canHold(part, position, truth)) : mask.of.some((part) => canHold(part, position, truth));
    }
    case 'compare':
      return valuesOf(mask.left, position).some((a) => valuesOf(mask.right, position).some((b) => compare(mask.f, a, b) === truth));
  }
}

function compare(f: (Mask & { is: 'compare' })['f'], a: number, b: number): boolean {
  switch (f) {
    case 'lt':
      return a < b;
    case 'le':
      return a <= b;
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'gt':
      return a > b;
    case 'ge':
      return a >= b;
  }
}

/** Least and greatest value. */
function rangeOfRamp({ from, to }: Ramp): readonly [number, number] {
  return [Math.min(from, to), Math.max(from, to)];
}

/** One value, or the ends of a ramp. */
function valuesOf(index: MaskIndex, position: readonly number[]): readonly number[] {
  switch (index.is) {
    case 'number':
      return [index.value];
    case 'leg':
      return [position[index.leg]];
    case 'ramp':
      return rangeOfRamp(index.ramp);
    case 'apply':
      return valuesOf(index.of[0], position).flatMap((a) => valuesOf(index.of[1], position).map((b) => arithmetic(index.f, a, b)));
  }
}

function arithmetic(f: (MaskIndex & { is: 'apply' })['f'], a: number, b: number): number {
  switch (f) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'div':
      return Math.floor(a / b);
    case 'mod':
      return a - b * Math.floor(a / b);
  }
}
