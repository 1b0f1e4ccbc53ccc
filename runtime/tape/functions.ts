/**
 * What the tape asks of whoever compiles: a function for the sizes met, cut in forward and backward, and the sum of two tensors. The tape
 * itself knows no model.
 */

import type { Executable } from '../../compiler/values/executable.ts';
import type { Dtype, Type } from '../../compiler/values/program.ts';
import { printType } from '../../compiler/values/shape.ts';
import { BondsmithError } from '../../grammar/error.ts';

export interface Functions {
  /** The inputs of a function; throws for a name that is none, saying which there are. */
  signature(name: string): readonly InputSignature[];
  /** `sizes`: those of the open axes by name. `gradients`: real inputs whose gradients are wanted. */
  compile(name: string, sizes: Readonly<Record<string, number>>, gradients: readonly string[]): CompiledFunction;
  /** Inputs `a` and `b` of `count` reals, result `sum`. */
  add(count: number): Executable;
}
export interface InputSignature {
  readonly name: string;
  readonly dtype: Dtype;
  /** An axis without size is open: its name is the key in `sizes`. */
  readonly axes: readonly { readonly name: string; readonly size?: number }[];
}
/**
 * `backward` takes the saved values of `forward`, at the same addresses, its inputs, and a cotangent for each real result; it adds the
 * gradients of parameters to the states `NAME.gradient` and gives those of inputs. Absent when nothing has a gradient.
 */
export interface CompiledFunction {
  readonly forward: Executable;
  readonly backward?: Executable;
}

/** The sizes that the given inputs imply. Throws CallError where one is missing or two disagree. */
export function sizesOf(name: string, signature: readonly InputSignature[], given: ReadonlyMap<string, Type>): Record<string, number> {
  const sizes = new Map<string, number>();
  const first = new Map<string, string>();
  for (const { name: input, dtype, axes } of signature) {
    const type = given.get(input);
    const expected = `${dtype}[${axes.map((axis) => `${axis.name}${axis.size === undefined ? '' : `:${axis.size}`}`).join(' ')}]`;
    if (type === undefined) throw new CallError(`${name} takes the input ${input}: ${expected}, which is not given`);
    if (type.dtype !== dtype || type.axes.length !== axes.length)
      throw new CallError(`${name}: ${input} is ${expected}, given is ${printType(type)}`);
    axes.forEach((axis, k) => {
      const { size } = type.axes[k];
      if (axis.size !== undefined && axis.size !== size)
        throw new CallError(`${name}: ${input} is ${expected}, given is ${printType(type)}`);
      if (axis.size !== undefined) return;
      const before = first.get(axis.name);
      if (before !== undefined && sizes.get(axis.name) !== size) {
        throw new CallError(`${name}: ${axis.name} is ${sizes.get(axis.name)} in ${before} and ${size} in ${input}`);
      }
      sizes.set(axis.name, size);
      first.set(axis.name, before ?? input);
    });
  }
  return Object.fromEntries(sizes);
}

/** A call that does not fit the function. */
export class CallError extends BondsmithError {
  constructor(message: string) {
    super('call', message);
    this.name = 'CallError';
  }
}
