/**
 * An order of works that depends on what they compute and never on how the program lists them: fusion looks at works in this order, so
 * shuffling independent nodes changes no kernel. Labels are hashes refined downwards (what a work is made of) and upwards (who reads
 * it), after Weisfeiler and Leman (1968); works that still tie are alike in both directions. Sizes decide only where structure ties, so
 * that one program at two sizes fuses alike and has the same kernels.
 */
import { hash } from '../values/hash.ts';
import type { Digit, Form } from './form.ts';
import { type Graph, resultOf, type Uses, usesOf, type Work } from './graph.ts';
import type { Place, ValueId } from './loop.ts';

/** The same graph, works in canonical order: topological, ties by label. */
export function canonical(graph: Graph): Graph {
  const { works, values } = graph;
  const uses = usesOf(graph);
  const readers = works.map(({ work }) => uses.readers.get(resultOf(work)) ?? []);
  const scalars = works.map(({ work }) => (work.is === 'loop' ? JSON.stringify([work.combine, work.value, work.finish]) : ''));
  const structure = labelsOf(graph, uses, readers, scalars, false);
  const isTied = new Set(structure).size < structure.length;
  const sized = isTied ? labelsOf(graph, uses, readers, scalars, true) : [];
  const labels = isTied ? structure.map((label, k) => `${label} ${sized[k]}`) : structure;
  return { values, works: sortedTopologically(readers, labels).map((k) => works[k]) };
}

/** One label for each work, with or without the sizes and strides that enter it. */
function labelsOf(
  { works, values }: Graph,
  { maker, reads }: Uses,
  readers: readonly (readonly number[])[],
  scalars: readonly string[],
  sizes: boolean,
): readonly string[] {
  const made: string[] = [];
  const label = (value: ValueId): string => {
    const own = maker.get(value);
    if (own !== undefined) return made[own];
    const { element, size, home, literal } = values[value];
    const contents = sizes ? `${size} ${literal === undefined ? '' : hash(String(literal))}` : literal !== undefined;
    return `${element} ${home?.space ?? ''} ${contents}`;
  };
  for (const [k, { work }] of works.entries()) made.push(hash(textOf(work, scalars[k], label, sizes)));
  const labels = [...made];
  for (let k = works.length - 1; k >= 0; k--) {
    const { home } = values[resultOf(works[k].work)];
    const users = readers[k].map((reader) => `${labels[reader]} ${reads[reader].indexOf(resultOf(works[k].work))}`);
    labels[k] = hash([made[k], home?.space ?? '', ...users.sort()].join());
  }
  return labels;
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

function textOf(work: Work, scalars: string, label: (value: ValueId) => string, withSizes: boolean): string {
  const number = (value: number) => (withSizes || Math.abs(value) <= 1 ? value : 'n');
  if (work.is === 'group') return `group ${work.gives} ${number(work.groups)} ${label(work.keys)}`;
  const digits = work.is === 'arg-top' ? [...work.kept, work.over, work.count] : [...work.kept, ...work.reduced];
  const form = ({ terms, plus }: Form) =>
    `${[...terms].map(([digit, stride]) => `${digits.indexOf(digit as Digit)}*${number(stride)}`).sort()}+${number(plus)}`;
  const walk = (place: Place): string =>
    [
      form(place.at),
      ...place.where.map(({ at, size }) => `${form(at)}<${number(size)}`),
      ...place.lookups.map(({ ids, stride, size, inside }) => `${read(ids)}*${number(stride)}<${inside ?? number(size)}`),
    ].join();
  const read = (place: Place): string => `${label(place.value)}[${walk(place)}]`;
  const sizes = digits.map(({ size }) => number(size)).join();
  if (work.is === 'arg-top') return `arg-top ${sizes} ${read(work.read)} ${walk(work.write)}`;
  const { reads, after, kept, coordinates, keys, rows, used } = work;
  const positions = [...coordinates.map(form), ...keys.map(({ row, column }) => `${form(row)} ${form(column)}`)];
  const together = [
    ...(rows === undefined ? [] : [`rows ${digits.indexOf(rows.group)} ${digits.indexOf(rows.row)} ${label(rows.start)}`]),
    ...(used === undefined ? [] : [`used ${digits.indexOf(used.digit)} ${label(used.start)}`]),
  ];
  const places = [...reads.map(read), 'after', ...after.map(read), 'to', walk(work.write)];
  return [sizes, kept.length, scalars, ...places, ...positions, ...together].join(' ');
}
