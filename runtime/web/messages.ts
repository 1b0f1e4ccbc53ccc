/**
 * What a page and its worker say to each other: calls by number with one answer each, events of a call while it goes on, and that one is to
 * end. Everything here is data that can be cloned from one thread to another.
 */
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { Refused } from '../../grammar/diagnostic.ts';
import { BondsmithError } from '../../grammar/error.ts';
import type { Data } from '../api/feeds.ts';
import type { FitOptions } from '../api/options.ts';
import type { Given } from '../data/memory.ts';
import type { ModelRecord } from '../explain/describe.ts';
import type { Drawing } from '../explain/drawing.ts';
import type { LayerPlan } from '../explain/plans.ts';
import type { TrainResult } from '../train/request.ts';
import type { TrainEvent } from '../train/stream.ts';
import type { HostTensor } from '../weights/tensor.ts';

/** A program and which model or variant of it is meant. */
export interface ProgramGiven {
  readonly text: string;
  /** The name under which places show it; default `program.bond`. */
  readonly file?: string;
  /** Texts that it imports, by the path that it writes. */
  readonly imports?: Readonly<Record<string, string>>;
  /** May be absent where there is only one. */
  readonly variant?: string;
  readonly set?: Readonly<Record<string, number | boolean>>;
}
export interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly models: readonly string[];
  /** Those that are models: no recipes. */
  readonly variants: readonly string[];
}
/** What `bondsmith explain` tells. `refused`: why nothing was planned at these sizes. */
export interface Explained {
  readonly record: ModelRecord;
  readonly sizes: Readonly<Record<string, number>>;
  readonly plans: readonly LayerPlan[];
  readonly planText: string;
  readonly refused?: string;
}
/** What stands around a place in a text. */
export interface Around {
  /** The model or variant, where there is one. */
  readonly name?: string;
  readonly kind?: 'model' | 'variant';
  /** Paths of the weights that the statement there makes networks of. */
  readonly weights: readonly string[];
  /** Options of the model or variant that are whole numbers, with what they are where nobody sets them. */
  readonly options: readonly { readonly name: string; readonly value: number }[];
}
/** A model that the worker holds. */
export interface Held {
  readonly id: number;
  readonly record: ModelRecord;
}
/** A tokenizer lies in the page's thread, texts are made tokens there. */
export type PageFitOptions = Omit<FitOptions, 'tokenizer' | 'longer' | 'ready'>;
export type FitSettings = Omit<PageFitOptions, 'signal' | 'onStep' | 'onEvent'>;
export interface GenerateSettings {
  readonly prompt?: string;
  readonly length?: number;
  readonly temperature?: number;
  readonly top?: number;
  readonly seed?: number;
}

/** What the worker does, as functions. */
export interface Calls {
  check(program: ProgramGiven): Checked;
  explain(program: ProgramGiven, sizes: Readonly<Record<string, number>>): Explained;
  around(program: ProgramGiven, offset: number): Around;
  draw(program: ProgramGiven, path: string): readonly Drawing[];
  print(program: ProgramGiven, stage: string, sizes: Readonly<Record<string, number>>): string;
  open(given: ProgramGiven | Uint8Array, seed: number): Promise<Held>;
  fit(id: number, data: Data, settings: FitSettings): Promise<TrainResult>;
  evaluate(id: number, data: Data, settings: { readonly batch?: number }): Promise<Record<string, number>>;
  call(id: number, name: string | undefined, inputs: Readonly<Record<string, Given>>, batch?: number): Promise<Record<string, HostTensor>>;
  generate(id: number, settings: GenerateSettings): Promise<string>;
  weight(id: number, name: string): HostTensor;
  setWeight(id: number, name: string, values: ArrayLike<number>): void;
  adapt(
    id: number,
    recipe: string,
    options: { readonly target: string } & Readonly<Record<string, number | boolean | string>>,
    seed: number,
  ): Held;
  save(id: number): Uint8Array;
  release(id: number): void;
}
export type CallName = keyof Calls;
export type Answered<Name extends CallName> = Awaited<ReturnType<Calls[Name]>>;

export type ToWorker =
  /** The first message. `threads`: of the engine; `life`: a lock to hold as long as the worker lives. */
  | { readonly begin: { readonly threads?: number; readonly life?: string } }
  | { readonly call: number; readonly name: CallName; readonly given: readonly unknown[] }
  | { readonly abort: number }
  | { readonly pause: number; readonly on: boolean };
export type FromWorker =
  | { readonly begun: true }
  | { readonly told: string }
  | { readonly call: number; readonly event: TrainEvent }
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly error: ErrorTold };

/** An error as data: its class does not survive the way. */
export interface ErrorTold {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly diagnostics?: readonly Diagnostic[];
}

export function tell(error: unknown): ErrorTold {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message } = error;
  const code = error instanceof BondsmithError ? { code: error.code } : {};
  return { name, message, ...code, ...(error instanceof Refused ? { diagnostics: error.diagnostics } : {}) };
}

/** The error again: Refused with its diagnostics, BondsmithError where it is one of those for people. */
export function heard({ name, message, code, diagnostics }: ErrorTold): Error {
  if (diagnostics !== undefined) return new Refused(diagnostics);
  const error = code === undefined ? new Error(message) : new BondsmithError(code, message);
  error.name = name;
  return error;
}
