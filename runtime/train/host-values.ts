/** The numbers and bits that the host sets before a step: rates, corrections, ramps, turns, gates. The program does the arithmetic. */
import { rampName } from '../../compiler/index.ts';
import type { OptimiserSpec } from '../../compiler/values/executable.ts';
import type { EventId, Mask, MaskIndex, Model, Ramp } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import type { TrainConfig } from './config.ts';
import { biasCorrection, clockSteps, drawGates, rampValue, rateShare } from './schedule.ts';

/** Parameters that share a learning rate and a decay. */
export interface Group {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly rate: number;
  readonly decay: number;
}

export function optimiserSpec(config: TrainConfig, groups: readonly Group[]): OptimiserSpec {
  const { optimiser, clip } = config;
  const common = { clip: clip > 0, groups: groups.map(({ name, parameters }) => ({ name, parameters })) };
  if (optimiser.kind === 'sgd') return { kind: 'sgd', momentum: optimiser.momentum, ...common };
  const { beta1, beta2, epsilon } = optimiser;
  return { kind: 'adamw', beta1, beta2, epsilon, ...common };
}

/** Scalars of optimiser step `step` (from 0) of `steps`, by input name. */
export function stepScalars(config: TrainConfig, groups: readonly Group[], step: number, steps: number): Record<string, number> {
  const { optimiser } = config;
  const share = rateShare(config.schedule, step, steps);
  const scalars: Record<string, number> = { share: 1 / config.accumulate };
  if (config.clip > 0) scalars.clip = config.clip;
  if (optimiser.kind === 'adamw') {
    scalars.correction1 = biasCorrection(optimiser.beta1, step);
    scalars.correction2 = biasCorrection(optimiser.beta2, step);
  }
  for (const { name, rate, decay } of groups) {
    scalars[`rate/${name}`] = rate * share;
    scalars[`decay/${name}`] = decay;
  }
  return scalars;
}

/** Present values of all ramps in masks, by input name. */
export function rampScalars(model: Model, step: number, stepsPerEpoch: number): Record<string, number> {
  const ramps = model.parameters.flatMap(({ update, keep }) => [
    ...(update.frozen || update.where === undefined ? [] : rampsOf(update.where)),
    ...(keep === undefined ? [] : rampsOf(keep)),
  ]);
  return Object.fromEntries(ramps.map((ramp) => [rampName(ramp), Math.round(rampValue(ramp, step, stepsPerEpoch))]));
}

function rampsOf(mask: Mask): Ramp[] {
  if (mask.is === 'compare') return [...rampsIn(mask.left), ...rampsIn(mask.right)];
  return mask.is === 'not' ? rampsOf(mask.of) : mask.of.flatMap(rampsOf);
}

function rampsIn(index: MaskIndex): Ramp[] {
  if (index.is === 'ramp') return [index.ramp];
  return index.is === 'apply' ? index.of.flatMap(rampsIn) : [];
}

/** The present value of each turn. */
export function turnsAt(model: Model, step: number, stepsPerEpoch: number): Map<EventId, number> {
  const turns = model.schedule.filter((event) => event.is === 'turn');
  return new Map(turns.map(({ id, at, values }) => [id, turnValue(values, Math.floor(step / clockSteps(at, stepsPerEpoch)))]));
}

/** Host bits by name: each gate's draw, each turn's comparison, and joint names (`gate/3&turn/5=2`). */
export function hostBits(
  model: Model,
  names: readonly string[],
  seed: Words,
  step: number,
  stepsPerEpoch: number,
): Record<string, boolean> {
  const bits = drawGates(model.gates, seed, step, stepsPerEpoch);
  const now = turnsAt(model, step, stepsPerEpoch);
  for (const event of model.schedule) {
    if (event.is !== 'turn') continue;
    for (const value of event.values) bits[`turn/${event.id}=${value}`] = value === now.get(event.id);
  }
  return Object.fromEntries(names.map((name) => [name, name.split('&').every((part) => bits[part] ?? true)]));
}

/** 1, 2, 3, 2, 1, 2, ... over the values. */
function turnValue(values: readonly number[], count: number): number {
  const period = Math.max(1, 2 * (values.length - 1));
  const position = count % period;
  return values[position < values.length ? position : period - position];
}
