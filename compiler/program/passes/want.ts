/** Side tables, never stored in nodes: which nodes a wanted gradient passes through, how often each value changes. */
import type { Table } from '../../values/operation.ts';
import type { MapOp, Node, Program, Rate, Source } from '../../values/program.ts';
import { subterms } from '../../values/scalar.ts';
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
  for (const node of program.nodes) {
    const own = node.operation === 'source' ? (node.attributes as Source) : undefined;
    const smooth = node.type.dtype === 'real' && table.get(node.operation)?.gradient !== 'none';
    marks.push(own !== undefined ? wanted.has(sourceKey(own)) : smooth && node.inputs.some((input) => marks[input]));
  }
  return { wanted: marks, rate: ratesOf(program) };
}

/** The largest rate of what a node depends on; random words change with the tick. */
export function ratesOf({ nodes }: Program): Rate[] {
  const rates: Rate[] = [];
  for (const node of nodes) {
    const own = node.operation === 'source' ? [(node.attributes as Source).rate] : node.inputs.map((input) => rates[input]);
    rates.push(isRandom(node) ? 'batch' : order[Math.max(0, ...own.map((rate) => order.indexOf(rate)))]);
  }
  return rates;
}
function isRandom({ operation, attributes }: Node): boolean {
  return operation === 'map' && [...subterms((attributes as MapOp).value)].some((part) => part.is === 'random');
}
