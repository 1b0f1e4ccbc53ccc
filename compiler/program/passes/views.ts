/** Views of views, and operations that change nothing. */
import type { Table } from '../../values/operation.ts';
import type { Id, MapOp, Pad, Program, Reshape, Slice } from '../../values/program.ts';
import type { Builder } from '../builder.ts';
import { rewrite } from './rewrite.ts';

export function views(program: Program, table: Table): Program {
  return rewrite(program, table, (node, inputs, builder) => {
    switch (node.operation) {
      case 'reshape':
        return reshape(node.attributes as Reshape, inputs[0], builder);
      case 'slice':
        return slice(node.attributes as Slice, inputs[0], builder);
      case 'pad': {
        const { axis, size } = node.attributes as Pad;
        return builder.type(inputs[0]).axes[axis].size === size ? inputs[0] : undefined;
      }
      case 'map':
        return isIdentity(node.attributes as MapOp) && builder.type(inputs[0]).dtype === node.type.dtype ? inputs[0] : undefined;
      default:
        return undefined;
    }
  });
}

function reshape({ axes }: Reshape, input: Id, builder: Builder): Id | undefined {
  const before = builder.nodes[input];
  const from = before.operation === 'reshape' ? before.inputs[0] : input;
  const own = builder.type(from).axes;
  if (own.length === axes.length && own.every((axis, k) => axis.size === axes[k].size)) return from;
  return from === input ? undefined : builder.add('reshape', [from], { axes });
}

/** A slice of a pad that takes back what was padded is the padded value. */
function slice({ axis, from, size }: Slice, input: Id, builder: Builder): Id | undefined {
  if (builder.type(input).axes[axis].size === size) return input;
  const before = builder.nodes[input];
  if (before.operation !== 'pad') return undefined;
  const pad = before.attributes as Pad;
  const inner = before.inputs[0];
  return pad.axis === axis && pad.before === from && builder.type(inner).axes[axis].size === size ? inner : undefined;
}

function isIdentity({ domain, reads, value }: MapOp): boolean {
  return (
    value.is === 'read' &&
    reads[value.operand].length === domain.length &&
    reads[value.operand].every((position, k) => position === k) &&
    reads.length === 1
  );
}
