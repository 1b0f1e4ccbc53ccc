/**
 * What kernels are made for. A schedule belongs to a target: everything that fits a loop nest to a machine, and nothing of it a program's
 * own, stands in one record. The rooms that make kernels, the planner that predicts their time and the printers read it here, so a
 * number is changed in one place. Lanes and pieces are part of the meaning of a sum: another number of them gives other last bits.
 */

/** Products of two matrices, tile by tile. */
export interface ProductTiles {
  /** Positions of the summed axis that are packed at once. */
  readonly depth: number;
  /** Rows of a tile: tall ones pack the right side less often, low ones give every worker something to do. */
  readonly tall: number;
  readonly low: number;
  /** Tiles are tall where so many blocks are left. */
  readonly enoughBlocks: number;
  /** Rows of a tile of a product over groups of rows: most groups are small, half of the last tile of each is empty on average. */
  readonly grouped: number;
  /** Columns of a tile: narrow where there are no more than that, else wide. */
  readonly narrow: number;
  readonly wide: number;
  /** Below this the right side is too thin to fill vectors: the larger side becomes the columns. */
  readonly thin: number;
  /** Of the kernel in registers; a tile is filled up to whole ones. */
  readonly micro: { readonly rows: number; readonly columns: number };
}

/** Rows of an axis that lies contiguous, and points. */
export interface RowBlocks {
  /** Elements that a block should visit, so that it costs far more than its call. */
  readonly visits: number;
  /** The longest axis that is not cut into blocks, and the length of cut ones. */
  readonly piece: number;
  /** The same where a serial loop adds to them. */
  readonly sumPiece: number;
  /** Rows that are shorter are summed side by side, if there are several. */
  readonly short: number;
  /** Elements that all tiles of one row may have together. */
  readonly kept: number;
}

/** A sum is long and has few results: pieces of about `length` terms, at most `most`, where there are no more than `few` results. */
export interface Pieces {
  readonly long: number;
  readonly few: number;
  readonly length: number;
  readonly most: number;
}

export interface Target {
  readonly name: 'wasm' | 'webgpu';
  /** Of a real number in memory. */
  readonly bytes: number;
  /** Buffers of a kernel at most. */
  readonly buffers: number;
  /** Loops of a kernel at most: its text, and what it takes to compile it, grow with them. */
  readonly loops: number;
  /** Threads that share one block. */
  readonly threads: number;
  /** Bytes that one block may use beside the buffers. */
  readonly localMemory: number;
  /** Partial sums of a fold. */
  readonly lanes: number;
  readonly product: ProductTiles;
  readonly rows: RowBlocks;
  /** Columns of a block that adds into the places looked up. */
  readonly scatter: number;
  /** Rows of a block that finds the greatest of each. */
  readonly greatest: number;
  /** Tables of fewer elements are read where they lie: sorting the rows that look them up would cost more. */
  readonly table: number;
  readonly pieces: Readonly<Record<'rows' | 'points' | 'tiles', Pieces>>;
}

const low = 48;
const wide = 64;

/** WebAssembly with vectors of 128 bits, or 256 where the host fuses them: panels of 48 x 256 and 256 x 64 stay in the second-level cache. */
export const wasm: Target = {
  name: 'wasm',
  bytes: 4,
  buffers: 8,
  loops: 64,
  threads: 1,
  localMemory: 2 ** 22,
  lanes: 16,
  product: {
    depth: 256,
    tall: 192,
    low,
    enoughBlocks: 6,
    grouped: 96,
    narrow: 16,
    wide,
    thin: 8,
    micro: { rows: 6, columns: 16 },
  },
  rows: { visits: 8192, piece: 4096, sumPiece: 256, short: 4, kept: 2 ** 18 },
  scatter: 64,
  greatest: 16,
  table: 64,
  pieces: {
    rows: { long: 4096, few: 64, length: 2048, most: 64 },
    points: { long: 1024, few: 2048, length: 512, most: 64 },
    tiles: { long: 8192, few: 8 * low * wide, length: 4096, most: 16 },
  },
};

/** What an adapter gives, by the names that WebGPU has for it. */
export interface AdapterLimits {
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
}
/** What every adapter has to give. */
export const portableLimits: AdapterLimits = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
};

/**
 * A GPU. Tiles are those of `wasm` until they are tuned; tall ones fill the memory of a portable workgroup to the last byte (192 + 64 rows of 16
 * words), and those of products over groups leave room for where a group begins. Throws RangeError where the adapter gives less than every adapter has to.
 */
export function webgpu(limits: AdapterLimits = portableLimits): Target {
  for (const key of Object.keys(portableLimits) as (keyof AdapterLimits)[]) {
    if (!(limits[key] >= portableLimits[key])) {
      throw new RangeError(`the adapter's ${key} is ${limits[key]}; kernels need ${portableLimits[key]}`);
    }
  }
  return {
    ...wasm,
    name: 'webgpu',
    // More buffers would make other clusters, and sums of other clusters have other last bits: no adapter gets another result.
    buffers: portableLimits.maxStorageBuffersPerShaderStage,
    threads: 64,
    localMemory: limits.maxComputeWorkgroupStorageSize,
  };
}
