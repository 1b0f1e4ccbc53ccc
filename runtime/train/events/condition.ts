/** Stop rules of events: `while loss < reference + 0.03`, `until share < 0.3`. */
import type { Taken } from '../../../compiler/values/decision.ts';
import type { Cond, Event, Model } from '../../../compiler/values/model.ts';
import { networksOf } from '../../../compiler/values/term.ts';

export interface Conditioned {
  readonly event: Extract<Event, { is: 'squeeze' | 'grow' }>;
  readonly model: Model;
  readonly taken: readonly Taken[];
  readonly loss: number;
  readonly reference: number;
}

/** A loss that is too high postpones an event that waits for it to recover. */
export function waits(scene: Conditioned & { readonly recovers?: boolean }): boolean {
  const condition = scene.event.while;
  return scene.recovers === true && condition?.quantity === 'loss' && !holds(condition, scene);
}

/** The condition that ends the event, in words. */
export function endedBy(scene: Conditioned): string | undefined {
  const { event } = scene;
  if (event.while !== undefined && !holds(event.while, scene)) return `${conditionText(event.while, scene)} no longer holds`;
  return event.until !== undefined && holds(event.until, scene) ? `${conditionText(event.until, scene)} is reached` : undefined;
}

const comparisons = { lt: '<', le: '<=', gt: '>', ge: '>=' } as const;

function holds({ quantity, f, bound }: Cond, scene: Conditioned): boolean {
  const value = measured(quantity, scene);
  const limit = (bound.reference ? scene.reference : 0) + bound.plus;
  return { lt: value < limit, le: value <= limit, gt: value > limit, ge: value >= limit }[f];
}

function conditionText({ quantity, f, bound }: Cond, scene: Conditioned): string {
  const limit = (bound.reference ? scene.reference : 0) + bound.plus;
  const mean = quantity === 'loss' ? ' (mean of the last steps)' : '';
  return `${quantity} ${measured(quantity, scene).toPrecision(4)}${mean} ${comparisons[f]} ${limit.toPrecision(4)}`;
}

/** `error`: root of the summed squared relative errors of its squeezes; `share`: entries of its networks against dense. */
function measured(quantity: Cond['quantity'], { event, model, taken, loss }: Conditioned): number {
  if (quantity === 'loss') return loss;
  if (quantity === 'error') return Math.hypot(...taken.map(({ decision }) => (decision.is === 'squeeze' ? decision.error : 0)));
  const weights = event.bonds.map(({ weight }) => model.weights[weight]);
  const parameters = new Set(
    weights.flatMap((weight) => networksOf(weight).flatMap(({ network }) => network.nodes.map(({ parameter }) => parameter))),
  );
  const product = (sizes: readonly { readonly size: number }[]) => sizes.reduce((entries, { size }) => entries * size, 1);
  const entries = [...parameters].reduce((sum, id) => sum + product(model.parameters[id].legs), 0);
  return entries / weights.reduce((sum, { axes }) => sum + product(axes), 0);
}
