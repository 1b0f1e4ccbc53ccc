/** Works become clusters, one kernel each. */
import { type RowShape, rowShape } from './cluster.ts';
import { type Graph, readsOf, resultOf, type Work } from './graph.ts';
import type { Draft } from './kernel-builder.ts';
import type { Loop, ValueId } from './loop.ts';
import { orderEdges } from './outputs.ts';
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

export function clustersOf(graph: Graph): Cluster[] {
  return graph.works.map(({ work }, k) => ({ works: [k], shape: shapeOf(work) }));
}

function shapeOf(work: Work): Cluster['shape'] {
  if (work.is !== 'loop') return { form: 'other', work };
  return shapeOfLoops([work]) ?? { form: 'other', work };
}
export function shapeOfLoops(loops: readonly Loop[]): RowShape | TileShape | undefined {
  return tileShape(loops) ?? rowShape(loops);
}

/** Topological; among those that are ready the one whose last work stands first in the program. */
export function orderClusters(clusters: readonly Cluster[], graph: Graph): Cluster[] {
  const owner = new Map(clusters.flatMap((cluster) => cluster.works.map((work) => [work, cluster] as const)));
  const before = orderEdges(graph);
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

export function writeCluster(cluster: Cluster, graph: Graph, pool: TablePool): Draft {
  const { values, works } = graph;
  const { node } = works[cluster.works[cluster.works.length - 1]];
  const external = externalValues(cluster, graph);
  const { shape } = cluster;
  switch (shape.form) {
    case 'tiles':
      return writeTiles(shape, external, values, pool, node);
    case 'rows':
    case 'points':
      return writeRows(shape, external, values, pool, node);
    case 'other':
      if (shape.work.is === 'loop') return writeScatter(shape.work, values, pool, node);
      return shape.work.is === 'group' ? writeGroup(shape.work, values, pool, node) : writeArgTop(shape.work, values, pool, node);
  }
}

/** Results that are outputs, or that another cluster reads. */
function externalValues(cluster: Cluster, graph: Graph): Set<ValueId> {
  const own = new Set(cluster.works);
  const read = new Set(graph.works.flatMap(({ work }, k) => (own.has(k) ? [] : readsOf(work))));
  const results = cluster.works.map((k) => resultOf(graph.works[k].work));
  return new Set(results.filter((value) => graph.values[value].home !== undefined || read.has(value)));
}
