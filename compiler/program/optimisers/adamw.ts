/**
 * AdamW (Loshchilov and Hutter, 2019), as PyTorch computes it: w -= rate decay w, then w -= rate (m / c1) / (sqrt(v / c2) + epsilon),
 * where c1 and c2 are the bias corrections 1 - beta^t, which the host knows.
 */
import { apply, number, read } from '../scalar.ts';
import type { Optimiser } from './optimiser.ts';

export const adamw: Optimiser = {
  states: () => ['m', 'v'],
  step(slot, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }) {
    const [m, v] = slot.states;
    const scaled = slot.factor === undefined ? read(1) : apply('mul', read(1), read(2));
    const inputs = slot.factor === undefined ? [slot.gradient] : [slot.gradient, slot.factor];
    const blend = (beta: number, fresh: ReturnType<typeof read>) =>
      apply('add', apply('mul', number(beta), read(0)), apply('mul', number(1 - beta), fresh));
    const nextM = slot.map([m, ...inputs], blend(beta1, scaled), m);
    const nextV = slot.map([v, ...inputs], blend(beta2, apply('mul', scaled, scaled)), v);
    const keep = slot.number([slot.rate, slot.decay], apply('sub', number(1), apply('mul', read(0), read(1))));
    const step = slot.number([slot.rate, slot.scalar('correction1')], apply('div', read(0), read(1)));
    const root = slot.number([slot.scalar('correction2')], apply('div', number(1), apply('sqrt', read(0))));
    const divisor = apply('add', apply('mul', apply('sqrt', read(2)), read(5)), number(epsilon));
    const value = apply('sub', apply('mul', read(0), read(3)), apply('mul', read(4), apply('div', read(1), divisor)));
    const parameter = slot.map([slot.parameter, nextM, nextV, keep, step, root], value, slot.parameter);
    return { parameter, states: [nextM, nextV] };
  },
};
