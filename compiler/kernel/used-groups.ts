/**
 * What belongs to a group without rows is not computed. The gradient by a table is 0 where its group has none, and so is every product of
 * it. A table that only products over groups of rows read is needed where its group has rows, and so are the values that it alone is made
 * of: a table rebuilt from cores is rebuilt where it is used. Both kinds of products get the digit of their group, and multiply nothing
 * where it has no rows: their result is 0 there.
 */
import { coefficient, type Digit } from './form.ts';
import { type Entry, type Graph, type Uses, usesOf } from './graph.ts';
import type { Loop, LoopAccess, Used, ValueId } from './loop.ts';
import { isMultiplication, isProduct } from './tile-shape.ts';

/** The same graph, products with the groups that they may leave out in `used`. */
export function findUsedGroups(graph: Graph): Graph {
  return graph.works.some(({ work }) => work.is === 'loop' && work.rows !== undefined) ? new Finder(graph).run() : graph;
}

/** Along a value, steps of `stride` stand for groups. */
interface Grouped {
  readonly stride: number;
  readonly size: number;
  readonly start: ValueId;
}
const same = (a: Grouped, b: Grouped) => a.stride === b.stride && a.size === b.size && a.start === b.start;

class Finder {
  private readonly values: Graph['values'];
  private readonly works: Entry[];
  private readonly uses: Uses;
  /** Values that are 0 in groups without rows. */
  private readonly zero = new Map<ValueId, Grouped>();

  constructor(graph: Graph) {
    this.values = graph.values;
    this.works = [...graph.works];
    this.uses = usesOf(graph);
  }

  run(): Graph {
    for (let k = 0; k < this.works.length; k++) this.findZeros(k);
    for (let k = this.works.length - 1; k >= 0; k--) this.findNeeded(k);
    return { values: this.values, works: this.works };
  }

  private findZeros(k: number): void {
    const { work } = this.works[k];
    if (work.is !== 'loop') return;
    const { write, rows } = work;
    const found = rows === undefined ? this.zeroDigit(work) : { digit: rows.group, start: rows.start };
    if (found === undefined || !work.kept.includes(found.digit) || write.lookups.length > 0) return;
    this.zero.set(write.value, { stride: coefficient(write.at, found.digit), size: found.digit.size, start: found.start });
    if (rows === undefined) this.works[k] = { ...this.works[k], work: { ...work, used: found } };
  }

  /** The digit that walks the groups of a factor that is 0 where they have no rows. */
  private zeroDigit(loop: Loop): Used | undefined {
    if (!isMultiplication(loop)) return undefined;
    return loop.reads.map((place) => this.usedBy(loop, place, this.zero.get(place.value))).find((used) => used !== undefined);
  }

  private usedBy(loop: Loop, { at, lookups }: LoopAccess, grouped: Grouped | undefined): Used | undefined {
    if (grouped === undefined || lookups.length > 0) return undefined;
    const digit = [...loop.kept, ...loop.reduced].find((own) => own.size === grouped.size && coefficient(at, own) === grouped.stride);
    return digit && { digit, start: grouped.start };
  }

  private findNeeded(k: number): void {
    const { work } = this.works[k];
    if (work.is !== 'loop' || work.used !== undefined || work.rows !== undefined || !isProduct(work)) return;
    const grouped = this.neededOf(work.write.value);
    if (grouped === undefined || !isRowMajor(work.write, grouped)) return;
    const used = this.usedBy({ ...work, reduced: [] }, work.write, grouped);
    if (used !== undefined) this.works[k] = { ...this.works[k], work: { ...work, used } };
  }

  /** The groups outside of which nobody reads the value, or only beside a factor that is 0 there. */
  private neededOf(value: ValueId): Grouped | undefined {
    const readers = this.uses.readers.get(value) ?? [];
    if (this.values[value].home !== undefined || readers.length === 0) return undefined;
    const found = readers.flatMap((reader): (Grouped | undefined)[] => {
      const { work } = this.works[reader];
      if (work.is !== 'loop' || !isMultiplication(work)) return [undefined];
      return work.reads.filter((place) => place.value === value).map((place) => this.readOf(work, place));
    });
    const [first] = found;
    return first !== undefined && found.every((own) => own !== undefined && same(own, first)) ? first : undefined;
  }

  private readOf(loop: Loop, place: LoopAccess): Grouped | undefined {
    const used: Used | undefined =
      loop.rows === undefined ? (loop.used ?? this.zeroDigit(loop)) : { digit: loop.rows.group, start: loop.rows.start };
    const stride = used === undefined || place.lookups.length > 0 ? 0 : coefficient(place.at, used.digit);
    return used === undefined || stride === 0 ? undefined : { stride, size: used.digit.size, start: used.start };
  }
}

/** Does everything that belongs to one group lie within one stride? */
function isRowMajor({ at }: LoopAccess, { stride, size }: Grouped): boolean {
  return [...at.terms].every(
    ([digit, own]: [Digit, number]) => own === stride || own * digit.size <= stride || own % (stride * size) === 0,
  );
}
