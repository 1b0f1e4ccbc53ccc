/**
 * Asks the planner for every contraction of more than two operands. A lookup stands at the operand that it indexes: to the planner the
 * operand has the letters of its ids. Networks of equal form are planned once.
 */
import { plan } from '../../network/plan.ts';
import type { Network, Plan, Request } from '../../values/plan.ts';
import type { Contract, Id, Node, Program, Subscript } from '../../values/program.ts';
import type { Marks } from './want.ts';

export interface Planned {
  readonly plan: Plan;
  readonly network: Network;
}

/** By id of the contraction. */
export function planAll(program: Program, marks: Marks): Map<Id, Planned> {
  const known = new Map<string, Planned>();
  const plans = new Map<Id, Planned>();
  program.nodes.forEach((node, id) => {
    if (node.operation !== 'contract' || (node.attributes as Contract).operands.length < 3) return;
    const request = requestOf(node, marks);
    const key = JSON.stringify(request);
    const planned = known.get(key) ?? { plan: plan(request), network: request.network };
    known.set(key, planned);
    plans.set(id, planned);
  });
  return plans;
}

export function lettersOf(subscripts: readonly Subscript[]): number[] {
  return [...new Set(subscripts.flatMap((s) => (typeof s === 'number' ? [s] : s.over)))];
}

/** Letters of the result that no operand has are written by the last step; they are no part of the network. */
export function networkOf({ letters, operands, result }: Contract): Network {
  const inputs = operands.map(lettersOf);
  const output = lettersOf(result).filter((letter) => inputs.some((own) => own.includes(letter)));
  return { inputs, output, sizes: letters.map((axis) => axis.size) };
}

function requestOf(node: Node, marks: Marks): Request {
  const operands = node.inputs.slice(0, (node.attributes as Contract).operands.length);
  return { network: networkOf(node.attributes as Contract), wanted: operands.map((id) => marks.wanted[id]) };
}
