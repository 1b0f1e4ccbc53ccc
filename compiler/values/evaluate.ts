/** Evaluates a program in f64, node after node: the meaning of the language, for the `reference` engine and for tests. */
import type { Context, Table, Tensor } from './operation.ts';
import type { Id, Output, Program, Source, Type } from './program.ts';
import { elements, printType } from './shape.ts';

export interface Evaluated {
  readonly output: Output;
  readonly value: Tensor;
  /** Of a state output with `when`: whether the new value is to be taken. */
  readonly taken: boolean;
}

/**
 * Values of all outputs, in their order. `read` gives the values of a source, row-major, as many as its type has elements; they are
 * not changed, and outputs may share memory with them. `visit` sees every node's value as soon as it is known.
 */
export function evaluate(
  program: Program,
  table: Table,
  read: (source: Source, type: Type) => Float64Array,
  context: Context,
  visit?: (id: Id, value: Tensor) => void,
): readonly Evaluated[] {
  const last = lastUses(program);
  const values: (Tensor | undefined)[] = [];
  program.nodes.forEach((node, id) => {
    const value = node.operation === 'source' ? sourceValue(node.attributes as Source, node.type, read) : compute(id);
    values.push(value);
    visit?.(id, value);
    for (const input of node.inputs) if (last[input] === id) values[input] = undefined;
  });

  function compute(id: Id): Tensor {
    const { operation, inputs, attributes } = program.nodes[id];
    const record = table.get(operation);
    if (record === undefined) throw new Error(`%${id}: there is no operation ${operation}`);
    return record.reference(
      attributes,
      inputs.map((input) => values[input]!),
      context,
    );
  }
  return program.outputs.map((output) => ({
    output,
    value: values[output.value]!,
    taken: output.kind !== 'state' || output.when === undefined || values[output.when]!.data[0] !== 0,
  }));
}

function sourceValue(source: Source, type: Type, read: (source: Source, type: Type) => Float64Array): Tensor {
  const data = read(source, type);
  if (data.length !== elements(type.axes))
    throw new Error(`${source.kind} ${source.name} is ${printType(type)}, given are ${data.length} elements`);
  return { type, data };
}

/** For each node the last that reads it; infinite for outputs. */
function lastUses(program: Program): number[] {
  const last = program.nodes.map(() => -1);
  program.nodes.forEach((node, id) => {
    for (const input of node.inputs) last[input] = id;
  });
  for (const output of program.outputs) {
    last[output.value] = Number.POSITIVE_INFINITY;
    if (output.kind === 'state' && output.when !== undefined) last[output.when] = Number.POSITIVE_INFINITY;
  }
  return last;
}
