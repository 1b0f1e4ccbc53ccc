/**
 * AdamW (Loshchilov and Hutter, 2019), as PyTorch computes it: w -= rate decay w, then w -= rate (m / c1) / (sqrt(v / c2) + epsilon),
 * where c1 and c2 are the bias corrections 1 - beta^t, which the host knows.
 */
import type { Id, Scalar } from '../../values/program.ts';
import { apply, number, read } from '../scalar.ts';
import type { Optimiser, Slot } from './optimiser.ts';

export const adamw: Optimiser = {
  states: ({ beta1, beta2 }, { orthogonal }) => [
    ...(beta1 === 0 ? [] : [{ name: 'm', alike: true }]),
    ...(beta2 === 0 ? [] : [{ name: 'v', alike: orthogonal === undefined }]),
  ],
  step(slot, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }) {
    const m = beta1 === 0 ? undefined : slot.states[0];
    const v = beta2 === 0 ? undefined : slot.states.at(-1);
    const { manifold } = slot;
    const averageM = average(slot, m, beta1, (gradient) => gradient);
    const nextM = manifold === undefined ? averageM : manifold.tangent(averageM);
    const nextV =
      manifold === undefined
        ? average(slot, v, beta2, (gradient) => apply('mul', gradient, gradient))
        : averageOfSquares(slot, v, beta2, manifold.meanSquare(slot.gradient));
    const keep = slot.number([slot.rate, slot.decay], apply('sub', number(1), apply('mul', read(0), read(1))));
    const step = slot.number([slot.rate, slot.scalar('correction1')], apply('div', read(0), read(1)));
    const root = slot.number([slot.scalar('correction2')], apply('div', number(1), apply('sqrt', read(0))));
    const divisor = apply('add', apply('mul', apply('sqrt', read(2)), read(5)), number(epsilon));
    const direction = apply('mul', read(4), apply('div', read(1), divisor));
    const inputs = [slot.parameter, nextM, nextV, keep, step, root];
    const parameter =
      manifold === undefined
        ? slot.map(inputs, apply('sub', apply('mul', read(0), read(3)), direction), slot.parameter)
        : manifold.retract(slot.map(inputs, direction, slot.parameter));
    return { parameter, states: [...(m === undefined ? [] : [nextM]), ...(v === undefined ? [] : [nextV])] };
  },
};

/** The same of one number for the whole parameter: the mean of the squares of the gradient before its factor. */
function averageOfSquares({ factor, number: rank0 }: Slot, old: Id | undefined, beta: number, meanSquare: Id): Id {
  const first = old === undefined ? 0 : 1;
  const inputs = [...(old === undefined ? [] : [old]), meanSquare, ...(factor === undefined ? [] : [factor])];
  const fresh = factor === undefined ? read(first) : apply('mul', read(first), apply('mul', read(first + 1), read(first + 1)));
  if (old === undefined) return rank0(inputs, fresh);
  return rank0(inputs, apply('add', apply('mul', number(beta), read(0)), apply('mul', number(1 - beta), fresh)));
}

/** The next moving average of `of` the scaled gradient; without an old one it is the present value. */
function average({ gradient, factor, map }: Slot, old: Id | undefined, beta: number, of: (gradient: Scalar) => Scalar): Id {
  const first = old === undefined ? 0 : 1;
  const inputs = factor === undefined ? [gradient] : [gradient, factor];
  const fresh = of(factor === undefined ? read(first) : apply('mul', read(first), read(first + 1)));
  if (old === undefined) return map(inputs, fresh, gradient);
  return map([old, ...inputs], apply('add', apply('mul', number(beta), read(0)), apply('mul', number(1 - beta), fresh)), old);
}
