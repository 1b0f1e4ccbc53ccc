/**
 * Reverse mode as a transformation of programs: one walk backwards appends gradient nodes (section `backward`) to the same array. It runs
 * after planning and binarising, so that the backward pass uses the chosen trees; what comes out may be differentiated again.
 */
import type { Adjoint, Table } from '../values/operation.ts';
import type { Constant, Id, MapOp, Node, Output, Program, Source, Type } from '../values/program.ts';
import { elements } from '../values/shape.ts';
import { Builder } from './builder.ts';
import { apply, read } from './scalar.ts';

export interface DifferentiateRequest {
  /** Keys of sources, `parameter up.T[1]` or `input x`. A key that no source has, or one of ints, is refused. */
  readonly wanted: readonly string[];
  /** Name of the rank-0 real result that is seeded with 1. Absent: every real result gets a cotangent source of its name. */
  readonly loss?: string;
}
export interface Differentiated {
  /** The joint program: a `gradient` output, named after the source, for each wanted source that has a path. */
  readonly program: Program;
  /** By key of the source. */
  readonly gradients: ReadonlyMap<string, Id>;
  /** Wanted sources that no differentiable path connects with a seed. */
  readonly absent: readonly string[];
}

export function sourceKey(source: Source): string {
  return `${source.kind} ${source.name}`;
}

export function differentiate(program: Program, table: Table, request: DifferentiateRequest): Differentiated {
  const builder = new Builder(table, program.nodes);
  const wanted = wantedSources(program, request.wanted);
  const needed = dependents(program, table, new Set(wanted.values()));
  const cotangents = new Map<Id, Id[]>();
  const contribute = (id: Id, cotangent: Id) => {
    if (!cotangents.has(id)) cotangents.set(id, []);
    cotangents.get(id)!.push(cotangent);
  };
  seed(program, builder, request.loss, needed, contribute);

  const gradients = new Map<string, Id>();
  const keys = new Map([...wanted].map(([key, id]) => [id, key]));
  for (let id = program.nodes.length - 1; id >= 0; id--) {
    const parts = cotangents.get(id);
    if (parts === undefined) continue;
    const node = program.nodes[id];
    builder.origin = { ...node.origin, section: 'backward' };
    const cotangent = sum(builder, parts);
    const key = keys.get(id);
    if (key !== undefined) gradients.set(key, cotangent);
    if (node.inputs.some((input) => needed[input])) pullBack(node, id, cotangent);
  }

  function pullBack(node: Node, id: Id, cotangent: Id): void {
    const { gradient } = table.get(node.operation)!;
    if (gradient === 'none') return;
    const at: Adjoint = {
      node,
      inputs: node.inputs,
      result: id,
      cotangent,
      type: (of) => builder.type(of),
      wanted: (input) => needed[node.inputs[input]],
      add: (operation, inputs, attributes) => builder.add(operation, inputs, attributes),
    };
    gradient(node.attributes, at).forEach((part, k) => {
      if (part !== null) contribute(node.inputs[k], part);
    });
  }

  const outputs = [...gradients].map(([key, value]): Output => ({ kind: 'gradient', name: key.slice(key.indexOf(' ') + 1), value }));
  return {
    program: builder.program(program.name, [...program.outputs, ...outputs.reverse()]),
    gradients,
    absent: request.wanted.filter((key) => !gradients.has(key)),
  };
}

function wantedSources(program: Program, keys: readonly string[]): Map<string, Id> {
  const sources = new Map<string, Id>();
  program.nodes.forEach((node, id) => {
    if (node.operation === 'source') sources.set(sourceKey(node.attributes as Source), id);
  });
  return new Map(
    keys.map((key) => {
      const id = sources.get(key);
      if (id === undefined) throw new Error(`a gradient is wanted of ${key}, which is not a source of ${program.name}`);
      if (program.nodes[id].type.dtype !== 'real')
        throw new Error(`a gradient is wanted of ${key}, which is ${program.nodes[id].type.dtype}`);
      return [key, id];
    }),
  );
}

/** Real nodes that depend on a wanted source through operations that have a gradient. */
function dependents(program: Program, table: Table, wanted: ReadonlySet<Id>): boolean[] {
  const needed: boolean[] = [];
  program.nodes.forEach((node, id) => {
    const smooth = node.type.dtype === 'real' && table.get(node.operation)?.gradient !== 'none';
    needed.push(wanted.has(id) || (smooth && node.inputs.some((input) => needed[input])));
  });
  return needed;
}

function seed(
  program: Program,
  builder: Builder,
  loss: string | undefined,
  needed: readonly boolean[],
  contribute: (id: Id, seed: Id) => void,
): void {
  const results = program.outputs.filter((output) => output.kind === 'result');
  const origin = { path: '', section: 'backward' } as const;
  if (loss === undefined) {
    for (const { name, value } of results) {
      const { type } = program.nodes[value];
      if (needed[value]) contribute(value, builder.source({ kind: 'cotangent', name, rate: 'batch' }, type, origin));
    }
    return;
  }
  const output = results.find((result) => result.name === loss);
  if (output === undefined) throw new Error(`${program.name} has no result ${loss} to differentiate`);
  const { type } = program.nodes[output.value];
  if (type.dtype !== 'real' || type.axes.length > 0) throw new Error(`${loss} is ${describe(type)}; a loss is one real number`);
  if (needed[output.value]) contribute(output.value, builder.constant(1 satisfies Constant['value'], type, origin));
}

function describe(type: Type): string {
  return `${type.dtype} of ${elements(type.axes)} elements on ${type.axes.length} axes`;
}

/** Adds equally shaped nodes in their order, at most four in a map, so that no kernel needs more buffers than an engine gives. */
function sum(builder: Builder, parts: readonly Id[]): Id {
  let total = parts[0];
  for (let k = 1; k < parts.length; k += 3) {
    const inputs = [total, ...parts.slice(k, k + 3)];
    const domain = builder.type(total).axes;
    const reads = inputs.map(() => domain.map((_, axis) => axis));
    const value = inputs.slice(1).reduce((before, _, j) => apply('add', before, read(j + 1)), read(0));
    total = builder.add<MapOp>('map', inputs, { domain, reads, value });
  }
  return total;
}
