/** Values of the tape: a handle is there at once, its numbers when `read` resolves. */
import type { Type } from '../../compiler/values/program.ts';
import type { Values } from '../engine/engine.ts';
import type { TapeRecord } from './record.ts';

/** Where a handle's numbers come from: the caller, or a result of a recorded call. */
export type Origin =
  | { readonly is: 'given'; readonly values: ArrayLike<number> }
  | { readonly is: 'result'; readonly record: TapeRecord; readonly name: string };

export class Handle {
  readonly type: Type;
  readonly origin: Origin;
  readonly #fetch: (handle: Handle) => Promise<Values>;

  constructor(type: Type, origin: Origin, fetch: (handle: Handle) => Promise<Values>) {
    this.type = type;
    this.origin = origin;
    this.#fetch = fetch;
  }
  /** The numbers, row-major. Rejects when the tape has ended, or when an earlier call failed. */
  read(): Promise<Values> {
    return this.#fetch(this);
  }
}
