/**
 * Program to graph: one call of `lower` for each node, nests turned into loops over digits, views resolved, literal numbers put into
 * scalars, lookups in results without a sum turned into comparisons. Outputs get their homes.
 */
import type { Allocation } from '../values/executable.ts';
import type { Nest, NestAccess } from '../values/kernel.ts';
import type { Lowered, Table } from '../values/operation.ts';
import type { Constant, Node, Program, Scalar, Source, Type } from '../values/program.ts';
import { elements, strides } from '../values/shape.ts';
import { textOfAttributes } from '../values/text.ts';
import { verifyNest } from '../values/verify-nest.ts';
import { type Digit, type Form, nothing, single } from './form.ts';
import type { Entry, Graph, Value, Work } from './graph.ts';
import { elementOf, type Loop, type LoopAccess, mapValues, type ValueId } from './loop.ts';
import { addOutputs } from './outputs.ts';
import { numberIn, simplifyLoop } from './simplify.ts';

/**
 * `gate`: the host bit without which nobody needs a node. Throws Error where a source has no place, or where an operation lowers to a
 * nest that is not well formed.
 */
export function lower(
  program: Program,
  table: Table,
  places: ReadonlyMap<string, Allocation>,
  gate: (node: number) => string | undefined = () => undefined,
): Graph {
  const values: Value[] = [];
  const works: Entry[] = [];
  /** The value that holds each node: its own, or that of the node it is a view of. */
  const holders: ValueId[] = [];
  const add = (value: Value): ValueId => values.push(value) - 1;
  const nodes = new Nodes(table);
  for (const [id, node] of program.nodes.entries()) {
    const { type, attributes, operation } = node;
    const inputs = node.inputs.map((input) => program.nodes[input].type);
    const held = node.inputs.map((input) => holders[input]);
    const lowered = nodes.lower(
      node,
      inputs,
      held.map((value) => values[value]),
      id,
    );
    if (lowered === 'view') {
      holders.push(held[0]);
      continue;
    }
    const shape = { element: elementOf(type.dtype), size: elements(type.axes) };
    if (lowered === 'leaf') {
      holders.push(add(leaf(operation, attributes, shape, places)));
      continue;
    }
    const result = add(shape);
    holders.push(result);
    let work: Work;
    if (!('is' in lowered)) work = { is: 'loop', ...mapValues(lowered.loop, (slot) => held[slot] ?? result) };
    else if (lowered.is === 'arg-top') work = argTop(lowered, inputs[0], held[0], result);
    else if (lowered.is === 'group')
      work = { ...lowered, keys: held[0], result, scratch: add({ element: 'i32', size: lowered.groups + 1 }) };
    else work = { ...lowered, of: held[0], result, scratch: add({ element: 'i32', size: 256 }) };
    works.push({ work, node: id, gate: gate(id) });
  }
  return addOutputs(program, { values, works }, holders, places);
}

/** The loop of a node over slots: its inputs in order, then its result. */
interface Slotted {
  readonly loop: Loop;
}
/** What nodes are lowered to, found once for those that compute alike. */
class Nodes {
  private readonly table: Table;
  private readonly known = new Map<string, Exclude<Lowered, Nest> | Slotted>();

  constructor(table: Table) {
    this.table = table;
  }

  lower(
    { operation, attributes, type }: Node,
    inputs: readonly Type[],
    held: readonly Value[],
    id: number,
  ): Exclude<Lowered, Nest> | Slotted {
    const read = inputs.map(({ dtype, axes }, k) => `${dtype}${axes.map(({ size }) => size).join('.')}${numberIn(held[k]) ?? ''}`);
    const key = `${operation} ${textOfAttributes(attributes as object)} ${read.join()}`;
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const made = this.table.get(operation)!.lower(attributes, inputs);
    const lowered =
      typeof made === 'string' || 'is' in made ? made : { loop: this.loopOf(made, inputs, type, held, `%${id} = ${operation}`) };
    this.known.set(key, lowered);
    return lowered;
  }

  private loopOf(nest: Nest, inputs: readonly Type[], type: Type, held: readonly Value[], name: string): Loop {
    verifyNest(nest, inputs, type, name);
    const loop = overNothing(loopOf(nest, [...held.keys()], held.length), nest);
    return simplifyLoop(type.dtype === 'real' ? loop : { ...loop, whole: true }, held);
  }
}

function leaf(
  operation: string,
  attributes: unknown,
  shape: Pick<Value, 'element' | 'size'>,
  places: ReadonlyMap<string, Allocation>,
): Value {
  if (operation === 'constant') return { ...shape, literal: (attributes as Constant).value };
  const { kind, name } = attributes as Source;
  const home = places.get(`${kind} ${name}`)?.address;
  if (home === undefined) throw new Error(`${kind} ${name} has no place`);
  return { ...shape, home };
}

function loopOf(nest: Nest, held: readonly ValueId[], result: ValueId): Loop {
  const digits = new Map(nest.domain.map(({ index, axis }) => [index, { size: axis.size }]));
  const form = ({ terms, plus }: { terms: Readonly<Record<string, number>>; plus: number }): Form => ({
    terms: new Map(
      Object.entries(terms).flatMap(([index, stride]) => (digitOf(index).size > 1 && stride !== 0 ? [[digitOf(index), stride]] : [])),
    ),
    plus,
  });
  const digitOf = (index: string): Digit => digits.get(index)!;
  const place = (access: NestAccess): LoopAccess => ({
    value: access.buffer < 0 ? result : held[access.buffer],
    at: form(access),
    lookups: access.lookups.map(({ ids, stride, size }) => ({ ids: place(ids), stride, size })),
    where: access.where.map((guard) => ({ at: form(guard), size: guard.size })),
  });
  const domain = [...digits.values()];
  const role = (wanted: 'kept' | 'reduced') => domain.filter((digit, k) => nest.domain[k].role === wanted && digit.size > 1);
  const keys: { stream: string; row: Form; column: Form }[] = [];
  const coordinates = domain.map(single);
  const scalar = (value: Scalar): Scalar => numberKeys(withCounts(value, coordinates), domain, keys);
  return {
    kept: role('kept'),
    reduced: role('reduced'),
    reads: nest.reads.map(place),
    combine: nest.combine,
    value: scalar(nest.value),
    after: nest.after.map(place),
    finish: scalar(nest.finish),
    write: place(nest.write),
    coordinates,
    keys,
  };
}

/** Over nothing: a sum is 0; a maximum and a minimum are what `Reduce` says. */
function overNothing(loop: Loop, { domain, combine }: Nest): Loop {
  if (combine === 'none' || !domain.some(({ axis, role }) => role === 'reduced' && axis.size === 0)) return loop;
  return { ...loop, reduced: [], reads: [], value: { is: 'number', value: combine === 'max' ? -1e30 : combine === 'min' ? 1e30 : 0 } };
}

/** Sizes become coordinates that do not move, which arguments hold. */
function withCounts(value: Scalar, coordinates: Form[]): Scalar {
  if (value.is === 'apply') return { ...value, a: value.a.map((part) => withCounts(part, coordinates)) };
  if (value.is !== 'size') return value;
  const axis = coordinates.push({ terms: new Map(), plus: value.value }) - 1;
  return { is: 'apply', f: 'real', a: [{ is: 'coordinate', axis }] };
}

/** Streams become positions in `keys`; the counter's row and column become forms. */
function numberKeys(value: Scalar, domain: readonly Digit[], keys: { stream: string; row: Form; column: Form }[]): Scalar {
  if (value.is === 'apply') return { ...value, a: value.a.map((part) => numberKeys(part, domain, keys)) };
  if (value.is !== 'random') return value;
  const axes = domain.slice(0, value.rows);
  const steps = strides(axes.map(({ size }) => ({ name: '', size })));
  const row: Form = { terms: new Map(axes.flatMap((digit, k) => (digit.size > 1 ? [[digit, steps[k]]] : []))), plus: 0 };
  const column = value.rows < domain.length ? single(domain[domain.length - 1]) : nothing;
  return { is: 'random', stream: String(keys.push({ stream: value.stream, row, column }) - 1), rows: 0 };
}

function argTop({ axis, count }: { axis: number; count: number }, type: Type, input: ValueId, result: ValueId): Work {
  const digits: Digit[] = type.axes.map(({ size }) => ({ size }));
  const counts: Digit = { size: count };
  const others = digits.filter((_, k) => k !== axis);
  const place = (value: ValueId, own: readonly Digit[]): LoopAccess => {
    const steps = strides(own.map(({ size }) => ({ name: '', size })));
    const terms = new Map(own.flatMap((digit, k) => (digit.size > 1 ? [[digit, steps[k]] as const] : [])));
    return { value, at: { terms, plus: 0 }, lookups: [], where: [] };
  };
  const kept = others.filter(({ size }) => size > 1);
  return { is: 'arg-top', kept, over: digits[axis], count: counts, read: place(input, digits), write: place(result, [...others, counts]) };
}
