/** What must hold between the two halves of a cut program. */
import type { Program, Source, Type } from './program.ts';
import { printType, sameShape } from './shape.ts';
import { idleNodes } from './verify-program.ts';

const allowed: ReadonlySet<Source['kind']> = new Set<Source['kind']>(['saved', 'cotangent', 'parameter', 'state', 'input']);

/** Empty when all holds: what is saved is read, and with the type it was saved with; backward reads nothing else of forward. */
export function complaintsAboutCut(forward: Program, backward: Program): readonly string[] {
  const complaints: string[] = [];
  const given = new Map<string, Type>();
  for (const output of forward.outputs) {
    if (output.kind === 'saved') given.set(output.name, forward.nodes[output.value].type);
    if (output.kind === 'gradient') complaints.push(`forward gives gradient ${output.name}`);
  }
  const read = new Set<string>();
  const idle = new Set(idleNodes(backward));
  backward.nodes.forEach((node, id) => {
    if (node.operation !== 'source') return;
    const { kind, name } = node.attributes as Source;
    if (!allowed.has(kind)) complaints.push(`backward reads ${kind} ${name}`);
    if (kind !== 'saved') return;
    const type = given.get(name);
    if (type === undefined) complaints.push(`backward reads saved ${name}, which forward does not give`);
    else if (!sameShape(type, node.type))
      complaints.push(`saved ${name} is ${printType(type)} in forward, ${printType(node.type)} in backward`);
    if (!idle.has(id)) read.add(name);
  });
  for (const name of given.keys()) if (!read.has(name)) complaints.push(`saved ${name} is never read`);
  return complaints;
}
