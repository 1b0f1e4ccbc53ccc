/** What a run is given, and what comes out of it. */
import type { Taken } from '../../compiler/values/decision.ts';
import type { Words } from '../../compiler/values/random.ts';
import type { Place } from '../../grammar/diagnostic.ts';
import { BondsmithError } from '../../grammar/error.ts';
import type { OpenedCheckpoint } from '../checkpoint/checkpoint.ts';
import type { Files } from '../checkpoint/files.ts';
import type { RunRecord } from '../checkpoint/record.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { StepResults } from './evaluate.ts';
import type { RunFolder } from './run-state.ts';
import type { State, TrainSessionRequest } from './session.ts';
import type { Listener } from './stream.ts';

export interface TrainHost {
  readonly files: Files;
  /** Milliseconds. */
  now(): number;
  /**
   * True once the user asked to stop: asked before each step, and within long ones (`within`). A promise where the host must first look at
   * its events: steps alone never give it the turn.
   */
  interrupted(within?: 'step'): boolean | Promise<boolean>;
}
export interface TrainRequest extends TrainSessionRequest {
  /** First values by parameter id; asked for once it is known that the model fits the engine's memory. */
  values(): readonly HostTensor[];
  /** By which seeded tensors among them were drawn; default: the seed of the run. A run that goes on has it from its checkpoint. */
  readonly seeded?: Words | undefined;
  /** Where checkpoints go; absent: the run is in memory alone, and `done` takes what came out. */
  readonly folder?: RunFolder;
  /** What checkpoints hold so that they stand alone. */
  readonly record?: RunRecord;
  readonly resume?: OpenedCheckpoint;
  /** It was planned for another engine, so that sums are in another order from here on. */
  readonly moved?: boolean;
  readonly host: TrainHost;
  readonly listeners?: readonly Listener[];
  /** Called once it is known that the run can begin, before anything is written. */
  opened?(): void;
  /** The last state, before its memory is given back; also where the run failed and the state is whole. */
  done?(state: State, model: TrainSessionRequest['model']): void;
  /** For messages: `model.bond:12:5`. */
  readonly describePlace?: (place: Place) => string;
}
export interface TrainResult {
  readonly stopped: 'finished' | 'early' | 'interrupted';
  /** Steps done, those before a resume included. */
  readonly step: number;
  /** Of the last step; absent where none was left to do. */
  readonly loss?: number;
  /** The last evaluation: `loss` and metrics. */
  readonly validation?: StepResults;
  readonly best?: number;
  readonly seconds: number;
  readonly unitsPerSecond: number;
  /** What events decided, those before a resume included. */
  readonly taken: readonly Taken[];
  /** Bytes of the engine: what its session was predicted to take when the run began, and the most that the engine had. */
  readonly memory: { readonly predicted: number; readonly peak: number };
}
/** A loss or gradient that is not finite. The last good checkpoint stays. */
export class NotFinite extends BondsmithError {
  readonly step: number;
  constructor(step: number, message: string) {
    super('not-finite', message);
    this.name = 'NotFinite';
    this.step = step;
  }
}
