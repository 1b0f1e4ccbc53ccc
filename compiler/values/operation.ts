/**
 * One operation, one record: everything that the compiler knows of an operation stands in one file of compiler/program/operations/.
 * The table is handed by the driver to whoever needs it, so that rooms below `program` never import it.
 */
import type { Nest } from './kernel.ts';
import type { Id, Node, Type } from './program.ts';
import type { Speller, Spelt } from './spelling.ts';

export interface Operation<A = unknown> {
  readonly name: string;
  /** Shape rule; throws AxisError naming both inputs and axes. */
  infer(attributes: A, inputs: readonly Type[]): Type;
  /** What this stage does not allow. */
  check?(attributes: A, inputs: readonly Type[], stage: Stage): readonly string[];
  /** One line of `--dump program`, without the result id and type. */
  print(attributes: A, inputs: readonly string[]): string;
  /** One cotangent per input; null = no path. */
  readonly gradient: 'none' | ((attributes: A, at: Adjoint) => readonly (Id | null)[]);
  /** Where the result can differ from a constant. */
  support?(attributes: A, inputs: readonly Support[]): Support;
  /** Multilinear in each input / jointly linear. */
  readonly linear?: 'each' | 'all';
  /** The meaning, f64, plain loops. */
  reference(attributes: A, inputs: readonly Tensor[], context: Context): Tensor;
  /** What the node computes, as a nest; 'view': no code, same elements in the same order. */
  lower(attributes: A, inputs: readonly Type[]): Lowered;
  /** The meaning in words that libraries of arrays have, for targets that are not kernels of ours. Throws NotSpelt. */
  spell(attributes: A, inputs: readonly Spelt[], s: Speller): Spelt;
  /** Feeds the property tests of every engine. */
  sample(pick: Pick): Sample<A>;
}
export type Lowered = Nest | 'view' | 'leaf' | Special;
/** Operations with a kernel of their own: no sum of products. */
export type Special =
  | { readonly is: 'arg-top'; readonly axis: number; readonly count: number }
  | { readonly is: 'group'; readonly gives: 'order' | 'start'; readonly groups: number }
  | { readonly is: 'largest'; readonly count: number };
export type Table = ReadonlyMap<string, Operation>;
export type Stage = 'built' | 'planned' | 'differentiated' | 'lowered';

export interface Adjoint {
  readonly node: Node;
  readonly inputs: readonly Id[];
  readonly result: Id;
  readonly cotangent: Id;
  /** Types of any node so far, for building zeros and shapes. */
  type(id: Id): Type;
  wanted(input: number): boolean;
  add<B>(operation: string, inputs: readonly Id[], attributes: B): Id;
}
export interface Support {
  readonly outside: number;
  readonly where: Predicate;
}
/** A conjunction of affine inequalities over coordinates: sum(coefficient * coordinate) + plus >= 0. Empty: everywhere. */
export type Predicate = readonly {
  readonly terms: readonly { readonly axis: number; readonly coefficient: number }[];
  readonly plus: number;
}[];

/** Row-major; `data` holds reals, ints and bits alike. */
export interface Tensor {
  readonly type: Type;
  readonly data: Float64Array;
}
/** What a step knows beyond its inputs: random keys and the values of sources by name. */
export interface Context {
  /** 64 bits as two uint32 words. */
  readonly seed: readonly [number, number];
  readonly tick: number;
}
/** Choices of a property test: integers in [low, high], all from one seed. */
export interface Pick {
  integer(low: number, high: number): number;
  boolean(): boolean;
  of<T>(items: readonly T[]): T;
}
/** `values`: how to fill an input (default: uniform in [-1, 1)). */
export interface Sample<A = unknown> {
  readonly attributes: A;
  readonly inputs: readonly Type[];
  readonly values?: readonly (((pick: Pick) => number) | undefined)[];
}
/** Axes disagree: which input and axis against which. */
export class AxisError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AxisError';
  }
}
