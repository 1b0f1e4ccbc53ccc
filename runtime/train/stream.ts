/**
 * What a run tells while it goes: one stream of events, in the order in which things happen. Who listens can change nothing: events are
 * frozen, and a listener that throws is warned of once and heard no further trouble from.
 */
import type { Taken } from '../../compiler/values/decision.ts';
import type { StepResults } from './evaluate.ts';
import type { Footprint } from './footprint.ts';
import type { Measurement } from './metrics.ts';

export type TrainEvent =
  /** The model is compiled and the first values are there. `step`: steps done, those before a resume included. */
  | {
      readonly is: 'begin';
      readonly name: string;
      readonly step: number;
      readonly steps: number;
      readonly unit: string;
      readonly unitsPerStep: number;
      /** What it will take of the engine's memory. */
      readonly memory: Footprint;
    }
  /** What takes a while, as it begins. */
  | { readonly is: 'doing'; readonly step: number; readonly what: 'compiling' | 'evaluating' | 'saving' | 'deciding' }
  /** A step is done: everything that was measured of it. */
  | { readonly is: 'step'; readonly step: number; readonly measurement: Measurement }
  /** `best`: lower than every evaluation of this model before. */
  | { readonly is: 'evaluation'; readonly step: number; readonly results: StepResults; readonly best: boolean }
  | { readonly is: 'checkpoint'; readonly step: number; readonly which: 'checkpoint' | 'best' }
  /** An event of the schedule acted or ended; `taken` where it changed the model. */
  | { readonly is: 'decision'; readonly step: number; readonly said: string; readonly taken?: Taken }
  | { readonly is: 'warning'; readonly step: number; readonly text: string }
  | { readonly is: 'end'; readonly step: number; readonly stopped: 'finished' | 'early' | 'interrupted' | 'failed' };

export interface Listener {
  /** For warnings: `metrics.jsonl`. */
  readonly name: string;
  hear(event: TrainEvent): void;
}

/** Hands events to listeners. */
export class Stream {
  readonly #listeners: readonly Listener[];
  readonly #failed = new Set<Listener>();
  #step = 0;

  constructor(listeners: readonly Listener[]) {
    this.#listeners = listeners;
  }

  emit(event: TrainEvent): void {
    this.#step = event.step;
    deepFreeze(event);
    for (const listener of this.#listeners) this.#tell(listener, event);
  }

  #tell(listener: Listener, event: TrainEvent): void {
    try {
      listener.hear(event);
    } catch (error) {
      if (this.#failed.has(listener)) return;
      this.#failed.add(listener);
      const text = `${listener.name}: ${error instanceof Error ? error.message : String(error)}; the run goes on without it`;
      const warning = deepFreeze({ is: 'warning', step: this.#step, text } as const);
      for (const other of this.#listeners) if (other !== listener) this.#tell(other, warning);
    }
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
