/** Clusters become kernels with the arguments of a launch. Clusters of one pattern whose values are alike are written once. */
import type { Target } from '../values/target.ts';
import { type Cluster, externalValues } from './fuse.ts';
import type { Graph, Uses, Value } from './graph.ts';
import type { Binding, Draft } from './kernel-builder.ts';
import type { ValueId } from './loop.ts';
import type { Pattern } from './pattern.ts';
import type { TablePool } from './table-pool.ts';
import type { Slots } from './template.ts';
import { writeRows } from './write-rows.ts';
import { writeScatter } from './write-scatter.ts';
import { writeArgTop, writeGroup, writeLargest } from './write-special.ts';
import { writeTiles } from './write-tiles.ts';

export class Writer {
  private readonly graph: Graph;
  private readonly uses: Uses;
  private readonly pool: TablePool;
  private readonly target: Target;
  /** Drafts over slots. */
  private readonly known = new Map<string, Draft>();

  constructor(graph: Graph, uses: Uses, pool: TablePool, target: Target) {
    this.graph = graph;
    this.uses = uses;
    this.pool = pool;
    this.target = target;
  }

  write(cluster: Cluster): Draft {
    const { works } = this.graph;
    const { node } = works[cluster.works[cluster.works.length - 1]];
    const { gate } = works[cluster.works[0]];
    if (cluster.pattern !== undefined) return { ...this.ofPattern(cluster, cluster.pattern), node, gate };
    const { values } = this.graph;
    const { work } = works[cluster.works[0]];
    if (work.is === 'group') return { ...writeGroup(work, values, this.pool, node), gate };
    if (work.is === 'largest') return { ...writeLargest(work, values, this.pool, node), gate };
    if (work.is === 'arg-top') return { ...writeArgTop(work, values, this.pool, this.target, node), gate };
    return { ...writeScatter(work, values, this.pool, this.target, node), gate };
  }

  private ofPattern(cluster: Cluster, pattern: Pattern): Draft {
    const external = externalValues(cluster.works, this.graph, this.uses);
    const values = cluster.slots.values.map((value) => this.inSlots(value, cluster.slots));
    const texts = values.map((value, slot) => describe(value, external.has(cluster.slots.values[slot])));
    const key = `${pattern.id} ${texts.join(' ')}`;
    const known = this.known.get(key) ?? this.written(pattern, values, external, cluster.slots);
    this.known.set(key, known);
    return {
      ...known,
      bindings: known.bindings.map((binding): Binding => (typeof binding === 'number' ? cluster.slots.values[binding] : binding)),
      keys: known.keys.map(({ stream, arg }) => ({ stream: cluster.slots.streams[Number(stream)], arg })),
    };
  }

  private inSlots(value: ValueId, slots: Slots): Value {
    const own = this.graph.values[value];
    return own.overwrites === undefined ? own : { ...own, overwrites: slots.values.indexOf(own.overwrites) };
  }

  private written({ shape }: Pattern, values: readonly Value[], external: ReadonlySet<ValueId>, slots: Slots): Draft {
    const leaving = new Set(slots.values.flatMap((value, slot) => (external.has(value) ? [slot] : [])));
    if (shape.form === 'tiles') return writeTiles(shape, leaving, values, this.pool, this.target, 0);
    return writeRows(shape, leaving, values, this.pool, this.target, 0);
  }
}

/** All that a kernel and its arguments may depend on, besides the pattern: scalars of the caller are arguments, found by their offsets. */
function describe({ element, size, home, overwrites }: Value, leaves: boolean): string {
  const scalar = size === 1 && home?.space === 'inputs' ? `@${home.offset}` : '';
  return `${element}${leaves ? '>' : ''}${scalar}${overwrites === undefined ? '' : `=${overwrites}`}`;
}
