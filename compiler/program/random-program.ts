/**
 * Seeded random programs that mix all operations, and their values: for the property tests of every engine. The same seed gives the same
 * program for ever.
 */

import type { Pick, Sample } from '../values/operation.ts';
import type { Axis, Contract, Dtype, Id, MapOp, Program, Source, Subscript, Type } from '../values/program.ts';
import { wordAt } from '../values/random.ts';
import { elements } from '../values/shape.ts';
import { Builder } from './builder.ts';
import { table } from './operations/index.ts';
import { sampleScalar, shuffle, subset } from './sample.ts';

/** Choices from one seed. */
export function pickFrom(seed: number): Pick {
  let count = 0;
  const word = () => wordAt([seed, 0x50a6], 0, count++);
  return {
    integer: (low, high) => low + (word() % (high - low + 1)),
    boolean: () => (word() & 1) === 1,
    of: (items) => items[word() % items.length],
  };
}

/** Row-major values: reals uniform in [-1, 1), multiples of 2^-10; ints in [0, 3]; bits 0 or 1; or what `fill` gives. */
export function valuesFor(type: Type, pick: Pick, fill?: (pick: Pick) => number): Float64Array {
  const usual: Record<Dtype, () => number> = {
    real: () => pick.integer(-1024, 1023) / 1024,
    int: () => pick.integer(0, 3),
    bit: () => pick.integer(0, 1),
  };
  return Float64Array.from({ length: elements(type.axes) }, () => (fill === undefined ? usual[type.dtype]() : fill(pick)));
}

/** One operation on inputs `x0`, `x1`, ... with result `y`, as its `sample` gives it, and values for the inputs. */
export function sampleProgram(operation: string, pick: Pick): { program: Program; values: Map<string, Float64Array> } {
  const sample: Sample = table.get(operation)!.sample(pick);
  const builder = new Builder(table, [], { path: operation, section: 'forward' });
  const values = new Map<string, Float64Array>();
  const inputs = sample.inputs.map((type, k) => {
    values.set(`x${k}`, valuesFor(type, pick, sample.values?.[k]));
    return builder.source({ kind: 'input', name: `x${k}`, rate: 'batch' }, type);
  });
  const id = builder.add(operation, inputs, sample.attributes);
  if (operation === 'source') values.set((sample.attributes as Source).name, valuesFor(builder.type(id), pick));
  return { program: builder.program(operation, [{ kind: 'result', name: 'y', value: id }]), values };
}

export interface Generated {
  readonly program: Program;
  /** By source name. */
  readonly values: Map<string, Float64Array>;
  /** Keys of the real sources. */
  readonly wanted: readonly string[];
}

/** About `size` operations on small shapes, all used, ending in a scalar result `loss`. Contractions have one or two operands. */
export function randomProgram(seed: number, size: number): Generated {
  const pick = pickFrom(seed);
  const grower = new Grower(pick);
  for (let k = 0; k < size; k++) grower.grow();
  return grower.finish(seed);
}

class Grower {
  readonly pick: Pick;
  readonly builder = new Builder(table, [], { path: 'random', section: 'forward' });
  readonly values = new Map<string, Float64Array>();
  readonly unread = new Set<Id>();

  constructor(pick: Pick) {
    this.pick = pick;
    for (const kind of ['parameter', 'parameter', 'input'] as const) this.leaf(kind);
  }

  leaf(
    kind: 'parameter' | 'input',
    dtype: Dtype = 'real',
    axes: readonly Axis[] = this.axes(this.pick.integer(1, 3)),
    fill?: (pick: Pick) => number,
  ): Id {
    const name = `${kind[0]}${this.builder.nodes.length}`;
    const type = { dtype, axes };
    this.values.set(name, valuesFor(type, this.pick, fill));
    return this.builder.source({ kind, name, rate: kind === 'parameter' ? 'update' : 'batch' }, type);
  }
  axes(count: number): Axis[] {
    return Array.from({ length: count }, () => ({ name: this.pick.of(['a', 'b', 'c']), size: this.pick.integer(1, 4) }));
  }
  /** A node with `dtype`, rather one that nothing reads yet. */
  value(dtype: Dtype = 'real'): Id {
    const all = this.builder.nodes.flatMap((node, id) => (node.type.dtype === dtype ? [id] : []));
    const fresh = all.filter((id) => this.unread.has(id));
    if (all.length === 0) return this.leaf('input', dtype);
    return fresh.length > 0 && this.pick.integer(0, 3) > 0 ? this.pick.of(fresh) : this.pick.of(all);
  }
  add<A>(operation: string, inputs: readonly Id[], attributes: A): Id {
    const id = this.builder.add(operation, inputs, attributes, {
      path: `random.${operation}[${this.builder.nodes.length}]`,
      section: 'forward',
    });
    for (const input of inputs) this.unread.delete(input);
    this.unread.add(id);
    return id;
  }

  grow(): void {
    const { pick } = this;
    const x = this.value();
    const { axes } = this.builder.type(x);
    const axis = pick.integer(0, Math.max(0, axes.length - 1));
    const kind = pick.integer(0, 13);
    if (kind < 4 || axes.length === 0) this.contract(x);
    else if (kind < 8) this.map(x);
    else if (kind === 8) this.add('reduce', [x], { combine: pick.of(['max', 'min']), over: subset(pick, [...axes.keys()]) });
    else if (kind === 9) this.add('reshape', [x], { axes: pick.boolean() ? [{ name: 'm', size: elements(axes) }] : [...axes].reverse() });
    else if (kind === 10) this.add('slice', [x], { axis, from: axes[axis].size - 1, size: 1 });
    else if (kind === 11) this.add('pad', [x], { axis, before: 1, size: axes[axis].size + pick.integer(1, 2) });
    else if (kind === 12) this.index(x, axis);
    else
      this.add('window', [x], {
        axis,
        out: { name: 'o', size: pick.integer(1, 3) },
        tap: { name: 't', size: 2 },
        stride: pick.integer(1, 2),
        dilation: pick.integer(1, 2),
        before: 1,
      });
  }

  /** Results stay in [-1, 1], so that nothing overflows however deep the program. */
  map(x: Id): void {
    const domain = shuffle(this.pick, [...this.builder.type(x).axes]);
    if (this.pick.integer(0, 3) === 0 && domain.length < 3) domain.push(...this.axes(1));
    const own = this.builder.type(x).axes.map((axis) => domain.indexOf(axis));
    const inputs = [x];
    const reads = [own];
    const other = this.value(this.pick.of(['real', 'real', 'int']));
    const positions = this.builder.type(other).axes.map(({ size }) => domain.findIndex((axis) => axis.size === size));
    if (!positions.includes(-1)) {
      inputs.push(other);
      reads.push(positions);
    }
    const dtypes = inputs.map((id) => this.builder.type(id).dtype);
    const value = { is: 'apply', f: 'tanh', a: [sampleScalar(this.pick, dtypes, domain.length, 2)] } as const;
    this.add<MapOp>('map', inputs, { domain, reads, value });
  }

  /** Random subscripts over the axes of one or two operands, with lookups in operand and result now and then; scaled by a map behind. */
  contract(x: Id): void {
    const { pick } = this;
    const operands = pick.integer(0, 3) === 0 ? [x] : [x, this.value()];
    const letters: Axis[] = [];
    const ids: Id[] = [];
    const letterOf = (axis: Axis): number => {
      const same = letters.flatMap(({ size }, letter) => (size === axis.size ? [letter] : []));
      return same.length > 0 && pick.integer(0, 2) > 0 ? pick.of(same) : letters.push(axis) - 1;
    };
    const lookup = (axis: Axis): Subscript => {
      const over = letterOf({ name: 'n', size: pick.integer(1, 4) });
      ids.push(this.leaf('input', 'int', [letters[over]], (p) => p.integer(0, axis.size - 1)));
      return { ids: operands.length + ids.length - 1, over: [over], axis };
    };
    const subscript = (axis: Axis): Subscript => (pick.integer(0, 7) === 0 ? lookup(axis) : letterOf(axis));
    const subscripts = operands.map((id) => this.builder.type(id).axes.map(subscript));
    const result: Subscript[] = subset(pick, [...letters.keys()]).slice(0, 3);
    if (pick.integer(0, 7) === 0 && result.length < 3) result.push(lookup({ name: 'v', size: pick.integer(1, 4) }));
    const id = this.add<Contract>('contract', [...operands, ...ids], { letters, operands: subscripts, result });
    const terms = letters.reduce((product, letter) => product * letter.size, 1);
    const { axes } = this.builder.type(id);
    const value = {
      is: 'apply',
      f: 'mul',
      a: [
        { is: 'number', value: 1 / Math.sqrt(terms) },
        { is: 'read', operand: 0 },
      ],
    } as const;
    this.add<MapOp>('map', [id], { domain: axes, reads: [[...axes.keys()]], value });
  }

  /** The values at the greatest positions: arg-top, or a group's order, as a lookup. */
  index(x: Id, axis: number): void {
    const { pick } = this;
    const { axes } = this.builder.type(x);
    const whole = [...axes.keys()];
    if (pick.boolean()) {
      const name = 'k';
      const ids = this.add('arg-top', [x], { axis, count: 1, name });
      const letters = [...axes.filter((_, k) => k !== axis), { name, size: 1 }];
      const over = [...letters.keys()];
      const operand = whole.map((k): Subscript => (k === axis ? { ids: 1, over, axis: axes[k] } : k < axis ? k : k - 1));
      this.add<Contract>('contract', [x, ids], { letters, operands: [operand], result: over });
      return;
    }
    const keys = this.leaf('input', 'int', [axes[axis]], (p) => p.integer(0, 2));
    const order = this.add('group', [keys], { gives: 'order', groups: 3 });
    const operand = whole.map((k): Subscript => (k === axis ? { ids: 1, over: [axis], axis: axes[k] } : k));
    this.add<Contract>('contract', [x, order], { letters: axes, operands: [operand], result: whole });
  }

  /** The sum of the squares of all that nothing reads. */
  finish(seed: number): Generated {
    const squares = [...this.unread].map((id) => {
      const { axes, dtype } = this.builder.type(id);
      const value = { is: 'apply', f: 'real', a: [{ is: 'read', operand: 0 }] } as const;
      const real = dtype === 'real' ? id : this.add<MapOp>('map', [id], { domain: axes, reads: [[...axes.keys()]], value });
      const whole = [...axes.keys()];
      return this.add<Contract>('contract', [real, real], { letters: axes, operands: [whole, whole], result: [] });
    });
    const loss = squares.reduce((x, y) => this.add('map', [x, y], { domain: [], reads: [[], []], value: sumOfTwo }));
    const program = this.builder.program(`random ${seed}`, [{ kind: 'result', name: 'loss', value: loss }]);
    const wanted = program.nodes.flatMap(({ operation, type, attributes }) =>
      operation === 'source' && type.dtype === 'real' ? [`${(attributes as Source).kind} ${(attributes as Source).name}`] : [],
    );
    return { program, values: this.values, wanted };
  }
}

const sumOfTwo = {
  is: 'apply',
  f: 'add',
  a: [
    { is: 'read', operand: 0 },
    { is: 'read', operand: 1 },
  ],
} as const;
