/** One call on the tape, and the places in the caller's text that errors name. */
import { BondsmithError } from '../../grammar/error.ts';
import type { Space } from '../engine/engine.ts';
import type { CompiledFunction } from './functions.ts';
import type { Handle } from './handle.ts';

export interface TapeRecord {
  readonly name: string;
  /** Line of the caller. */
  readonly place: string;
  readonly compiled: CompiledFunction;
  readonly inputs: ReadonlyMap<string, Handle>;
  /** Parameters that it read, with their versions then. */
  readonly versions: ReadonlyMap<string, number>;
  readonly tick: number;
  /** Results of the forward run; absent before it and after the end of the tape. */
  results?: Space;
  /** What backward needs; absent before forward and after backward. */
  saved?: Space;
  state: 'recorded' | 'replayed' | 'ended';
}

/** `file:line:column` of the nearest caller outside this folder; empty where the host keeps no stack. */
export function callerPlace(): string {
  const lines = new Error().stack?.split('\n').slice(1) ?? [];
  const outside = lines.find((line) => !/[\\/]runtime[\\/]tape[\\/]/.test(line)) ?? lines[lines.length - 1] ?? '';
  return /\(?([^()\s]+:\d+:\d+)\)?$/.exec(outside)?.[1] ?? outside.trim();
}

/** A backward pass that would use parameters other than those of its forward pass, or a tape used out of order. */
export class TapeError extends BondsmithError {
  constructor(message: string) {
    super('tape', message);
    this.name = 'TapeError';
  }
}
