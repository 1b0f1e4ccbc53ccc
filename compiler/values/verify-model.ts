/**
 * What must hold of a model, whatever the text it was made from: every id exists, names are unique and complete, legs of a network close,
 * masks speak of legs that exist, statements are typed. Complaints are of the compiler about itself: what a person wrote wrong is refused
 * with a place. Runs once per model in production, and after every statement of a variant in tests.
 */
import { scoresName } from './learned.ts';
import { legsIn, rampsIn } from './mask.ts';
import type { Event, LayerInstance, Mask, Model, ModelAxis, Parameter, Provenance, Size, Update } from './model.ts';
import { isAll, madeOf } from './provenance.ts';
import { coresOf, legOf, summandsOf } from './term.ts';
import { bodyComplaints } from './verify-body.ts';
import { duplicates, isPermutation, isPosition, misplaced } from './verify-ids.ts';
import { networkComplaints, weightComplaints } from './verify-weights.ts';

export class ModelError extends Error {
  readonly complaints: readonly string[];
  constructor(model: string, complaints: readonly string[]) {
    super(`the model ${model} is malformed:\n  ${complaints.join('\n  ')}`);
    this.name = 'ModelError';
    this.complaints = complaints;
  }
}

/** Throws ModelError with all complaints. */
export function verifyModel(model: Model): void {
  const complaints = complaintsAboutModel(model);
  if (complaints.length > 0) throw new ModelError(model.name, complaints);
}

/** Empty when all holds. */
export function complaintsAboutModel(model: Model): string[] {
  const structure = structureComplaints(model);
  // Bodies are read by the ids that were just looked at.
  if (structure.length > 0) return structure;
  const masked = model.parameters.filter(({ orthogonal, keep, update }) => orthogonal !== undefined && hasMask(keep, update));
  const twice = model.parameters.filter(({ learned, keep, orthogonal }) => learned !== undefined && (keep ?? orthogonal) !== undefined);
  if (twice.length > 0) return twice.map(({ names }) => `${names[0]}: learns a mask and has another, or stays orthogonal`);
  if (masked.length > 0) return masked.map(({ names }) => `${names[0]}: is to stay orthogonal and has a mask`);
  return model.entries.flatMap((entry) =>
    (entry.train === entry.eval ? (['train'] as const) : (['train', 'eval'] as const)).flatMap((mode) =>
      bodyComplaints(model, entry, mode).map((text) => `${entry.name} ${mode} ${text}`),
    ),
  );
}

/** All but the bodies. */
export function structureComplaints(model: Model): string[] {
  return [
    ...misplaced('axis', model.axes),
    ...misplaced('parameter', model.parameters),
    ...misplaced('gate', model.gates),
    ...misplaced('weight', model.weights),
    ...misplaced('event', model.schedule),
    ...duplicates('input', model.inputs, ({ name }) => [name]),
    ...duplicates('parameter', model.parameters, ({ names }) => names),
    ...duplicates('weight', model.weights, ({ path }) => [path]),
    ...duplicates('layer', model.layers, ({ path }) => [path]),
    ...duplicates('entry', model.entries, ({ name, kind }) => [`${kind} ${name}`]),
    ...model.axes.flatMap((axis) => axisComplaints(model, axis).map((text) => `axis ${axis.name}: ${text}`)),
    ...model.parameters.flatMap((parameter) => parameterComplaints(model, parameter).map((text) => `${parameter.names[0]}: ${text}`)),
    ...weightComplaints(model),
    ...layerComplaints(model),
    ...model.schedule.flatMap((event) => eventComplaints(model, event).map((text) => `event ${event.id}: ${text}`)),
    ...model.decompositions.flatMap((decomposition, id) =>
      summandsOf(decomposition)
        .flatMap((one) => (one.places === undefined ? networkComplaints(one, one.axes) : []))
        .map((text) => `decomposition ${id}: ${text}`),
    ),
  ];
}

function axisComplaints({ axes }: Model, { size, products, primeOf }: ModelAxis): string[] {
  const complaints: string[] = [];
  if (typeof size === 'number' ? !(Number.isInteger(size) && size >= 0) : axes[size.open] === undefined) {
    complaints.push(`has the size ${JSON.stringify(size)}`);
  }
  if (primeOf !== undefined && !sameSize(axes[primeOf]?.size, size)) complaints.push(`is a prime of ${primeOf}, which has another size`);
  for (const product of products) {
    if (!product.every((id) => isPosition(id, axes))) complaints.push(`is a product of ${product}, not all of which exist`);
    const sizes = product.map((id) => axes[id]?.size);
    if (typeof size === 'number' && sizes.every((factor) => typeof factor === 'number')) {
      if (sizes.reduce((all, factor) => all * factor, 1) !== size) complaints.push(`is ${size} and the product of ${sizes.join(', ')}`);
    }
  }
  return complaints;
}

const sameSize = (a: Size | undefined, b: Size) => JSON.stringify(a) === JSON.stringify(b);

function parameterComplaints(model: Model, parameter: Parameter): string[] {
  const { names, legs, positions, origin, init, update, keep, orthogonal } = parameter;
  const complaints: string[] = learnedComplaints(model, parameter);
  if (names.length === 0) complaints.push('has no name');
  if (!legs.every(({ size }) => Number.isInteger(size) && size >= 0))
    complaints.push(`has legs of ${legs.map(({ size }) => size).join(', ')}`);
  if (!Number.isFinite(init.scale)) complaints.push(`starts scaled by ${init.scale}`);
  if (positions !== undefined && (!update.frozen || keep !== undefined)) complaints.push('is of positions, and changed');
  if (origin.is !== 'seeded') complaints.push(...originComplaints(model, origin));
  else if (!update.frozen || keep !== undefined || orthogonal !== undefined || init.law.is === 'source')
    complaints.push('is seeded, and changed or given by something else');
  if (init.law.is === 'source' && !isAll(['checkpoint'], origin)) complaints.push('takes its values from weights that are not given');
  if (keep !== undefined) {
    complaints.push(...maskComplaints(keep, legs.length));
    if (rampsIn(keep).length > 0) complaints.push('has a mask of values that moves');
  }
  if (orthogonal !== undefined) complaints.push(...orthogonalComplaints(legs, orthogonal));
  if (update.frozen) return complaints;
  if (update.where !== undefined) complaints.push(...maskComplaints(update.where, legs.length));
  if (update.gate !== undefined && !isPosition(update.gate, model.gates))
    complaints.push(`is behind gate ${update.gate}, which is not there`);
  if (update.turn !== undefined) {
    const { clock, value } = update.turn;
    const event = model.schedule.find(({ id }) => id === clock);
    if (event?.is !== 'turn' || !event.values.includes(value)) complaints.push(`has turn ${value} of event ${clock}, which has none`);
  }
  return complaints;
}

function learnedComplaints({ parameters }: Model, { names, legs, learned }: Parameter): string[] {
  if (learned === undefined) return [];
  const scores = parameters[learned.scores];
  const sizes = (of: Parameter['legs']) => of.map(({ size }) => size).join();
  return [
    ...(learned.share > 0 && learned.share < 1 ? [] : [`learns a mask that keeps ${learned.share}`]),
    ...(scores !== undefined &&
    scores.names.join() === scoresName(names[0]!) &&
    scores.init.law.is === 'sizes' &&
    sizes(scores.legs) === sizes(legs)
      ? []
      : [`learns a mask by the scores ${scores?.names[0]}, which are not of its entries`]),
  ];
}

const hasMask = (keep: Mask | undefined, update: Update) => keep !== undefined || (!update.frozen && update.where !== undefined);

function orthogonalComplaints(legs: Parameter['legs'], columns: number): string[] {
  if (!isPosition(columns, legs)) return [`is to stay orthogonal over leg ${columns}, of ${legs.length}`];
  const rows = legs.reduce((product, { size }, leg) => (leg === columns ? product : product * size), 1);
  return rows < legs[columns]!.size ? [`has ${legs[columns]!.size} orthogonal columns of ${rows} rows`] : [];
}

function maskComplaints(mask: Mask, legs: number): string[] {
  const missing = legsIn(mask).filter((leg) => !(Number.isInteger(leg) && leg >= 0 && leg < legs));
  return missing.map((leg) => `has a mask of leg ${leg}, of ${legs}`);
}

function originComplaints(model: Model, origin: Provenance): string[] {
  const complaints = madeOf(origin).flatMap((part) => originComplaints(model, part));
  if (origin.is === 'seeded') complaints.push('is made from a seeded tensor, which has one origin alone');
  if (origin.is === 'factor') {
    const spec = model.decompositions[origin.decomposition];
    const found =
      spec !== undefined &&
      summandsOf(spec)
        .flatMap(coresOf)
        .some(({ parameter }) => parameter === origin.node);
    if (!found) complaints.push(`is core ${origin.node} of decomposition ${origin.decomposition}, which has none`);
  }
  if (origin.is === 'stack') {
    const count = origin.sizes.reduce((product, size) => product * size, 1);
    if (origin.of.length !== count) complaints.push(`is a stack of ${origin.of.length}, for ${origin.sizes.join(' x ')}`);
    if (!origin.of.every(({ axes }) => isPermutation(axes, axes.length))) complaints.push('stacks tensors whose axes are no permutation');
  }
  if (origin.is === 'slice' && !origin.at.every(({ leg, position }) => position >= 0 && position < (origin.sizes[leg] ?? 0)))
    complaints.push(`lies at ${JSON.stringify(origin.at)} of ${origin.sizes.join(' x ')}`);
  return complaints;
}

function layerComplaints({ axes, weights, layers }: Model): string[] {
  const paths = new Set(layers.map(({ path }) => path));
  const about = (layer: LayerInstance): string[] => [
    ...[...layer.axes].flatMap(([name, id]) => (isPosition(id, axes) ? [] : [`axis ${name} is ${id}`])),
    ...[...layer.weights].flatMap(([name, id]) => (isPosition(id, weights) ? [] : [`weight ${name} is ${id}`])),
    ...[...layer.members.values()].flat().flatMap((path) => (paths.has(path) ? [] : [`has a member ${path}, which is no layer`])),
  ];
  return layers.flatMap((layer) => about(layer).map((text) => `layer ${layer.path}: ${text}`));
}

function eventComplaints(model: Model, event: Event): string[] {
  const complaints: string[] = [];
  if (!(Number.isInteger(event.at.every) && event.at.every >= 0)) complaints.push(`comes every ${event.at.every}`);
  switch (event.is) {
    case 'squeeze':
    case 'grow':
      for (const { weight, legs } of event.bonds) {
        const own = model.weights[weight];
        const bonds = legs.every((leg) => {
          const found = own && legOf(own, leg);
          return found !== undefined && found.network.legs[found.leg]!.outer === undefined;
        });
        if (!bonds) complaints.push(`${event.is}s legs ${legs} of weight ${weight}, not all of which are bonds`);
      }
      break;
    case 'ramp':
      if (!event.target.every((id) => isPosition(id, model.parameters))) complaints.push(`moves the masks of ${event.target}`);
      break;
    case 'choose':
      complaints.push(...chooseComplaints(model, event));
      break;
    case 'turn':
      if (new Set(event.values).size < event.values.length) complaints.push(`has the turns ${event.values}`);
  }
  return complaints;
}

/** Every candidate is the network of a dense weight, made of parameters that come after all that exist. */
function chooseComplaints(model: Model, { groups }: Extract<Event, { is: 'choose' }>): string[] {
  return groups.flatMap(({ key, candidates }) =>
    candidates.flatMap(({ weight, axes, becomes, adds }) => {
      const complaints: string[] = [];
      if (model.weights[weight]?.terms[0]?.is !== 'dense') complaints.push(`weight ${weight} is no dense tensor`);
      const early = adds.find(({ id }) => id < model.parameters.length);
      if (early !== undefined) complaints.push(`${early.names[0]} has the id ${early.id}, which is taken`);
      const added = new Map(adds.map((parameter) => [parameter.id, parameter]));
      complaints.push(...networkComplaints(becomes, axes, (id) => added.get(id)?.legs.map(({ size }) => size)));
      return complaints.map((text) => `candidate of ${key}: ${text}`);
    }),
  );
}
