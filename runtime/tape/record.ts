/** One call on the tape, and the places in the caller's text that errors name. */
import { BondsmithError } from '../../grammar/error.ts';
import type { Space } from '../engine/engine.ts';
import type { CompiledFunction } from './functions.ts';
import type { Handle } from './handle.ts';

export interface TapeRecord {
  readonly name: string;
  readonly place: CallerPlace;
  readonly compiled: CompiledFunction;
  readonly inputs: ReadonlyMap<string, Handle>;
  /** Parameters that it read, with their versions then. */
  readonly versions: ReadonlyMap<string, number>;
  readonly tick: number;
  /** Inputs of both directions; absent before forward and after backward. */
  given?: Space;
  /** Results of the forward run; absent before it and after the end of the tape. */
  results?: Space;
  /** What backward needs; absent before forward and after backward. */
  saved?: Space;
  state: 'recorded' | 'replayed' | 'ended';
}

/** Where the one who makes it was called from. A stack is put into words when somebody asks: for each call that took a tenth of a step. */
export class CallerPlace {
  readonly #stack = new Error();

  /** `file:line:column` of the nearest caller outside of the tape; empty where the host keeps no stack. */
  toString(): string {
    const lines = this.#stack.stack?.split('\n').slice(1) ?? [];
    const outside = lines.find((line) => !/[\\/]runtime[\\/](tape|api)[\\/]/.test(line)) ?? lines[lines.length - 1] ?? '';
    return /\(?([^()\s]+:\d+:\d+)\)?$/.exec(outside)?.[1] ?? outside.trim();
  }
}

/** A backward pass that would use parameters other than those of its forward pass, or a tape used out of order. */
export class TapeError extends BondsmithError {
  constructor(message: string) {
    super('tape', message);
    this.name = 'TapeError';
  }
}
