/** Numbers that depend on the step: learning rates, bias corrections, ramps, gates. Host arithmetic in f64; steps count from 0. */
import type { Clock, Gate, Ramp } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { streamKey, threshold, wordAt } from '../../compiler/values/random.ts';
import type { TrainConfig } from './config.ts';

/**
 * The share of its rate that each group takes in `step` of `steps`: up in a line over the warm-up, then constant, along half a cosine, or
 * in a line down to `final`, which the last step has (Loshchilov and Hutter 2017 for the cosine).
 */
export function rateShare(schedule: TrainConfig['schedule'], step: number, steps: number): number {
  const { kind, warmup, final } = schedule;
  if (step < warmup) return (step + 1) / warmup;
  if (kind === 'constant') return 1;
  const last = steps - 1;
  const done = last <= warmup ? 1 : Math.min(1, (step - warmup) / (last - warmup));
  return final + (1 - final) * (kind === 'cosine' ? (1 + Math.cos(Math.PI * done)) / 2 : 1 - done);
}

/** 1 - beta^(step + 1) (Kingma and Ba 2015, algorithm 1). */
export function biasCorrection(beta: number, step: number): number {
  return 1 - beta ** (step + 1);
}

/** Steps between two ticks of a clock. */
export function clockSteps(clock: Clock, stepsPerEpoch: number): number {
  return clock.unit === 'steps' ? clock.every : clock.every * stepsPerEpoch;
}

/** The value of a ramp in a step. */
export function rampValue(ramp: Ramp, step: number, stepsPerEpoch: number): number {
  const moved = ramp.from + ramp.by * Math.floor(step / clockSteps(ramp.every, stepsPerEpoch));
  return ramp.by > 0 ? Math.min(moved, ramp.to) : Math.max(moved, ramp.to);
}

/** Which gates are open in a step: one draw each, from the stream `gate/` + id at the step. */
export function drawGates(gates: readonly Gate[], seed: Words, step: number, stepsPerEpoch: number): Record<string, boolean> {
  const open = gates.map(({ id, probability }) => {
    const p = typeof probability === 'number' ? probability : rampValue(probability, step, stepsPerEpoch);
    const name = `gate/${id}`;
    return [name, wordAt(streamKey(seed, name, step), 0, 0) < threshold(p)] as const;
  });
  return Object.fromEntries(open);
}
