/**
 * An order of works that depends on what they compute and never on how the program lists them: fusion looks at works in this order, so
 * shuffling independent nodes changes no kernel. Labels are hashes refined downwards (what a work is made of) and upwards (who reads
 * it), after Weisfeiler and Leman (1968); works that still tie are alike in both directions. Sizes decide only where structure ties, so
 * that one program at two sizes fuses alike and has the same kernels.
 */
import { hash } from '../values/hash.ts';
import type { Digit, Form } from './form.ts';
import { type Graph, resultOf, type Uses, usesOf, type Work } from './graph.ts';
import { Heap } from './heap.ts';
import type { LoopAccess, ValueId } from './loop.ts';
import type { Template, Templates } from './template.ts';

/** The same graph, works in canonical order: topological, ties by label. */
export function inCanonicalOrder(graph: Graph, templates: Templates): Graph {
  const { works, values } = graph;
  const uses = usesOf(graph);
  const readers = works.map(({ work }) => uses.readers.get(resultOf(work)) ?? []);
  const texts = new Texts(templates);
  const structure = labelsOf(graph, uses, readers, texts, false);
  const isTied = new Set(structure).size < structure.length;
  const sized = isTied ? labelsOf(graph, uses, readers, texts, true) : [];
  const labels = isTied ? structure.map((label, k) => `${label} ${sized[k]}`) : structure;
  return { values, works: sortedTopologically(readers, labels).map((k) => works[k]) };
}

/** One label for each work, with or without the sizes and strides that enter it. */
function labelsOf(
  { works, values }: Graph,
  { maker, reads }: Uses,
  readers: readonly (readonly number[])[],
  texts: Texts,
  sizes: boolean,
): readonly string[] {
  const made: string[] = [];
  const leaves = new Map<ValueId, string>();
  const label = (value: ValueId): string => {
    const own = maker.get(value);
    if (own !== undefined) return made[own];
    const known = leaves.get(value);
    if (known !== undefined) return known;
    const { element, size, home, literal } = values[value];
    const contents = sizes ? `${size} ${literal === undefined ? '' : hash(String(literal))}` : literal !== undefined;
    const text = `${element} ${home?.space ?? ''} ${contents}`;
    leaves.set(value, text);
    return text;
  };
  for (const { work } of works) made.push(hash(texts.of(work, label, sizes)));
  const labels = [...made];
  for (let k = works.length - 1; k >= 0; k--) {
    const result = resultOf(works[k].work);
    const users = readers[k].map((reader) => `${labels[reader]} ${reads[reader].indexOf(result)}`);
    labels[k] = hash([made[k], values[result].home?.space ?? '', ...users.sort()].join());
  }
  return labels;
}

/** Kahn's algorithm, the ready work of the least label first, of equal ones the one that was ready first. */
function sortedTopologically(readers: readonly (readonly number[])[], labels: readonly string[]): number[] {
  const missing = readers.map(() => 0);
  for (const list of readers) for (const reader of list) missing[reader]++;
  const since: number[] = [];
  const ready = new Heap<number>((a, b) => labels[a] < labels[b] || (labels[a] === labels[b] && since[a] < since[b]));
  let count = 0;
  const enter = (k: number) => {
    since[k] = count++;
    ready.push(k);
  };
  missing.forEach((waits, k) => {
    if (waits === 0) enter(k);
  });
  const order: number[] = [];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    order.push(next);
    for (const reader of readers[next]) if (--missing[reader] === 0) enter(reader);
  }
  return order;
}

/** Texts of works around the labels of what they read: those of a loop are its template's. */
class Texts {
  private readonly templates: Templates;
  private readonly pieces = [new Map<Template, readonly string[]>(), new Map<Template, readonly string[]>()] as const;

  constructor(templates: Templates) {
    this.templates = templates;
  }

  of(work: Work, label: (value: ValueId) => string, sizes: boolean): string {
    if (work.is !== 'loop') return textOf(work, '', label, sizes);
    const { template, slots } = this.templates.of(work);
    const pieces = this.piecesOf(template, sizes);
    let text = pieces[0];
    for (let k = 1; k < pieces.length; k += 2) text += label(slots.values[Number(pieces[k])]) + pieces[k + 1];
    return text;
  }

  /** Text and slots in turns. */
  private piecesOf(template: Template, sizes: boolean): readonly string[] {
    const known = this.pieces[sizes ? 1 : 0].get(template);
    if (known !== undefined) return known;
    const { loop } = template;
    const scalars = JSON.stringify([loop.combine, loop.value, loop.finish]);
    const pieces = textOf({ is: 'loop', ...loop }, scalars, (slot) => `\0${slot}\0`, sizes).split('\0');
    this.pieces[sizes ? 1 : 0].set(template, pieces);
    return pieces;
  }
}

function textOf(work: Work, scalars: string, label: (value: ValueId) => string, withSizes: boolean): string {
  const number = (value: number) => (withSizes || Math.abs(value) <= 1 ? value : 'n');
  if (work.is === 'group') return `group ${work.gives} ${number(work.groups)} ${label(work.keys)}`;
  if (work.is === 'largest') return `largest ${number(work.count)} ${label(work.of)}`;
  const digits = work.is === 'arg-top' ? [...work.kept, work.over, work.count] : [...work.kept, ...work.reduced];
  const form = ({ terms, plus }: Form) =>
    `${[...terms].map(([digit, stride]) => `${digits.indexOf(digit as Digit)}*${number(stride)}`).sort()}+${number(plus)}`;
  const walk = (place: LoopAccess): string =>
    [
      form(place.at),
      ...place.where.map(({ at, size }) => `${form(at)}<${number(size)}`),
      ...place.lookups.map(({ ids, stride, size, inside }) => `${read(ids)}*${number(stride)}<${inside ?? number(size)}`),
    ].join();
  const read = (place: LoopAccess): string => `${label(place.value)}[${walk(place)}]`;
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
