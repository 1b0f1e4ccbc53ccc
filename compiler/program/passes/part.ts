/**
 * Part of a program as a program of its own: some outputs and what they need, up to values that come in as sources. Halves for the tape
 * and parts by rate are cut with it. What is cheap to make again is decided here for both.
 */
import type { Table } from '../../values/operation.ts';
import type { Contract, Id, MapOp, Node, Origin, Output, Program, Source } from '../../values/program.ts';
import { Builder } from '../builder.ts';
import { apply, read } from '../scalar.ts';
import { copy, renamedOutputs } from './rewrite.ts';

export interface PartRequest {
  readonly name: string;
  readonly outputs: readonly Output[];
  /** Values that are not computed in this part. */
  readonly given: ReadonlyMap<Id, Source>;
  /** Default: the node's own. */
  origin?(node: Node, id: Id): Origin;
}
export function part(program: Program, table: Table, { name, outputs, given, origin = (node) => node.origin }: PartRequest): Program {
  const builder = new Builder(table);
  const live = cone(program, valuesOf(outputs), (id) => given.has(id));
  const renamed: Id[] = [];
  program.nodes.forEach((node, id) => {
    if (!live.has(id)) return;
    const own = origin(node, id);
    const source = given.get(id);
    const inputs = node.inputs.map((input) => renamed[input]);
    renamed[id] = source === undefined ? copy({ ...node, origin: own }, inputs, builder) : builder.source(source, node.type, own);
  });
  return builder.program(name, renamedOutputs({ ...program, outputs }, renamed));
}
const valuesOf = (outputs: readonly Output[]): Id[] =>
  outputs.flatMap((output) => (output.kind === 'state' && output.when !== undefined ? [output.value, output.when] : [output.value]));

/** The given nodes and all that they read; nodes for which `stop` holds are in it, what they read is not. */
export function cone(program: Program, from: readonly Id[], stop: (id: Id) => boolean): Set<Id> {
  const found = new Set<Id>();
  const open = from.toReversed();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    if (!stop(id)) open.push(...program.nodes[id].inputs.toReversed());
  }
  return found;
}

/** Moves or maps elements, and sums nothing. */
export function isCheap({ operation, attributes }: Node): boolean {
  if (operation !== 'contract') return ['map', 'reshape', 'slice', 'pad', 'window'].includes(operation);
  const { letters, operands, result } = attributes as Contract;
  return (
    operands.length === 1 &&
    result.every((subscript) => typeof subscript === 'number') &&
    letters.every((_, letter) => result.includes(letter))
  );
}

/**
 * The same program with outputs that add to what is there: each output for which `target` names a source becomes an output of that kind
 * and name, its value added to the old one.
 */
export function adding(
  program: Program,
  table: Table,
  target: (output: Output) => (Source & { kind: 'state' | 'sum' }) | undefined,
): Program {
  const builder = new Builder(table, program.nodes);
  const outputs = program.outputs.map((output): Output => {
    const source = target(output);
    if (source === undefined) return output;
    const { type, origin } = builder.nodes[output.value];
    const before = builder.source(source, type, origin);
    const whole = [...type.axes.keys()];
    const attributes = { domain: type.axes, reads: [whole, whole], value: apply('add', read(0), read(1)) };
    return { kind: source.kind, name: source.name, value: builder.add<MapOp>('map', [before, output.value], attributes, origin) };
  });
  return builder.program(program.name, outputs);
}
