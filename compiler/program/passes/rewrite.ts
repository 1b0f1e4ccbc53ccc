/** What passes share: walking a program in order into a new one, and counting who reads what. Passes never change their argument. */
import type { Table } from '../../values/operation.ts';
import type { Id, Node, Output, Program } from '../../values/program.ts';
import { Builder } from '../builder.ts';

/** `inputs` are ids of the new program. Undefined keeps the node as it is. */
export type Visit = (node: Node, inputs: readonly Id[], builder: Builder, id: Id) => Id | undefined;

/**
 * Nodes in order; what `visit` adds carries the origin of the node that it stands for. Where it changes nothing, the program itself comes
 * back, so that repetition ends by identity.
 */
export function rewrite(program: Program, table: Table, visit: Visit): Program {
  const builder = new Builder(table);
  const renamed: Id[] = [];
  let changed = false;
  program.nodes.forEach((node, id) => {
    const inputs = node.inputs.map((input) => renamed[input]);
    builder.origin = node.origin;
    const made = visit(node, inputs, builder, id);
    if (made !== undefined) changed = true;
    renamed.push(made ?? copy(node, inputs, builder));
  });
  return changed ? builder.program(program.name, renamedOutputs(program, renamed)) : program;
}

/** The same node on other inputs of equal shape; names of axes stay its own. */
export function copy(node: Node, inputs: readonly Id[], builder: Builder): Id {
  const same = inputs.every((input, k) => input === node.inputs[k]);
  return builder.nodes.push(same ? node : { ...node, inputs }) - 1;
}

export function renamedOutputs({ outputs }: Program, renamed: readonly Id[]): Output[] {
  return outputs.map((output) => {
    const value = renamed[output.value];
    return output.kind === 'state' && output.when !== undefined ? { ...output, value, when: renamed[output.when] } : { ...output, value };
  });
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
