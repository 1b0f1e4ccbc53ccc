/** The form tiles: read, multiply, epilogue, write. Extents are few classes, so that few kernels serve all shapes. */
import type { Index, Statement, TileAxis } from '../values/kernel.ts';
import type { Scalar } from '../values/program.ts';
import type { ProductTiles, Target } from '../values/target.ts';
import { type Digit, single, sizeOf } from './form.ts';
import type { Graph } from './graph.ts';
import { call, type Draft, type IndexGroup, KernelBuilder } from './kernel-builder.ts';
import { formsOf, isRead, type Loop, type LoopAccess, type Rows, type Used, type ValueId } from './loop.ts';
import type { TablePool } from './table-pool.ts';
import type { TileShape } from './tile-shape.ts';
import { mapStatement } from './write-rows.ts';

/** Extents of a tile, a function of the shape alone. `partial`: parts are left out, the more the lower the tiles. */
export function extentsOf(
  { tall, low, enoughBlocks, narrow, wide }: ProductTiles,
  batch: number,
  m: number,
  n: number,
  partial: boolean,
): { m: number; n: number } {
  const columns = n <= narrow ? narrow : wide;
  const blocks = batch * Math.ceil(m / tall) * Math.ceil(n / columns);
  return { m: m > low && blocks >= enoughBlocks && !partial ? tall : low, n: columns };
}

function groupedExtents(
  { grouped, low, narrow, wide }: ProductTiles,
  { m, n }: TileShape,
  rows: Rows | undefined,
): { m: number; n: number } {
  const usual = rows !== undefined && m[0] === rows.row ? sizeOf(m) / rows.group.size : sizeOf(m);
  return { m: usual > low ? grouped : low, n: sizeOf(n) <= narrow ? narrow : wide };
}

/** `external`: values that leave the cluster. */
export function writeTiles(
  shape: TileShape,
  external: ReadonlySet<ValueId>,
  values: Graph['values'],
  pool: TablePool,
  { product }: Target,
  node: number,
): Draft {
  const builder = new KernelBuilder(values, pool);
  const [main, ...epilogue] = shape.loops;
  const { rows } = main;
  const piece = main.chunk?.piece;
  const groups: readonly IndexGroup[] = [
    { index: 'g', digits: rows === undefined ? [] : [rows.group] },
    { index: 'b', digits: shape.batch },
    { index: 'c', digits: piece === undefined ? [] : [piece] },
    { index: 'm', digits: shape.m },
    { index: 'n', digits: shape.n },
    { index: 'k', digits: shape.k },
  ];
  const size = { m: builder.arg('M', sizeOf(shape.m)), n: builder.arg('N', sizeOf(shape.n)), k: builder.arg('K', sizeOf(shape.k)) };
  const bounds = boundsOf(shape);
  const extents =
    (rows ?? main.used) === undefined
      ? extentsOf(product, sizeOf(shape.batch), sizeOf(shape.m), sizeOf(shape.n), bounds.length > 0)
      : groupedExtents(product, shape, rows);
  const lets: Statement[] = [];
  const [first, last]: readonly Index[] = rows === undefined ? [0, 0] : rowsOfGroup(rows).map(named);
  const m = rowAxis();
  const n: TileAxis = { name: 'n', extent: extents.n, base: call('mul', 'gn', extents.n), size: size.n };
  const [from, to] = range().map(named);
  const k: TileAxis = { name: 'k', extent: product.depth, base: 'k0', size: to };
  const grid: { index: string; blocks: Index }[] = [];
  if (rows !== undefined) grid.push({ index: 'g', blocks: builder.arg('G', rows.group.size) });
  if (shape.batch.length > 0) grid.push({ index: 'b', blocks: builder.arg('B', sizeOf(shape.batch)) });
  if (piece !== undefined) grid.push({ index: 'c', blocks: builder.arg('C', piece.size) });
  grid.push({ index: 'gm', blocks: call('ceildiv', size.m, extents.m) }, { index: 'gn', blocks: call('ceildiv', size.n, extents.n) });
  const [sum, left, right] = [builder.tile(), builder.tile(), builder.tile()];
  const body: Statement[] = [
    ...lets,
    { is: 'tile', tile: sum, axes: [m, n], element: 'f32', fill: 0 },
    {
      is: 'loop',
      index: 'k0',
      from,
      to,
      step: product.depth,
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

  /** Where the rows of this block's group begin and end, along M or K. */
  function rowsOfGroup({ start, row }: Rows): [Index, Index] {
    const width = sizeOf(shape.m[0] === row ? shape.m : shape.k) / row.size;
    const load = builder.buffer(start, 'read');
    const at = (group: Index): Index => (width === 1 ? { load, at: group } : call('mul', { load, at: group }, builder.arg('width', width)));
    return [at('g'), at(call('add', 'g', 1))];
  }
  function rowAxis(): TileAxis {
    const base = call('mul', 'gm', extents.m);
    if (rows === undefined || shape.m[0] !== rows.row) return { name: 'm', extent: extents.m, base, size: size.m };
    return { name: 'm', extent: extents.m, base: named(call('min', last, call('add', first, base))), size: last };
  }
  function range(): [Index, Index] {
    if (rows !== undefined && shape.k[0] === rows.row) return [first, last];
    // A block beyond the last row of its group has nothing to sum.
    if (rows !== undefined) return [0, call('mul', size.k, call('min', 1, call('add', last, call('mul', m.base, -1))))];
    let [from, to]: [Index, Index] = [0, size.k];
    if (main.chunk !== undefined) {
      const length = builder.arg('C.length', main.chunk.length);
      from = call('mul', 'c', length);
      to = call('min', size.k, call('add', from, length));
    }
    if (main.used !== undefined) to = call('mul', to, call('min', 1, rowsIn(main.used)));
    for (const { above, below, plus } of bounds) {
      const behind = above === 'k' ? 0 : endOf(above, plus);
      const first = below === 'k' ? 0 : firstOf(below);
      if (below === 'k') to = call('min', to, behind);
      else if (above === 'k') from = from === 0 && plus === 0 ? first : call('max', from, call('add', first, builder.arg('within', -plus)));
      else to = call('min', to, call('mul', call('min', call('max', call('add', behind, call('mul', first, -1)), 0), 1), size.k));
    }
    return [from, to];
  }
  function rowsIn({ digit, start }: Used): Index {
    const load = builder.buffer(start, 'read');
    const at = builder.index(single(digit), groups, 'used');
    return call('add', { load, at: call('add', at, 1) }, call('mul', { load, at }, -1));
  }
  function named(value: Index): Index {
    if (typeof value !== 'object') return value;
    const index = `x${lets.length}`;
    lets.push({ is: 'let', index, value });
    return index;
  }
  function firstOf(axis: 'm' | 'n'): Index {
    return call('mul', `g${axis}`, extents[axis]);
  }
  /** Behind the last position of this block's axis that `plus` reaches. */
  function endOf(axis: 'm' | 'n', plus: number): Index {
    const end = call('add', firstOf(axis), extents[axis]);
    return plus === 0 ? end : call('add', end, builder.arg('within', plus));
  }
  function read(place: LoopAccess): string {
    const known = made.get(place.value);
    if (known !== undefined) return known;
    const forms = formsOf(place);
    const walks = (digits: TileShape['m']) => digits.some((digit) => forms.some((form) => form.terms.has(digit)));
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

/** above - below + plus >= 0 between positions of two axes: what a tile can be bounded by. */
interface Bound {
  readonly above: 'm' | 'n' | 'k';
  readonly below: 'm' | 'n' | 'k';
  readonly plus: number;
}
function boundsOf({ loops: [{ within = [] }], m, n, k }: TileShape): Bound[] {
  const axisOf = (digit: Digit) =>
    [['m', m] as const, ['n', n] as const, ['k', k] as const].find(([, own]) => own.length === 1 && own[0] === digit)?.[0];
  return within.flatMap((form): Bound[] => {
    const [above, below] = [1, -1].map((sign) => [...form.terms].filter(([, stride]) => stride === sign).map(([digit]) => axisOf(digit)));
    if (form.terms.size !== 2 || above.length !== 1 || below.length !== 1 || above[0] === undefined || below[0] === undefined) return [];
    return [{ above: above[0], below: below[0], plus: form.plus }];
  });
}
