/** What the driver hands to engines: one program for one set of sizes, ready to run. */
import type { Address, Schedule } from './kernel.ts';
import type { Program, Type } from './program.ts';

/** Where named values lie. Sources and outputs of one name and kind are found here; a state output overwrites its source's place. */
export interface Placed {
  readonly name: string;
  readonly type: Type;
  readonly address: Address;
}
/** The persistent space of a model with an optimiser: segments by (group, gate, trainable), members in path order, moments after. */
export interface Layout {
  readonly members: readonly Placed[];
  readonly size: number;
}
export interface Executable {
  /** Hash of all that entered compilation. */
  readonly key: string;
  readonly name: string;
  /** After all program passes: what `reference` evaluates. */
  readonly program: Program;
  /** What the f32 engines run. */
  readonly schedule: Schedule;
  readonly layout: Layout;
  /** By `kind name`, for example `input ids`, `parameter up.T[1]`, `state up.T[1].m`, `result loss`, `gradient up.T[1]`. */
  readonly places: ReadonlyMap<string, Placed>;
  /** Names of host bits that gate launches or state outputs. */
  readonly gates: readonly string[];
}
