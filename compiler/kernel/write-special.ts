/** Kernels of operations that are no sum of products. */
import type { Statement, TileAxis } from '../values/kernel.ts';
import type { Target } from '../values/target.ts';
import type { ArgTopWork, Graph, GroupWork, LargestWork } from './graph.ts';
import { call, type Draft, type IndexGroup, KernelBuilder } from './kernel-builder.ts';
import type { TablePool } from './table-pool.ts';

/** Rows of an axis, each of which gives the positions of its greatest elements. */
export function writeArgTop(work: ArgTopWork, values: Graph['values'], pool: TablePool, { greatest }: Target, node: number): Draft {
  const builder = new KernelBuilder(values, pool);
  const groups: readonly IndexGroup[] = [
    { index: 'r', digits: work.kept },
    { index: 'j', digits: [work.over] },
    { index: 'q', digits: [work.count] },
  ];
  const rows = builder.arg('R', builder.size(groups[0]));
  const axis: TileAxis = { name: 'j', extent: 'whole', base: 0, size: builder.arg('J', work.over.size) };
  const top: TileAxis = { name: 'q', extent: work.count.size, base: 0, size: work.count.size };
  const [source, tile] = [builder.tile(), builder.tile()];
  const { element } = values[work.read.value];
  const body: Statement[] = [
    { is: 'read', tile: source, axes: [axis], element, from: builder.access(work.read, groups) },
    { is: 'arg-top', tile, axis: top, source, over: 'j' },
    { is: 'write', tile, to: builder.access(work.write, groups, 'write') },
  ];
  const from = call('mul', 'g', greatest);
  const loop: Statement = { is: 'loop', index: 'r', from, to: call('min', rows, call('add', from, greatest)), step: 1, body };
  return builder.finish('special', [{ index: 'g', blocks: call('ceildiv', rows, greatest) }], [loop], node);
}

/** A counting sort: one block. */
export function writeGroup(work: GroupWork, values: Graph['values'], pool: TablePool, node: number): Draft {
  const builder = new KernelBuilder(values, pool);
  const keys = builder.buffer(work.keys, 'read');
  const to = builder.buffer(work.result, 'write');
  const scratch = builder.buffer(work.scratch, 'write');
  const n = builder.arg('N', values[work.keys].size);
  const groups = builder.arg('G', work.groups);
  const statement: Statement = { is: 'group', gives: work.gives, keys, n, groups, to, scratch };
  return builder.finish('special', [{ index: 'g', blocks: 1 }], [statement], node);
}

/** A selection over a whole tensor: one block. */
export function writeLargest(work: LargestWork, values: Graph['values'], pool: TablePool, node: number): Draft {
  const builder = new KernelBuilder(values, pool);
  const of = builder.buffer(work.of, 'read');
  const to = builder.buffer(work.result, 'write');
  const scratch = builder.buffer(work.scratch, 'write');
  const n = builder.arg('N', values[work.of].size);
  const count = builder.arg('K', work.count);
  const statement: Statement = { is: 'largest', of, n, count, to, scratch };
  return builder.finish('special', [{ index: 'g', blocks: 1 }], [statement], node);
}
