/**
 * Tables made of cores that a product looks up for each row (experts in cores): row by row through the cores, or each table rebuilt once
 * and then looked up, whichever costs fewer multiply-adds at the sizes of this program. The planner cannot weigh the two in one network:
 * to it an operand that is looked up has the letters of the rows, and a table rebuilt for each row would never pay.
 */
import { plan } from '../../network/plan.ts';
import type { Table } from '../../values/operation.ts';
import type { Network } from '../../values/plan.ts';
import type { Axis, Contract, Id, Lookup, Program, Subscript } from '../../values/program.ts';
import type { Builder } from '../builder.ts';
import { lettersOf, networkOf } from './plan.ts';
import { addContract, type Factor } from './product.ts';
import { rewrite } from './rewrite.ts';
import type { Marks } from './want.ts';

/** `marks` are those of the program. */
export function rebuildTables(program: Program, table: Table, marks: Marks): Program {
  const known = new Map<string, number>();
  const macs = (network: Network): number => {
    const key = JSON.stringify(network);
    const cost = known.get(key) ?? plan({ network }).macs;
    known.set(key, cost);
    return cost;
  };
  return rewrite(program, table, (node, inputs, builder) => {
    if (node.operation !== 'contract') return undefined;
    const contract = node.attributes as Contract;
    const isCore = contract.operands.map((_, k) => marks.rate[node.inputs[k]] !== 'batch');
    const found = tableOf(contract, node.inputs, isCore);
    return found !== undefined && pays(found, macs) ? rebuilt(found, inputs, builder) : undefined;
  });
}

/** A contraction cut in two: the cores of a table for every position looked up, and what looks them up. */
interface Split {
  readonly contract: Contract;
  readonly lookup: Lookup;
  /** The letter that stands for the position, behind all others. */
  readonly letters: readonly Axis[];
  readonly cores: readonly { readonly position: number; readonly subscripts: readonly Subscript[] }[];
  readonly others: readonly { readonly position: number; readonly subscripts: readonly Subscript[] }[];
  /** Letters of the table besides the position. */
  readonly outer: readonly number[];
}

/** Undefined where there is no table of several cores, or it is looked up in more than one way. */
function tableOf(contract: Contract, inputs: readonly Id[], isCore: readonly boolean[]): Split | undefined {
  const { letters, operands, result } = contract;
  const lookups = [...operands, result].flatMap((subscripts) => subscripts.filter((s): s is Lookup => typeof s !== 'number'));
  if (lookups.length === 0) return undefined;
  const [lookup] = lookups;
  const way = (own: Lookup) => `${inputs[own.ids]} ${own.over} ${own.axis.size}`;
  if (lookups.some((own) => way(own) !== way(lookup)) || result.some((s) => typeof s !== 'number')) return undefined;
  const all = operands.map((subscripts, position) => ({ position, subscripts }));
  const [cores, others] = [true, false].map((wanted) => all.filter(({ position }) => isCore[position] === wanted));
  if (cores.length < 2 || others.length === 0 || others.some(({ subscripts }) => subscripts.some((s) => typeof s !== 'number')))
    return undefined;
  const position = letters.length;
  const inside = cores.map(({ position: own, subscripts }) => ({
    position: own,
    subscripts: subscripts.map((s) => (typeof s === 'number' ? s : position)),
  }));
  const outside = new Set([...lettersOf(result), ...others.flatMap(({ subscripts }) => lettersOf(subscripts))]);
  const own = new Set(inside.flatMap(({ subscripts }) => lettersOf(subscripts)));
  // A row's own letter on a core would make a table of the rows.
  if (lookup.over.some((letter) => own.has(letter))) return undefined;
  const outer = [...outside].filter((letter) => own.has(letter));
  return { contract, lookup, letters: [...letters, lookup.axis], cores: inside, others, outer };
}

function pays({ contract, lookup, letters, cores, others, outer }: Split, macs: (network: Network) => number): boolean {
  const sizes = letters.map(({ size }) => size);
  const table = macs({ inputs: cores.map(({ subscripts }) => lettersOf(subscripts)), output: [letters.length - 1, ...outer], sizes });
  const output = lettersOf(contract.result);
  const inputs = [...others.map(({ subscripts }) => lettersOf(subscripts)), [...lookup.over, ...outer]];
  return table + macs({ inputs, output, sizes }) < macs(networkOf(contract));
}

function rebuilt({ contract, lookup, letters, cores, others, outer }: Split, inputs: readonly Id[], builder: Builder): Id {
  const factors = (own: Split['cores']): Factor[] => own.map(({ position, subscripts }) => ({ id: inputs[position], subscripts }));
  const table = addContract(builder, { letters, operands: factors(cores), ids: inputs, result: [letters.length - 1, ...outer] });
  const operands = [...factors(others), { id: table, subscripts: [lookup, ...outer] }];
  return addContract(builder, { letters, operands, ids: inputs, result: contract.result });
}
