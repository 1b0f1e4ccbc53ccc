/**
 * What the events of a schedule decided in training: plain JSON, kept in checkpoints. The text of a model and the decisions taken since
 * give the model of any later step, so a checkpoint holds no model.
 */
import type { EventId, Path } from './model.ts';

export type Decision = Squeezed | Chosen;
/** New sizes of bonds; bonds that share a core with one of them follow. `error`: the relative l2 error that it made at most. */
export interface Squeezed {
  readonly is: 'squeeze';
  readonly sizes: readonly { readonly weight: Path; readonly leg: number; readonly size: number }[];
  readonly error: number;
}
/** Weights that became networks, and how much each candidate counted. */
export interface Chosen {
  readonly is: 'choose';
  readonly weights: readonly Path[];
  readonly importance: Readonly<Record<Path, number>>;
}
/** `step`: steps done before. Without `event` it was taken by hand. */
export interface Taken {
  readonly step: number;
  readonly event?: EventId;
  readonly decision: Decision;
}
