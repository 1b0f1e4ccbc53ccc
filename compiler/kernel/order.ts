/** What must run before what, and states that cannot be written in place: they are computed in scratch and copied when all is read. */
import { copyLoop } from './copy.ts';
import { sameForm } from './form.ts';
import { type Graph, readsOf, resultOf, type Uses, usesOf, type Work } from './graph.ts';
import { isRead, type ValueId } from './loop.ts';

/** For each piece of work, what must run before it: who makes its operands, and who reads the old state that it overwrites. */
export function orderEdges({ values, works }: Graph, { reads, maker, readers }: Uses): Set<number>[] {
  return works.map(({ work }, k) => {
    const before = new Set<number>();
    for (const value of reads[k]) if (maker.has(value)) before.add(maker.get(value)!);
    const old = values[resultOf(work)].overwrites;
    if (old !== undefined) for (const reader of readers.get(old) ?? []) if (reader !== k) before.add(reader);
    return before;
  });
}

/** The same graph without a state that is overwritten before it is read. */
export function breakCycles(graph: Graph): Graph {
  const stuck = stuckStates(graph);
  if (stuck.length === 0) return graph;
  const [value] = stuck;
  const values = [...graph.values];
  const { element, size } = values[value];
  const fresh = values.push(values[value]) - 1;
  values[value] = { element, size };
  const { node, gate } = graph.works.find(({ work }) => resultOf(work) === value)!;
  const copy: Work = { is: 'loop', ...copyLoop([value], size, fresh) };
  return breakCycles({ values, works: [...graph.works, { work: copy, node, gate }] });
}

/** For each piece of work, what must run after it. */
export function reversed(before: readonly ReadonlySet<number>[]): number[][] {
  const after = before.map((): number[] => []);
  before.forEach((needs, k) => {
    for (const need of needs) after[need].push(k);
  });
  return after;
}

/** What can run, one after another; the rest waits for itself. */
export function inOrder(before: readonly ReadonlySet<number>[]): Set<number> {
  const after = reversed(before);
  const missing = before.map(({ size }) => size);
  const done = new Set(missing.flatMap((count, k) => (count === 0 ? [k] : [])));
  for (const k of done) for (const next of after[k]) if (--missing[next] === 0) done.add(next);
  return done;
}

function stuckStates(graph: Graph): ValueId[] {
  const before = orderEdges(graph, usesOf(graph));
  const ordered = inOrder(before);
  const onCycle = (start: number): boolean => {
    if (ordered.has(start)) return false;
    const seen = new Set<number>();
    const open = [...before[start]];
    for (let k = open.pop(); k !== undefined; k = open.pop()) {
      if (k === start) return true;
      if (seen.has(k) || ordered.has(k)) continue;
      seen.add(k);
      open.push(...before[k]);
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
