/** Who tells, besides the evaluation itself, that what a program should give is right. */
import type { Tensor } from '../../../compiler/values/operation.ts';
import type { Instance } from '../instance.ts';

/** A program, and what its forms give. */
export interface Asked {
  readonly instance: Instance;
  readonly expected: ReadonlyMap<string, Tensor>;
  /** How far single precision may be away. */
  readonly single: number;
}
/** How far it came to something else, as `distance` measures it; undefined where it has nothing to say of this program. */
export type Oracle = (asked: Asked) => Promise<number | undefined> | number | undefined;
