/** What a decomposition of given values promises, and what its error is measured by (see model.ts). */

/** Truncation: relative Frobenius error, kept energy, or share of the dense entries. */
export interface Policy {
  readonly measure: 'error' | 'energy' | 'share';
  readonly value: number;
}
/**
 * The bonds of all weights of one statement are chosen together: `share` of the dense entries of all, or a calibration loss that is at most
 * `value` above that of the dense model. `joint` is the number of the statement.
 */
export interface Budget {
  readonly measure: 'share' | 'loss';
  readonly value: number;
  readonly joint: number;
}

/** What the layer makes of its inputs, or what that does to the loss, to second order. */
export type Near = 'inputs' | 'inputs and gradients';
