/**
 * What an expression in a body stands for. Tensors are statements of the body; everything static stays outside it until a tensor needs
 * it. Whole numbers carry the interval that they lie in, so that an index proved in range needs no `else`.
 */
import { Refused } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId, ElementType, ValueId } from '../../values/model.ts';
import type { Instance, MemberNode, StaticValue } from '../instance.ts';
import type { Interval } from './interval.ts';
import type { Positions } from './positions.ts';

export type Value = Tensor | StaticPart | LayerPart | FamilyPart | FunctionPart | SeveralPart | ErrorPart;
export interface Tensor {
  readonly is: 'tensor';
  readonly id: ValueId;
  readonly axes: readonly AxisId[];
  readonly type: ElementType;
  /** Of whole numbers that are proved to be positions of an axis. */
  readonly index?: Positions;
  /** Of whole numbers, where anything is known. */
  readonly range?: Interval;
  /** Made of positions and numbers only: its axes are explicit, so it need not nest with others. */
  readonly free: boolean;
  /** Sum of positions and a number: `@row + @dr - 1`. */
  readonly affine?: Affine;
}
export interface StaticPart {
  readonly is: 'static';
  readonly value: StaticValue;
}
/** One instance, or for each value of `chosen` (outermost first) one of many, in row-major order of the choices. */
export interface LayerPart {
  readonly is: 'layer';
  readonly instances: readonly Instance[];
  readonly chosen: readonly Choice[];
}
export interface Choice {
  readonly axis: AxisId;
  readonly index: Tensor;
}
export interface FamilyPart {
  readonly is: 'family';
  readonly name: string;
  /** One node, or as for layers one for each combination of `chosen`. */
  readonly nodes: readonly (MemberNode & { is: 'family' })[];
  readonly chosen: readonly Choice[];
}
export interface FunctionPart {
  readonly is: 'function';
  readonly name: string;
  readonly declaration: tree.Fn | tree.Forward;
  /** The instance whose members the body sees; none for a function of a file. */
  readonly owner?: LayerPart;
}
export interface SeveralPart {
  readonly is: 'several';
  readonly values: readonly Value[];
}
export interface ErrorPart {
  readonly is: 'error';
}

export interface Affine {
  readonly terms: ReadonlyMap<AxisId, number>;
  readonly constant: number;
}

/** Ends a unit of checking without a word: what is wrong has been reported. */
export function silently(): never {
  throw new Refused([]);
}
