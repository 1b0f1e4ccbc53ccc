/** Stochastic gradient descent with momentum, as PyTorch computes it: b = momentum b + (g + decay w), w -= rate b. */
import { apply, number, read } from '../scalar.ts';
import type { Optimiser } from './optimiser.ts';

export const sgd: Optimiser = {
  states: ({ momentum = 0 }) => (momentum === 0 ? [] : [{ name: 'momentum', alike: true }]),
  step(slot, { momentum = 0 }) {
    const factor = slot.factor === undefined ? [] : [slot.factor];
    const inputs = [slot.parameter, slot.gradient, slot.decay, slot.rate, ...factor];
    const scaled = slot.factor === undefined ? read(1) : apply('mul', read(1), read(4));
    const { manifold } = slot;
    const gradient = manifold === undefined ? apply('add', scaled, apply('mul', read(2), read(0))) : scaled;
    const [before] = slot.states;
    if (before === undefined) {
      const direction = apply('mul', read(3), gradient);
      if (manifold !== undefined) return { parameter: manifold.retract(slot.map(inputs, direction, slot.parameter)), states: [] };
      return { parameter: slot.map(inputs, apply('sub', read(0), direction), slot.parameter), states: [] };
    }
    const value = apply('add', apply('mul', number(momentum), read(inputs.length)), gradient);
    const sum = slot.map([...inputs, before], value, before);
    const next = manifold === undefined ? sum : manifold.tangent(sum);
    const direction = apply('mul', read(2), read(1));
    const moving = [slot.parameter, next, slot.rate];
    const parameter =
      manifold === undefined
        ? slot.map(moving, apply('sub', read(0), direction), slot.parameter)
        : manifold.retract(slot.map(moving, direction, slot.parameter));
    return { parameter, states: [next] };
  },
};
