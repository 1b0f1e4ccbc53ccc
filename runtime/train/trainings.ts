/** Programs of training steps: one for each position of the turns and each length of rows, compiled when it first comes. */
import { modelInTurns } from '../../compiler/index.ts';
import type { CompiledStep, StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Batch, Feed } from '../data/feed.ts';
import type { Engine, Space } from '../engine/engine.ts';
import { turnsAt } from './host-values.ts';
import type { Runner } from './runner.ts';
import { makeRunner } from './runner.ts';

/** What a micro-batch is computed on: as short as its rows allow. */
export function batchAt(feed: Feed, tick: number): { readonly sizes: StepOptions['sizes']; readonly batch: Batch } {
  return feed.short?.at(tick) ?? { sizes: feed.sizes, batch: feed.train(tick) };
}

export interface TrainingRequest {
  readonly model: Model;
  readonly feed: Feed;
  readonly accumulate: number;
  readonly stepsPerEpoch: number;
  compile(model: Model, sizes: StepOptions['sizes']): CompiledStep;
}

export class Trainings {
  readonly #request: TrainingRequest;
  readonly #compiled = new Map<string, CompiledStep>();
  readonly #runners = new Map<CompiledStep, Runner>();

  constructor(request: TrainingRequest) {
    this.#request = request;
  }

  /** The program of a step, from 0. */
  compiledAt(step: number): CompiledStep {
    const { feed, accumulate } = this.#request;
    return this.#compile(step, feed.short === undefined ? feed.sizes : batchAt(feed, step * accumulate).sizes);
  }

  /** Of a step, in every length that its rows may have. */
  allAt(step: number): CompiledStep[] {
    const { feed } = this.#request;
    return (feed.short?.sizes ?? [feed.sizes]).map((sizes) => this.#compile(step, sizes));
  }

  #compile(step: number, sizes: StepOptions['sizes']): CompiledStep {
    const { model, stepsPerEpoch, compile } = this.#request;
    const now = turnsAt(model, step, stepsPerEpoch);
    const key = JSON.stringify([[...now], sizes]);
    const known = this.#compiled.get(key) ?? compile(modelInTurns(model, now), sizes);
    this.#compiled.set(key, known);
    return known;
  }

  /** What runs it. Programs of other turns keep no memory, those of other lengths do. */
  async runnerAt(step: number, engine: Engine, persistent: Space): Promise<Runner> {
    const next = this.compiledAt(step);
    const known = this.#runners.get(next);
    if (known !== undefined) return known;
    const made = await makeRunner(engine, next, persistent);
    const now = new Set(this.allAt(step));
    for (const [compiled, runner] of this.#runners) {
      if (now.has(compiled)) continue;
      runner.release();
      this.#runners.delete(compiled);
    }
    this.#runners.set(next, made);
    return made;
  }

  get runners(): Runner[] {
    return [...this.#runners.values()];
  }
}
