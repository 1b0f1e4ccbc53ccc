/**
 * Clipping by the global norm (Pascanu et al., 2013): all gradients times min(1, clip / norm). Entries that will not be stepped, because
 * of a mask or a gate that is closed in this step, do not count.
 */
import type { Contract, Id, MapOp, Scalar } from '../../values/program.ts';
import type { Builder } from '../builder.ts';
import { apply, number, read } from '../scalar.ts';

export interface Clipped {
  readonly gradient: Id;
  /** The gradient with masked entries at 0. */
  readonly counted: Id;
  readonly gate?: Id;
}

/** Square root of the sum of squares, rank 0. */
export function gradientNorm(builder: Builder, parts: readonly Clipped[]): Id {
  const squares = parts.map(({ counted, gate }) => {
    const letters = builder.type(counted).axes;
    const whole = letters.map((_, axis) => axis);
    const sum = builder.add<Contract>('contract', [counted, counted], { letters, operands: [whole, whole], result: [] });
    if (gate === undefined) return sum;
    return builder.add<MapOp>('map', [sum, gate], { domain: [], reads: [[], []], value: apply('select', read(1), read(0), number(0)) });
  });
  return builder.add<MapOp>('map', [total(builder, squares)], { domain: [], reads: [[]], value: apply('sqrt', read(0)) });
}
function total(builder: Builder, parts: readonly Id[]): Id {
  if (parts.length === 1) return parts[0];
  const next: Id[] = [];
  for (let k = 0; k < parts.length; k += 5) {
    const group = parts.slice(k, k + 5);
    const value = group.slice(1).reduce<Scalar>((sum, _, j) => apply('add', sum, read(j + 1)), read(0));
    next.push(builder.add<MapOp>('map', group, { domain: [], reads: group.map(() => []), value }));
  }
  return total(builder, next);
}

/** min(1, clip / norm) without dividing by a norm of 0. */
export function clipFactor(builder: Builder, norm: Id, clip: Id): Id {
  const value = apply('div', read(1), apply('max', read(0), read(1)));
  return builder.add<MapOp>('map', [norm, clip], { domain: [], reads: [[], []], value });
}
