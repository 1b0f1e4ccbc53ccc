/**
 * Outputs get their homes. A value that is written where it is wanted costs nothing; one that is wanted twice, or is a source itself, is
 * copied. A state is written over its old value when everyone who reads the old one can come first; else it waits in scratch.
 *
 * A state with a condition keeps its old value while the condition is 0. Where the condition is a bit of the host, nothing is selected:
 * the launch that writes the state stands behind the bit as its gate.
 */
import type { Allocation } from '../values/executable.ts';
import type { Address } from '../values/kernel.ts';
import type { Output, Program, Source } from '../values/program.ts';
import { copyLoop } from './copy.ts';
import { type Graph, readsOf, resultOf, type Value } from './graph.ts';
import type { Loop, ValueId } from './loop.ts';
import { breakCycles } from './order.ts';
import { simplifyLoop } from './simplify.ts';

/** Throws Error for an output without a place. */
export function addOutputs(program: Program, graph: Graph, holders: readonly ValueId[], places: ReadonlyMap<string, Allocation>): Graph {
  const values = [...graph.values];
  const works = [...graph.works];
  const made = new Set(works.map(({ work }) => resultOf(work)));
  const states = new Map<string, ValueId>();
  program.nodes.forEach((node, id) => {
    const { kind, name } = node.attributes as Source;
    if (node.operation === 'source' && (kind === 'state' || kind === 'sum' || kind === 'parameter')) states.set(name, holders[id]);
  });
  for (const output of program.outputs) {
    const home = places.get(`${output.kind} ${output.name}`)?.address;
    if (home === undefined) throw new Error(`output ${output.kind} ${output.name} has no place`);
    settle(output, home, holders[output.value]);
  }
  return breakCycles(withoutCopies({ values, works }));

  function settle(output: Output, home: Address, value: ValueId): void {
    const { element, size } = values[value];
    const overwrites = output.kind === 'state' || output.kind === 'sum' ? states.get(output.name) : undefined;
    if (value === overwrites) return;
    const target: Value = { element, size, home, overwrites };
    const make = (fresh: Value, loop: (result: ValueId) => Loop, gate?: string): ValueId => {
      const result = values.push(fresh) - 1;
      // A copy of one number reads nothing: it is no table as large as what it fills.
      works.push({ work: { is: 'loop', ...simplifyLoop(loop(result), values) }, node: output.value, gate });
      return result;
    };
    const moved = () => (made.has(value) ? value : make({ element, size }, (result) => copyLoop([value], size, result)));
    if (output.kind !== 'state' || output.when === undefined) {
      if (made.has(value) && values[value].home === undefined) values[value] = target;
      else {
        const from = overwrites === undefined ? value : moved();
        make(target, (result) => copyLoop([from], size, result));
      }
      return;
    }
    if (overwrites === undefined) throw new Error(`state ${output.name} has a condition but no old value`);
    const { operation, attributes } = program.nodes[output.when];
    const { kind, name } = attributes as Source;
    const from = moved();
    if (operation === 'source' && kind === 'input') make(target, (result) => copyLoop([from], size, result), name);
    else make(target, (result) => copyLoop([from, overwrites, holders[output.when!]], size, result));
  }
}

/** A copy behind the gate of what makes its value is not needed: the value is made where it is wanted. */
function withoutCopies(graph: Graph): Graph {
  const values = [...graph.values];
  const maker = new Map(graph.works.map((entry) => [resultOf(entry.work), entry]));
  const works = graph.works.filter(({ work, gate }) => {
    const result = resultOf(work);
    const [from] = readsOf(work);
    if (gate === undefined || values[result].overwrites === undefined || from === undefined || values[from].home !== undefined) return true;
    if (maker.get(from)?.gate !== gate) return true;
    values[from] = values[result];
    return false;
  });
  return { values, works };
}
