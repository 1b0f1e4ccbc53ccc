/**
 * The squared distances of several networks from their weights together, as a function of the entries of some of their parameters: the
 * others stay. Networks may share parameters, and place one several times.
 */

import type { WeightNetwork } from './network.ts';
import type { Evaluated, Objective } from './problem.ts';
import { Problem } from './problem.ts';
import type { HostTensor } from './tensor.ts';

export interface Aim {
  readonly network: WeightNetwork;
  /** One axis for each outer leg, in the order of `outerLegs`. */
  readonly weight: HostTensor;
  /** Of the squared distance. */
  readonly factor: number;
}

interface Part {
  readonly problem: Problem;
  readonly factor: number;
  /** All entries, of which those that are free are overwritten. */
  readonly base: Float64Array;
  /** Where the entries of a free parameter begin here and there, and how many they are. */
  readonly ranges: readonly { readonly here: number; readonly there: number; readonly entries: number }[];
}

export class JointProblem implements Objective {
  readonly size: number;
  readonly #parts: readonly Part[];
  readonly #begins = new Map<number, number>();

  /** `values` by parameter: all of the networks; those in `free` may change. */
  constructor(aims: readonly Aim[], values: (parameter: number) => HostTensor, free: readonly number[]) {
    let size = 0;
    for (const parameter of free) {
      this.#begins.set(parameter, size);
      size += values(parameter).data.length;
    }
    this.size = size;
    this.#parts = aims.map(({ network, weight, factor }) => {
      const problem = new Problem(network, weight);
      const ranges = [...problem.begins].flatMap(([parameter, there]) => {
        const here = this.#begins.get(parameter);
        return here === undefined ? [] : [{ here, there, entries: values(parameter).data.length }];
      });
      return { problem, factor, base: problem.pointOf(network.nodes.map(({ parameter }) => values(parameter))), ranges };
    });
  }

  pointOf(values: (parameter: number) => HostTensor): Float64Array {
    const point = new Float64Array(this.size);
    for (const [parameter, begin] of this.#begins) point.set(values(parameter).data, begin);
    return point;
  }

  /** The entries of a free parameter. */
  entriesOf(point: Float64Array, parameter: number, entries: number): Float64Array {
    const begin = this.#begins.get(parameter)!;
    return point.slice(begin, begin + entries);
  }

  value(point: Float64Array): number {
    return this.#parts.reduce((sum, part) => sum + part.factor * part.problem.value(this.#whole(part, point)), 0);
  }

  evaluate(point: Float64Array): Evaluated {
    const gradient = new Float64Array(this.size);
    let value = 0;
    for (const part of this.#parts) {
      const found = part.problem.evaluate(this.#whole(part, point));
      value += part.factor * found.value;
      for (const { here, there, entries } of part.ranges)
        for (let k = 0; k < entries; k++) gradient[here + k] += part.factor * found.gradient[there + k];
    }
    return { value, gradient };
  }

  normal(point: Float64Array): { readonly gram: Float64Array; readonly right: Float64Array; readonly value: number } {
    const gram = new Float64Array(this.size * this.size);
    const right = new Float64Array(this.size);
    let value = 0;
    for (const part of this.#parts) {
      const { problem, factor, ranges } = part;
      const found = problem.normal(this.#whole(part, point));
      value += factor * found.value;
      for (const row of ranges) {
        for (let k = 0; k < row.entries; k++) {
          right[row.here + k] += factor * found.right[row.there + k];
          for (const column of ranges) {
            const from = (row.there + k) * problem.size + column.there;
            const to = (row.here + k) * this.size + column.here;
            for (let j = 0; j < column.entries; j++) gram[to + j] += factor * found.gram[from + j];
          }
        }
      }
    }
    return { gram, right, value };
  }

  #whole({ base, ranges }: Part, point: Float64Array): Float64Array {
    const whole = base.slice();
    for (const { here, there, entries } of ranges) whole.set(point.subarray(here, here + entries), there);
    return whole;
  }
}
