/**
 * Cuts a joint program in two for the tape: `forward` gives its results and what must be saved, `backward` takes the saved values and the
 * cotangents of the results, and gives gradients. What is cheap to compute again is not saved.
 */
import type { Table } from '../../values/operation.ts';
import type { Contract, Id, MapOp, Node, Output, Program, Source } from '../../values/program.ts';
import { elements } from '../../values/shape.ts';
import { Builder } from '../builder.ts';
import { apply, read } from '../scalar.ts';

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
  return {
    forward: part(joint, table, 'forward', [...results, ...keep], new Map(), new Set()),
    backward: part(joint, table, 'backward', gradients, names, again),
  };
}

function dependents(program: Program, starts: (node: Node) => boolean): boolean[] {
  const marks: boolean[] = [];
  for (const node of program.nodes) marks.push(starts(node) || node.inputs.some((input) => marks[input]));
  return marks;
}

/** The given nodes and all that they read; nodes for which `stop` holds are in it, what they read is not. */
function cone(program: Program, from: readonly Id[], stop: (id: Id) => boolean): Set<Id> {
  const found = new Set<Id>();
  const visit = (id: Id): void => {
    if (found.has(id)) return;
    found.add(id);
    if (!stop(id)) program.nodes[id].inputs.forEach(visit);
  };
  from.forEach(visit);
  return found;
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

/** Moves or maps elements, and sums nothing. */
function isCheap({ operation, attributes }: Node): boolean {
  if (operation !== 'contract') return ['map', 'reshape', 'slice', 'pad', 'window'].includes(operation);
  const { letters, operands, result } = attributes as Contract;
  return (
    operands.length === 1 &&
    result.every((subscript) => typeof subscript === 'number') &&
    letters.every((_, letter) => result.includes(letter))
  );
}

/** The nodes that the outputs need; those in `saved` come in as sources, those in `again` are clones. */
function part(
  joint: Program,
  table: Table,
  section: 'forward' | 'backward',
  outputs: readonly Output[],
  saved: ReadonlyMap<Id, string>,
  again: ReadonlySet<Id>,
): Program {
  const builder = new Builder(table);
  const live = cone(
    joint,
    outputs.flatMap((output) => (output.kind === 'state' && output.when !== undefined ? [output.value, output.when] : [output.value])),
    (id) => saved.has(id),
  );
  const renamed: Id[] = [];
  joint.nodes.forEach((node, id) => {
    if (!live.has(id)) return;
    const name = saved.get(id);
    const own = section === 'forward' ? node.origin : { ...node.origin, section };
    const origin = again.has(id) && node.operation !== 'source' ? { ...own, again: true as const } : own;
    renamed[id] =
      name === undefined
        ? builder.add(
            node.operation,
            node.inputs.map((input) => renamed[input]),
            node.attributes,
            origin,
          )
        : builder.source({ kind: 'saved', name, rate: 'batch' }, node.type, own);
  });
  const moved = outputs.map((output): Output => {
    const value = renamed[output.value];
    return output.kind === 'state' && output.when !== undefined ? { ...output, value, when: renamed[output.when] } : { ...output, value };
  });
  return builder.program(section === 'forward' ? joint.name : `${joint.name} backward`, moved);
}

/**
 * A backward program that adds to what is there: the gradient of parameter `w` becomes the state `w.gradient`, old value plus own. What is
 * no parameter stays a `gradient` output.
 */
export function accumulate(backward: Program, parameters: ReadonlySet<string>, table: Table): Program {
  const builder = new Builder(table, backward.nodes, { path: '', section: 'backward' });
  const outputs = backward.outputs.map((output): Output => {
    if (output.kind !== 'gradient' || !parameters.has(output.name)) return output;
    const name = `${output.name}.gradient`;
    const type = builder.type(output.value);
    const before = builder.source({ kind: 'state', name, rate: 'update' }, type);
    const whole = [...type.axes.keys()];
    const attributes = { domain: type.axes, reads: [whole, whole], value: apply('add', read(0), read(1)) };
    return { kind: 'state', name, value: builder.add<MapOp>('map', [before, output.value], attributes) };
  });
  return builder.program(backward.name, outputs);
}
