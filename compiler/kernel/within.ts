/**
 * Where the terms of a product count. A mask is a comparison of coordinates: `select(u <= t, x, 0)` is 0 elsewhere, softmax of scores
 * masked with -1e30 is too, and a value that is only read behind such a selection need not be computed elsewhere. Products get these
 * regions as linear forms that are negative outside, and tiles leave out what lies there. Nothing here knows what attention is.
 */
import type { Scalar } from '../values/program.ts';
import { align, coefficient, type Digit, type Form, sameForm } from './form.ts';
import { type Entry, type Graph, readsOf, type Uses, usesOf } from './graph.ts';
import { isRead, type Loop, type LoopAccess, type ValueId } from './loop.ts';
import { isProduct } from './tile-shape.ts';

/** Forms that are at least 0 inside the region; none: everywhere. */
type Region = readonly Form[];
/** Scores below this are masked: scores of models stay far above. */
const MASKED = -1e29;

/** The same graph, products with their regions in `within`. */
export function findRegions(graph: Graph): Graph {
  const finder = new Finder(graph);
  const works = graph.works.map((entry): Entry => {
    const { work } = entry;
    if (work.is !== 'loop' || !isProduct(work)) return entry;
    const within = finder.regionOf(work);
    return within.length === 0 ? entry : { ...entry, work: { ...work, within } };
  });
  return { values: graph.values, works };
}

class Finder {
  private readonly graph: Graph;
  private readonly uses: Uses;

  constructor(graph: Graph) {
    this.graph = graph;
    this.uses = usesOf(graph);
  }

  /** Terms outside are 0, or make a result that nobody reads. */
  regionOf(loop: Loop): Region {
    return union(...loop.reads.map((place) => this.zeroOfRead(place)), this.needed(loop));
  }

  private makerOf(value: ValueId): Loop | undefined {
    const position = this.uses.maker.get(value);
    const work = position === undefined ? undefined : this.graph.works[position].work;
    return work?.is === 'loop' && work.write.lookups.length === 0 ? work : undefined;
  }

  /** Outside of it the place reads 0. */
  private zeroOfRead(place: LoopAccess): Region {
    const maker = this.makerOf(place.value);
    if (maker === undefined || maker.combine !== 'none') return [];
    return moved(this.zeroOf(maker, maker.value), maker.write, place);
  }

  /** Outside of it the scalar is 0. */
  private zeroOf(loop: Loop, value: Scalar): Region {
    if (value.is === 'read') return this.zeroOfRead(loop.reads[value.operand]);
    if (value.is !== 'apply') return [];
    const [x, y, z] = value.a;
    switch (value.f) {
      case 'select':
        if (z.is === 'number' && z.value === 0) return union(conditionOf(loop, x), this.zeroOf(loop, y));
        return common(this.zeroOf(loop, y), this.zeroOf(loop, z));
      case 'mul':
        return union(this.zeroOf(loop, x), this.zeroOf(loop, y));
      case 'neg':
      case 'div':
        return this.zeroOf(loop, x);
      case 'exp':
        return x.is === 'apply' && x.f === 'sub' ? this.vanishes(loop, x.a[0], x.a[1]) : [];
      default:
        return [];
    }
  }

  /** exp(scores - their maximum along a row): 0 where the scores are masked, if every row has one that is not. */
  private vanishes(loop: Loop, score: Scalar, top: Scalar): Region {
    if (score.is !== 'read' || top.is !== 'read') return [];
    const [scores, tops] = [loop.reads[score.operand], loop.reads[top.operand]];
    const [mask, highest] = [this.makerOf(scores.value), this.makerOf(tops.value)];
    if (mask === undefined || highest === undefined || mask.combine !== 'none' || highest.combine !== 'max') return [];
    if (!isRead(highest.value) || !isRead(highest.finish) || highest.reads[0].value !== scores.value) return [];
    const { value } = mask;
    if (value.is !== 'apply' || value.f !== 'select' || value.a[2].is !== 'number' || value.a[2].value > MASKED) return [];
    const across = bridge(mask.write, highest.reads[0]);
    const here = bridge(mask.write, scores);
    const back = bridge(highest.write, tops);
    const sameRow = mask.kept.every((digit) => {
      const over = across.get(digit);
      return over !== undefined && (highest.reduced.includes(over) || back.get(over) === here.get(digit));
    });
    const free = new Set(mask.kept.filter((digit) => highest.reduced.includes(across.get(digit)!)));
    const region = sameRow ? conditionOf(mask, value.a[0]) : [];
    return moved(
      region.filter((form) => isMet(form, free)),
      mask.write,
      scores,
    );
  }

  /** Outside of it nobody reads the result. */
  private needed(loop: Loop): Region {
    const value = loop.write.value;
    if (this.graph.values[value].home !== undefined || !isRead(loop.finish)) return [];
    const regions = (this.uses.readers.get(value) ?? []).map((reader): Region => {
      const { work } = this.graph.works[reader];
      if (work.is !== 'loop' || work.combine !== 'none' || !readsOf(work).includes(value)) return [];
      const places = work.reads.flatMap((place, k) => (place.value === value ? [{ place, k }] : []));
      if (places.length !== 1) return [];
      const [{ place, k }] = places;
      return moved(guardOf(work, work.value, k), place, loop.write);
    });
    return regions.length === 0 ? [] : regions.reduce(common);
  }
}

/** The region of a condition over coordinates: forms that it demands to be at least 0. */
function conditionOf(loop: Loop, condition: Scalar): Region {
  if (condition.is !== 'apply') return [];
  const [x, y] = condition.a;
  if (condition.f === 'and') return union(conditionOf(loop, x), conditionOf(loop, y));
  if ((condition.f !== 'le' && condition.f !== 'lt') || x.is !== 'coordinate' || y.is !== 'coordinate') return [];
  const [low, high] = [loop.coordinates[x.axis], loop.coordinates[y.axis]];
  const terms = new Map(high.terms);
  for (const [digit, stride] of low.terms) terms.set(digit, (terms.get(digit) ?? 0) - stride);
  return [{ terms, plus: high.plus - low.plus - (condition.f === 'lt' ? 1 : 0) }];
}

/** The region outside of which the scalar does not look at operand k. */
function guardOf(loop: Loop, value: Scalar, k: number): Region {
  if (value.is !== 'apply') return [];
  const parts = value.a.flatMap((part, position) => {
    if (!reads(part, k)) return [];
    const own = value.f === 'select' && position === 1 ? conditionOf(loop, value.a[0]) : [];
    return [union(own, guardOf(loop, part, k))];
  });
  return parts.length === 0 ? [] : parts.reduce(common);
}
function reads(value: Scalar, k: number): boolean {
  return value.is === 'apply' ? value.a.some((part) => reads(part, k)) : isRead(value, k);
}

/** Is the form at least 0 somewhere along the free digits, wherever the others stand? */
function isMet(form: Form, free: ReadonlySet<Digit>): boolean {
  let worst = form.plus;
  for (const [digit, stride] of form.terms) {
    const far = stride * (digit.size - 1);
    worst += free.has(digit) ? Math.max(0, far) : Math.min(0, far);
  }
  return worst >= 0;
}

function union(...regions: readonly Region[]): Region {
  const all = regions.flat();
  return all.filter((form, k) => all.findIndex((other) => sameForm(other, form)) === k);
}
function common(a: Region, b: Region): Region {
  return a.filter((form) => b.some((other) => sameForm(form, other)));
}

/** Digits of one access that stand for digits of the other, both of the same value. */
function bridge(from: LoopAccess, to: LoopAccess): ReadonlyMap<Digit, Digit> {
  if (from.lookups.length + to.lookups.length + from.where.length + to.where.length > 0) return new Map();
  const pairing = align(from.at, to.at);
  const found = new Map<Digit, Digit>();
  for (const [digit, parts] of pairing?.first ?? []) {
    for (const [other, others] of pairing!.second) {
      if (parts.length === 1 && others.length === 1 && parts[0].digit === others[0].digit) found.set(digit, other);
    }
  }
  return found;
}

/** A region seen through another access of the value that it belongs to. */
function moved(region: Region, from: LoopAccess, to: LoopAccess): Region {
  if (region.length === 0) return region;
  const digits = bridge(from, to);
  return region.flatMap((form): Region => {
    const terms = new Map<Digit, number>();
    for (const digit of form.terms.keys()) if (digits.has(digit)) terms.set(digits.get(digit)!, coefficient(form, digit));
    return terms.size === form.terms.size ? [{ terms, plus: form.plus }] : [];
  });
}
