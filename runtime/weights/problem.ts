/**
 * The squared distance of a network from a weight, as a function of all entries of its distinct cores in one vector. Networks of any kind:
 * cores at several places, traces, outer legs on several cores.
 */
import { spread, visitAllButOne } from './all-but-one.ts';
import { type ContractionOrder, contract, orderFor } from './contract.ts';
import { multiply, transpose } from './linear-algebra.ts';
import type { WeightNetwork } from './network.ts';
import { legSize, lettered, outerLegs } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, strides } from './tensor.ts';

export interface Evaluated {
  /** Of the summed squares, measured entry by entry: no difference of large numbers. */
  readonly value: number;
  readonly gradient: Float64Array;
}

/** What iterations lower: a squared distance as a function of a vector. */
export interface Objective {
  readonly size: number;
  value(point: Float64Array): number;
  evaluate(point: Float64Array): Evaluated;
  /** J^T J [size, size] and J^T times the residual: the equations of a Gauss-Newton step. */
  normal(point: Float64Array): { readonly gram: Float64Array; readonly right: Float64Array; readonly value: number };
}

export class Problem implements Objective {
  readonly network: WeightNetwork;
  readonly weight: HostTensor;
  /** Entries of all distinct cores. */
  readonly size: number;
  /** Every outer leg on one core, every bond on two or more, no core twice on one leg. */
  readonly plain: boolean;
  /** By parameter: where its entries begin. */
  readonly begins: ReadonlyMap<number, number>;
  /** Of the contraction for each pair of cores: the same at every point. */
  readonly #gramOrders = new Map<string, ContractionOrder>();
  /** By node: the shape of its core, and where that begins. */
  readonly #places: readonly { readonly shape: readonly number[]; readonly from: number }[];

  /** `weight` has one axis for each outer leg, in the order of `outerLegs`. */
  constructor(network: WeightNetwork, weight: HostTensor) {
    this.network = network;
    this.weight = weight;
    const begins = new Map<number, number>();
    let size = 0;
    this.#places = network.nodes.map(({ parameter, legs }) => {
      const shape = legs.map((leg) => legSize(network, leg));
      if (!begins.has(parameter)) {
        begins.set(parameter, size);
        size += count(shape);
      }
      return { shape, from: begins.get(parameter)! };
    });
    this.size = size;
    this.begins = begins;
    this.plain = network.legs.every(({ id, outer }) => {
      const ends = network.nodes.flatMap(({ legs }) => legs.filter((leg) => leg === id));
      return outer === undefined
        ? ends.length > 1 && network.nodes.every(({ legs }) => legs.filter((leg) => leg === id).length < 2)
        : ends.length === 1;
    });
  }

  cores(point: Float64Array): HostTensor[] {
    return this.#places.map(({ shape, from }) => ({ shape, data: point.slice(from, from + count(shape)) }));
  }

  pointOf(cores: readonly HostTensor[]): Float64Array {
    const point = new Float64Array(this.size);
    for (const [k, { data }] of cores.entries()) point.set(data, this.#places[k].from);
    return point;
  }

  merged(cores: readonly HostTensor[]): HostTensor {
    return contract(lettered(this.network, cores), outerLegs(this.network));
  }

  value(point: Float64Array): number {
    const residual = this.#residual(this.cores(point));
    return dot(residual, residual);
  }

  evaluate(point: Float64Array): Evaluated {
    const cores = this.cores(point);
    const residual = this.#residual(cores);
    const gradient = new Float64Array(this.size);
    const whole = { letters: outerLegs(this.network), tensor: { shape: this.weight.shape, data: residual } };
    visitAllButOne(this.network, cores, whole, (k, others) => {
      const { shape: core, from } = this.#places[k];
      const { legs } = this.network.nodes[k];
      const letters = [...new Set(legs)].filter((leg) => others.some((operand) => operand.letters.includes(leg)));
      spread({ letters, tensor: contract(others, letters) }, legs, core).data.forEach((value, at) => {
        gradient[from + at] += 2 * value;
      });
    });
    return { value: dot(residual, residual), gradient };
  }

  #residual(cores: readonly HostTensor[]): Float64Array {
    const { data } = this.merged(cores);
    for (let k = 0; k < data.length; k++) data[k] -= this.weight.data[k];
    return data;
  }

  normal(point: Float64Array): { readonly gram: Float64Array; readonly right: Float64Array; readonly value: number } {
    const cores = this.cores(point);
    if (this.plain) {
      const { value, gradient } = this.evaluate(point);
      return { gram: this.#gramOfPairs(cores), right: gradient.map((entry) => entry / 2), value };
    }
    const residual = this.#residual(cores);
    const entries = residual.length;
    const adjoint = this.#adjoint(cores, entries);
    return {
      gram: multiply(adjoint, transpose(adjoint, this.size, entries), this.size, entries, this.size),
      right: multiply(adjoint, residual, this.size, entries, 1),
      value: dot(residual, residual),
    };
  }

  /**
   * J^T J by pairs of cores: the network contracted with itself, one copy without the first core, the other without the second. No operand
   * is as large as the weight.
   */
  #gramOfPairs(cores: readonly HostTensor[]): Float64Array {
    const { network, size } = this;
    const outer = new Set(outerLegs(network));
    const far = 1 + Math.max(...network.legs.map(({ id }) => id));
    const copied = (leg: number) => (outer.has(leg) ? leg : leg + far);
    const operands = lettered(network, cores);
    const copies = operands.map(({ letters, tensor }) => ({ letters: letters.map(copied), tensor }));
    const gram = new Float64Array(size * size);
    network.nodes.forEach(({ legs }, k) => {
      network.nodes.slice(0, k + 1).forEach((other, l) => {
        const both = [...operands.filter((_, node) => node !== k), ...copies.filter((_, node) => node !== l)];
        const same = k === l;
        const rows = same ? legs.filter((leg) => !outer.has(leg)) : legs;
        const columns = same ? rows.map(copied) : other.legs.map(copied);
        const output = [...rows, ...columns];
        const order = this.#gramOrders.get(`${k} ${l}`) ?? orderFor(both, output);
        this.#gramOrders.set(`${k} ${l}`, order);
        const block = contract(both, output, order).data;
        if (same) this.#addDiagonal(gram, block, k);
        else this.#addBlock(gram, block, k, l);
      });
    });
    return gram;
  }

  #addBlock(gram: Float64Array, block: Float64Array, k: number, l: number): void {
    const [mine, theirs] = [this.#places[k], this.#places[l]];
    const width = count(theirs.shape);
    for (let at = 0; at < block.length; at++) {
      const row = mine.from + Math.floor(at / width);
      const column = theirs.from + (at % width);
      gram[row * this.size + column] += block[at];
      gram[column * this.size + row] += block[at];
    }
  }

  /** The block of one core: positions of its outer legs have nothing to do with each other. */
  #addDiagonal(gram: Float64Array, block: Float64Array, k: number): void {
    const { legs } = this.network.nodes[k];
    const { shape, from } = this.#places[k];
    const outer = new Set(outerLegs(this.network));
    const steps = strides(shape);
    const offsets = (wanted: boolean) => {
      let found = [0];
      legs.forEach((leg, axis) => {
        if (outer.has(leg) === wanted)
          found = found.flatMap((offset) => Array.from({ length: shape[axis] }, (_, at) => offset + at * steps[axis]));
      });
      return found;
    };
    const [bonds, own] = [offsets(false), offsets(true)];
    for (const offset of own) {
      for (const [i, row] of bonds.entries()) {
        const at = (from + offset + row) * this.size + from + offset;
        for (let j = 0; j < bonds.length; j++) gram[at + bonds[j]] += block[i * bonds.length + j];
      }
    }
  }

  /** J^T [size, entries of the weight]: row x is the weight's derivative by entry x. */
  #adjoint(cores: readonly HostTensor[], entries: number): Float64Array {
    const { network } = this;
    const result = new Float64Array(this.size * entries);
    const outer = outerLegs(network);
    const operands = lettered(network, cores);
    const outerSteps = strides(this.weight.shape);
    network.nodes.forEach(({ legs }, k) => {
      const others = operands.filter((_, other) => other !== k);
      const onOthers = new Set(others.flatMap(({ letters }) => [...letters]));
      const bonds = [...new Set(legs)].filter((leg) => !outer.includes(leg) && onOthers.has(leg));
      const rest = outer.filter((leg) => onOthers.has(leg));
      const environment = contract(others, [...bonds, ...rest]);
      const { shape, from } = this.#places[k];
      const index = shape.map(() => 0);
      const restSteps = strides(environment.shape);
      // Outer legs of the core are fixed by its entry, those that others have alone are free.
      const free = rest.filter((leg) => !legs.includes(leg));
      for (let x = 0; x < count(shape); x++) {
        const at = new Map<number, number>();
        const traced = legs.every((leg, axis) => {
          const known = at.get(leg);
          at.set(leg, index[axis]);
          return known === undefined || known === index[axis];
        });
        if (traced) {
          const start = [...bonds, ...rest].reduce((sum, leg, axis) => sum + (at.get(leg) ?? 0) * restSteps[axis], 0);
          const to = outer.reduce((sum, leg, axis) => sum + (at.get(leg) ?? 0) * outerSteps[axis], (from + x) * entries);
          const walk = (axis: number, source: number, target: number): void => {
            if (axis === free.length) {
              result[target] += environment.data[source];
              return;
            }
            const step = restSteps[bonds.length + rest.indexOf(free[axis])];
            const toStep = outerSteps[outer.indexOf(free[axis])];
            const size = legSize(network, free[axis]);
            for (let p = 0; p < size; p++) walk(axis + 1, source + p * step, target + p * toStep);
          };
          walk(0, start, to);
        }
        for (let axis = index.length - 1; axis >= 0; axis--) {
          if (++index[axis] < shape[axis]) break;
          index[axis] = 0;
        }
      }
    });
    return result;
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
