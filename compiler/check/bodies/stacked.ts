/**
 * Weights as values. A weight of a layer that is chosen by data, `each[choice](x)`, is the stack of the weights of all choices, looked
 * up at the choice: y_t = f_choice(t)(x_t). That equal choices are computed together is lowering.
 */
import type { WeightId } from '../../values/model.ts';
import type { Elaboration } from './context.ts';
import type { Choice, Tensor } from './value.ts';

/** `weights` row-major over the choices, outermost first. */
export function stackedWeight(to: Elaboration, weights: readonly WeightId[], chosen: readonly Choice[]): Tensor {
  if (chosen.length === 0) {
    const { id, axes, path } = to.draft.weights[weights[0]];
    const list = axes.map((axis) => axis.axis);
    return { is: 'tensor', id: to.builder.weight(id, list, path), axes: list, type: 'real', free: false };
  }
  const [choice, ...inner] = chosen;
  const size = to.table.size(choice.axis);
  const count = typeof size === 'number' ? size : weights.length;
  const each = weights.length / count;
  const parts = Array.from({ length: count }, (_, k) => stackedWeight(to, weights.slice(k * each, (k + 1) * each), inner));
  const { axes } = parts[0];
  const name = to.draft.weights[weights[0]].path;
  const stack = to.tensor(
    { is: 'stack', of: parts.map((part) => part.id), axis: choice.axis },
    [choice.axis, ...axes],
    'real',
    `stack ${name}`,
  );
  const at = [{ axis: choice.axis, index: choice.index.id }];
  const result = [...choice.index.axes, ...axes.filter((axis) => !choice.index.axes.includes(axis))];
  return to.tensor({ is: 'lookup', of: stack.id, at }, result, 'real', `choose ${name}`);
}
