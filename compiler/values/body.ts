/** Bodies of a resolved model: functions, losses and metrics as flat single-assignment lists (see model.ts). */
import type { Place } from '../../grammar/diagnostic.ts';
import type { AxisId, ModelInput, Path, WeightId } from './model.ts';

/** Position in `Body.statements`. */
export type ValueId = number;
export type ElementType = 'real' | 'int' | 'bool';

export interface Entry {
  readonly name: string;
  readonly kind: 'function' | 'loss' | 'metric';
  /** In declaration order; a loss or metric reads the model's inputs. Statement `value` is the matching `input` statement of both bodies. */
  readonly inputs: readonly ModelInput[];
  /** Values that live from call to call, 0 at first: their `input` statements read what the call before gave as the result of that name. */
  readonly kept?: readonly ModelInput[];
  readonly train: Body;
  readonly eval: Body;
}
export interface Body {
  /** Statement k defines value k and reads smaller ones only. */
  readonly statements: readonly Statement[];
  readonly results: readonly { readonly name: string; readonly value: ValueId; readonly index?: AxisId }[];
  /** Scalars added to every loss while training. */
  readonly penalties: readonly { readonly path: Path; readonly value: ValueId }[];
  /** What an evaluation tells: numbers, or one for each position of an axis of known size. */
  readonly reports: readonly { readonly path: Path; readonly value: ValueId }[];
}
export interface Statement {
  /** For people: the name in the source, or a short description. */
  readonly name: string;
  readonly axes: readonly AxisId[];
  readonly type: ElementType;
  /** The layer instance that the statement was inlined from, '' for the model itself. */
  readonly path: Path;
  readonly place: Place;
  readonly expression: Expression;
}
/**
 * All broadcasting is by axis identity: an argument lacks an axis or has it. No statement has the same axis twice.
 * Values of a statement lie in the order of its `axes`, row-major.
 */
export type Expression =
  | { readonly is: 'input'; readonly name: string }
  | { readonly is: 'weight'; readonly weight: WeightId }
  | { readonly is: 'number'; readonly value: number }
  /** The size of an open axis, int, rank 0. */
  | { readonly is: 'size'; readonly axis: AxisId }
  /** int; the statement's only axis is `axis`. */
  | { readonly is: 'position'; readonly axis: AxisId }
  /** Axes of the statement = union of the arguments' axes. */
  | { readonly is: 'apply'; readonly f: Pointwise; readonly of: readonly ValueId[] }
  /** Product of the factors, summed over every axis that the statement lacks; an axis that no factor has is broadcast. */
  | { readonly is: 'product'; readonly factors: readonly ValueId[] }
  /** Over nothing (`where` never true): sum = mean = 0, max = logsumexp = -1e30, min = 1e30. `logsumexp` and `mean` have `where` applied to terms and count. */
  | {
      readonly is: 'reduce';
      readonly combine: 'sum' | 'mean' | 'max' | 'min' | 'logsumexp' | 'any' | 'all';
      readonly over: readonly AxisId[];
      readonly of: ValueId;
      readonly where?: ValueId;
    }
  /** Value-preserving change of axes, moves in order; the statement's axes give the final order. */
  | { readonly is: 'refit'; readonly of: ValueId; readonly moves: readonly Move[] }
  /** `of[axis = index]`: axes of the statement = axes of `of` without the indexed ones + axes of the indices. `else`: value where out of range. */
  | {
      readonly is: 'lookup';
      readonly of: ValueId;
      readonly at: readonly { readonly axis: AxisId; readonly index: ValueId; readonly else?: ValueId }[];
    }
  /** Equal-shaped values stacked along `axis` (a layer family indexed by data). */
  | { readonly is: 'stack'; readonly of: readonly ValueId[]; readonly axis: AxisId }
  /** `probability` is a rank-0 value; bernoulli gives 0 or 1 (real). `site` is the random stream: path@loops#number. */
  | { readonly is: 'draw'; readonly law: 'bernoulli' | 'uniform'; readonly probability?: ValueId; readonly site: string }
  /** The `pick` greatest along `over`, ties to the lower index; index is int, value real. Both carry axis `pick` (absent: argmax, one). */
  | { readonly is: 'top'; readonly of: ValueId; readonly over: AxisId; readonly pick?: AxisId; readonly gives: 'index' | 'value' }
  /** How many positions before this one, in row-major order of `over`, hold the same position of the axis `among`. */
  | { readonly is: 'earlier'; readonly of: ValueId; readonly over: readonly AxisId[]; readonly among: AxisId }
  /** Concatenation: axis `axis` has the size of the sum of the parts' axes `from`. */
  | { readonly is: 'join'; readonly parts: readonly { readonly of: ValueId; readonly from: AxisId }[]; readonly axis: AxisId }
  /** Windowed access for convolutions: `of` with `axis` replaced by [`out`, `tap`], reading position stride * out + dilation * tap - before, zero outside. */
  | {
      readonly is: 'window';
      readonly of: ValueId;
      readonly axis: AxisId;
      readonly out: AxisId;
      readonly tap: AxisId;
      readonly stride: number;
      readonly dilation: number;
      readonly before: number;
    };
export type Move =
  | { readonly is: 'split'; readonly axis: AxisId; readonly into: readonly AxisId[] }
  | { readonly is: 'merge'; readonly axes: readonly AxisId[]; readonly into: AxisId }
  | { readonly is: 'rename'; readonly from: AxisId; readonly to: AxisId };
/** `select` has condition, then, else. `stop` is the identity with derivative 0. Comparisons give bool; `real` and `int` convert. `pow` has a constant exponent. */
export type Pointwise =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'neg'
  | 'pow'
  | 'idiv'
  | 'mod'
  | 'min'
  | 'max'
  | 'abs'
  | 'floor'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'tanh'
  | 'erf'
  | 'sin'
  | 'cos'
  | 'sigmoid'
  | 'relu'
  | 'gelu'
  | 'gelu_tanh'
  | 'silu'
  | 'lt'
  | 'le'
  | 'eq'
  | 'ne'
  | 'gt'
  | 'ge'
  | 'and'
  | 'or'
  | 'not'
  | 'select'
  | 'stop'
  | 'real'
  | 'int';
