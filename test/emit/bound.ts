/**
 * How far an f32 engine may be from `reference`: each operation adds 4 n 2^-24 times the sum of its absolute terms, and errors of its
 * inputs pass through it. An error that may change a comparison, an order or a truncation makes the bound infinite.
 */
import { evaluate } from '../../compiler/values/evaluate.ts';
import type { Context, Table, Tensor } from '../../compiler/values/operation.ts';
import type { ArgTop, Contract, Id, MapOp, Node, Program, Scalar, ScalarFunction, Source } from '../../compiler/values/program.ts';
import { elements, strides } from '../../compiler/values/shape.ts';

const UNIT = 4 * 2 ** -24;
/** Below this f32 engines may give 0. */
const SMALLEST = 2 ** -120;

export interface Bounded {
  readonly name: string;
  readonly value: Float64Array;
  readonly error: Float64Array;
}

/** Outputs by `KIND NAME` in reference, with the bound of each element. */
export function boundedOutputs(
  program: Program,
  table: Table,
  values: ReadonlyMap<string, Float64Array>,
  context: Context,
): readonly Bounded[] {
  const tensors: Tensor[] = [];
  const errors: Tensor[] = [];
  const outputs = evaluate(
    program,
    table,
    (source: Source) => values.get(source.name)!,
    context,
    (id, value) => {
      tensors.push(value);
      errors.push({ type: value.type, data: errorOf(program.nodes[id], value) });
    },
  );
  return outputs.map(({ output, value }) => ({
    name: `${output.kind} ${output.name}`,
    value: value.data,
    error: errors[output.value].data,
  }));

  function errorOf(node: Node, value: Tensor): Float64Array {
    const { operation, inputs } = node;
    const exact = inputs.every((id: Id) => errors[id].data.every((e) => e === 0));
    const own = inputs.map((id) => tensors[id]);
    const before = inputs.map((id) => errors[id]);
    const again = (attributes: unknown, given: readonly Tensor[]) => table.get(operation)!.reference(attributes, given, context).data;
    const unknown = () => new Float64Array(value.data.length).fill(exact ? 0 : Number.POSITIVE_INFINITY);
    switch (operation) {
      case 'source':
        return new Float64Array(value.data.length);
      case 'constant':
        return value.data.map((x) => Math.abs(x - Math.fround(x)));
      case 'contract':
        return contractError(node.attributes as Contract, own, before, again);
      case 'map':
        return mapError(node.attributes as MapOp, own, before, again);
      case 'arg-top':
        return isOrderSafe(node.attributes as ArgTop, own[0], before[0].data)
          ? new Float64Array(value.data.length)
          : new Float64Array(value.data.length).fill(Number.POSITIVE_INFINITY);
      case 'group':
      case 'largest':
        return unknown();
      case 'reduce': {
        const combine = (node.attributes as { combine: string }).combine;
        return combine === 'any' ? unknown() : again({ ...(node.attributes as object), combine: 'max' }, before);
      }
      default:
        return again(node.attributes, before);
    }
  }
}

type Again = (attributes: unknown, given: readonly Tensor[]) => Float64Array;
const mapped = (tensor: Tensor, f: (x: number, i: number) => number): Tensor => ({ ...tensor, data: tensor.data.map(f) });

function contractError(a: Contract, own: readonly Tensor[], before: readonly Tensor[], again: Again): Float64Array {
  const count = a.operands.length;
  const isUnsure = before.some(({ data }) => data.includes(Number.POSITIVE_INFINITY));
  const sizes = own.map((tensor, k) => (k < count ? mapped(tensor, Math.abs) : tensor));
  const largest = own.map((tensor, k) => (k < count ? mapped(tensor, (x, i) => Math.abs(x) + before[k].data[i]) : tensor));
  const exact = again(a, sizes);
  if (isUnsure) return exact.map(() => Number.POSITIVE_INFINITY);
  const kept = new Set(a.result.filter((s) => typeof s === 'number'));
  const terms = a.letters.reduce((product, { size }, letter) => (kept.has(letter) ? product : product * size), 1);
  const rounded = Math.max(1, terms + count - 1) * UNIT;
  // A plain copy rounds nothing.
  const isCopy = count === 1 && terms === 1;
  return again(a, largest).map((x, i) => x - exact[i] + (isCopy ? 0 : rounded * x + SMALLEST) + (x - exact[i] > 0 ? 1e-12 * x : 0));
}

function mapError(a: MapOp, own: readonly Tensor[], before: readonly Tensor[], again: Again): Float64Array {
  const computed = (value: Scalar) => again({ ...a, value }, own);
  return errorOf(a.value);

  function errorOf(value: Scalar): Float64Array {
    if (value.is === 'read')
      return again(
        { ...a, value },
        before.map(({ type, data }) => ({ type, data })),
      );
    if (value.is === 'number') return new Float64Array(elements(a.domain)).fill(Math.abs(value.value - Math.fround(value.value)));
    if (value.is !== 'apply') return new Float64Array(elements(a.domain));
    const { f } = value;
    const result = computed(value);
    const isWord = (part: Scalar) => part.is === 'random';
    const args = value.a.map((part) => (isWord(part) ? new Float64Array(result.length) : computed(part)));
    const errors = value.a.map(errorOf);
    return result.map((y, i) =>
      applied(
        f,
        y,
        args.map((x) => x[i]),
        errors.map((e) => e[i]),
      ),
    );
  }
}

/** Of one function: y of x within e. */
function applied(f: ScalarFunction, y: number, x: readonly number[], e: readonly number[]): number {
  const round = UNIT * Math.abs(y) + SMALLEST;
  const unsure = (isSure: boolean) => (isSure || e.every((error) => error === 0) ? 0 : Number.POSITIVE_INFINITY);
  const span = (g: (x: number) => number) => Math.max(Math.abs(g(x[0] + e[0]) - y), Math.abs(g(x[0] - e[0]) - y));
  if (e.includes(Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  switch (f) {
    case 'add':
    case 'sub':
      return e[0] + e[1] + round;
    case 'mul':
      return Math.abs(x[0]) * e[1] + Math.abs(x[1]) * e[0] + e[0] * e[1] + round;
    case 'div': {
      const least = Math.abs(x[1]) - e[1];
      return least <= 0 ? Number.POSITIVE_INFINITY : (e[0] + Math.abs(y) * e[1]) / least + round;
    }
    case 'min':
    case 'max':
      return Math.max(e[0], e[1]);
    case 'neg':
    case 'stop':
    case 'real':
      return e[0];
    case 'exp':
      return span(Math.exp) * 1.01 + round;
    case 'log':
      return x[0] - e[0] <= 0 ? Number.POSITIVE_INFINITY : span(Math.log) * 1.01 + round;
    case 'sqrt':
      return span((z) => Math.sqrt(Math.max(0, z))) * 1.01 + round;
    case 'tanh':
    case 'sigmoid':
      return e[0] + round;
    case 'erf':
      return 1.13 * e[0] + round;
    case 'sin':
    case 'cos':
      return e[0] + 2e-7;
    case 'floor':
    case 'int':
      return unsure(Math.floor(x[0] - e[0]) === Math.floor(x[0] + e[0]) && Math.abs(x[0]) > e[0]);
    case 'mod':
      return e.every((error) => error === 0) ? UNIT * Math.abs(x[0]) : Number.POSITIVE_INFINITY;
    case 'lt':
    case 'le':
    case 'eq':
      return unsure(Math.abs(x[0] - x[1]) > e[0] + e[1]);
    case 'select':
      return x[0] === 1 ? e[1] : e[2];
    default:
      return unsure(false);
  }
}

/** No two elements of a row may change places. */
function isOrderSafe(a: ArgTop, { type, data }: Tensor, error: Float64Array): boolean {
  const step = strides(type.axes)[a.axis];
  const { size } = type.axes[a.axis];
  return data.every((x, i) => {
    const first = i - Math.floor((i / step) % size) * step;
    for (let k = 0; k < size; k++) {
      const j = first + k * step;
      if (j !== i && error[i] + error[j] > 0 && Math.abs(x - data[j]) <= error[i] + error[j]) return false;
    }
    return true;
  });
}
