/**
 * What the planner is asked and what it answers. A network is abstract: letters with sizes. The macs of a step are the product of the
 * sizes in the union of both operands' letters; unary steps cost 0.
 */

/** `inputs[k]` and `output` are positions in `sizes`. Any hypergraph: a letter may stand on any number of inputs. */
export interface Network {
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly sizes: readonly number[];
}
export interface Request {
  readonly network: Network;
  /** Per input: is its adjoint wanted? Absent: none (forward only). */
  readonly wanted?: readonly boolean[];
  /** Per input: does it keep its value from step to step (its sub-networks are folded)? Absent: none. */
  readonly constant?: readonly boolean[];
  /** Per input: is it independent of the batch, so that a sub-network of such inputs is built `1 / uses` times per use? Absent: 1. */
  readonly uses?: readonly number[];
  readonly objective?: Objective;
  readonly profile?: Profile;
  readonly seed?: number;
  /** Search effort in steps (deterministic); absent: the default by size. */
  readonly budget?: number;
  /** Seconds after which the search ends, once it did the default budget; never given where plans have to be reproducible. */
  readonly seconds?: number;
  /** Elements of the largest value that may be made; letters are sliced until it is met. Absent: no limit. */
  readonly memory?: number;
}
export type Objective = 'flops' | 'write' | 'size' | 'peak' | 'combo' | 'limit' | 'time';
/**
 * Predicted time of a pairwise step: nanoseconds for each thing that its kernel does, by the names of the engine's model
 * (compiler/network/profile.ts). Measured once per machine, shipped with defaults, never a clock during planning.
 */
export interface Profile {
  readonly name: string;
  readonly engine: 'wasm' | 'webgpu';
  readonly coefficients: Readonly<Record<string, number>>;
  /** Trees that won when they were measured in place (`bondsmith tune`), by the key of their request: they are taken and not searched for. */
  readonly trees?: Readonly<Record<string, Plan['steps']>>;
}
/** Single static assignment: inputs are 0..n-1, step k makes n + k. One input: no step. */
export interface Plan {
  readonly steps: readonly (readonly [number, number])[];
  /** Letters of the result of each step, sorted. */
  readonly results: readonly (readonly number[])[];
  /** Forward multiply-adds, without sub-networks of constants; exact up to 2^53, else the nearest double. */
  readonly macs: number;
  /** Multiply-adds of sub-networks of constants, paid once. */
  readonly foldedMacs: number;
  /** Forward plus wanted adjoints. */
  readonly trainingMacs: number;
  readonly log2Peak: number;
  readonly method: string;
  /** Proved minimal for the objective. */
  readonly optimal: boolean;
  /** With a memory limit: letters that are fixed to each of their values in turn; costs are those of all slices, results those of one. */
  readonly sliced?: readonly number[];
  /** The time limit ended the search, or who drove it: another run may give another plan, which is not to be kept. */
  readonly stopped?: true;
}
