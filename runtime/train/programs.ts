/** All programs of a session, compiled for the memory that there is; and where they do not fit, what would. */
import { compileStep, layoutOf, MemoryError } from '../../compiler/index.ts';
import type { CompiledStep, Layout, StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { wasm } from '../../compiler/values/target.ts';
import { inBytes, MemoryLimit } from '../engine/engine.ts';
import { chosenLosses, evaluationOf, evaluationOptions, lastSizes } from './evaluate.ts';
import { measuredInSteps } from './events/importance.ts';
import { bytesOfStep, checkMemory, type Footprint, footprintOf, partsText, totalOf } from './footprint.ts';
import { optimiserSpec } from './host-values.ts';
import { type MicroPlan, planMicro } from './micro.ts';
import type { TrainSessionRequest } from './session.ts';
import { taughtModel } from './teacher.ts';
import { Trainings } from './trainings.ts';
import type { WholePlan } from './whole-sums.ts';

export interface Programs {
  readonly layout: Layout;
  readonly trainings: Trainings;
  /** Counts the kept positions of a step's micro-batches; `scalars`: what becomes of each count. */
  readonly counting?: { readonly step: CompiledStep; readonly scalars: MicroPlan['scalars'] } | undefined;
  readonly evaluation?: { readonly step: CompiledStep; readonly plan: WholePlan } | undefined;
  /** Of the last rows held out, where they have a program of their own. */
  readonly remainder?: CompiledStep | undefined;
  /** With the programs of the step that comes first, in every length of its rows. */
  readonly memory: Footprint;
}

/** Optimiser steps of one pass over the data. */
export function stepsPerEpoch({ feed, config }: Pick<TrainSessionRequest, 'feed' | 'config'>): number {
  return Math.max(1, Math.floor(feed.batchesPerEpoch / config.accumulate));
}

/** From step `first` on. Throws MemoryLimit where they do not fit the engine, SizeError, LossError. */
export function programsOf(request: TrainSessionRequest, first: number): Programs {
  const { engine, config } = request;
  try {
    const programs = compiledFor(request, first, config.memory === 0 ? 'nothing' : { limit: config.memory });
    checkMemory(engine, programs.memory, config.memory);
    return programs;
  } catch (error) {
    throw error instanceof MemoryLimit ? refusal(request, first, error.available) : error;
  }
}

/** Values of the training step that are computed again: none, as many as bring it under a limit in bytes of the engine, all that are cheap. */
type Recompute = 'nothing' | 'all' | { readonly limit: number };

/** Throws MemoryLimit where even all is not enough. */
function compiledFor(request: TrainSessionRequest, first: number, recompute: Recompute): Programs {
  const { model, engine, feed, config, groups, teacher } = request;
  const optimiser = optimiserSpec(config, groups);
  const taught = (now: Model) => (teacher === undefined ? { model: now, losses: [] } : taughtModel(now, teacher.model, config));
  const whole = taught(model);
  const layout = layoutOf(whole.model, optimiser, false);
  const losses = [...chosenLosses(model, config), ...whole.losses];
  const common = { ...engine.planning, layout };
  const { accumulate } = config;
  const importance = measuredInSteps(model);
  const measured = importance.length === 0 ? {} : { importance };
  const training = { ...common, entries: losses, mode: 'train', accumulate, optimiser, ...measured } as const;
  const micro = accumulate > 1 ? planMicro(whole.model, losses) : undefined;
  const counting =
    micro?.counting && compileStep(micro.counting.model, { ...common, entries: micro.counting.entries, sizes: feed.sizes, mode: 'eval' });
  const plan = feed.validation.rows === 0 ? undefined : evaluationOf(model, config, feed, config.evaluate.rows);
  const evaluation = plan && compileStep(plan.model, { ...evaluationOptions(plan, feed), ...common });
  const last = plan && lastSizes(plan, feed, config.evaluate.rows);
  const remainder = last && compileStep(model, { ...common, entries: plan.plain, sizes: last, mode: 'eval' });
  const others = [counting, evaluation, remainder].filter((one) => one !== undefined);
  const rest = others.reduce((sum, step) => sum + bytesOfStep(engine.needs, step), engine.needs.own);
  const target = engine.target ?? wasm;
  const lengths = feed.short?.sizes.length ?? 1;
  const compile = (now: Model, sizes: StepOptions['sizes']) => {
    const { model: all } = taught(now);
    const own = accumulate > 1 ? planMicro(all, losses).model : all;
    const within = (bytes: number) => compileStep(own, { ...training, sizes, memory: { bytes, target } });
    if (recompute === 'nothing') return compileStep(own, { ...training, sizes });
    if (recompute === 'all') return within(leastOf(within));
    // Programs of several lengths have memory of their own each.
    const room = (recompute.limit - rest) / lengths;
    try {
      const step = within(room);
      // Launches take memory too; how many there are is known by now.
      const over = engine.needs.space(layout.size) + bytesOfStep(engine.needs, step) - room;
      return over <= 0 ? step : within(room - over);
    } catch (error) {
      if (error instanceof MemoryError) throw new MemoryLimit(error.needed + rest, recompute.limit);
      throw error;
    }
  };
  const trainings = new Trainings({ model, feed, accumulate, stepsPerEpoch: stepsPerEpoch(request), compile });
  const present = (steps: readonly (CompiledStep | undefined)[]) => steps.filter((one) => one !== undefined);
  return {
    layout,
    trainings,
    counting: counting && { step: counting, scalars: micro!.scalars },
    evaluation: evaluation && { step: evaluation, plan: plan! },
    remainder,
    get memory() {
      return footprintOf(engine.needs, layout.size, present([...trainings.allAt(first), counting]), present([evaluation, remainder]));
    },
  };
}

/** Bytes of a step of which all that is cheap is computed again: what its refusal says, when there is no room at all. */
function leastOf(compile: (bytes: number) => CompiledStep): number {
  try {
    compile(0);
  } catch (error) {
    if (error instanceof MemoryError) return error.needed;
    throw error;
  }
  return 0;
}

// where it does not fit ----------------------------------------------------------------------------------------------------

/** Tried in place of one batch, until they fit. */
const MICRO_BATCHES = [2, 4, 8, 16, 32, 64];

/** With what recomputation and micro-batches would make of it, each compiled and counted. */
function refusal(request: TrainSessionRequest, first: number, available: number): MemoryLimit {
  const bytesOf = (own: TrainSessionRequest, recompute: Recompute) => totalOf(compiledFor(own, first, recompute).memory);
  const { memory } = compiledFor(request, first, 'nothing');
  const said = [`it is ${partsText(memory)}`];
  // Neither makes parameters smaller.
  if (memory.state + memory.engine > available)
    return new MemoryLimit(totalOf(memory), available, [...said, 'use a smaller model'].join('; '));
  const recomputed = bytesOf(request, 'all');
  const setting = recomputed <= available ? `, set "memory" to ${recomputed}` : '';
  if (recomputed < totalOf(memory)) said.push(`with what is cheap computed again ${inBytes(recomputed)}${setting}`);
  let smallest: string | undefined;
  for (const parts of MICRO_BATCHES) {
    const divided = inMicroBatches(request, parts);
    if (divided === undefined) break;
    const bytes = bytesOf(divided, 'nothing');
    const { config, feed } = divided;
    const how = `set "accumulate" to ${config.accumulate} and --batch to ${feed.sizes[feed.validation.axis]}`;
    smallest = `with ${parts} micro-batches ${inBytes(bytes)}, ${how}`;
    if (bytes <= available) break;
  }
  if (smallest !== undefined) said.push(smallest);
  return new MemoryLimit(totalOf(memory), available, [...said, 'else use a smaller batch, context or model'].join('; '));
}

/** The same optimiser step from batches that are `parts` times smaller; undefined where rows cannot be divided so. */
function inMicroBatches(request: TrainSessionRequest, parts: number): TrainSessionRequest | undefined {
  const { feed, config } = request;
  const { axis, sizes, perBatch } = feed.validation;
  const batch = feed.sizes[axis];
  if (batch === undefined || batch % parts !== 0) return undefined;
  const size = batch / parts;
  const divided = (own: TrainSessionRequest['feed']['sizes']) => ({ ...own, [axis]: size });
  const validation = { ...feed.validation, perBatch: Math.min(perBatch, size), sizes: { ...sizes, [axis]: Math.min(perBatch, size) } };
  return {
    ...request,
    config: { ...config, accumulate: config.accumulate * parts },
    feed: {
      ...feed,
      sizes: divided(feed.sizes),
      validation,
      ...(feed.short && { short: { ...feed.short, sizes: feed.short.sizes.map(divided) } }),
    },
  };
}
