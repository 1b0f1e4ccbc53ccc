/** A mask without ramps, over the legs of a tensor as a bool tensor, by `torch.arange` for each leg. */
import type { Mask, MaskIndex, Parameter } from '../../values/model.ts';
import { type Code, infix, literal, within } from './python.ts';

export function maskText(mask: Mask, legs: Parameter['legs']): string {
  const shape = legs.map(({ size }) => size);
  return `${within(condition(mask, shape), 9)}.expand(${shape.join(', ')})`;
}

function condition(mask: Mask, shape: readonly number[]): Code {
  if (mask.is === 'compare') return infix(mask.f, index(mask.left, shape), index(mask.right, shape))!;
  if (mask.is === 'not') return { text: `~${within(condition(mask.of, shape), 9)}`, strength: 7 };
  const parts = mask.of.map((part) => condition(part, shape));
  return parts.reduce((a, b) => infix(mask.is, a, b)!);
}
function index(part: MaskIndex, shape: readonly number[]): Code {
  switch (part.is) {
    case 'number':
      return literal(part.value);
    case 'leg': {
      const marks = shape.slice(part.leg).map((_, k) => (k === 0 ? ':' : 'None'));
      const text = `torch.arange(${shape[part.leg]})${marks.length > 1 ? `[${marks.join(', ')}]` : ''}`;
      return { text, strength: 9 };
    }
    case 'apply':
      return infix(part.f === 'div' ? 'idiv' : part.f, index(part.of[0], shape), index(part.of[1], shape))!;
    case 'ramp':
      throw new Error('a mask that moves during training is no constant');
  }
}
