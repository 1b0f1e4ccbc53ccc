/**
 * The forms rows and points: a block walks some rows; in each row every loop of the cluster runs over the vector axis, or once for the
 * row. Values that nobody outside wants stay in tiles.
 */
import { combineStart, type Index, type Statement, type TileAxis } from '../values/kernel.ts';
import type { Scalar } from '../values/program.ts';
import { subterms } from '../values/scalar.ts';
import type { Target } from '../values/target.ts';
import type { RowShape } from './cluster.ts';
import type { Digit } from './form.ts';
import type { Graph } from './graph.ts';
import { call, type Draft, type IndexGroup, KernelBuilder } from './kernel-builder.ts';
import { isRead, type Key, type Loop, type LoopAccess, type ValueId } from './loop.ts';
import { mapScalar } from './simplify.ts';
import type { TablePool } from './table-pool.ts';

/** `external`: values that leave the cluster. */
export function writeRows(
  shape: RowShape,
  external: ReadonlySet<ValueId>,
  values: Graph['values'],
  pool: TablePool,
  target: Target,
  node: number,
): Draft {
  return new RowWriter(shape, external, new KernelBuilder(values, pool), target).write(node);
}

class RowWriter {
  private readonly shape: RowShape;
  private readonly external: ReadonlySet<ValueId>;
  private readonly builder: KernelBuilder;
  private readonly target: Target;
  private readonly groups: readonly IndexGroup[];
  private readonly grid: { index: string; blocks: Index }[] = [];
  private readonly axis: TileAxis | undefined;
  private readonly made = new Map<ValueId, string>();
  private readonly reads = new Map<string, { tile: string; body: Statement[] }>();
  private names = 0;
  private readonly lets = new Map<string, { index: string; body: Statement[] }>();
  /** Number of axes of each tile. */
  private readonly ranks = new Map<string, number>();

  constructor(shape: RowShape, external: ReadonlySet<ValueId>, builder: KernelBuilder, target: Target) {
    this.target = target;
    this.shape = shape;
    this.external = external;
    this.builder = builder;
    const { outer, vector, inner, loops } = shape;
    const piece = loops[0].chunk?.piece;
    this.groups = [
      { index: 'c', digits: piece === undefined ? [] : [piece] },
      { index: 'r', digits: outer },
      { index: 'k', digits: inner },
      { index: 'i', digits: vector === undefined ? [] : [vector] },
    ];
    if (piece !== undefined) this.grid.push({ index: 'c', blocks: this.builder.arg('C', piece.size) });
    if (outer.length > 0) this.grid.push({ index: 'g', blocks: call('ceildiv', this.rows(), this.rowsOfBlock()) });
    this.axis = vector && this.vectorAxis(vector);
    if (this.grid.length === 0) this.grid.push({ index: 'g', blocks: 1 });
  }

  private get chunked(): boolean {
    return this.shape.loops[0].chunk !== undefined;
  }
  private rows(): Index {
    return this.builder.arg('R', this.builder.size(this.groups[1]));
  }
  private rowsOfBlock(): Index {
    const visits = this.builder.size(this.groups[2]) * this.builder.size(this.groups[3]);
    return this.builder.arg('R.block', Math.max(1, Math.floor(this.target.rows.visits / visits)));
  }
  /** First position of this block's piece of a long sum, and the position behind the last. */
  private pieceOf(size: Index): { base: Index; size: Index } {
    const { length } = this.shape.loops[0].chunk!;
    const base = call('mul', 'c', this.builder.arg('C.length', length));
    return { base, size: call('min', size, call('add', base, this.builder.arg('C.length', length))) };
  }
  private vectorAxis(vector: Digit): TileAxis {
    const size = this.builder.arg('I', vector.size);
    const { form, inner, outer } = this.shape;
    if (form === 'rows') {
      const span = this.chunked && inner.length === 0 ? this.pieceOf(size) : { base: 0, size };
      return { name: 'i', extent: 'whole', ...span };
    }
    const { piece, sumPiece } = this.target.rows;
    const extent = inner.length > 0 ? sumPiece : piece;
    if (inner.length === 0 && outer.length > 0 && vector.size <= piece) return { name: 'i', extent: 'whole', base: 0, size };
    this.grid.push({ index: 'gi', blocks: call('ceildiv', size, extent) });
    return { name: 'i', extent, base: call('mul', 'gi', extent), size };
  }

  write(node: number): Draft {
    const body: Statement[] = [];
    const last: Statement[] = [];
    for (const loop of this.shape.loops) this.add(body, last, loop);
    body.push(...last);
    if (this.shape.outer.length === 0) return this.builder.finish(this.shape.form, this.grid, body, node);
    const from = call('mul', 'g', this.rowsOfBlock());
    const to = call('min', this.rows(), call('add', from, this.rowsOfBlock()));
    return this.builder.finish(this.shape.form, this.grid, [{ is: 'loop', index: 'r', from, to, step: 1, body }], node);
  }

  private tile(rank: number): string {
    const tile = this.builder.tile();
    this.ranks.set(tile, rank);
    return tile;
  }
  private axes(digits: readonly Digit[]): readonly TileAxis[] {
    return this.shape.vector !== undefined && digits.includes(this.shape.vector) ? [this.axis!] : [];
  }

  /** The statements of one loop; states are overwritten last, when all old values have been read. */
  private add(body: Statement[], last: Statement[], loop: Loop): void {
    const total = loop.reduced.length === 0 ? undefined : this.reduce(body, loop);
    const operands = (total === undefined ? loop.reads : loop.after).map((place) => this.read(body, place));
    const value = total === undefined ? loop.value : loop.finish;
    const tiles = total === undefined ? operands : [total, ...operands];
    const tile = this.map(body, loop, value, tiles, this.axes(loop.kept));
    const { value: result } = loop.write;
    this.made.set(result, tile);
    if (!this.external.has(result)) return;
    const target = this.builder.values[result].overwrites === undefined ? body : last;
    target.push({ is: 'write', tile, to: this.builder.access(loop.write, this.groups, 'write') });
  }

  /** A fold along the vector axis, a serial loop that adds tiles, or both. */
  private reduce(body: Statement[], loop: Loop): string {
    const { inner, vector } = this.shape;
    const combine = loop.combine as Exclude<Loop['combine'], 'none'>;
    const { element } = this.builder.values[loop.write.value];
    const folds = vector !== undefined && loop.reduced.includes(vector);
    const term = (into: Statement[]): string => {
      const axes = this.axes([...loop.kept, ...loop.reduced]);
      const operands = loop.reads.map((place) => this.read(into, place));
      const source = this.map(into, loop, loop.value, operands, axes);
      if (!folds) return source;
      const tile = this.tile(0);
      into.push({ is: 'fold', tile, element, source, combine, over: 'i', lanes: this.target.lanes });
      return tile;
    };
    if (inner.length === 0) return term(body);
    const axes = this.axes(loop.kept);
    const into = this.tile(axes.length);
    body.push({ is: 'tile', tile: into, axes, element, fill: combineStart(combine, element) });
    const size = this.builder.arg('K', this.builder.size(this.groups[2]));
    const span = this.chunked ? this.pieceOf(size) : { base: 0, size };
    const inside: Statement[] = [];
    const source = term(inside);
    inside.push({ is: 'accumulate', into, source, combine });
    body.push({ is: 'loop', index: 'k', from: span.base, to: span.size, step: 1, body: inside });
    return into;
  }

  /** The tile of an operand: made in this cluster, or read; equal reads once. */
  private read(body: Statement[], place: LoopAccess): string {
    const made = this.made.get(place.value);
    if (made !== undefined) return made;
    const axes = this.axes([...place.at.terms.keys()]);
    const from = this.builder.access(place, this.groups);
    const known = JSON.stringify(from);
    const before = this.reads.get(known);
    if (before !== undefined && before.body === body) return before.tile;
    const tile = this.tile(axes.length);
    body.push({ is: 'read', tile, axes, element: this.builder.values[place.value].element, from });
    this.reads.set(known, { tile, body });
    return tile;
  }

  /** Positions are uniform over the vector axis, or that axis itself: divisions run once for a row. */
  private named(body: Statement[], value: Index): Index {
    if (typeof value !== 'object') return value;
    const known = JSON.stringify(value);
    const before = this.lets.get(known);
    if (before !== undefined && before.body === body) return before.index;
    const index = `x${this.names++}`;
    body.push({ is: 'let', index, value });
    this.lets.set(known, { index, body });
    return index;
  }

  private map(body: Statement[], loop: Loop, value: Scalar, tiles: readonly string[], axes: readonly TileAxis[]): string {
    if (isRead(value) && this.ranks.get(tiles[0]) === axes.length) return tiles[0];
    const tile = this.tile(axes.length);
    const name = (index: Index) => this.named(body, index);
    body.push(mapStatement(this.builder, this.groups, loop, { tile, axes, value, tiles }, name));
    return tile;
  }
}

/** A map over tiles; `name` may give an expression a name of its own; coordinates and random counters come from the loop's forms. */
export function mapStatement(
  builder: KernelBuilder,
  groups: readonly IndexGroup[],
  loop: Loop,
  own: { readonly tile: string; readonly axes: readonly TileAxis[]; readonly value: Scalar; readonly tiles: readonly string[] },
  name: (index: Index) => Index = (index) => index,
): Statement {
  const key = ({ stream, row, column }: Key) => ({
    ...builder.key(stream),
    row: name(builder.index(row, groups, 'row')),
    column: name(builder.index(column, groups, 'column')),
  });
  const leaves = [...subterms(own.value)];
  const coordinates = loop.coordinates.filter((_, k) => leaves.some((part) => part.is === 'coordinate' && part.axis === k));
  const keys = loop.keys.filter((_, k) => leaves.some((part) => part.is === 'random' && part.stream === String(k)));
  const value = mapScalar(own.value, (part) => {
    if (part.is === 'coordinate') return { ...part, axis: coordinates.indexOf(loop.coordinates[part.axis]) };
    return part.is === 'random' ? { ...part, stream: String(keys.indexOf(loop.keys[Number(part.stream)])) } : part;
  });
  return {
    is: 'map',
    ...own,
    element: loop.combine === 'any' ? 'i32' : builder.values[loop.write.value].element,
    value,
    coordinates: coordinates.map((form) => name(builder.index(form, groups, 'at'))),
    keys: keys.map(key),
  };
}
