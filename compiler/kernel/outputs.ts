/**
 * Outputs get their homes. A value that is written where it is wanted costs nothing; one that is wanted twice, or is a source itself, is
 * copied. A state is written over its old value when everyone who reads the old one can come first; else it waits in scratch.
 */
import type { Placed } from '../values/executable.ts';
import type { Address } from '../values/kernel.ts';
import type { Output, Program, Scalar, Source } from '../values/program.ts';
import type { Digit, Form } from './form.ts';
import { type Graph, readsOf, resultOf, type Value, type Work } from './graph.ts';
import { isRead, type Loop, type Place, type ValueId } from './loop.ts';

const plain = (operand: number): Scalar => ({ is: 'read', operand });

/** Throws Error for an output without a place. */
export function addOutputs(program: Program, graph: Graph, holders: readonly ValueId[], places: ReadonlyMap<string, Placed>): Graph {
  const values = [...graph.values];
  const works = [...graph.works];
  const made = new Set(works.map(({ work }) => resultOf(work)));
  const states = new Map<string, ValueId>();
  program.nodes.forEach((node, id) => {
    const { kind, name } = node.attributes as Source;
    if (node.operation === 'source' && (kind === 'state' || kind === 'parameter')) states.set(name, holders[id]);
  });
  for (const output of program.outputs) {
    const home = places.get(`${output.kind} ${output.name}`)?.address;
    if (home === undefined) throw new Error(`output ${output.kind} ${output.name} has no place`);
    settle(output, home, holders[output.value]);
  }
  return breakCycles({ values, works });

  function settle(output: Output, home: Address, value: ValueId): void {
    const { element, size } = values[value];
    const overwrites = output.kind === 'state' ? states.get(output.name) : undefined;
    if (value === overwrites) return;
    const target: Value = { element, size, home, overwrites };
    const make = (fresh: Value, loop: (result: ValueId) => Loop): ValueId => {
      const result = values.push(fresh) - 1;
      works.push({ work: { is: 'loop', ...loop(result) }, node: output.value });
      return result;
    };
    if (output.kind === 'state' && output.when !== undefined) {
      const old = overwrites;
      if (old === undefined) throw new Error(`state ${output.name} has a condition but no old value`);
      const bit = holders[output.when];
      make(target, (result) => copyLoop([value, old, bit], size, result));
    } else if (made.has(value) && values[value].home === undefined) values[value] = target;
    else {
      const from =
        overwrites === undefined || made.has(value) ? value : make({ element, size }, (result) => copyLoop([value], size, result));
      make(target, (result) => copyLoop([from], size, result));
    }
  }
}

/** result = value, or select(bit, value, old). */
function copyLoop([value, old, bit]: readonly ValueId[], size: number, result: ValueId): Loop {
  const digit: Digit = { size };
  const at: Form = { terms: new Map(size > 1 ? [[digit, 1]] : []), plus: 0 };
  const place = (id: ValueId, form: Form): Place => ({ value: id, at: form, lookups: [], where: [] });
  const chosen = old !== undefined && bit !== undefined;
  return {
    kept: size > 1 ? [digit] : [],
    reduced: [],
    reads: chosen ? [place(value, at), place(old, at), place(bit, { terms: new Map(), plus: 0 })] : [place(value, at)],
    combine: 'none',
    value: chosen ? { is: 'apply', f: 'select', a: [plain(2), plain(0), plain(1)] } : plain(0),
    after: [],
    finish: plain(0),
    write: place(result, at),
    coordinates: [],
    keys: [],
  };
}

/** For each piece of work, what must run before it: who makes its operands, and who reads the old state that it overwrites. */
export function orderEdges(graph: Graph): Set<number>[] {
  const { values, works } = graph;
  const maker = new Map(works.map(({ work }, k) => [resultOf(work), k]));
  const readers = new Map<ValueId, number[]>();
  works.forEach(({ work }, k) => {
    for (const value of readsOf(work)) readers.set(value, [...(readers.get(value) ?? []), k]);
  });
  return works.map(({ work }, k) => {
    const before = new Set<number>();
    for (const value of readsOf(work)) if (maker.has(value)) before.add(maker.get(value)!);
    const old = values[resultOf(work)].overwrites;
    if (old !== undefined) for (const reader of readers.get(old) ?? []) if (reader !== k) before.add(reader);
    return before;
  });
}

/** States that cannot be written in place are computed in scratch and copied when all have been read. */
function breakCycles(graph: Graph): Graph {
  const stuck = stuckStates(graph);
  if (stuck.length === 0) return graph;
  const [value] = stuck;
  const values = [...graph.values];
  const { element, size } = values[value];
  const fresh = values.push(values[value]) - 1;
  values[value] = { element, size };
  const { node } = graph.works.find(({ work }) => resultOf(work) === value)!;
  const copy: Work = { is: 'loop', ...copyLoop([value], size, fresh) };
  return breakCycles({ values, works: [...graph.works, { work: copy, node }] });
}

function stuckStates(graph: Graph): ValueId[] {
  const before = orderEdges(graph);
  const onCycle = (start: number): boolean => {
    const seen = new Set<number>();
    const open = [...before[start]];
    for (let k = open.pop(); k !== undefined; k = open.pop()) {
      if (k === start) return true;
      if (!seen.has(k)) open.push(...before[seen.add(k) && k]);
    }
    return false;
  };
  return graph.works.flatMap(({ work }, k) => {
    const value = resultOf(work);
    const { overwrites } = graph.values[value];
    return overwrites !== undefined && (!sameElement(work, overwrites) || onCycle(k)) ? [value] : [];
  });
}

/** Does the work read the old state, if at all, only at the element that it writes? */
function sameElement(work: Work, old: ValueId): boolean {
  if (!readsOf(work).includes(old)) return true;
  if (work.is !== 'loop' || work.reduced.length > 0 || work.write.lookups.length > 0 || !isRead(work.finish)) return false;
  return work.reads.every(
    (place) => place.value !== old || (place.where.length === 0 && place.lookups.length === 0 && sameForm(place.at, work.write.at)),
  );
}

export function sameForm(a: Form, b: Form): boolean {
  return a.plus === b.plus && a.terms.size === b.terms.size && [...a.terms].every(([digit, stride]) => b.terms.get(digit) === stride);
}
