/** Works become clusters, one kernel each: what passes between the loops of a cluster never reaches memory. */
import type { Target } from '../values/target.ts';
import { sameForm } from './form.ts';
import { type Graph, resultOf, type Uses } from './graph.ts';
import { Heap } from './heap.ts';
import type { ValueId } from './loop.ts';
import { inOrder, orderEdges, reversed } from './order.ts';
import { type Pattern, Patterns } from './pattern.ts';
import { type Slots, type Templates, union } from './template.ts';

export interface Cluster {
  /** Positions in `Graph.works`. */
  readonly works: readonly number[];
  /** None where it is one work alone that fits no other. */
  readonly pattern: Pattern | undefined;
  readonly slots: Slots;
}

/** Greedy: first rows and points melt, then pointwise loops become epilogues of contractions, as long as something changes. */
export function clustersOf(graph: Graph, uses: Uses, templates: Templates, target: Target): Cluster[] {
  const fuser = new Fuser(graph, uses, templates, target);
  for (const form of ['rows', 'tiles'] as const) while (fuser.pass(form));
  return fuser.clusters();
}

class Fuser {
  private readonly graph: Graph;
  private readonly uses: Uses;
  private readonly target: Target;
  private readonly patterns: Patterns;
  private readonly owner: Cluster[];
  /** By work: what must run after it. */
  private readonly after: readonly (readonly number[])[];
  /** Clusters in an order that respects what must run before what, with gaps; by work, where its cluster stands. */
  private readonly order: (Cluster | undefined)[];
  private readonly rank: number[];
  /** By work: who makes what it reads. */
  private readonly makers: readonly (readonly number[])[];
  /** Pairs of works whose clusters do not fit; they are tried again only when one of the clusters has grown. */
  private readonly refused = new Map<Cluster, Set<Cluster>>();

  constructor(graph: Graph, uses: Uses, templates: Templates, target: Target) {
    this.graph = graph;
    this.uses = uses;
    this.target = target;
    this.patterns = new Patterns(target);
    this.owner = graph.works.map(({ work }, k): Cluster => {
      if (work.is !== 'loop') return { works: [k], pattern: undefined, slots: { values: [], streams: [] } };
      const { template, slots } = templates.of(work);
      return { works: [k], pattern: this.patterns.of(template), slots };
    });
    const before = orderEdges(graph, uses);
    this.after = reversed(before);
    const order = [...inOrder(before)];
    this.order = order.map((k) => this.owner[k]);
    this.rank = [];
    order.forEach((k, rank) => {
      this.rank[k] = rank;
    });
    this.makers = uses.reads.map((values) => values.flatMap((value) => uses.maker.get(value) ?? []));
  }

  clusters(): Cluster[] {
    return [...new Set(this.owner)];
  }

  /** Tries every pair of a maker and a reader once; true if some were joined. */
  pass(form: 'rows' | 'tiles'): boolean {
    let changed = false;
    this.makers.forEach((makers, k) => {
      for (const from of makers) if (this.tryJoin(this.owner[from], this.owner[k], form)) changed = true;
    });
    return changed;
  }

  private tryJoin(first: Cluster, second: Cluster, form: 'rows' | 'tiles'): boolean {
    if (first === second || first.pattern === undefined || second.pattern === undefined) return false;
    const [own, other] = [first.pattern.shape.form, second.pattern.shape.form];
    if ((own === 'tiles') !== (form === 'tiles') || other === 'tiles') return false;
    if (this.refused.get(first)?.has(second)) return false;
    const joined = this.joined(first, first.pattern, second, second.pattern);
    const behind = joined && this.behind(first, second);
    if (joined === undefined || behind === undefined) {
      if (!this.refused.has(first)) this.refused.set(first, new Set());
      this.refused.get(first)!.add(second);
      return false;
    }
    this.place(joined, first, second, behind);
    return true;
  }

  private joined(first: Cluster, own: Pattern, second: Cluster, other: Pattern): Cluster | undefined {
    if (this.gate(first) !== this.gate(second) || first.works.length + second.works.length > this.target.loops) return undefined;
    const { slots, values, streams } = union(first.slots, second.slots);
    const pattern = this.patterns.joined(own, other, values, streams);
    if (pattern === undefined) return undefined;
    const works = [...first.works, ...second.works];
    if (countBuffers(works, this.graph, this.uses) + (pattern.needsTables ? 1 : 0) > this.target.buffers) return undefined;
    const cluster = { works, pattern, slots };
    return overwritesSafely(cluster, pattern.shape, this.graph) ? cluster : undefined;
  }

  private gate(cluster: Cluster): string | undefined {
    return this.graph.works[cluster.works[0]].gate;
  }

  /** What the first leads to that stands before the second; undefined where this leads to the second: then they cannot be one. */
  private behind(first: Cluster, second: Cluster): ReadonlySet<Cluster> | undefined {
    const end = this.rank[second.works[0]];
    const found = new Set([first]);
    for (const cluster of found) {
      for (const own of cluster.works) {
        for (const work of this.after[own]) {
          if (this.rank[work] < end) found.add(this.owner[work]);
          else if (this.rank[work] === end && cluster !== first) return undefined;
        }
      }
    }
    return found;
  }

  /** Where the second stands; what the first leads to moves behind it, as orders are kept by Pearce and Kelly (2006). */
  private place(joined: Cluster, first: Cluster, second: Cluster, behind: ReadonlySet<Cluster>): void {
    const rankOf = ({ works: [work] }: Cluster) => this.rank[work];
    const end = rankOf(second);
    const start = [...behind].reduce((least, cluster) => (cluster === first ? least : Math.min(least, rankOf(cluster))), end);
    const passed = this.order.slice(start, end).filter((cluster) => cluster !== undefined);
    const moved = [...passed.filter((cluster) => !behind.has(cluster)), joined, ...passed.filter((cluster) => behind.has(cluster))];
    this.order[rankOf(first)] = undefined;
    this.order.fill(undefined, start, end + 1);
    for (const [k, cluster] of moved.entries()) {
      this.order[start + k] = cluster;
      for (const work of cluster.works) {
        this.owner[work] = cluster;
        this.rank[work] = start + k;
      }
    }
  }
}

/** Buffers of values that enter or leave; rank-0 inputs share one. */
function countBuffers(works: readonly number[], graph: Graph, uses: Uses): number {
  const own = new Set(works.map((k) => resultOf(graph.works[k].work)));
  const buffers = new Set<string | number>();
  for (const k of works) {
    for (const value of uses.reads[k]) {
      const { home, size, element } = graph.values[value];
      if (!own.has(value)) buffers.add(size === 1 && home?.space === 'inputs' ? `scalars ${element}` : value);
    }
  }
  for (const value of externalValues(works, graph, uses)) buffers.add(graph.values[value].overwrites ?? value);
  return buffers.size;
}

/** A state is overwritten in a kernel that reads its old value only point by point, in one pass. */
function overwritesSafely({ slots }: Cluster, { form, loops }: Pattern['shape'], { values }: Graph): boolean {
  return loops.every(({ write }) => {
    const { overwrites } = values[slots.values[write.value]];
    if (overwrites === undefined) return true;
    const old = slots.values.indexOf(overwrites);
    const readers = loops.flatMap(({ reads, after }) => [...reads, ...after]).filter((place) => place.value === old);
    if (readers.length === 0) return true;
    return form === 'points' && readers.every(({ at, where, lookups }) => sameForm(at, write.at) && where.length + lookups.length === 0);
  });
}

/** Topological; among those that are ready the one whose last work stands first in the program. */
export function orderClusters(clusters: readonly Cluster[], graph: Graph, uses: Uses): Cluster[] {
  const owner = new Map(clusters.flatMap((cluster) => cluster.works.map((work) => [work, cluster] as const)));
  const before = orderEdges(graph, uses);
  const needs = new Map(clusters.map((cluster) => [cluster, new Set<Cluster>()]));
  before.forEach((edges, work) => {
    const own = owner.get(work)!;
    for (const edge of edges) if (owner.get(edge) !== own) needs.get(own)!.add(owner.get(edge)!);
  });
  const node = (cluster: Cluster) => cluster.works.reduce((last, work) => Math.max(last, graph.works[work].node), 0);
  const wanted = [...clusters].sort((a, b) => node(a) - node(b) || a.works[0] - b.works[0]);
  const position = new Map(wanted.map((cluster, k) => [cluster, k]));
  const after = reversed(wanted.map((cluster) => new Set([...needs.get(cluster)!].map((need) => position.get(need)!))));
  const missing = wanted.map((cluster) => needs.get(cluster)!.size);
  const ready = new Heap<number>((a, b) => a < b);
  missing.forEach((count, k) => {
    if (count === 0) ready.push(k);
  });
  const order: Cluster[] = [];
  for (let k = ready.pop(); k !== undefined; k = ready.pop()) {
    order.push(wanted[k]);
    for (const next of after[k]) if (--missing[next] === 0) ready.push(next);
  }
  if (order.length < wanted.length) throw new Error('kernels wait for one another');
  return order;
}

/** Results that are outputs, or that another cluster reads. */
export function externalValues(works: readonly number[], graph: Graph, uses: Uses): Set<ValueId> {
  const own = new Set(works);
  const results = works.map((k) => resultOf(graph.works[k].work));
  const leaves = (value: ValueId) => graph.values[value].home !== undefined || uses.readers.get(value)?.some((reader) => !own.has(reader));
  return new Set(results.filter(leaves));
}
