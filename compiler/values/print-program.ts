/** The printed form of programs (`--dump program`): one line a node, sections as headings, names of axes and paths for people. */
import type { Table } from './operation.ts';
import type { Contract, Node, Output, Program } from './program.ts';
import { printType } from './shape.ts';

/**
 * `%3 = contract %0(b i1 i2) %1(o1 i1 r) -> (b i2 o1 r) : real[b:64 i2:8 o1:8 r:2]  65536 macs  # up`. Multiply-adds are those of the
 * node alone: the product of all its letters.
 */
export function printProgram(program: Program, table: Table): string {
  const lines = [`program ${program.name}`];
  let section = '';
  program.nodes.forEach((node, id) => {
    if (node.origin.section !== section) {
      section = node.origin.section;
      lines.push(`  # ${section}`);
    }
    lines.push(`  ${printNode(node, id, table)}`);
  });
  return `${[...lines, ...program.outputs.map((output) => `  ${printOutput(output)}`)].join('\n')}\n`;
}

export function printNode(node: Node, id: number, table: Table): string {
  const inputs = node.inputs.map((input) => `%${input}`);
  const text = table.get(node.operation)?.print(node.attributes, inputs) ?? `${node.operation} ${inputs.join(' ')}`;
  const cost = macs(node);
  const notes = [
    cost > 0 ? `  ${cost} macs` : '',
    node.origin.path === '' ? '' : `  # ${node.origin.path}`,
    node.origin.again ? ' again' : '',
  ];
  return `%${id} = ${text} : ${printType(node.type)}${notes.join('')}`;
}

function printOutput(output: Output): string {
  const when = output.kind === 'state' && output.when !== undefined ? ` when %${output.when}` : '';
  return `${output.kind} ${output.name} %${output.value}${when}`;
}

/** Multiply-adds of a contraction with at least two operands; 0 for all else. */
function macs(node: Node): number {
  if (node.operation !== 'contract') return 0;
  const { letters, operands } = node.attributes as Contract;
  return operands.length < 2 ? 0 : letters.reduce((product, letter) => product * letter.size, 1);
}
