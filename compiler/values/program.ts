/**
 * The program: named tensors became positional ones. One result per node, pure, sizes are numbers, state leaves as outputs.
 * Axis names are labels for people; identity of axes is local to one operation (its letters).
 */
import type { Place } from '../../grammar/diagnostic.ts';

/** real = f64 in `reference`, f32 elsewhere; int = i32; bit = 0 or 1. */
export type Dtype = 'real' | 'int' | 'bit';
export interface Axis {
  readonly name: string;
  readonly size: number;
}
export interface Type {
  readonly dtype: Dtype;
  readonly axes: readonly Axis[];
}
/** A node's position; its inputs have smaller positions. */
export type Id = number;
export interface Node<A = unknown> {
  /** Key of the operation table. */
  readonly operation: string;
  readonly inputs: readonly Id[];
  /** Plain JSON, no ids inside. */
  readonly attributes: A;
  readonly type: Type;
  readonly origin: Origin;
}
export type Section = 'forward' | 'backward' | 'update';
/** `path`: 'block[3].up'; `again`: a clone made by remat. Hashes and kernels ignore it. */
export interface Origin {
  readonly path: string;
  readonly section: Section;
  readonly place?: Place;
  readonly again?: true;
}
export interface Program {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly outputs: readonly Output[];
}
/** A state output writes the source of the same name: new = when ? value : old. So does a sum, which lives for one optimiser step only. */
export type Output =
  | { readonly kind: 'result' | 'gradient' | 'saved' | 'folded' | 'sum'; readonly name: string; readonly value: Id }
  | { readonly kind: 'state'; readonly name: string; readonly value: Id; readonly when?: Id };

// leaves -------------------------------------------------------------------------------------------------------------------
export interface Source {
  readonly kind: 'parameter' | 'state' | 'input' | 'cotangent' | 'saved' | 'folded' | 'sum';
  readonly name: string;
  readonly rate: Rate;
}
/** How often a value changes: on an event, per optimiser step, per (micro)batch. In evaluation parameters are frozen. */
export type Rate = 'frozen' | 'update' | 'batch';
/** What belongs to the parts of a step that is split by rate; what would do nothing is absent. They run in this order. */
export interface ByRate<T> {
  /** Once for each set of values of what is frozen. */
  readonly frozen?: T;
  /** Before the micro-batches of an optimiser step. */
  readonly begin?: T;
  /** Once for each (micro)batch; all that is not split off. */
  readonly batch: T;
  /** After the micro-batches. */
  readonly end?: T;
}
/** Those that are there, in the order in which they run. */
export function inOrder<T>({ frozen, begin, batch, end }: ByRate<T>): T[] {
  return [frozen, begin, batch, end].filter((part) => part !== undefined);
}
/** One number for every element of the type, or all elements row-major. */
export interface Constant {
  readonly value: number | readonly number[];
}

// the three that carry the work ----------------------------------------------------------------------------------------------
/** A letter (position in `letters`), or the value of an int operand at letters. */
export type Subscript = number | Lookup;
/** `ids`: position among the node's inputs. `axis`: the axis that is looked up. Where the id is negative or beyond the axis, the factor is 0. */
export interface Lookup {
  readonly ids: number;
  readonly over: readonly number[];
  readonly axis: Axis;
}
/**
 * result[R] = sum over the letters not in R of the product of operand_k[S_k]. inputs[0..n) are the operands, inputs[n..) the int
 * operands of lookups. A result letter absent from all operands is broadcast, a repeated one is a diagonal (zero elsewhere),
 * a lookup in the result adds into the place looked up.
 */
export interface Contract {
  readonly letters: readonly Axis[];
  readonly operands: readonly (readonly Subscript[])[];
  readonly result: readonly Subscript[];
}
/** result[domain] = value; `reads[k]` are the domain positions that index input k, in its own axis order. */
export interface MapOp {
  readonly domain: readonly Axis[];
  readonly reads: readonly (readonly number[])[];
  readonly value: Scalar;
}
/** A sum is a contraction. Over nothing: max = -1e30, min = 1e30, any = 0. `over` are positions of axes of the input. */
export interface Reduce {
  readonly combine: 'max' | 'min' | 'any';
  readonly over: readonly number[];
}
export type Scalar =
  | { readonly is: 'read'; readonly operand: number }
  | { readonly is: 'number'; readonly value: number }
  /** real: a count that follows from sizes, as a mean divides by. A number is text of a kernel, this is an argument of its launch. */
  | { readonly is: 'size'; readonly value: number }
  /** int: the index along a domain axis. */
  | { readonly is: 'coordinate'; readonly axis: number }
  /** A uint32 word of (key, stream, tick, row, column); the first `rows` domain axes make the row, the last axis the column. */
  | { readonly is: 'random'; readonly stream: string; readonly rows: number }
  | { readonly is: 'apply'; readonly f: ScalarFunction; readonly a: readonly Scalar[] };
/** `below(word, p)`: word < round(p * 2^32) in integers, a bit. `uniform(word)`: (word >>> 8) * 2^-24, real. `div`/`mod` floor on ints. */
export type ScalarFunction =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'neg'
  | 'min'
  | 'max'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'sin'
  | 'cos'
  | 'floor'
  | 'idiv'
  | 'mod'
  | 'lt'
  | 'le'
  | 'eq'
  | 'and'
  | 'or'
  | 'not'
  | 'select'
  | 'stop'
  | 'real'
  | 'int'
  | 'below'
  | 'uniform';

// the rest -----------------------------------------------------------------------------------------------------------------
/** Split or merge of axes, row-major meaning. */
export interface Reshape {
  readonly axes: readonly Axis[];
}
export interface Slice {
  readonly axis: number;
  readonly from: number;
  readonly size: number;
}
/** Zeros around; adjoint of slice. `size` is the new size. */
export interface Pad {
  readonly axis: number;
  readonly before: number;
  readonly size: number;
}
/** int; result = input axes without `axis`, then a last axis of `count` named `name`; ties to the lower index. */
export interface ArgTop {
  readonly axis: number;
  readonly count: number;
  readonly name: string;
}
/** Stable counting sort of int keys in [0, groups): `order[n]`, or `start[groups + 1]`. */
export interface Group {
  readonly gives: 'order' | 'start';
  readonly groups: number;
}
/** bit, of the input's axes: 1 for the `count` greatest of all elements, NaN before all, ties to the lower position. */
export interface Largest {
  readonly count: number;
}
/** Inlined by the pass after `differentiate`. */
export interface Call {
  readonly callee: Program;
  readonly gradient?: Program;
}
/** Axis `axis` of size n becomes [out, tap]: result[.., o, t, ..] = input[.., stride * o + dilation * t - before, ..], 0 outside. */
export interface Window {
  readonly axis: number;
  readonly out: Axis;
  readonly tap: Axis;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}
