/** What an optimiser is to the compiler: the states it keeps beside a parameter, and expressions for their next values. */
import type { OptimiserSpec } from '../../values/executable.ts';
import type { Parameter } from '../../values/model.ts';
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
  /** Of a parameter that stays orthogonal: its gradient is tangent already, it is not decayed, and steps return to the manifold. */
  readonly manifold?: Manifold;
  /** A rank-0 real input of this name. */
  scalar(name: string): Id;
  /** A rank-0 map. */
  number(inputs: readonly Id[], value: Scalar): Id;
  /** A map over the parameter's legs that keeps `old` where its update mask is false. */
  map(inputs: readonly Id[], value: Scalar, old: Id): Id;
}
/** A constraint at the present values of a parameter; all of the parameter's shape unless said. */
export interface Manifold {
  /** The part of a direction that keeps the constraint, to first order. */
  tangent(direction: Id): Id;
  /** The nearest values to parameter - step that keep it. */
  retract(step: Id): Id;
  /** Rank 0. */
  meanSquare(direction: Id): Id;
}
/** What is kept from step to step beside a parameter; `alike`: of its shape, else one number. */
export interface Kept {
  readonly name: string;
  readonly alike: boolean;
}
export interface Optimiser {
  /** What the settings make constant is not kept. */
  states(spec: OptimiserSpec, parameter: Parameter): readonly Kept[];
  /** Next values of the parameter and of the states. */
  step(slot: Slot, spec: OptimiserSpec): { readonly parameter: Id; readonly states: readonly Id[] };
}
