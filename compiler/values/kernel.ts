/**
 * Kernels in two forms. A nest says WHAT one node computes: one statement over a domain, no order, no tiles. A kernel says HOW: a tile
 * program, one call of which computes one block of the grid. A kernel is a function of (argument block, block number) on every back
 * end; it knows no size, no layer and no address: extents, strides, offsets and keys are arguments in the launch table.
 */
import type { Axis, Scalar } from './program.ts';

// nests --------------------------------------------------------------------------------------------------------------------
/** Element offset of a point: sum of stride * index over `terms` + `plus` + lookups. Sizes are numbers here. */
export interface NestAccess {
  /** Position among the node's inputs; -1 is the result. */
  readonly buffer: number;
  /** Stride in elements by index name of the domain. */
  readonly terms: Readonly<Record<string, number>>;
  readonly plus: number;
  /** Each adds `stride * ids[...]`; where an id lies outside [0, size) the read is 0 and the write is dropped. */
  readonly lookups: readonly { readonly ids: NestAccess; readonly stride: number; readonly size: number }[];
  /** Affine guards (slice, pad, window): the read is 0 unless every `sum(terms) + plus` lies in [0, size). */
  readonly where: readonly { readonly terms: Readonly<Record<string, number>>; readonly plus: number; readonly size: number }[];
}
/**
 * for every kept point: write(finish(combine over reduced points of value)). `value` reads `reads[k]` as operand k; `finish` reads the
 * combined value as operand 0 and `after[k]` as operand k + 1 (kept indices only). `coordinate` and `random` refer to domain positions.
 * combine 'none' has no reduced index; a 'sum' with lookups in `write` adds into the places looked up (all others are 0).
 */
export interface Nest {
  readonly domain: readonly { readonly index: string; readonly axis: Axis; readonly role: 'kept' | 'reduced' }[];
  readonly reads: readonly NestAccess[];
  readonly combine: 'none' | 'sum' | 'max' | 'min' | 'any';
  readonly value: Scalar;
  readonly after: readonly NestAccess[];
  readonly finish: Scalar;
  readonly write: NestAccess;
}

// kernels ------------------------------------------------------------------------------------------------------------------
/** real is f32; int and bit are i32. */
export type Element = 'f32' | 'i32';
/**
 * An i32 expression: a number, a name (argument, grid index, `let`, loop index, tile axis = its global position) or a function of two.
 * `div`, `mod`, `ceildiv` have non-negative operands. `load` reads an i32 buffer (only one used as 'read').
 */
export type Index =
  | number
  | string
  | { readonly f: 'add' | 'mul' | 'min' | 'max' | 'div' | 'mod' | 'ceildiv'; readonly a: readonly [Index, Index] }
  | { readonly load: number; readonly at: Index };
/**
 * Element address in a buffer = sum of the terms. A term is an index times a stride; or an entry of an i32 offset table (`table` names
 * the argument that holds the table's element offset in the buffer called `tables`, entry = `index`); or a lookup, `stride * id`, with
 * the id loaded from an i32 buffer; without a `size` the id is known to be inside. The stride of a tile axis is the literal 1 where the axis is contiguous (so that text tells vector
 * loads from gathers), an argument elsewhere; an axis without a term is a broadcast.
 */
export type Term =
  | { readonly index: Index; readonly stride: Index }
  | { readonly index: Index; readonly table: string }
  | { readonly ids: Access; readonly stride: Index; readonly size?: Index };
/** A read gives `outside` (default 0) and a write is dropped where a tile axis leaves its size, a guard fails, or an id is not in [0, size). */
export interface Access {
  readonly buffer: number;
  readonly terms: readonly Term[];
  /** Guards beyond the extents of the tile axes: 0 <= value < size. */
  readonly where?: readonly { readonly value: Index; readonly size: Index }[];
  readonly outside?: number;
}
/**
 * A local axis of a tile: local position i stands for global base + i and is inside while i < extent and base + i < size. `extent` is
 * part of the text; 'whole' means everything in [base, size), a length that only the launch knows.
 */
export interface TileAxis {
  readonly name: string;
  readonly extent: number | 'whole';
  readonly base: Index;
  readonly size: Index;
}
/**
 * Scalars in statements: `read` operand k is tile `tiles[k]` of the statement; `coordinate` axis k is `coordinates[k]`; `random` with
 * stream 'k' is `keys[k]`. They are typed: no `stop`, no `size` (an argument, read as a coordinate); both sides of an arithmetic function or comparison, and both branches of a
 * `select`, have one element type (`real` and `int` convert); a literal number has the type of its siblings, or of the statement.
 * Comparisons, `and`, `or`, `not`, `below` and the condition of `select` are i32, 0 or 1.
 */
export type Statement =
  | { readonly is: 'let'; readonly index: string; readonly value: Index }
  | {
      readonly is: 'loop';
      readonly index: string;
      readonly from: Index;
      readonly to: Index;
      readonly step: number;
      readonly body: readonly Statement[];
    }
  /** A mutable accumulator. */
  | { readonly is: 'tile'; readonly tile: string; readonly axes: readonly TileAxis[]; readonly element: Element; readonly fill: number }
  /** tile[axes] = buffer[...], 0 (or `outside`) beyond the sizes. */
  | { readonly is: 'read'; readonly tile: string; readonly axes: readonly TileAxis[]; readonly element: Element; readonly from: Access }
  /** tile[axes] = value of tiles whose axes are among `axes` (others broadcast). */
  | {
      readonly is: 'map';
      readonly tile: string;
      readonly axes: readonly TileAxis[];
      readonly element: Element;
      readonly value: Scalar;
      readonly tiles: readonly string[];
      readonly coordinates: readonly Index[];
      readonly keys: readonly RandomKey[];
    }
  /** into[m n] += left[m k] . right[k n], ascending in k, one accumulator per element (relaxed multiply-add where the host has it). */
  | { readonly is: 'multiply'; readonly into: string; readonly left: string; readonly right: string }
  /**
   * tile[axes without over] = combine over `over` of source. Element at local position j goes to partial j mod lanes, each partial
   * starting from 0, -infinity, infinity (i32: 0, -2^31, 2^31 - 1), 0 for sum, max, min, any; elements outside are left out; then partial i
   * combines with partial i + h for h = lanes / 2, ..., 2, 1. A sum of f32 takes `foldBlock` positions at a time: before the next block
   * each partial is added to a total of its own, what that rounds off to a second one (Knuth's TwoSum), and the partials start from 0
   * again; a lane's sum is then total + partial + what was rounded off. One that is no number in one lane is none in the result.
   */
  | {
      readonly is: 'fold';
      readonly tile: string;
      readonly element: Element;
      readonly source: string;
      readonly combine: Combine;
      readonly over: string;
      readonly lanes: number;
    }
  /** into[axes] = into combine source, element by element (a serial reduction in a loop). */
  | { readonly is: 'accumulate'; readonly into: string; readonly source: string; readonly combine: Combine }
  /** With `add` the tile is added to what stands there (scatter: the places of a block belong to that block alone). */
  | { readonly is: 'write'; readonly tile: string; readonly to: Access; readonly add?: true }
  /** tile[axis] (i32) = positions along `over` of the greatest, in falling order, NaN before all, ties to the lower index (repeated selection). */
  | { readonly is: 'arg-top'; readonly tile: string; readonly axis: TileAxis; readonly source: string; readonly over: string }
  /**
   * Stable counting sort of the i32 buffer `keys[0..n)`; one block. Writes order[n] or start[groups + 1]. Keys outside
   * [0, groups) are in no group and come last. `scratch`: groups + 1 counters.
   */
  | {
      readonly is: 'group';
      readonly gives: 'order' | 'start';
      readonly keys: number;
      readonly n: Index;
      readonly groups: Index;
      readonly to: number;
      readonly scratch: number;
    }
  /**
   * to[0..n) (i32) = 1 at the `count` greatest of the f32 buffer `of[0..n)`, 0 elsewhere: in falling order, NaN before all, ties to the lower
   * position; one block. `scratch`: 256 counters.
   */
  | {
      readonly is: 'largest';
      readonly of: number;
      readonly n: Index;
      readonly count: Index;
      readonly to: number;
      readonly scratch: number;
    };
export type Combine = 'sum' | 'max' | 'min' | 'any';
/** What a combination starts from: what changes no number of the type. */
export function combineStart(how: Combine, element: Element): number {
  if (how !== 'max' && how !== 'min') return 0;
  const greatest = element === 'i32' ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY;
  return how === 'min' ? greatest : element === 'i32' ? -(2 ** 31) : -greatest;
}
/** Positions of a block of a long sum: 32 additions for each of 16 partials, whose errors stay below 1e-6 of the sum. */
export const foldBlock = 512;
/** The two (adjacent) arguments that hold the key of a stream, and how row and column of the counter come from indices. */
export interface RandomKey {
  readonly key0: string;
  readonly key1: string;
  readonly row: Index;
  readonly column: Index;
}
/**
 * The four forms fix the shape of a body, so that a printer need not be general.
 *
 * tiles: let*, tile acc[m n], loop k0 of { (read | map)*, multiply }, (read | map)*, write+. Tiles inside the loop have axes among [m k]
 *   (left side) or [k n] (right side), after it among [m n]. N is contiguous in the result or the larger side. Rows and columns of a
 *   tile that lie wholly outside need not be computed.
 * rows, points, scatter: let*, then at most one loop (rows of this block) around let, tile, read, map, fold, accumulate, write, arg-top
 *   and inner loops. Every tile has no axis (a scalar of the row) or one and the same axis, the vector axis; all lets, loop bounds and
 *   tables are uniform over it. A coordinate is uniform or the vector axis itself; of a random key one of row and column is uniform and
 *   the other uniform or the vector axis. Statements on the vector axis between two folds (or loops) can run in one pass over it; a tile
 *   used in a later pass is kept in the worker's scratch memory or computed again, as the printer likes (same bits). For a 'whole' axis
 *   with such a tile, tiles * size <= 2^18 elements. points has no fold; scatter has writes with `add`.
 * special: arg-top, group and largest.
 */
export interface Kernel {
  /** Hash of the canonical text (print-kernel.ts): no sizes, ids, paths. */
  readonly key: string;
  readonly form: 'tiles' | 'rows' | 'points' | 'scatter' | 'special';
  /**
   * At most 8. `tables` (i32, read) is the whole space of offset tables. `scalars` (f32 or i32, read) is the head of the input space:
   * all rank-0 inputs, each found by an argument. `update` is read and written at the same elements.
   */
  readonly buffers: readonly { readonly name: string; readonly element: Element; readonly use: 'read' | 'write' | 'update' }[];
  readonly args: readonly string[];
  /** The block number is split row-major into these indices. */
  readonly grid: readonly { readonly index: string; readonly blocks: Index }[];
  readonly body: readonly Statement[];
}

// schedules ----------------------------------------------------------------------------------------------------------------
/**
 * persistent: parameters, optimiser state, gradients: one layout for all schedules of a model. inputs: data, host scalars, cotangents.
 * results: what the caller reads. saved: from forward to backward of one tape record. folded: constants of the step. scratch: dead
 * between runs. tables: offset tables and literal constants, filled once when the schedule is loaded.
 */
export type SpaceName = 'persistent' | 'inputs' | 'results' | 'saved' | 'folded' | 'scratch' | 'tables';
/** In elements of four bytes (eight in `reference`). */
export interface Address {
  readonly space: SpaceName;
  readonly offset: number;
  readonly length: number;
}
export interface Launch {
  /** Position in `Schedule.kernels`. */
  readonly kernel: number;
  /** In the order of `Kernel.args`; those of random keys are written by the engine before a run. */
  readonly args: readonly number[];
  readonly buffers: readonly Address[];
  readonly blocks: number;
  readonly wave: number;
  /** Host bit: the launch is skipped while it is 0. */
  readonly gate?: string;
  /** For errors and profiles: path and operation of the node that the launch ends. */
  readonly label: string;
  /** Streams whose key is written into `args` at positions `arg` and `arg + 1` before each run. */
  readonly keys: readonly { readonly stream: string; readonly arg: number }[];
}
/** `steps`: the values are the offsets of all positions of digits, outermost first, as [size, stride]. */
export interface TableRun {
  readonly offset: number;
  readonly dtype: 'f32' | 'i32';
  readonly values: readonly number[];
  readonly steps?: readonly (readonly [size: number, stride: number])[];
}
/** A value of `size` elements, needed from one launch to another; `uses` are [launch, buffer]. */
export interface Life {
  readonly size: number;
  readonly from: number;
  readonly to: number;
  readonly uses: readonly (readonly [launch: number, buffer: number])[];
}
export interface Schedule {
  readonly kernels: readonly Kernel[];
  readonly launches: readonly Launch[];
  /** Of each launch the node of the program that it ends, for people: no part of the checksum. */
  readonly nodes: readonly number[];
  /** Elements of each space. */
  readonly sizes: Readonly<Record<SpaceName, number>>;
  /** Contents of `tables`: i32 or f32 runs at element offsets. */
  readonly tables: readonly TableRun[];
  /** Values in scratch, in order of first use, each with where it is bound. */
  readonly lives: readonly Life[];
  readonly checksum: string;
}
