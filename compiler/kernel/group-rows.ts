/**
 * Products that look up a table for each row: x(n, in) * W(ids[n], out, in), its gradient by x, and the gradient by W, which adds into
 * the tables looked up. Rows that look up one table are brought together by a stable counting sort, so that each table meets a matrix of
 * its own rows: tables that no row asks for cost nothing, a product is one kernel, and sums keep the order of the rows. Experts of a
 * mixture are what it is for, but all that it sees is a nest with a lookup.
 */
import { offsetsOf } from '../values/tables.ts';
import type { Target } from '../values/target.ts';
import { coefficient, type Digit, type Form, nothing, single, sizeOf } from './form.ts';
import { type Entry, type Graph, type GroupWork, resultOf, type Value } from './graph.ts';
import { affineStride } from './kernel-builder.ts';
import { isRead, type Lookup, type Loop, type LoopAccess, type Rows, type ValueId } from './loop.ts';
import { prune } from './simplify.ts';
import { isMultiplication, tileShape } from './tile-shape.ts';

/** The same graph; ids are sorted right after what makes them. */
export function groupRows(graph: Graph, target: Target): Graph {
  return new Grouping(graph, target).run();
}

/** The one lookup of a product, and the digits of its rows, outermost first. */
interface Route {
  readonly table: LoopAccess;
  readonly lookup: Lookup;
  readonly rows: readonly Digit[];
}
/** Ids in groups: the works that sort them, wanted by some product. */
interface Sorted {
  readonly order: ValueId;
  readonly start: ValueId;
  readonly works: readonly Entry[];
  wanted: boolean;
}

class Grouping {
  private readonly values: Value[];
  private readonly target: Target;
  private readonly works: readonly Entry[];
  private readonly maker: ReadonlyMap<ValueId, Entry>;
  /** By ids and number of groups. */
  private readonly sorted = new Map<ValueId, Map<number, Sorted>>();

  constructor(graph: Graph, target: Target) {
    this.target = target;
    this.values = [...graph.values];
    this.works = graph.works;
    this.maker = new Map(graph.works.map((entry) => [resultOf(entry.work), entry]));
  }

  run(): Graph {
    const works = this.works.map((entry) => this.grouped(entry));
    const wanted = (ids: ValueId) => [...(this.sorted.get(ids)?.values() ?? [])].filter((own) => own.wanted).flatMap((own) => own.works);
    const made = [...this.sorted.keys()].filter((ids) => !this.maker.has(ids)).flatMap(wanted);
    const moved = new Set([...this.sorted.keys()].flatMap(wanted));
    const rest = works.flat().filter((entry) => !moved.has(entry));
    return { values: this.values, works: [...made, ...rest.flatMap((entry) => [entry, ...wanted(resultOf(entry.work))])] };
  }

  private grouped(entry: Entry): Entry[] {
    const { work } = entry;
    if (work.is !== 'loop') return [entry];
    const route = this.routeOf(work);
    if (route === undefined) return [entry];
    const summed = route.table === work.write ? [] : work.reduced.filter((digit) => route.rows.includes(digit));
    const loops = summed.length === 0 ? [this.byGroup(work, route, entry)] : this.summedAfter(work, summed, route, entry);
    if (loops.includes(undefined)) return [entry];
    return (loops as Loop[]).map((loop) => ({ ...entry, work: { is: 'loop', ...loop } }));
  }

  private routeOf(loop: Loop): Route | undefined {
    if (!isMultiplication(loop) || !isRead(loop.finish) || loop.write.where.length > 0) return undefined;
    const tables = [...loop.reads, loop.write].filter(({ lookups }) => lookups.length > 0);
    if (tables.length !== 1 || tables[0].lookups.length !== 1) return undefined;
    const [table] = tables;
    const [lookup] = table.lookups;
    const rows = this.rowsOf(lookup.ids);
    if (rows === undefined || rows.some((digit) => table.at.terms.has(digit)) || sizeOf([...table.at.terms.keys()]) < this.target.table)
      return undefined;
    return table === loop.write || this.isInside(lookup) ? { table, lookup, rows } : undefined;
  }

  /** The digits that walk all ids, outermost first; undefined where they walk them in another order, or not all. */
  private rowsOf({ value, at, lookups, where }: LoopAccess): readonly Digit[] | undefined {
    const digits = [...at.terms.keys()].sort((a, b) => coefficient(at, b) - coefficient(at, a));
    const whole = affineStride(at, { index: '', digits }) === 1 && sizeOf(digits) === this.values[value].size;
    return whole && at.plus === 0 && lookups.length === 0 && where.length === 0 ? digits : undefined;
  }

  /** Are all ids in [0, size), because they are positions of a greatest element along an axis of that size? */
  private isInside({ ids, size }: Lookup): boolean {
    const work = this.maker.get(ids.value)?.work;
    return work?.is === 'arg-top' && work.over.size <= size;
  }

  /** A product whose rows are summed too (an input that several tables see): row by row first, then the sum. */
  private summedAfter(loop: Loop, summed: readonly Digit[], route: Route, entry: Entry): [Loop | undefined, Loop] {
    const kept = [...loop.kept, ...summed];
    const walked = [...route.rows, ...kept.filter((digit) => !route.rows.includes(digit))];
    const partial = this.fresh(walked);
    const reduced = loop.reduced.filter((digit) => !summed.includes(digit));
    const product = this.byGroup({ ...loop, kept, reduced, write: partial }, route, entry);
    const sum: Loop = { ...loop, reduced: summed, reads: [partial], value: { is: 'read', operand: 0 }, within: undefined };
    return [product, prune(sum)];
  }

  /** A value of its own that the digits walk row-major. */
  private fresh(digits: readonly Digit[]): LoopAccess {
    const terms = new Map<Digit, number>();
    digits.reduceRight((stride, digit) => {
      terms.set(digit, stride);
      return stride * digit.size;
    }, 1);
    return { value: this.values.push({ element: 'f32', size: sizeOf(digits) }) - 1, at: { terms, plus: 0 }, lookups: [], where: [] };
  }

  /** The loop over groups and their rows; undefined where it is no product of matrices. */
  private byGroup(loop: Loop, route: Route, entry: Entry): Loop | undefined {
    const { table, lookup, rows } = route;
    const sorted = this.sortedBy(lookup, entry);
    const group: Digit = { size: lookup.size };
    const row: Digit = { size: sizeOf(rows) };
    const other = (digits: readonly Digit[]) => digits.filter((digit) => !rows.includes(digit));
    const change = (place: LoopAccess) => (place === table ? tableOf(place, group) : this.byRow(place, rows, row, sorted.order));
    const scatters = table === loop.write;
    const own: Loop = {
      ...loop,
      kept: scatters ? [group, ...other(loop.kept)] : [group, row, ...other(loop.kept)],
      reduced: scatters ? [row, ...other(loop.reduced)] : other(loop.reduced),
      reads: loop.reads.map(change),
      write: change(loop.write),
      within: undefined,
      rows: { group, row, start: sorted.start } satisfies Rows,
    };
    if (tileShape([own], this.target) === undefined) return undefined;
    sorted.wanted = true;
    return own;
  }

  /** The same place found through the order of the rows: the row's position, times a stride or by a table of offsets. */
  private byRow(place: LoopAccess, rows: readonly Digit[], row: Digit, order: ValueId): LoopAccess {
    const along = rows.filter((digit) => place.at.terms.has(digit));
    if (along.length === 0) return place;
    const at: Form = { terms: new Map([...place.at.terms].filter(([digit]) => !rows.includes(digit))), plus: place.at.plus };
    const stride = affineStride(place.at, { index: '', digits: rows });
    const position: Lookup = { ids: plain(order, single(row)), stride: stride ?? 1, size: row.size, inside: true };
    if (stride !== undefined) return { ...place, at, lookups: [position] };
    const offsets = offsetsOf(rows.map((digit) => [digit.size, coefficient(place.at, digit)]));
    const table = this.values.push({ element: 'i32', size: row.size, literal: offsets }) - 1;
    const ids: LoopAccess = { ...plain(table, nothing), lookups: [position] };
    return {
      ...place,
      at,
      lookups: [{ ids, stride: 1, size: offsets.reduce((most, offset) => Math.max(most, offset), 0) + 1, inside: true }],
    };
  }

  private sortedBy({ ids: { value }, size }: Lookup, { node }: Entry): Sorted {
    const known = this.sorted.get(value)?.get(size);
    if (known !== undefined) return known;
    const works = (['order', 'start'] as const).map((gives): Entry => {
      const same = ({ work }: Entry) => work.is === 'group' && work.keys === value && work.groups === size && work.gives === gives;
      return this.works.find(same) ?? { work: this.sorting(value, size, gives), node: this.maker.get(value)?.node ?? node };
    });
    const [order, start] = works.map(({ work }) => resultOf(work));
    const sorted: Sorted = { order, start, works, wanted: false };
    if (!this.sorted.has(value)) this.sorted.set(value, new Map());
    this.sorted.get(value)!.set(size, sorted);
    return sorted;
  }
  private sorting(keys: ValueId, groups: number, gives: GroupWork['gives']): GroupWork {
    const size = gives === 'order' ? this.values[keys].size : groups + 1;
    const [result, scratch] = [size, groups + 1].map((own) => this.values.push({ element: 'i32', size: own }) - 1);
    return { is: 'group', gives, groups, keys, result, scratch };
  }
}

function plain(value: ValueId, at: Form): LoopAccess {
  return { value, at, lookups: [], where: [] };
}

/** The table of a group, in place of a looked-up one. */
function tableOf(place: LoopAccess, group: Digit): LoopAccess {
  const [{ stride }] = place.lookups;
  const terms = new Map(place.at.terms);
  if (group.size > 1) terms.set(group, stride);
  return { ...place, at: { terms, plus: place.at.plus }, lookups: [] };
}
