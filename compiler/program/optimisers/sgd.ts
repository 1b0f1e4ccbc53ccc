/** Stochastic gradient descent with momentum, as PyTorch computes it: b = momentum b + (g + decay w), w -= rate b. */
import { apply, number, read } from '../scalar.ts';
import type { Optimiser } from './optimiser.ts';

export const sgd: Optimiser = {
  states: ({ momentum = 0 }) => (momentum === 0 ? [] : ['momentum']),
  step(slot, { momentum = 0 }) {
    const factor = slot.factor === undefined ? [] : [slot.factor];
    const inputs = [slot.parameter, slot.gradient, slot.decay, slot.rate, ...factor];
    const scaled = slot.factor === undefined ? read(1) : apply('mul', read(1), read(4));
    const gradient = apply('add', scaled, apply('mul', read(2), read(0)));
    const [before] = slot.states;
    if (before === undefined) {
      const moved = apply('sub', read(0), apply('mul', read(3), gradient));
      return { parameter: slot.map(inputs, moved, slot.parameter), states: [] };
    }
    const value = apply('add', apply('mul', number(momentum), read(inputs.length)), gradient);
    const next = slot.map([...inputs, before], value, before);
    const moved = apply('sub', read(0), apply('mul', read(2), read(1)));
    return { parameter: slot.map([slot.parameter, next, slot.rate], moved, slot.parameter), states: [next] };
  },
};
