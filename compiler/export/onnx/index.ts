/** A program as a graph of ONNX: standard operators alone, weights and inputs by the names of the .bond file, open sizes by their axes. */
import type { Table } from '../../values/operation.ts';
import type { Id, Program, Source, Type } from '../../values/program.ts';
import type { Count } from '../../values/sized.ts';
import { NotSpelt, type Spelt } from '../../values/spelling.ts';
import type { OpenProgram } from '../open-program.ts';
import type { OnnxModel, OnnxValue } from './graph.ts';
import { OnnxSpeller } from './speller.ts';

export type { OnnxModel, OnnxValue } from './graph.ts';

/** What comes with the standard that exporters of PyTorch write today, and the newest that current runtimes all have. */
export const OPSETS = ['18', '23'] as const;

export interface OnnxOptions {
  readonly opset: number;
  readonly name: string;
  /** All that a caller gives, also what the program does not read. */
  readonly inputs: readonly OnnxValue[];
  /** Outputs of the program by `KIND NAME`, and what they are called outside. */
  readonly results: readonly { readonly key: string; readonly name: string; readonly about: string }[];
  readonly metadata: Readonly<Record<string, string>>;
}

export function onnxModel(open: OpenProgram, table: Table, { opset, name, inputs, results, metadata }: OnnxOptions): OnnxModel {
  const { program } = open;
  const wanted = results.map(({ key, ...own }) => ({ ...own, value: outputOf(program, key) }));
  const reached = reachedFrom(
    program,
    wanted.map(({ value }) => value),
  );
  const described = (own: string, type: Type): OnnxValue => ({
    name: own,
    dtype: type.dtype,
    shape: type.axes.map((axis): Count => open.size(axis, 'size')),
    about: `${own}[${type.axes.map((axis) => axis.name).join(', ')}]`,
  });
  const given = [...reached].sort((a, b) => a - b).filter((id) => program.nodes[id].operation === 'source');
  const sourceOf = (id: Id) => program.nodes[id].attributes as Source;
  const isInput = new Map(inputs.map((input) => [input.name, input]));
  const leaves = new Map(
    given.map((id) => [
      id,
      (sourceOf(id).kind === 'input' && isInput.get(sourceOf(id).name)) || described(sourceOf(id).name, program.nodes[id].type),
    ]),
  );
  const speller = new OnnxSpeller(open, inputs);
  const values = new Map<Id, Spelt>(leaves);
  for (const [id, node] of program.nodes.entries()) {
    if (!reached.has(id) || values.has(id)) continue;
    speller.path = node.origin.path;
    const own = node.inputs.map((input) => values.get(input)!);
    values.set(
      id,
      spelt(node, () => table.get(node.operation)!.spell(node.attributes, own, speller)),
    );
  }
  const taken = new Set([...inputs, ...leaves.values()].map((leaf) => leaf.name));
  const outputs = wanted.map(({ name: own, about, value }) => {
    const outside = taken.has(own) ? `${own}'` : own;
    speller.named(values.get(value)!, outside);
    return { ...described(outside, program.nodes[value].type), about };
  });
  return {
    opset,
    name,
    open: open.open,
    nodes: speller.nodes,
    constants: speller.constants,
    weights: given.filter((id) => sourceOf(id).kind === 'parameter').map((id) => leaves.get(id)!),
    inputs,
    outputs,
    metadata,
  };
}

function outputOf(program: Program, key: string): Id {
  const found = program.outputs.find(({ kind, name }) => `${kind} ${name}` === key);
  if (found === undefined) throw new Error(`${program.name} has no output ${key}`);
  return found.value;
}
function reachedFrom({ nodes }: Program, from: readonly Id[]): Set<Id> {
  const reached = new Set<Id>();
  const rest = [...from];
  for (let id = rest.pop(); id !== undefined; id = rest.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    rest.push(...nodes[id].inputs);
  }
  return reached;
}
/** Whoever has no words says where that was. */
function spelt(node: Program['nodes'][number], spell: () => Spelt): Spelt {
  try {
    return spell();
  } catch (error) {
    if (!(error instanceof NotSpelt)) throw error;
    throw new NotSpelt(`${node.origin.path === '' ? '' : `${node.origin.path}: `}${error.message}`, error.place ?? node.origin.place);
  }
}
