/** Side tables, never stored in nodes: which nodes a wanted gradient passes through, how often each value changes. */
import type { Table } from '../../values/operation.ts';
import type { Program, Rate, Source } from '../../values/program.ts';
import { sourceKey } from '../differentiate.ts';

export interface Marks {
  /** The node's own cotangent will be computed. */
  readonly wanted: readonly boolean[];
  readonly rate: readonly Rate[];
}
const order: readonly Rate[] = ['frozen', 'update', 'batch'];

/** `wanted`: keys of sources (`parameter up.T[1]`). */
export function want(program: Program, table: Table, wanted: ReadonlySet<string>): Marks {
  const marks: boolean[] = [];
  const rate: Rate[] = [];
  for (const node of program.nodes) {
    const own = node.operation === 'source' ? (node.attributes as Source) : undefined;
    const smooth = node.type.dtype === 'real' && table.get(node.operation)?.gradient !== 'none';
    marks.push(own !== undefined ? wanted.has(sourceKey(own)) : smooth && node.inputs.some((input) => marks[input]));
    const rates = own !== undefined ? [own.rate] : node.inputs.map((input) => rate[input]);
    rate.push(order[Math.max(0, ...rates.map((r) => order.indexOf(r)))]);
  }
  return { wanted: marks, rate };
}
