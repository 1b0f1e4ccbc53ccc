/** Tensors of positions: entries that stand alone, and axes in an order of their own, written out where a weight is multiplied. */
import { type Code, NAME, within } from './python.ts';

/** Single entries as a tensor of zeros otherwise. */
export function withEntries(values: string, places: readonly string[], shape: readonly number[]): Code {
  return {
    text: `${values}.new_zeros((${shape.join(', ')})).index_put((${places.join(', ')}), ${values}, accumulate=True)`,
    strength: NAME,
  };
}

/** What lies at position k of the axis goes to position `order[k]`. */
export function putBack(code: Code, axis: number, order: string): Code {
  return { text: `${within(code, NAME)}.index_select(${axis}, ${order}.argsort())`, strength: NAME };
}
