/** Calls are replaced by the nodes of their callees; runs after `differentiate`, which keeps them whole. */
import type { Table } from '../../values/operation.ts';
import type { Call, Id, Program } from '../../values/program.ts';
import type { Builder } from '../builder.ts';
import { parametersOf } from '../operations/call.ts';
import { rewrite } from './rewrite.ts';

export function inline(program: Program, table: Table): Program {
  if (program.nodes.every((node) => node.operation !== 'call')) return program;
  return rewrite(program, table, (node, inputs, builder) =>
    node.operation === 'call' ? insert((node.attributes as Call).callee, inputs, builder) : undefined,
  );
}

/** The callee's first output on the given inputs; its nodes lie under the path of the call. */
function insert(callee: Program, inputs: readonly Id[], builder: Builder): Id {
  const given = new Map(parametersOf(callee).map((id, k) => [id, inputs[k]]));
  const origin = builder.origin;
  const renamed: Id[] = [];
  callee.nodes.forEach((node, id) => {
    const inner = node.inputs.map((input) => renamed[input]);
    const path = [origin.path, node.origin.path].filter((part) => part !== '').join('.');
    if (given.has(id)) renamed.push(given.get(id)!);
    else if (node.operation === 'call') renamed.push(insert((node.attributes as Call).callee, inner, builder));
    else renamed.push(builder.add(node.operation, inner, node.attributes, { ...origin, path }));
  });
  return renamed[callee.outputs[0].value];
}
