/** Which entries of a parameter `keep` holds at zero, at any time of a run: in files they are zero. */
import { holdsAtSomeTime } from '../../compiler/values/mask.ts';
import type { Parameter } from '../../compiler/values/model.ts';

const masks = new WeakMap<Parameter, Uint8Array>();

/** 1 where an entry is kept, now or later (at some value of a ramp); undefined where every entry is. */
export function keptEntries(parameter: Parameter): Uint8Array | undefined {
  const { keep, legs } = parameter;
  if (keep === undefined) return undefined;
  const known = masks.get(parameter);
  if (known !== undefined) return known;
  const sizes = legs.map(({ size }) => size);
  const position = sizes.map(() => 0);
  const mask = new Uint8Array(sizes.reduce((product, size) => product * size, 1));
  const holds = holdsAtSomeTime(keep);
  for (let k = 0; k < mask.length; k++) {
    mask[k] = holds(position) ? 1 : 0;
    for (let leg = sizes.length - 1; leg >= 0 && ++position[leg] === sizes[leg]; leg--) position[leg] = 0;
  }
  masks.set(parameter, mask);
  return mask;
}

/** The values with zeros where nothing is kept; the same array where there is no mask. */
export function withoutHeld<T extends Float64Array | Float32Array | Int32Array>(parameter: Parameter, values: T): T {
  const mask = keptEntries(parameter);
  if (mask === undefined) return values;
  const kept = values.slice() as T;
  for (let k = 0; k < kept.length; k++) if (mask[k] === 0) kept[k] = 0;
  return kept;
}
