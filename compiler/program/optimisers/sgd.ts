/** Stochastic gradient descent with momentum, as PyTorch computes it: b = momentum b + (g + decay w), w -= rate b. */
import { apply, number, read } from '../scalar.ts';
import type { Optimiser } from './optimiser.ts';

export const sgd: Optimiser = {
  states: ['momentum'],
  step(slot, { momentum = 0 }) {
    const [before] = slot.states;
    const scaled = slot.factor === undefined ? read(1) : apply('mul', read(1), read(4));
    const inputs = slot.factor === undefined ? [] : [slot.factor];
    const gradient = apply('add', scaled, apply('mul', read(3), read(2)));
    const value = apply('add', apply('mul', number(momentum), read(0)), gradient);
    const next = slot.map([before, slot.gradient, slot.parameter, slot.decay, ...inputs], value, before);
    const moved = apply('sub', read(0), apply('mul', read(2), read(1)));
    return { parameter: slot.map([slot.parameter, next, slot.rate], moved, slot.parameter), states: [next] };
  },
};
