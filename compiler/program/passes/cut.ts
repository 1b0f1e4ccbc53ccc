/**
 * Cuts a joint program in two for the tape: `forward` gives its results and what must be saved, `backward` takes the saved values and the
 * cotangents of the results, and gives gradients. What is cheap to compute again is not saved.
 */
import type { Table } from '../../values/operation.ts';
import type { Id, Node, Origin, Output, Program, Source } from '../../values/program.ts';
import { elements } from '../../values/shape.ts';
import { adding, cone, isCheap, part } from './part.ts';

export interface Cut {
  /** The results of the joint program, and `saved` outputs. */
  readonly forward: Program;
  /** Sources: saved, cotangent, and the parameters, states and inputs of the forward program. Outputs: gradients. */
  readonly backward: Program;
}

/** The joint program comes from `differentiate` without a loss: results have cotangents. Gradients are outputs named after their sources. */
export function cut(joint: Program, table: Table): Cut {
  const backward = dependents(joint, (node) => node.operation === 'source' && (node.attributes as Source).kind === 'cotangent');
  const gradients = joint.outputs.filter((output) => output.kind === 'gradient');
  const results = joint.outputs.filter((output) => output.kind !== 'gradient');
  const live = cone(
    joint,
    gradients.map((output) => output.value),
    (id) => !backward[id],
  );
  const needed = [...live].filter((id) => !backward[id]).sort((a, b) => a - b);
  const { saved, again } = decide(joint, needed);
  const names = new Map([...saved].sort((a, b) => a - b).map((id, k) => [id, `${k}:${joint.nodes[id].origin.path}`]));
  const keep = [...names].map(([value, name]): Output => ({ kind: 'saved', name, value }));
  const given = new Map([...names].map(([id, name]): [Id, Source] => [id, { kind: 'saved', name, rate: 'batch' }]));
  const late = ({ operation, origin }: Node, id: Id): Origin =>
    again.has(id) && operation !== 'source' ? { ...origin, section: 'backward', again: true } : { ...origin, section: 'backward' };
  return {
    forward: part(joint, table, { name: joint.name, outputs: [...results, ...keep], given: new Map() }),
    backward: part(joint, table, { name: `${joint.name} backward`, outputs: gradients, given, origin: late }),
  };
}

function dependents(program: Program, starts: (node: Node) => boolean): boolean[] {
  const marks: boolean[] = [];
  for (const node of program.nodes) marks.push(starts(node) || node.inputs.some((input) => marks[input]));
  return marks;
}

/**
 * Results of contractions, reductions and selections are saved. Maps and views are computed again, unless that needs other values saved which
 * together are larger. Sources and constants cost nothing.
 */
function decide(program: Program, needed: readonly Id[]): { saved: ReadonlySet<Id>; again: ReadonlySet<Id> } {
  const isLeaf = (id: Id) => program.nodes[id].operation === 'source' || program.nodes[id].operation === 'constant';
  const size = (id: Id) => elements(program.nodes[id].type.axes);
  const saved = new Set(needed.filter((id) => !isLeaf(id) && !isCheap(program.nodes[id])));
  const again = new Set<Id>();
  for (const id of needed) {
    if (saved.has(id)) continue;
    const all = cone(program, [id], (at) => saved.has(at) || isLeaf(at) || !isCheap(program.nodes[at]));
    const ends = [...all].filter((at) => !saved.has(at) && !isLeaf(at) && !isCheap(program.nodes[at]));
    if (ends.reduce((sum, end) => sum + size(end), 0) > size(id)) {
      saved.add(id);
      continue;
    }
    for (const end of ends) saved.add(end);
    for (const at of all) if (!saved.has(at)) again.add(at);
  }
  return { saved, again };
}

/**
 * A backward program that adds to what is there: the gradient of parameter `w` becomes the state `w.gradient`, old value plus own. What is
 * no parameter stays a `gradient` output.
 */
export function accumulate(backward: Program, parameters: ReadonlySet<string>, table: Table): Program {
  return adding(backward, table, ({ kind, name }) =>
    kind === 'gradient' && parameters.has(name) ? { kind: 'state', name: `${name}.gradient`, rate: 'update' } : undefined,
  );
}
