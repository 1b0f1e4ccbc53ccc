/**
 * Which nodes a closed gate makes useless: those that only gated state outputs need, and those that are read only where a selection asks
 * the gate first (clipping counts the squares of a gated gradient so). Their launches are skipped by the host, who knows the bit.
 */
import type { Id, MapOp, Program, Scalar, Source } from '../../values/program.ts';

/** By node: the name of the host bit. Nodes that are always needed, and sources, are absent. */
export function sink(program: Program): ReadonlyMap<Id, string> {
  /** undefined: nothing needs it so far; null: always needed. */
  const needs: (string | null | undefined)[] = new Array(program.nodes.length).fill(undefined);
  const need = (id: Id, gate: string | null) => {
    needs[id] = needs[id] === undefined || needs[id] === gate ? gate : null;
  };
  for (const output of program.outputs) {
    if (output.kind !== 'state' || output.when === undefined) need(output.value, null);
    else {
      need(output.value, bitName(program, output.when) ?? null);
      need(output.when, null);
    }
  }
  for (let id = program.nodes.length - 1; id >= 0; id--) {
    const gate = needs[id];
    const node = program.nodes[id];
    if (gate === undefined) continue;
    node.inputs.forEach((input, k) => {
      const own = gate === null && node.operation === 'map' ? guardOf(program, node.attributes as MapOp, node.inputs, k) : undefined;
      need(input, own ?? gate);
    });
  }
  return new Map(
    needs.flatMap((gate, id) => (typeof gate === 'string' && program.nodes[id].operation !== 'source' ? [[id, gate] as const] : [])),
  );
}

/** Name of a host bit, or undefined for any other node. */
function bitName(program: Program, id: Id): string | undefined {
  const { operation, attributes, type } = program.nodes[id];
  const isBit = operation === 'source' && type.dtype === 'bit' && type.axes.length === 0;
  return isBit ? (attributes as Source).name : undefined;
}

/** The gate whose bit is asked before operand k is read, wherever the map reads it. */
function guardOf(program: Program, { value }: MapOp, inputs: readonly Id[], k: number): string | undefined {
  const guards = new Set<string | undefined>();
  const visit = (part: Scalar, guard: string | undefined): void => {
    if (part.is === 'read' && part.operand === k) guards.add(guard);
    if (part.is !== 'apply') return;
    const condition = part.f === 'select' && part.a[0].is === 'read' ? bitName(program, inputs[part.a[0].operand]) : undefined;
    part.a.forEach((a, position) => {
      visit(a, position === 1 ? (guard ?? condition) : guard);
    });
  };
  visit(value, undefined);
  return guards.size === 1 ? [...guards][0] : undefined;
}
