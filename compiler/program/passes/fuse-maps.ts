/**
 * Chains of pointwise nodes become one map: a map takes in the maps that only it reads. Work is never repeated: a producer with costly
 * functions is taken in only where it is read once and its domain is as large. A map keeps few reads, so that its derivative (which
 * reads the result and a cotangent as well) still fits the eight buffers that every engine has.
 */
import type { Table } from '../../values/operation.ts';
import type { Constant, Dtype, Id, MapOp, Program, Scalar, ScalarFunction } from '../../values/program.ts';
import { subterms } from '../../values/scalar.ts';
import { elements } from '../../values/shape.ts';
import { textOfAttributes } from '../../values/text.ts';
import type { Builder } from '../builder.ts';
import { apply, compact, number, read, simplifyScalar, substitute } from '../scalar.ts';
import { rewrite, usesOf } from './rewrite.ts';

export const MOST_READS = 5;
const MOST_PARTS = 96;
const costly: ReadonlySet<ScalarFunction> = new Set<ScalarFunction>([
  ...(['div', 'exp', 'log', 'sqrt', 'tanh', 'sigmoid', 'erf', 'sin', 'cos', 'mod', 'idiv', 'below', 'uniform'] as const),
]);

interface Body {
  readonly inputs: readonly Id[];
  readonly reads: readonly (readonly number[])[];
  readonly value: Scalar;
}

export function fuseMaps(program: Program, table: Table): Program {
  const uses = usesOf(program);
  const counts: number[] = [];
  return rewrite(program, table, (node, inputs, builder, id) => {
    const made = node.operation === 'map' ? fused(node.attributes as MapOp, inputs, builder, counts) : undefined;
    const result = made ?? builder.nodes.length;
    counts[result] = Math.max(counts[result] ?? 0, uses[id]);
    return made;
  });
}

/** Attributes that came out of here: they need no second look while their inputs stay. */
const settled = new WeakSet<MapOp>();

function fused(attributes: MapOp, inputs: readonly Id[], builder: Builder, uses: readonly number[]): Id | undefined {
  const { domain, reads, value } = attributes;
  let body: Body = { inputs, reads, value };
  for (let k = 0; k < body.inputs.length; k++) {
    const next = takeIn(body, k, elements(domain), domain.length, builder, uses);
    if (next === undefined) continue;
    body = next;
    k = -1;
  }
  if (body.value === value && settled.has(attributes)) return undefined;
  const types = body.inputs.map((input): Dtype => builder.type(input).dtype);
  const { inputs: used, reads: read, value: simple } = compact({ ...body, value: simplifyScalar(body.value, types) });
  const result: MapOp = { domain, reads: read, value: simple };
  if (used.join() === inputs.join() && textOfAttributes(result) === textOfAttributes(attributes)) {
    settled.add(attributes);
    return undefined;
  }
  settled.add(result);
  return builder.add('map', used, result);
}

/** The body with input k replaced by what makes it, or undefined where it stays. */
function takeIn(body: Body, k: number, size: number, rank: number, builder: Builder, uses: readonly number[]): Body | undefined {
  const id = body.inputs[k];
  const node = builder.nodes[id];
  const at = body.reads[k];
  const replaced = (inputs: readonly Id[], reads: readonly (readonly number[])[], value: Scalar): Body => {
    const first = body.inputs.length;
    const inner = substitute(value, (part) => {
      if (part.is === 'read') return read(first + part.operand);
      if (part.is === 'coordinate') return { ...part, axis: at[part.axis] };
      return undefined;
    });
    const outer = substitute(body.value, (part) => (part.is === 'read' && part.operand === k ? inner : undefined));
    const positions = reads.map((own) => own.map((axis) => at[axis]));
    return compact({ inputs: [...body.inputs, ...inputs], reads: [...body.reads, ...positions], value: outer });
  };
  if (node.operation === 'constant') {
    const { value } = node.attributes as Constant;
    return typeof value === 'number' ? replaced([], [], literal(value, node.type.dtype)) : undefined;
  }
  if (node.operation !== 'map') return undefined;
  const inner = node.attributes as MapOp;
  const all = [...subterms(inner.value)];
  const isMoved = inner.value.is === 'read';
  if (!isMoved && uses[id] > 1 && node.inputs.length > 0) return undefined;
  const random = all.some((part) => part.is === 'random');
  const whole = at.length === rank && at.every((position, axis) => position === axis);
  if (random && !whole) return undefined;
  const times = [...subterms(body.value)].filter((part) => part.is === 'read' && part.operand === k).length;
  const isCostly = random || all.some((part) => part.is === 'apply' && costly.has(part.f) && part.a[1]?.is !== 'size');
  if (isCostly && (times > 1 || uses[id] > 1 || elements(inner.domain) < size)) return undefined;
  const result = replaced(node.inputs, inner.reads, inner.value);
  const tooWide = result.inputs.length > Math.max(MOST_READS, body.inputs.length);
  return tooWide || [...subterms(result.value)].length > MOST_PARTS ? undefined : result;
}

function literal(value: number, dtype: Dtype): Scalar {
  if (dtype === 'real') return number(value);
  return dtype === 'int' ? apply('int', number(value)) : apply('eq', number(value), number(1));
}
