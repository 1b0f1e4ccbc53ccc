/** The words of operations in ONNX: one standard operator for most, and sizes as int64 vectors that follow from the shapes of inputs. */
import { axisOf, sameCount, sumOf } from '../../values/count.ts';
import type { Dtype } from '../../values/program.ts';
import type { Count } from '../../values/sized.ts';
import { type Elementwise, NotSpelt, type Speller, type Spelt } from '../../values/spelling.ts';
import type { OpenProgram } from '../open-program.ts';
import type { Attribute, OnnxConstant, OnnxNode } from './graph.ts';

const OPERATORS: Readonly<Record<Elementwise, string>> = {
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  div: 'Div',
  neg: 'Neg',
  min: 'Min',
  max: 'Max',
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
  erf: 'Erf',
  sin: 'Sin',
  cos: 'Cos',
  floor: 'Floor',
  mod: 'Mod',
  quotient: 'Div',
  lt: 'Less',
  le: 'LessOrEqual',
  eq: 'Equal',
  and: 'And',
  or: 'Or',
  not: 'Not',
  isnan: 'IsNaN',
};
const BITS = new Set<Elementwise>(['lt', 'le', 'eq', 'and', 'or', 'not', 'isnan']);
const REDUCTIONS = { sum: 'ReduceSum', max: 'ReduceMax', min: 'ReduceMin' } as const;
const CAST: Readonly<Record<Dtype, number>> = { real: 1, int: 7, bit: 9 };

export class OnnxSpeller implements Speller {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  /** Before the names of what is computed from now on. */
  path = '';
  readonly #program: OpenProgram;
  readonly #inputs: readonly Spelt[];
  readonly #known = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** `inputs`: what a caller gives, whose shapes tell the open sizes. */
  constructor(program: OpenProgram, inputs: readonly Spelt[]) {
    this.#program = program;
    this.#inputs = inputs;
  }

  size(holder: object, key: string): Count {
    return this.#program.size(holder, key);
  }
  number(value: number, dtype: Dtype): Spelt {
    return this.constant([value], dtype, []);
  }
  constant(values: readonly number[], dtype: Dtype, shape: readonly number[]): Spelt {
    const key = `${dtype} ${shape} ${values.map((value) => (Object.is(value, -0) ? '-0' : value))}`;
    const known = this.#known.get(key);
    if (known !== undefined) return { name: known, dtype, shape };
    const name = `constant/${this.constants.length}`;
    this.constants.push({ name, dtype, shape, values });
    this.#known.set(key, name);
    return { name, dtype, shape };
  }
  count(value: Count, dtype: Dtype): Spelt {
    if (typeof value === 'number') return this.number(value, dtype);
    const whole = value.every(([factor]) => Number.isInteger(factor));
    if (!whole) {
      const terms = value.map(([factor, ...powers]) => this.apply('mul', this.count([[1, ...powers]], dtype), this.number(factor, dtype)));
      return terms.reduce((sum, own) => this.apply('add', sum, own));
    }
    const scalar = this.#node('Squeeze', [this.#extent(value), this.#vector([0])], {}, 'int', []);
    return this.cast(scalar, dtype);
  }
  range(size: Count): Spelt {
    if (typeof size === 'number' && size <= 1024) return this.constant([...new Array(size).keys()], 'int', [size]);
    const [zero, one] = [0, 1].map((value) => this.number(value, 'int').name);
    return this.#node('Range', [zero, this.count(size, 'int').name, one], {}, 'int', [size]);
  }

  apply(f: Elementwise, ...inputs: readonly Spelt[]): Spelt {
    const dtype = BITS.has(f) ? 'bit' : inputs[0].dtype;
    return this.#node(OPERATORS[f], names(inputs), {}, dtype, stretched(inputs.map(({ shape }) => shape)));
  }
  where(condition: Spelt, yes: Spelt, no: Spelt): Spelt {
    const inputs = [condition, yes, no];
    return this.#node('Where', names(inputs), {}, yes.dtype, stretched(inputs.map(({ shape }) => shape)));
  }
  cast(x: Spelt, dtype: Dtype): Spelt {
    return x.dtype === dtype ? x : this.#node('Cast', [x.name], { to: CAST[dtype] }, dtype, x.shape);
  }
  matmul(a: Spelt, b: Spelt): Spelt {
    const shared = stretched([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
    return this.#node('MatMul', names([a, b]), {}, a.dtype, [...shared, a.shape.at(-2)!, b.shape.at(-1)!]);
  }
  reduce(combine: 'sum' | 'max' | 'min', x: Spelt, axes: readonly number[]): Spelt {
    if (axes.length === 0) return x;
    const shape = x.shape.filter((_, axis) => !axes.includes(axis));
    return this.#node(REDUCTIONS[combine], [x.name, this.#vector(axes)], { keepdims: 0 }, x.dtype, shape);
  }

  reshape(x: Spelt, shape: readonly Count[]): Spelt {
    if (sameShape(x.shape, shape)) return x;
    const moving = shape.filter((size) => typeof size !== 'number');
    const isPlain = moving.length === 1 && !shape.includes(0);
    const target = isPlain ? this.#vector(shape.map((size) => (typeof size === 'number' ? size : -1))) : this.#shape(shape);
    return this.#node('Reshape', [x.name, target], {}, x.dtype, shape);
  }
  transpose(x: Spelt, order: readonly number[]): Spelt {
    if (order.every((from, to) => from === to)) return x;
    const shape = order.map((axis) => x.shape[axis]);
    return this.#node('Transpose', [x.name], { perm: order }, x.dtype, shape);
  }
  insert(x: Spelt, axes: readonly number[]): Spelt {
    if (axes.length === 0) return x;
    const own = x.shape.slice();
    const shape = Array.from({ length: own.length + axes.length }, (_, axis) => (axes.includes(axis) ? 1 : own.shift()!));
    return this.#node('Unsqueeze', [x.name, this.#vector(axes)], {}, x.dtype, shape);
  }
  expand(x: Spelt, shape: readonly Count[]): Spelt {
    return sameShape(x.shape, shape) ? x : this.#node('Expand', [x.name, this.#shape(shape)], {}, x.dtype, shape);
  }

  take(x: Spelt, axis: number, ids: Spelt): Spelt {
    const shape = [...x.shape.slice(0, axis), ...ids.shape, ...x.shape.slice(axis + 1)];
    return this.#node('Gather', names([x, ids]), { axis }, x.dtype, shape);
  }
  scatter(size: Count, ids: Spelt, values: Spelt): Spelt {
    const zeros = this.expand(this.number(0, values.dtype), [size]);
    return this.#node('ScatterElements', names([zeros, ids, values]), { axis: 0, reduction: 'add' }, values.dtype, [size]);
  }
  slice(x: Spelt, axis: number, from: Count, size: Count): Spelt {
    const bounds = [from, sumOf(from, size)].map((own) => this.#extent(own));
    return this.#node('Slice', [x.name, ...bounds, this.#vector([axis])], {}, x.dtype, x.shape.with(axis, size));
  }
  pad(x: Spelt, axis: number, before: Count, after: Count): Spelt {
    const shape = x.shape.with(axis, sumOf(before, x.shape[axis], after));
    return this.#node('Pad', [x.name, this.#shape([before, after]), '', this.#vector([axis])], {}, x.dtype, shape);
  }
  top(x: Spelt, axis: number, count: Count, which: 'greatest' | 'least'): Spelt {
    const attributes = { axis, largest: which === 'greatest' ? 1 : 0, sorted: 1 };
    return this.#node('TopK', [x.name, this.#extent(count)], attributes, 'int', x.shape.with(axis, count), 1);
  }
  /** A result under a name of its own. */
  named(x: Spelt, name: string): void {
    this.nodes.push({ operator: 'Identity', inputs: [x.name], outputs: [name], attributes: {} });
  }

  #vector(values: readonly number[]): string {
    return this.constant(values, 'int', [values.length]).name;
  }
  #shape(shape: readonly Count[]): string {
    if (shape.every((size) => typeof size === 'number')) return this.#vector(shape);
    const parts = shape.map((size) => this.#extent(size));
    return parts.length === 1 ? parts[0] : this.#node('Concat', parts, { axis: 0 }, 'int', [parts.length]).name;
  }
  /** int64[1]. */
  #extent(count: Count): string {
    if (typeof count === 'number') return this.#vector([count]);
    const axis = axisOf(count);
    if (axis !== undefined) return this.#given(axis);
    const terms = count.map(([factor, ...powers]) => {
      const factors = powers.flatMap((power, k) => new Array<string>(power).fill(power === 0 ? '' : this.#given(k)));
      const all = factor === 1 && factors.length > 0 ? factors : [this.#vector([factor]), ...factors];
      return this.#folded('Mul', all);
    });
    return this.#folded('Add', terms);
  }
  #folded(operator: string, [first, ...others]: readonly string[]): string {
    return others.reduce((all, own) => this.#node(operator, [all, own], {}, 'int', [1]).name, first);
  }
  /** The size of an open axis, read off an input that has it. */
  #given(open: number): string {
    for (const { name, shape } of this.#inputs) {
      const axis = shape.findIndex((size) => axisOf(size) === open);
      if (axis >= 0) return this.#node('Shape', [name], { start: axis, end: axis + 1 }, 'int', [1]).name;
    }
    throw new NotSpelt(`the size of ${this.#program.open[open]}, which no input has`);
  }

  /** What is computed of the same by the same operator is there once. `output`: which result of the operator is meant. */
  #node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    dtype: Dtype,
    shape: readonly Count[],
    output = 0,
  ): Spelt {
    const key = JSON.stringify([operator, inputs, attributes]);
    const known = this.#known.get(key);
    if (known !== undefined) return { name: known, dtype, shape };
    const stem = `${this.path}/${operator}`;
    const count = this.#counts.get(stem) ?? 0;
    this.#counts.set(stem, count + 1);
    const name = count === 0 ? stem : `${stem}_${count}`;
    this.nodes.push({ operator, inputs, outputs: [...Array.from({ length: output }, (_, k) => `${name}.${k}`), name], attributes });
    this.#known.set(key, name);
    return { name, dtype, shape };
  }
}

const names = (values: readonly Spelt[]) => values.map(({ name }) => name);
const sameShape = (a: readonly Count[], b: readonly Count[]) => a.length === b.length && a.every((size, k) => sameCount(size, b[k]));

/** The shape of what is computed point by point of these. */
function stretched(shapes: readonly (readonly Count[])[]): Count[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.flatMap((shape) => (axis < rank - shape.length ? [] : [shape[axis - rank + shape.length]]));
    return sizes.find((size) => size !== 1) ?? 1;
  });
}
