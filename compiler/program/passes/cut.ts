/**
 * Cuts a joint program in two for the tape: `forward` gives its results and what must be saved, `backward` takes the saved values and the
 * cotangents of the results, and gives gradients. What is cheap to compute again is not saved.
 */
import type { Table } from '../../values/operation.ts';
import type { Contract, Id, Node, Origin, Output, Program, Source } from '../../values/program.ts';
import { elements } from '../../values/shape.ts';
import { adding, cone, isCheap, part } from './part.ts';

export interface CutProgram {
  /** The results of the joint program, and `saved` outputs. */
  readonly forward: Program;
  /** Sources: saved, cotangent, and the parameters, states and inputs of the forward program. Outputs: gradients. */
  readonly backward: Program;
}

/** The joint program comes from `differentiate` without a loss: results have cotangents. Gradients are outputs named after their sources. */
export function cut(joint: Program, table: Table): CutProgram {
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

/** Terms of a sum that may be added up again. */
const SHORT_SUM = 256;

/**
 * Results of contractions, reductions and selections are saved. Maps and views are computed again, unless that needs other values saved which
 * together are larger. So is a value larger than all that it is made of, where at most one product with a short sum stands on the way: scores
 * of attention, of which query, key, maximum and total are saved, and scores of a vocabulary. Sources and constants cost nothing.
 */
function decide(program: Program, needed: readonly Id[]): { saved: ReadonlySet<Id>; again: ReadonlySet<Id> } {
  const { nodes } = program;
  const isLeaf = (id: Id) => nodes[id].operation === 'source' || nodes[id].operation === 'constant';
  const sizes = (ids: readonly Id[]) => ids.reduce((sum, id) => sum + elements(nodes[id].type.axes), 0);
  const saved = new Set<Id>();
  const again = new Set<Id>();
  const isGiven = (id: Id) => saved.has(id) || isLeaf(id);
  const spreads = new Map<Id, boolean>();
  /** A product with a short sum that is larger than all that it is made of. */
  const isSpread = (id: Id): boolean => {
    const known = spreads.get(id) ?? (isShortSum(nodes[id]) && sizes(endsOf(id, (at) => isCheap(nodes[at])).ends) < sizes([id]));
    spreads.set(id, known);
    return known;
  };
  /** What a value is made of, and what has to be made again for it: the value and what `passes`. */
  const endsOf = (id: Id, passes: (at: Id) => boolean) => {
    const isEnd = (at: Id) => at !== id && (isGiven(at) || !passes(at));
    const all = [...cone(program, [id], isEnd)];
    return { ends: all.filter(isEnd), made: all.filter((at) => !isEnd(at)) };
  };
  for (const id of needed) {
    if (isGiven(id) || again.has(id)) continue;
    const whole = endsOf(id, (at) => isCheap(nodes[at]) || isSpread(at));
    // Of several products on the way the nearest alone is made again.
    const nearest = whole.made.reduce((last, at) => (isCheap(nodes[at]) ? last : Math.max(last, at)), -1);
    const { ends, made } = endsOf(id, (at) => isCheap(nodes[at]) || at === nearest);
    const fresh = ends.filter((at) => !isGiven(at));
    if (isCheap(nodes[id]) ? sizes(fresh) <= sizes([id]) : isSpread(id)) {
      for (const end of fresh) saved.add(end);
      for (const at of made) again.add(at);
    } else saved.add(id);
  }
  // What was made again for a value that is saved after all is not needed.
  const reached = cone(program, needed, (id) => saved.has(id));
  return { saved: new Set([...saved].filter((id) => reached.has(id))), again: new Set([...again].filter((id) => !saved.has(id))) };
}

function isShortSum({ operation, attributes }: Node): boolean {
  if (operation !== 'contract') return false;
  const { letters, result } = attributes as Contract;
  const summed = letters.reduce((product, { size }, letter) => (result.includes(letter) ? product : product * size), 1);
  return result.every((subscript) => typeof subscript === 'number') && summed <= SHORT_SUM;
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
