/** How much memory of an engine a run takes: predicted before anything is allocated, and asked for in one piece. */
import type { CompiledStep, Runnable } from '../../compiler/values/executable.ts';
import { sizesOf } from '../../compiler/values/executable.ts';
import type { ByRate } from '../../compiler/values/program.ts';
import { inOrder } from '../../compiler/values/program.ts';
import { type Engine, inBytes, MemoryLimit, type Needs } from '../engine/engine.ts';

/** Bytes. */
export interface Footprint {
  /** Of the engine itself: scratch of its threads. */
  readonly engine: number;
  /** Parameters and what an optimiser keeps of them. */
  readonly state: number;
  /** Inputs, results, values and tables of the training step. */
  readonly training: number;
  /** The same of evaluation. */
  readonly evaluation: number;
}

/** Spaces that a step has for itself, and its parts. */
export function bytesOfStep(needs: Needs, step: ByRate<Runnable>): number {
  const spaces = Object.entries(sizesOf(step, undefined)).filter(([name, size]) => name !== 'persistent' && size > 0);
  const parts = inOrder(step).reduce((sum, part) => sum + needs.bound(part), 0);
  return spaces.reduce((sum, [, size]) => sum + needs.space(size), parts);
}

/** `persistent`: elements, there once for all. */
export function footprintOf(
  needs: Needs,
  persistent: number,
  training: readonly CompiledStep[],
  evaluation: readonly CompiledStep[] = [],
): Footprint {
  const sum = (steps: readonly CompiledStep[]) => steps.reduce((bytes, step) => bytes + bytesOfStep(needs, step), 0);
  return { engine: needs.own, state: needs.space(persistent), training: sum(training), evaluation: sum(evaluation) };
}

export function totalOf({ engine, state, training, evaluation }: Footprint): number {
  return engine + state + training + evaluation;
}

/** `31.2 MiB of engine memory: 27.2 MiB a training step, 4 MiB scratch of threads`. */
export function footprintText(footprint: Footprint): string {
  return `${inBytes(totalOf(footprint))} of engine memory: ${partsText(footprint)}`;
}

export function partsText({ engine, state, training, evaluation }: Footprint): string {
  const parts = [
    [training, 'a training step'],
    [evaluation, 'evaluation'],
    [state, 'parameters and their moments'],
    [engine, 'scratch of threads'],
  ] as const;
  return parts.flatMap(([bytes, what]) => (bytes > 0 ? [`${inBytes(bytes)} ${what}`] : [])).join(', ');
}

/**
 * Throws MemoryLimit, before kernels are compiled and values are made, if it is more than `limit` bytes (0: none) or than the engine has.
 * The engine is asked by one allocation that is given back at once.
 */
export function checkMemory(engine: Engine, footprint: Footprint, limit: number): void {
  const needed = totalOf(footprint);
  if (limit > 0 && needed > limit) throw new MemoryLimit(needed, limit);
  const own = footprint.engine;
  try {
    engine.release(engine.allocate((needed - own) / (engine.host === 'exact' ? 8 : 4)));
  } catch (error) {
    if (error instanceof MemoryLimit) throw new MemoryLimit(needed, own + error.available);
    throw error;
  }
}
