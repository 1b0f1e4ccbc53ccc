/**
 * What the events of a schedule decided in training: plain JSON, kept in checkpoints. The text of a model and the decisions taken since
 * give the model of any later step, so a checkpoint holds no model.
 */
import type { EventId, Path } from './model.ts';

export type Decision = Squeezed | Grown | Chosen;
/** New sizes of bonds; bonds that share a core with one of them follow. `error`: the relative l2 error that it made, measured. */
export interface Squeezed {
  readonly is: 'squeeze';
  readonly sizes: readonly { readonly weight: Path; readonly leg: number; readonly size: number }[];
  readonly error: number;
}
/** The same of bonds that became larger; the function is what it was. */
export interface Grown {
  readonly is: 'grow';
  readonly sizes: Squeezed['sizes'];
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

/** Whether JSON from a file has the shape of a decision taken; whether it fits a model, `applyEvent` says. */
export function isTaken(value: unknown): value is Taken {
  if (!isRecord(value) || !isRecord(value.decision) || !Number.isSafeInteger(value.step)) return false;
  if (value.event !== undefined && !Number.isSafeInteger(value.event)) return false;
  const { is, sizes, error, weights, importance } = value.decision;
  if (is === 'squeeze') return Array.isArray(sizes) && sizes.every(isSize) && typeof error === 'number';
  if (is === 'grow') return Array.isArray(sizes) && sizes.every(isSize);
  return is === 'choose' && Array.isArray(weights) && weights.every((path) => typeof path === 'string') && isRecord(importance);
}

function isSize(value: unknown): boolean {
  return isRecord(value) && typeof value.weight === 'string' && [value.leg, value.size].every(Number.isSafeInteger);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
