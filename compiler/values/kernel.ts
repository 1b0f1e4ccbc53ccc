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
/** The integer arguments of a kernel are i32; `load` reads an i32 buffer (only one used as 'read'). */
export type Index =
  | number
  | string
  | { readonly f: 'add' | 'mul' | 'min' | 'max' | 'div' | 'mod' | 'ceildiv'; readonly a: readonly [Index, Index] }
  | { readonly load: number; readonly at: Index };
/**
 * Element address in a buffer: sum of the terms. A term is an index (a tile axis name, a `let`, a loop or block index) times a stride,
 * or a lookup in an i32 offset table: `table` names an argument that holds the table's element offset in the `tables` buffer.
 */
export type Term =
  | { readonly index: Index; readonly stride: Index }
  | { readonly index: Index; readonly table: string }
  | { readonly index: Index; readonly ids: Access; readonly stride: Index; readonly size: Index };
export interface Access {
  readonly buffer: number;
  readonly terms: readonly Term[];
  /** Guards beyond the extents of the tile axes: the read gives `outside` (default 0), the write is dropped unless 0 <= value < size. */
  readonly where?: readonly { readonly value: Index; readonly size: Index }[];
  readonly outside?: number;
}
/**
 * A local axis of a tile: `extent` is part of the text (a power of two or a micro-kernel size), `base` its global start, `size` the
 * global extent; local position i stands for global base + i, and is inside while base + i < size. `name` in an Index means the global
 * position.
 */
export interface TileAxis {
  readonly name: string;
  readonly extent: number;
  readonly base: Index;
  readonly size: Index;
}
/**
 * Scalars in statements: `read` operand k is tile `tiles[k]` of the statement; `coordinate` axis k is the global position along
 * `coordinates[k]`; `random` uses arguments `key0`, `key1` of its stream.
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
  | { readonly is: 'tile'; readonly tile: string; readonly axes: readonly TileAxis[]; readonly fill: number }
  /** tile[axes] = buffer[...], 0 (or `outside`) beyond the sizes. */
  | { readonly is: 'read'; readonly tile: string; readonly axes: readonly TileAxis[]; readonly from: Access }
  /** tile[axes] = value of tiles whose axes are among `axes` (others broadcast). */
  | {
      readonly is: 'map';
      readonly tile: string;
      readonly axes: readonly TileAxis[];
      readonly value: Scalar;
      readonly tiles: readonly string[];
      readonly coordinates: readonly Index[];
      readonly keys?: readonly RandomKey[];
    }
  /** into[m n] += left[m k] . right[k n], ascending in k, one accumulator per element (relaxed multiply-add where the host has it). */
  | { readonly is: 'multiply'; readonly into: string; readonly left: string; readonly right: string }
  /** tile[axes without over] = combine over `over` of source, element j into partial j mod lanes, then a fixed tree. Starts from `from` if given. */
  | {
      readonly is: 'fold';
      readonly tile: string;
      readonly source: string;
      readonly combine: 'sum' | 'max' | 'min' | 'any';
      readonly over: string;
      readonly lanes: number;
      readonly from?: string;
    }
  /** into[axes] = into combine source, element by element (a serial reduction in a loop). */
  | { readonly is: 'accumulate'; readonly into: string; readonly source: string; readonly combine: 'sum' | 'max' | 'min' | 'any' }
  | { readonly is: 'write'; readonly tile: string; readonly to: Access }
  /** ids[axes without over, count] of the greatest, ties to the lower index (repeated selection). */
  | { readonly is: 'arg-top'; readonly tile: string; readonly source: string; readonly over: string; readonly count: number }
  /** Stable counting sort of `keys[0..n)`; one block. Writes order[n] or start[groups + 1]. */
  | {
      readonly is: 'group';
      readonly gives: 'order' | 'start';
      readonly keys: number;
      readonly n: Index;
      readonly groups: Index;
      readonly to: number;
      readonly scratch: number;
    };
/** The two arguments that hold the key of a stream, and how row and column of the counter come from coordinates. */
export interface RandomKey {
  readonly stream: number;
  readonly key0: string;
  readonly key1: string;
  readonly row: Index;
  readonly column: Index;
}
export interface Kernel {
  /** Hash of the canonical text: buffers and indices renamed in order of first use; no sizes, ids, paths. */
  readonly key: string;
  readonly form: 'tiles' | 'rows' | 'points' | 'scatter' | 'special';
  /** At most 8, the offset tables ('tables', i32, read) included. `update` is read and written at the same elements. */
  readonly buffers: readonly { readonly name: string; readonly dtype: 'f32' | 'i32'; readonly use: 'read' | 'write' | 'update' }[];
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
  /** Streams whose key is written into `args` at these positions before each run. */
  readonly keys: readonly { readonly stream: string; readonly arg: number }[];
}
export interface Schedule {
  readonly kernels: readonly Kernel[];
  readonly launches: readonly Launch[];
  /** Elements of each space. */
  readonly sizes: Readonly<Record<SpaceName, number>>;
  /** Contents of `tables`: i32 or f32 runs at element offsets. */
  readonly tables: readonly { readonly offset: number; readonly dtype: 'f32' | 'i32'; readonly values: readonly number[] }[];
  readonly checksum: string;
}
