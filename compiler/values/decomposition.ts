/** How given tensors become cores: what provenances of a model speak of. */
import type { NetworkLeg, NetworkNode, ParameterId, WeightAxis } from './model.ts';
import type { Budget, Near, Policy } from './truncation.ts';

/**
 * How a tensor that is given becomes cores. `axes` are those of the tensor; `nodes[k].parameter` is the number of a core, which a
 * provenance calls `node`. It stays when its cores are shared, or decomposed again.
 */
export interface DecompositionSpec extends Summand {
  readonly truncate?: Policy | Budget;
  /** What is to be near: the tensor (absent), what it makes of its inputs, or what that does to the loss, to second order. */
  readonly near?: Near;
  /** What is added to it: they are fitted together. Numbers of cores go on through all of them. */
  readonly plus?: readonly Summand[];
}
export interface Summand {
  readonly axes: readonly Pick<WeightAxis, 'name' | 'size' | 'factors' | 'padded'>[];
  readonly topology: string;
  readonly nodes: readonly NetworkNode[];
  readonly legs: readonly NetworkLeg[];
  /** Axes whose positions are put in another order first: `parameter` is the number of the core that says it. */
  readonly orders?: readonly SummandOrder[];
  /** By axis: the largest entries of what the other summands miss, where they stand. Its one core has their values. */
  readonly places?: readonly Places[];
}
export interface SummandOrder extends Order {
  readonly rule: OrderRule;
}
/**
 * `norm`: falling Euclidean norms of the slices. `likeness`: a chain that begins with the slice farthest from that of the greatest norm, and
 * goes on with the nearest that is left. Of equal ones the first.
 */
export type OrderRule = 'norm' | 'likeness';
/** Position k of the network's axis is position `parameter[k]` of the weight's. */
export interface Order extends Places {
  readonly axis: number;
}
/** A tensor of positions on an axis of the weight, called so within its term. */
export interface Places {
  readonly name: string;
  readonly parameter: ParameterId;
}
