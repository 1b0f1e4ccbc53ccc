/**
 * n-ary contractions become the binary ones of their trees, so that reverse mode over them is the joint optimum of forward and adjoints.
 * Letters on one operand only are summed first. A value in between has the letters of the result first, in its order, then those of the
 * operands: so the groups that the next product keeps and sums lie together, and a rebuilt weight is the dense matrix row by row.
 */
import { letterOrder } from '../../network/layout.ts';
import type { Table } from '../../values/operation.ts';
import type { Contract, Id, Program, Subscript } from '../../values/program.ts';
import type { Builder } from '../builder.ts';
import type { Planned } from './plan.ts';
import { lettersOf, networkOf } from './plan.ts';
import type { Factor } from './product.ts';
import { addContract } from './product.ts';
import { rewrite } from './rewrite.ts';

export function binarise(program: Program, table: Table, plans: ReadonlyMap<Id, Pick<Planned, 'plan'>>): Program {
  return rewrite(program, table, (node, inputs, builder, id) => {
    if (node.operation !== 'contract') return undefined;
    const contract = node.attributes as Contract;
    if (contract.operands.length < 2) return undefined;
    return steps(contract, inputs, builder, plans.get(id)?.plan.steps ?? [[0, 1]], plans.get(id)?.plan.results);
  });
}

function steps(
  contract: Contract,
  inputs: readonly Id[],
  builder: Builder,
  pairs: readonly (readonly [number, number])[],
  results: readonly (readonly number[])[] | undefined,
): Id {
  const { letters, operands, result } = contract;
  const network = networkOf(contract);
  const { inputs: own, output } = network;
  const write = (factors: readonly Factor[], kept: readonly Subscript[]): Factor => {
    const id = addContract(builder, { letters, operands: factors, ids: inputs, result: kept });
    return { id, subscripts: kept };
  };
  const alone = (letter: number) => !output.includes(letter) && own.filter((list) => list.includes(letter)).length === 1;
  const parts: Factor[] = operands.map((subscripts, k) => {
    const plain = subscripts.every((s) => typeof s === 'number');
    const kept = lettersOf(subscripts).filter((letter) => !alone(letter));
    if (!plain || kept.length === own[k].length) return { id: inputs[k], subscripts };
    return write([{ id: inputs[k], subscripts }], kept);
  });
  const order = letterOrder(network);
  pairs.forEach(([a, b], k) => {
    const [left, right] = sizeOf(builder, parts[a]) >= sizeOf(builder, parts[b]) ? [parts[a], parts[b]] : [parts[b], parts[a]];
    const last = k === pairs.length - 1;
    const open = results?.[k] ?? [];
    const kept = last ? result : order.filter((letter) => open.includes(letter));
    parts.push(write([left, right], kept));
  });
  return parts[parts.length - 1].id;
}
function sizeOf(builder: Builder, { id }: Factor): number {
  return builder.type(id).axes.reduce((product, axis) => product * axis.size, 1);
}
