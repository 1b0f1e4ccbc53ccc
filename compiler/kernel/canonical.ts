/**
 * An order of works that depends on what they compute and never on how the program lists them: fusion looks at works in this order, so
 * shuffling independent nodes changes no kernel. Labels are hashes refined downwards (what a work is made of) and upwards (who reads
 * it), after Weisfeiler and Leman (1968); works that still tie are alike in both directions.
 */
import { hash } from '../values/hash.ts';
import type { Digit, Form } from './form.ts';
import { type Graph, readsOf, resultOf, usesOf, type Work } from './graph.ts';
import type { Place, ValueId } from './loop.ts';

/** The same graph, works in canonical order: topological, ties by label. */
export function canonical(graph: Graph): Graph {
  const { works, values } = graph;
  const uses = usesOf(graph);
  const made: string[] = [];
  const label = (value: ValueId): string => {
    const own = uses.maker.get(value);
    if (own !== undefined) return made[own];
    const { element, size, home, literal } = values[value];
    return `${element} ${size} ${home?.space ?? ''} ${literal === undefined ? '' : hash(String(literal))}`;
  };
  for (const { work } of works) made.push(hash(textOf(work, label)));
  const readers = works.map(({ work }) => uses.readers.get(resultOf(work)) ?? []);
  const labels = [...made];
  for (let k = works.length - 1; k >= 0; k--) {
    const { home } = values[resultOf(works[k].work)];
    const users = readers[k].map((reader) => `${labels[reader]} ${readsOf(works[reader].work).indexOf(resultOf(works[k].work))}`);
    labels[k] = hash([made[k], home?.space ?? '', ...users.sort()].join());
  }
  const order = sortedTopologically(readers, labels);
  return { values, works: order.map((k) => works[k]) };
}

/** Kahn's algorithm, the ready work of the least label first. */
function sortedTopologically(readers: readonly (readonly number[])[], labels: readonly string[]): number[] {
  const missing = readers.map(() => 0);
  for (const list of readers) for (const reader of list) missing[reader]++;
  const ready = missing.flatMap((count, k) => (count === 0 ? [k] : []));
  const order: number[] = [];
  while (ready.length > 0) {
    const first = ready.reduce((best, k, position) => (labels[k] < labels[ready[best]] ? position : best), 0);
    const [next] = ready.splice(first, 1);
    order.push(next);
    for (const reader of readers[next]) if (--missing[reader] === 0) ready.push(reader);
  }
  return order;
}

function textOf(work: Work, label: (value: ValueId) => string): string {
  if (work.is === 'group') return `group ${work.gives} ${work.groups} ${label(work.keys)}`;
  const digits = work.is === 'arg-top' ? [...work.kept, work.over, work.count] : [...work.kept, ...work.reduced];
  const form = ({ terms, plus }: Form) =>
    `${[...terms].map(([digit, stride]) => `${digits.indexOf(digit as Digit)}*${stride}`).sort()}+${plus}`;
  const walk = (place: Place): string =>
    [
      form(place.at),
      ...place.where.map(({ at, size }) => `${form(at)}<${size}`),
      ...place.lookups.map(({ ids, stride, size }) => `${read(ids)}*${stride}<${size}`),
    ].join();
  const read = (place: Place): string => `${label(place.value)}[${walk(place)}]`;
  const sizes = digits.map(({ size }) => size).join();
  if (work.is === 'arg-top') return `arg-top ${sizes} ${read(work.read)} ${walk(work.write)}`;
  const { reads, after, kept, coordinates, keys } = work;
  const scalars = JSON.stringify([work.combine, work.value, work.finish]);
  const positions = [...coordinates.map(form), ...keys.map(({ row, column }) => `${form(row)} ${form(column)}`)];
  return [sizes, kept.length, scalars, ...reads.map(read), 'after', ...after.map(read), 'to', walk(work.write), ...positions].join(' ');
}
