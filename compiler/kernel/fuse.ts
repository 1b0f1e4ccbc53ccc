/** Works become clusters, one kernel each: what passes between the loops of a cluster never reaches memory. */
import type { Target } from '../values/target.ts';
import { agreeInPoints, type RowShape, rowShape } from './cluster.ts';
import { sameForm } from './form.ts';
import { type Graph, resultOf, type Uses, type Work } from './graph.ts';
import { join } from './join.ts';
import type { Draft } from './kernel-builder.ts';
import type { ValueId } from './loop.ts';
import { inOrder, orderEdges, reversed } from './order.ts';
import type { TablePool } from './table-pool.ts';
import { type TileShape, tileShape } from './tile-shape.ts';
import { writeRows } from './write-rows.ts';
import { writeScatter } from './write-scatter.ts';
import { writeArgTop, writeGroup } from './write-special.ts';
import { writeTiles } from './write-tiles.ts';

export interface Cluster {
  /** Positions in `Graph.works`. */
  readonly works: readonly number[];
  readonly shape: RowShape | TileShape | { readonly form: 'other'; readonly work: Work };
}

/** Greedy: first rows and points melt, then pointwise loops become epilogues of contractions, as long as something changes. */
export function clustersOf(graph: Graph, uses: Uses, target: Target): Cluster[] {
  const fuser = new Fuser(graph, uses, target);
  for (const form of ['rows', 'tiles'] as const) while (fuser.pass(form));
  return fuser.clusters();
}

class Fuser {
  private readonly graph: Graph;
  private readonly uses: Uses;
  private readonly target: Target;
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

  constructor(graph: Graph, uses: Uses, target: Target) {
    this.graph = graph;
    this.uses = uses;
    this.target = target;
    this.owner = graph.works.map(({ work }, k) => ({ works: [k], shape: shapeOf(work, target) }));
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
    if (first === second || first.shape.form === 'other' || second.shape.form === 'other') return false;
    const wanted = form === 'tiles' ? ['tiles'] : ['rows', 'points'];
    if (!wanted.includes(first.shape.form) || second.shape.form === 'tiles') return false;
    if (this.refused.get(first)?.has(second)) return false;
    const joined = this.joined(first, second);
    const behind = joined && this.behind(first, second);
    if (joined === undefined || behind === undefined) {
      if (!this.refused.has(first)) this.refused.set(first, new Set());
      this.refused.get(first)!.add(second);
      return false;
    }
    this.place(joined, first, second, behind);
    return true;
  }

  /** Most pairs fail what is asked first, which costs least. */
  private joined(first: Cluster, second: Cluster): Cluster | undefined {
    if (first.shape.form === 'other' || second.shape.form === 'other' || this.gate(first) !== this.gate(second)) return undefined;
    if (!agreeInPoints([...first.shape.loops, ...second.shape.loops])) return undefined;
    const works = [...first.works, ...second.works];
    const buffers = countBuffers(works, this.graph, this.uses);
    if (buffers > this.target.buffers) return undefined;
    const loops = join(first.shape.loops, second.shape.loops);
    if (loops === undefined) return undefined;
    const shape = first.shape.form === 'tiles' ? tileShape(loops, this.target) : rowShape(loops, this.target);
    if (shape === undefined || buffers + (needsTables(shape) ? 1 : 0) > this.target.buffers) return undefined;
    return overwritesSafely(shape, this.graph) ? { works, shape } : undefined;
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
/** One more buffer holds tables where an index walks several digits. */
function needsTables(shape: RowShape | TileShape): boolean {
  const groups = shape.form === 'tiles' ? [shape.batch, shape.m, shape.n, shape.k] : [shape.outer, shape.inner];
  return groups.some((digits) => digits.length > 1);
}

/** A state is overwritten in a kernel that reads its old value only point by point, in one pass. */
function overwritesSafely(shape: RowShape | TileShape, graph: Graph): boolean {
  return shape.loops.every(({ write }) => {
    const old = graph.values[write.value].overwrites;
    const readers = shape.loops.flatMap(({ reads, after }) => [...reads, ...after]).filter((place) => place.value === old);
    if (old === undefined || readers.length === 0) return true;
    return (
      shape.form === 'points' && readers.every(({ at, where, lookups }) => sameForm(at, write.at) && where.length + lookups.length === 0)
    );
  });
}

function shapeOf(work: Work, target: Target): Cluster['shape'] {
  if (work.is !== 'loop') return { form: 'other', work };
  return tileShape([work], target) ?? rowShape([work], target) ?? { form: 'other', work };
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
  const node = (cluster: Cluster) => Math.max(...cluster.works.map((work) => graph.works[work].node));
  const waiting = [...clusters].sort((a, b) => node(a) - node(b) || a.works[0] - b.works[0]);
  const order: Cluster[] = [];
  const done = new Set<Cluster>();
  while (waiting.length > 0) {
    const next = waiting.findIndex((cluster) => [...needs.get(cluster)!].every((need) => done.has(need)));
    if (next < 0) throw new Error('kernels wait for one another');
    const [cluster] = waiting.splice(next, 1);
    done.add(cluster);
    order.push(cluster);
  }
  return order;
}

export function writeCluster(cluster: Cluster, graph: Graph, uses: Uses, pool: TablePool, target: Target): Draft {
  const { values, works } = graph;
  const { node } = works[cluster.works[cluster.works.length - 1]];
  const external = externalValues(cluster.works, graph, uses);
  const { shape } = cluster;
  switch (shape.form) {
    case 'tiles':
      return writeTiles(shape, external, values, pool, target, node);
    case 'rows':
    case 'points':
      return writeRows(shape, external, values, pool, target, node);
    case 'other':
      if (shape.work.is === 'loop') return writeScatter(shape.work, values, pool, target, node);
      return shape.work.is === 'group' ? writeGroup(shape.work, values, pool, node) : writeArgTop(shape.work, values, pool, target, node);
  }
}

/** Results that are outputs, or that another cluster reads. */
function externalValues(works: readonly number[], graph: Graph, uses: Uses): Set<ValueId> {
  const own = new Set(works);
  const results = works.map((k) => resultOf(graph.works[k].work));
  const leaves = (value: ValueId) => graph.values[value].home !== undefined || uses.readers.get(value)?.some((reader) => !own.has(reader));
  return new Set(results.filter(leaves));
}
