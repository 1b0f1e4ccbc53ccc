/** What an optimiser is to the compiler: the states it keeps beside a parameter, and expressions for their next values. */
import type { OptimiserSpec } from '../../values/executable.ts';
import type { Id, Scalar } from '../../values/program.ts';

/** Nodes of one parameter's update. Rank-0 nodes come from the host, maps broadcast them. */
export interface Slot {
  readonly parameter: Id;
  readonly gradient: Id;
  /** In the order of `Optimiser.states(spec)`. */
  readonly states: readonly Id[];
  /** Factor of the gradient (clipping, micro-batches), rank 0; absent: 1. */
  readonly factor?: Id;
  readonly rate: Id;
  readonly decay: Id;
  /** A rank-0 real input of this name. */
  scalar(name: string): Id;
  /** A rank-0 map. */
  number(inputs: readonly Id[], value: Scalar): Id;
  /** A map over the parameter's legs that keeps `old` where its update mask is false. */
  map(inputs: readonly Id[], value: Scalar, old: Id): Id;
}
export interface Optimiser {
  /** Names of what is kept; what the settings make constant is not kept. */
  states(spec: OptimiserSpec): readonly string[];
  /** Next values of the parameter and of the states. */
  step(slot: Slot, spec: OptimiserSpec): { readonly parameter: Id; readonly states: readonly Id[] };
}
