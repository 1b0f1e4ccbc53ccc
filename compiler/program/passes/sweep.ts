/** Nodes that no output needs are dropped; the order of the rest stays. */
import type { Table } from '../../values/operation.ts';
import type { Id, Program } from '../../values/program.ts';
import { Builder } from '../builder.ts';
import { copy, renamedOutputs } from './rewrite.ts';

export function sweep(program: Program, table: Table): Program {
  const live = new Array<boolean>(program.nodes.length).fill(false);
  for (const output of program.outputs) {
    live[output.value] = true;
    if (output.kind === 'state' && output.when !== undefined) live[output.when] = true;
  }
  for (let id = program.nodes.length - 1; id >= 0; id--) if (live[id]) for (const input of program.nodes[id].inputs) live[input] = true;
  if (live.every(Boolean)) return program;
  const builder = new Builder(table);
  const renamed: Id[] = [];
  program.nodes.forEach((node, id) => {
    const inputs = node.inputs.map((input) => renamed[input]);
    renamed.push(live[id] ? copy(node, inputs, builder) : -1);
  });
  return builder.program(program.name, renamedOutputs(program, renamed));
}
