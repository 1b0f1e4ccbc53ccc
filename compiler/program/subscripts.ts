/** The shape rule of contractions: every subscript against the axis it stands on, and the letters against each other. */
import { AxisError } from '../values/operation.ts';
import type { Axis, Contract, Subscript, Type } from '../values/program.ts';

/** Throws AxisError naming both places; `places` collects where each letter was met first. */
export function matchSubscripts(
  a: Contract,
  inputs: readonly Type[],
  subscripts: readonly Subscript[],
  own: Type | undefined,
  where: string,
  places: Map<number, string>,
): void {
  if (own === undefined || subscripts.length !== own.axes.length) {
    throw new AxisError(`${where} has ${own?.axes.length ?? 'no'} axes and ${subscripts.length} subscripts`);
  }
  const match = (letter: number, axis: Axis, place: string): void => {
    const expected = a.letters[letter];
    if (expected === undefined) throw new AxisError(`${place} has letter ${letter}, there are ${a.letters.length}`);
    if (expected.size !== axis.size) {
      const before = places.get(letter) ?? 'the list of letters';
      throw new AxisError(`${place} (${axis.name}:${axis.size}) is letter ${expected.name}:${expected.size} of ${before}`);
    }
    if (!places.has(letter)) places.set(letter, place);
  };
  for (const [axis, subscript] of subscripts.entries()) {
    const place = `${where}, axis ${axis}`;
    const found = own.axes[axis];
    if (typeof subscript === 'number') {
      match(subscript, found, place);
      continue;
    }
    const ids = inputs[subscript.ids];
    if (ids === undefined || subscript.ids < a.operands.length || ids.dtype !== 'int') {
      throw new AxisError(`${place} looks up input ${subscript.ids}, which is not an int input behind the ${a.operands.length} operands`);
    }
    if (subscript.axis.size !== found.size) {
      throw new AxisError(`${place} (${found.name}:${found.size}) is looked up as ${subscript.axis.name}:${subscript.axis.size}`);
    }
    if (subscript.over.length !== ids.axes.length) {
      throw new AxisError(`${place} looks up input ${subscript.ids} of ${ids.axes.length} axes at ${subscript.over.length} letters`);
    }
    for (const [k, letter] of subscript.over.entries()) match(letter, ids.axes[k], `input ${subscript.ids}, axis ${k}`);
  }
}
