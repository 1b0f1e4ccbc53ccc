/**
 * `decompose S as TOPOLOGY [to error|energy|share e]`: every selected weight of two axes or more becomes a network. Biases and norms
 * are passed over. What this body decomposed it may not decompose again; an outer variant may.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { DenseTerm, Policy } from '../../values/model.ts';
import type { DraftParameter, DraftWeight } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { listed } from '../report.ts';
import { selectWeights, type WeightMatch } from '../selector.ts';
import { evaluateNumber } from '../static.ts';
import { applyChoosing } from './choosing.ts';
import type { VariantContext } from './context.ts';
import { attach, networkOn, permuted } from './network.ts';
import { given } from './provenance.ts';
import { refactor } from './refactor.ts';

export function applyDecompose(context: VariantContext, change: tree.Decompose): void {
  if (change.selection.choices.some((choice) => choice.name !== undefined)) {
    refactor(context, change);
    return;
  }
  const use = { over: change.choosing === undefined ? [] : [change.choosing.over] };
  const weights = manyAxes(selectWeights(change.selection, context, use), change.selection);
  try {
    decomposeAll(context, change, weights);
  } catch (refused) {
    for (const { weight } of weights) context.draft.spoiled.add(weight.id);
    throw refused;
  }
}

function decomposeAll(context: VariantContext, change: tree.Decompose, weights: readonly WeightMatch[]): void {
  if (change.choosing !== undefined) {
    applyChoosing(context, change, change.choosing, weights);
    return;
  }
  const truncate = change.to === undefined ? undefined : policyOf(context, change.to, weights);
  const done = new Set<number>();
  for (const { weight } of weights) {
    if (done.has(weight.id)) continue;
    for (const id of decomposeWeight(context, weight, change, truncate)) done.add(id);
  }
}

/** Weights of two axes or more; a selection of nothing else is refused. */
export function manyAxes(matches: readonly WeightMatch[], selection: tree.Selection): WeightMatch[] {
  const many = matches.filter(({ weight }) => weight.axes.length > 1);
  if (many.length > 0) return many;
  return refuse({
    code: 'B610',
    message: 'a tensor of one axis has nothing to decompose',
    at: selection.place,
    label: `only ${listed(
      matches.map(({ weight }) => weight.path),
      3,
    )}`,
  });
}

/** Decomposes the weight and all others that are the same tensor; yields their ids. */
function decomposeWeight(context: VariantContext, weight: DraftWeight, change: tree.Decompose, truncate: Policy | undefined): number[] {
  const { draft, common } = context;
  const before = common.decomposed.get(weight.id);
  if (before !== undefined) {
    if (before.body === context.body) refuseAgain(weight, change.selection.place, before.place);
    restoreDense(context, weight, before.dense);
  }
  const term = weight.terms[0] as DenseTerm;
  const dense = draft.parameters[term.parameter]!;
  const network = networkOn(context, change.as[0].topology, weight);
  if (truncate !== undefined && network.legs.every((leg) => leg.outer !== undefined)) refuseBondless(network.topology, change);
  const made = attach(context, network, {
    law: given(context, dense) ? { is: 'source' } : weight.law,
    origin: { of: dense.origin, legs: dense.legs, order: term.perm },
    prefixes: dense.names,
    ...(truncate === undefined ? {} : { truncate }),
  });
  if (given(context, dense) && made.fit !== 'sweep') announceFit(context, weight, made.fit, change.as[0].topology);
  const same = draft.weights.filter(({ terms }) => terms[0]?.is === 'dense' && terms[0].parameter === dense.id);
  for (const other of same) {
    const { perm, scale } = other.terms[0] as DenseTerm;
    /** Axis of `other` for every axis of `weight`. */
    const toOther = term.perm.map((leg) => perm.indexOf(leg));
    const axisOf = perm.map((leg) => term.perm.indexOf(leg));
    const plan = network.axes;
    other.axes = other.axes.map((axis, k) => ({ ...axis, ...plan[axisOf[k]!]! }));
    const moved = toOther.every((axis, k) => axis === k) ? made : permuted(made, axisOf);
    other.terms = [{ ...moved, scale }, ...other.terms.slice(1)];
    other.decomposition = common.decomposed.size;
    other.networkAt = change.as[0].place;
    common.decomposed.set(other.id, { body: context.body, place: change.selection.place, dense: { ...dense } });
  }
  dense.names = [];
  return same.map(({ id }) => id);
}

function refuseBondless(topology: string, change: tree.Decompose): never {
  return refuse({
    code: 'B617',
    message: `\`${topology}\` has no bonds here, so nothing can be truncated`,
    at: change.to!.place,
    label: 'chooses the sizes of bonds',
    also: [{ place: change.as[0].place, text: 'has cores with outer legs alone' }],
    hint: 'leave it out: a topology without bonds has one size',
  });
}

/** J25: given values are not simply factored, they are fitted, and the result is as good as the iteration gets. */
function announceFit({ draft }: VariantContext, weight: DraftWeight, fit: 'als' | 'descent', as: tree.Reference): void {
  const how = fit === 'als' ? 'alternating least squares' : 'gradient descent, since a core stands at several places';
  const message = `the given ${weight.path} is fitted by ${how}; the error that is left is told with the weights`;
  draft.report.take([diagnostic({ code: 'N602', severity: 'note', message, at: as.place, label: 'has no exact decomposition by itself' })]);
}

/** Takes an inner body's network away from a weight and puts a dense parameter of its own in place. */
function restoreDense(context: VariantContext, weight: DraftWeight, dense: DraftParameter): void {
  const { parameters } = context.draft;
  for (const term of weight.terms.slice(0, 1)) {
    for (const node of term.is === 'network' ? term.nodes : []) {
      const parameter = parameters[node.parameter]!;
      parameter.names = parameter.names.filter((name) => !name.startsWith(`${weight.path}.`));
    }
  }
  const id = parameters.length;
  parameters.push({ ...dense, id, names: [weight.path], decided: new Map() });
  weight.axes = weight.axes.map(({ name, axis, size }) => ({ name, axis, size, factors: [size] }));
  const scale = weight.terms[0]?.scale ?? 1;
  weight.terms = [{ is: 'dense', parameter: id, perm: weight.axes.map((_, k) => k), scale }, ...weight.terms.slice(1)];
}

/** Truncation decides bonds from values, so values must be given before anything is planned. */
function policyOf(context: VariantContext, to: NonNullable<tree.Decompose['to']>, weights: readonly WeightMatch[]): Policy {
  const missing = weights.flatMap(({ weight }) => {
    const [term] = weight.terms;
    return term?.is === 'dense' && given(context, context.draft.parameters[term.parameter]!) ? [] : [weight.path];
  });
  if (missing.length > 0) {
    refuse({
      code: 'B607',
      message: `\`to ${to.measure}\` needs given weights for ${listed(missing, 6)}`,
      at: to.place,
      label: 'which bonds to keep depends on the values',
      hint: `name a file that holds them, \`--from WEIGHTS.safetensors\`, or give bonds instead, as in \`${'(b = 16)'}\``,
    });
  }
  const value = evaluateNumber(to.value, context.names);
  const most = to.measure === 'share' ? Number.POSITIVE_INFINITY : 1;
  if (value >= 0 && value <= most) return { measure: to.measure, value };
  return refuse({
    code: 'B608',
    message: `\`to ${to.measure}\` takes a number ${to.measure === 'share' ? 'from 0' : 'from 0 to 1'}`,
    at: to.value.place,
    label: `this is ${value}`,
  });
}

function refuseAgain(weight: DraftWeight, at: Place, first: Place): never {
  const core = weight.terms[0]?.is === 'network' ? weight.terms[0].nodes[0]!.name : 'T[1]';
  return refuse({
    code: 'B605',
    message: `\`${weight.path}\` is already decomposed`,
    at,
    label: 'again',
    also: [{ place: first, text: 'first' }],
    hint: `decompose a core of it: \`${core} of ${weight.path}\``,
  });
}
