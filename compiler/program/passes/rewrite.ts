/** What passes share: walking a program in order into a new one, and counting who reads what. Passes never change their argument. */
import type { Table } from '../../values/operation.ts';
import type { Id, Node, Program } from '../../values/program.ts';
import { Builder } from '../builder.ts';

/** `inputs` are ids of the new program. Undefined keeps the node as it is. */
export type Visit = (node: Node, inputs: readonly Id[], builder: Builder, id: Id) => Id | undefined;

/** Nodes in order; what `visit` adds carries the origin of the node that it stands for. */
export function rewrite(program: Program, table: Table, visit: Visit): Program {
  const builder = new Builder(table);
  const renamed: Id[] = [];
  program.nodes.forEach((node, id) => {
    const inputs = node.inputs.map((input) => renamed[input]);
    builder.origin = node.origin;
    renamed.push(visit(node, inputs, builder, id) ?? copy(node, inputs, builder));
  });
  const outputs = program.outputs.map((output) => {
    const value = renamed[output.value];
    return output.kind === 'state' && output.when !== undefined ? { ...output, value, when: renamed[output.when] } : { ...output, value };
  });
  return builder.program(program.name, outputs);
}
export function copy(node: Node, inputs: readonly Id[], builder: Builder): Id {
  return builder.add(node.operation, inputs, node.attributes, node.origin);
}

/** How many nodes and outputs read each node. */
export function usesOf(program: Program): number[] {
  const uses = new Array<number>(program.nodes.length).fill(0);
  for (const node of program.nodes) for (const input of new Set(node.inputs)) uses[input]++;
  for (const output of program.outputs) {
    uses[output.value]++;
    if (output.kind === 'state' && output.when !== undefined) uses[output.when]++;
  }
  return uses;
}
