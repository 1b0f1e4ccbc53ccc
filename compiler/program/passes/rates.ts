/**
 * Splits a step by how often its values change: what is frozen is computed once and kept, what only an optimiser step changes once for all
 * of its micro-batches, and gradients are summed over the micro-batches before the rest of the way from them to the parameters. Values
 * that later parts need are `folded`; `sum` values carry what is added up.
 */
import type { Table } from '../../values/operation.ts';
import type { ByRate, Contract, Id, Node, Output, Program, Source } from '../../values/program.ts';
import { elements } from '../../values/shape.ts';
import { Builder } from '../builder.ts';
import { adding, cone, isCheap, part } from './part.ts';
import { ratesOf } from './want.ts';

/** Multiply-adds in the time that it takes to add an element to a sum in memory; a round figure from the profile of the WebAssembly engine. */
const SUM_COST = 16;

/**
 * With one micro-batch there are at most two parts, and all outputs are those of `batch`. With more, `batch` adds up and `end` gives the
 * gradients of the sum, for `update` to go on from.
 */
export function splitByRate(program: Program, table: Table, microBatches: number): ByRate<Program> {
  const apart = microBatches > 1;
  const rates = ratesOf(program);
  // With one batch a step, what a step changes changes with the batch.
  const ranks = rates.map((rate) => (rate === 'frozen' ? 0 : rate === 'update' && apart ? 1 : 2));
  const folded = foldedOf(program, ranks);
  const sums = named(program, apart ? sumsOf(program, table, ranks, microBatches) : [], folded.size);
  const given = (below: number) => {
    const early = [...folded].filter(([id]) => ranks[id] < below);
    return new Map(early.map(([id, name]): [Id, Source] => [id, { kind: 'folded', name, rate: rates[id] }]));
  };
  const kept = (rank: number) =>
    [...folded].flatMap(([value, name]): Output[] => (ranks[value] === rank ? [{ kind: 'folded', name, value }] : []));
  const of = (name: string, outputs: readonly Output[], from: ReadonlyMap<Id, Source>): Program | undefined =>
    outputs.length === 0 ? undefined : part(program, table, { name: `${program.name}${name}`, outputs, given: from });
  const gradients = apart ? program.outputs.filter((output) => output.kind === 'gradient') : [];
  const others = program.outputs.filter((output) => !gradients.includes(output));
  const added = [...sums].map(([value, name]): Output => ({ kind: 'sum', name, value }));
  const summed = new Map([...sums].map(([id, name]): [Id, Source] => [id, { kind: 'sum', name, rate: 'update' }]));
  const batch = part(program, table, { name: program.name, outputs: [...others, ...added], given: given(2) });
  const total = adding(batch, table, ({ kind, name }) => (kind === 'sum' ? { kind, name, rate: 'batch' } : undefined));
  const parts = {
    frozen: of(' frozen', kept(0), given(0)),
    begin: cleared(of(' begin', kept(1), given(1)), program, table, sums),
    end: of(' end', gradients, new Map([...given(2), ...summed])),
  };
  const there = Object.entries(parts).filter(([, made]) => made !== undefined);
  return { ...Object.fromEntries(there), batch: total };
}

const named = (program: Program, ids: Iterable<Id>, first = 0) =>
  new Map([...ids].sort((a, b) => a - b).map((id, k) => [id, `${first + k}:${program.nodes[id].origin.path}`]));

/**
 * What later parts take from earlier ones, by name: the values that they read, and where one of these is larger than all that it is made
 * of, as masks and broadcasts are, or another view of one, what it is made of. Such are made again where they are read, and fuse there.
 */
function foldedOf(program: Program, ranks: readonly number[]): Map<Id, string> {
  const found = new Set<Id>();
  const seen = new Set<Id>();
  const visit = (start: Id): void => {
    const open = [start];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const node = program.nodes[id];
      if (seen.has(id) || node.inputs.length === 0) continue;
      seen.add(id);
      if (node.operation === 'reshape' || isSpread(program, node)) open.push(...node.inputs);
      else found.add(id);
    }
  };
  program.nodes.forEach((node, id) => {
    for (const input of node.inputs) if (ranks[input] < ranks[id]) visit(input);
  });
  for (const { value } of program.outputs) if (ranks[value] < 2) visit(value);
  return named(program, found);
}
const sizeOf = (program: Program, id: Id) => elements(program.nodes[id].type.axes);
function isSpread(program: Program, node: Node): boolean {
  return isCheap(node) && elements(node.type.axes) > node.inputs.reduce((sum, input) => sum + sizeOf(program, input), 0);
}

/** The part before the micro-batches also sets the sums to 0. */
function cleared(begin: Program | undefined, program: Program, table: Table, sums: ReadonlyMap<Id, string>): Program | undefined {
  if (sums.size === 0) return begin;
  const builder = new Builder(table, begin?.nodes, { path: '', section: 'forward' });
  const zeros = [...sums].map(([id, name]): Output => ({ kind: 'sum', name, value: builder.constant(0, program.nodes[id].type) }));
  return builder.program(`${program.name} begin`, [...(begin?.outputs ?? []), ...zeros]);
}

/**
 * The values to add up, one on the way to each gradient. From a gradient down, as long as a value is linear in one that changes with the
 * batch and nothing else reads it, either can be summed. The lower sum saves the products above it in all but one micro-batch, and costs
 * what more there is to add; gradients that pass the same value share that.
 */
function sumsOf(program: Program, table: Table, ranks: readonly number[], microBatches: number): Set<Id> {
  const gradients = program.outputs.flatMap((output) => (output.kind === 'gradient' ? [output.value] : []));
  const next = movesOf(program, table, ranks);
  const ways = gradients.map((gradient) => {
    const way = [gradient];
    for (let id = next[gradient]; id !== undefined; id = next[id]) way.push(id);
    return way;
  });
  const passing = new Map<Id, number>();
  for (const id of ways.flat()) passing.set(id, (passing.get(id) ?? 0) + 1);
  const chosen = new Set(
    ways.map((way) => {
      let [best, least, above] = [way[0], Number.POSITIVE_INFINITY, 0];
      for (const id of way) {
        const cost = (microBatches * SUM_COST * sizeOf(program, id)) / passing.get(id)! - (microBatches - 1) * above;
        if (cost < least) [best, least] = [id, cost];
        above += products(program.nodes[id]);
      }
      return best;
    }),
  );
  // One gradient can meet the sum of another on its way to its own.
  const reached = cone(program, gradients, (id) => chosen.has(id));
  return new Set([...chosen].filter((id) => reached.has(id)));
}

/** By id: the one input that could be summed in place of the value, where there is one. */
function movesOf(program: Program, table: Table, ranks: readonly number[]): (Id | undefined)[] {
  const { nodes, outputs } = program;
  const isFree = nodes.map(() => true);
  for (const { kind, value } of outputs) if (kind !== 'gradient') isFree[value] = false;
  const moves: (Id | undefined)[] = [];
  for (let id = nodes.length - 1; id >= 0; id--) {
    const { operation, inputs } = nodes[id];
    const changing = inputs.filter((input) => ranks[input] === 2);
    const { linear } = table.get(operation)!;
    const isLinear = changing.length === 1 && nodes[changing[0]].type.dtype === 'real' && (linear === 'each' || inputs.length === 1);
    if (isFree[id] && linear !== undefined && isLinear && ranks[id] === 2) moves[id] = changing[0];
    else for (const input of inputs) isFree[input] = false;
  }
  return moves;
}

function products({ operation, attributes }: Node): number {
  if (operation !== 'contract') return 0;
  return (attributes as Contract).letters.reduce((product, { size }) => product * size, 1);
}
