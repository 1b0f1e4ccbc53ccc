/** The form tiles: read, multiply, epilogue, write. Extents are few classes, so that few kernels serve all shapes. */
import type { Index, Statement, TileAxis } from '../values/kernel.ts';
import type { Scalar } from '../values/program.ts';
import type { Graph } from './graph.ts';
import { call, type Draft, type IndexGroup, KernelBuilder } from './kernel-builder.ts';
import { isRead, type Loop, type Place, type ValueId } from './loop.ts';
import type { TablePool } from './table-pool.ts';
import { sizeOf, type TileShape } from './tile-shape.ts';
import { mapStatement } from './write-rows.ts';

/** Positions of K that are packed at once: panels of 48 x 256 and 256 x 64 stay in the second-level cache. */
const DEPTH = 256;
/** Tall tiles pack the right panel less often; low ones give every worker something to do. */
const TALL = 192;
const LOW = 48;
const ENOUGH_BLOCKS = 16;

/** Extents of a tile, a function of the shape alone. */
export function extentsOf(batch: number, m: number, n: number): { m: number; n: number } {
  const wide = n <= 16 ? 16 : 64;
  const blocks = batch * Math.ceil(m / TALL) * Math.ceil(n / wide);
  return { m: m > LOW && blocks >= ENOUGH_BLOCKS ? TALL : LOW, n: wide };
}

/** `external`: values that leave the cluster. */
export function writeTiles(
  shape: TileShape,
  external: ReadonlySet<ValueId>,
  values: Graph['values'],
  pool: TablePool,
  node: number,
): Draft {
  const builder = new KernelBuilder(values, pool);
  const [main, ...epilogue] = shape.loops;
  const piece = main.chunk?.piece;
  const groups: readonly IndexGroup[] = [
    { index: 'b', digits: shape.batch },
    { index: 'c', digits: piece === undefined ? [] : [piece] },
    { index: 'm', digits: shape.m },
    { index: 'n', digits: shape.n },
    { index: 'k', digits: shape.k },
  ];
  const size = { m: builder.arg('M', sizeOf(shape.m)), n: builder.arg('N', sizeOf(shape.n)), k: builder.arg('K', sizeOf(shape.k)) };
  const extents = extentsOf(sizeOf(shape.batch), sizeOf(shape.m), sizeOf(shape.n));
  const m: TileAxis = { name: 'm', extent: extents.m, base: call('mul', 'gm', extents.m), size: size.m };
  const n: TileAxis = { name: 'n', extent: extents.n, base: call('mul', 'gn', extents.n), size: size.n };
  const [from, to] = range();
  const k: TileAxis = { name: 'k', extent: DEPTH, base: 'k0', size: to };
  const grid: { index: string; blocks: Index }[] = [];
  if (shape.batch.length > 0) grid.push({ index: 'b', blocks: builder.arg('B', sizeOf(shape.batch)) });
  if (piece !== undefined) grid.push({ index: 'c', blocks: builder.arg('C', piece.size) });
  grid.push({ index: 'gm', blocks: call('ceildiv', size.m, extents.m) }, { index: 'gn', blocks: call('ceildiv', size.n, extents.n) });
  const [sum, left, right] = [builder.tile(), builder.tile(), builder.tile()];
  const body: Statement[] = [
    { is: 'tile', tile: sum, axes: [m, n], element: 'f32', fill: 0 },
    {
      is: 'loop',
      index: 'k0',
      from,
      to,
      step: DEPTH,
      body: [
        { is: 'read', tile: left, axes: [m, k], element: 'f32', from: builder.access(shape.left, groups) },
        { is: 'read', tile: right, axes: [k, n], element: 'f32', from: builder.access(shape.right, groups) },
        { is: 'multiply', into: sum, left, right },
      ],
    },
  ];
  const made = new Map<ValueId, string>();
  const ranks = new Map<string, number>([[sum, 2]]);
  finish(main, main.finish, [sum, ...main.after.map(read)]);
  for (const loop of epilogue) finish(loop, loop.value, loop.reads.map(read));
  return builder.finish('tiles', grid, body, node);

  function range(): [Index, Index] {
    if (main.chunk === undefined) return [0, size.k];
    const length = builder.arg('C.length', main.chunk.length);
    const base = call('mul', 'c', length);
    return [base, call('min', size.k, call('add', base, length))];
  }
  function read(place: Place): string {
    const known = made.get(place.value);
    if (known !== undefined) return known;
    const walks = (digits: TileShape['m']) => digits.some((digit) => place.at.terms.has(digit));
    const axes = [...(walks(shape.m) ? [m] : []), ...(walks(shape.n) ? [n] : [])];
    const tile = builder.tile();
    ranks.set(tile, axes.length);
    body.push({ is: 'read', tile, axes, element: values[place.value].element, from: builder.access(place, groups) });
    return tile;
  }
  function finish(loop: Loop, value: Scalar, tiles: readonly string[]): void {
    let [tile] = tiles;
    if (!isRead(value) || ranks.get(tile) !== 2) {
      tile = builder.tile();
      ranks.set(tile, 2);
      body.push(mapStatement(builder, groups, loop, { tile, axes: [m, n], value, tiles }));
    }
    made.set(loop.write.value, tile);
    if (external.has(loop.write.value)) body.push({ is: 'write', tile, to: builder.access(loop.write, groups, 'write') });
  }
}
