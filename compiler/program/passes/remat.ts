/**
 * Below a memory limit: values that are large and cheap to compute again are not kept from forward to backward but cloned where backward
 * reads them. Cheap are maps, views, and products with a short sum whose result is larger than what they read (scores of attention).
 * The largest go first; no sharing pass runs afterwards.
 */
import { BondsmithError } from '../../../grammar/error.ts';
import type { Table } from '../../values/operation.ts';
import type { Contract, Id, Node, Program } from '../../values/program.ts';
import { elements } from '../../values/shape.ts';
import { Builder } from '../builder.ts';
import { copy, renamedOutputs } from './rewrite.ts';
import { sweep } from './sweep.ts';

/** Multiply-adds for each element that may be done again. */
const SHORT_SUM = 256;

/** A step that does not fit, however much is recomputed. */
export class MemoryError extends BondsmithError {
  readonly needed: number;
  readonly limit: number;
  constructor(needed: number, limit: number) {
    super(
      'memory',
      `the step needs at least ${needed} bytes, the memory limit is ${limit}; use a smaller batch, context or model, or a limit of ${needed}`,
    );
    this.name = 'MemoryError';
    this.needed = needed;
    this.limit = limit;
  }
}

/** The program, or one that recomputes as little as fits `limit` bytes. Throws MemoryError, which names the smallest limit that works. */
export function remat(program: Program, table: Table, limit: number, bytesOf: (program: Program) => number): Program {
  const candidates = candidatesOf(program);
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; ; count = Math.min(candidates.length, Math.max(1, 2 * count))) {
    const next = count === 0 ? program : recompute(program, table, new Set(candidates.slice(0, count)));
    const bytes = bytesOf(next);
    if (bytes <= limit) return next;
    least = Math.min(least, bytes);
    if (count === candidates.length) throw new MemoryError(least, limit);
  }
}

const sizeOf = (program: Program, id: Id) => elements(program.nodes[id].type.axes);
const isLate = (node: Node) => node.origin.section !== 'forward';

/** Forward values that later sections read, largest first. */
function candidatesOf(program: Program): Id[] {
  const kept = new Set(program.nodes.flatMap((node) => (isLate(node) ? node.inputs : [])));
  const results = new Set(program.outputs.map((output) => output.value));
  const ids = [...kept].filter((id) => !isLate(program.nodes[id]) && !results.has(id) && isCheap(program, program.nodes[id]));
  return ids.sort((a, b) => sizeOf(program, b) - sizeOf(program, a) || a - b);
}

function isCheap(program: Program, { operation, attributes, inputs, type }: Node): boolean {
  if (['map', 'reshape', 'slice', 'pad', 'window'].includes(operation)) return true;
  if (operation !== 'contract') return false;
  const { letters, operands, result } = attributes as Contract;
  if (!result.every((subscript) => typeof subscript === 'number')) return false;
  const summed = letters.reduce((product, { size }, letter) => (result.includes(letter) ? product : product * size), 1);
  const read = inputs.slice(0, operands.length).reduce((sum, id) => sum + sizeOf(program, id), 0);
  return summed <= SHORT_SUM && elements(type.axes) > read;
}

/** Reads of the chosen values from later sections become reads of clones, and so do their cheap inputs that nobody else keeps. */
function recompute(program: Program, table: Table, chosen: ReadonlySet<Id>): Program {
  const builder = new Builder(table);
  const renamed: Id[] = [];
  const clones = new Map<Id, Id>();
  const kept = new Set(program.nodes.flatMap((node) => (isLate(node) ? node.inputs.filter((id) => !chosen.has(id)) : [])));
  const isMade = (id: Id): boolean => {
    const node = program.nodes[id];
    return chosen.has(id) || (!kept.has(id) && node.operation !== 'source' && node.operation !== 'constant' && isCheap(program, node));
  };
  const present = (id: Id): Id => clones.get(id) ?? renamed[id];
  const cloned = (start: Id): Id => {
    // Chains of cheap values are as long as the program is deep: a list stands for the stack.
    const open = [{ id: start, next: 0 }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { operation, inputs, attributes, origin } = program.nodes[top.id];
      if (!isMade(top.id) || clones.has(top.id)) open.pop();
      else if (top.next < inputs.length) open.push({ id: inputs[top.next++], next: 0 });
      else {
        open.pop();
        clones.set(top.id, builder.add(operation, inputs.map(present), attributes, { ...origin, section: 'backward', again: true }));
      }
    }
    return present(start);
  };
  for (const node of program.nodes) {
    const inputs = node.inputs.map((input) => (isLate(node) && chosen.has(input) ? cloned(input) : renamed[input]));
    renamed.push(copy({ ...node, inputs: [] }, inputs, builder));
  }
  return sweep(builder.program(program.name, renamedOutputs(program, renamed)), table);
}
