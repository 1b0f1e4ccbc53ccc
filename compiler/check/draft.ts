/**
 * The model while the checker works on it: a tree of layer instances whose members are weights. Structure statements of a variant
 * (untie, wrap, decompose, share, adapt, tie) change the draft; bodies are elaborated afterwards, against the final tree; state
 * statements (init, freeze, train, keep, squeeze) act on its parameters. `finish` turns it into a Model.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { DecompositionSpec, Event, Gate, Law, ModelAxis, ModelInput, Path, SilentSum, WeightAxis, WeightId } from '../values/model.ts';
import type { AxisTable } from './axes.ts';
import type { Facts } from './facts.ts';
import type { Instance, StaticValue } from './instance.ts';
import type { Report } from './report.ts';
import type { Program } from './scope.ts';
import type { Tensor, Use } from './tensor/tensor.ts';

export type { Instance, MemberNode, StaticValue } from './instance.ts';

export interface Draft {
  readonly name: string;
  readonly declaration: tree.Layer;
  /** Of the model; `table.axes` with what only the checker asks of them. */
  readonly axes: ModelAxis[];
  readonly table: AxisTable;
  readonly program: Program;
  readonly inputs: ModelInput[];
  /** Inputs that were refused: nothing more is said of them. */
  readonly refusedInputs: Set<string>;
  readonly weights: DraftWeight[];
  /** All that were made. Those that no weight uses any more are dropped by `finish`, and ids are renumbered in order. */
  readonly tensors: Tensor[];
  readonly gates: Gate[];
  readonly schedule: Event[];
  /** By what tells them apart; the position is the id. */
  readonly decompositions: Map<string, DecompositionSpec>;
  /** By place. */
  readonly sums: Map<string, SilentSum>;
  /** Layers, groups and tensors that were built, so that no model runs away. */
  members: number;
  readonly root: Instance;
  /** Paths of weights that a checkpoint will give (`--from`), or undefined where none was named. */
  readonly source?: ReadonlySet<Path>;
  /** Every weight is one tensor, whatever network its layer declares it with. */
  readonly dense: boolean;
  readonly report: Report;
  /** Where somebody wants to know what places mean. */
  readonly facts?: Facts;
  /** Weights whose decomposition was refused: that they lack cores and bonds follows from it. */
  readonly spoiled: Set<WeightId>;
  /** References that are being instantiated, outermost first, and the layers found to contain themselves. */
  readonly nesting: Pick<tree.Reference, 'place'>[];
  readonly recursive: Set<tree.Layer>;
}
/** One variant of a chain `C of B of Model`, its options and lets evaluated. */
export interface VariantUse {
  readonly declaration: tree.Variant;
  readonly options: Map<string, StaticValue>;
}
/** A tensor as the model's text knows it: the sum of its terms, the base first. `name`: of an adapter. */
export interface DraftWeight {
  id: WeightId;
  path: Path;
  readonly place: Place;
  readonly axes: readonly Pick<WeightAxis, 'name' | 'axis' | 'size'>[];
  readonly terms: { readonly use: Use; readonly scale: number; readonly name?: string }[];
  /** Law as declared, evaluated. */
  readonly law: Law;
}
