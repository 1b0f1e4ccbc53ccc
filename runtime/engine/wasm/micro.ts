/**
 * Which micro-kernels an engine uses. A host may offer to optimise a module at once and to fuse neighbouring 128-bit operations into 256
 * bits; then the wide shape is twice as fast, elsewhere the narrow one. Fusing has gone wrong in some engines for some programs, so the
 * fused functions are compared bit by bit with the same text unfused, and are not used where they differ or are no faster. The shape
 * changes no bit of any result, so a clock may choose it.
 */
import { assemble, printMicroKernels, type Target } from '../../../compiler/emit/wasm/index.ts';

/** Instantiates by `make`, with all exports optimised when it returns; with `fuse`, neighbouring vectors are fused where possible. */
export type Accelerate = (make: () => WebAssembly.Instance, fuse: boolean) => WebAssembly.Instance;
export interface Micro {
  readonly target: Target;
  /** For instances of other threads: code that was optimised for one is there for all. */
  readonly module: WebAssembly.Module;
  readonly exports: WebAssembly.Exports;
}

type Kernel = (...operands: number[]) => void;
/** Positions of k in comparisons: around every unrolling, and one block. */
const depths = [1, 2, 3, 4, 5, 8, 31, 256];
const timedDepth = 4096;
/** The wide shape does twice the work of the narrow one in a call. */
const worthwhile = 1.6;

/** `from`: start of at least a MiB that nobody uses yet. */
export async function chooseMicro(
  memory: WebAssembly.Memory,
  from: number,
  { fused, shared }: Pick<Target, 'fused' | 'shared'>,
  accelerate?: Accelerate,
): Promise<Micro> {
  const instantiate = async (target: Target, twin: number, fuse: boolean): Promise<Micro> => {
    const bytes = assemble(printMicroKernels(target, twin));
    let module: WebAssembly.Module;
    const make = () => {
      module = new WebAssembly.Module(bytes);
      return new WebAssembly.Instance(module, { host: { memory } });
    };
    const { exports } = accelerate === undefined ? make() : accelerate(make, fuse);
    return { target, exports, module: module! };
  };
  const narrow = await instantiate({ fused, shared }, 0, false);
  if (accelerate === undefined) return narrow;
  const twin = await instantiate({ fused, wide: true, shared }, 1, false);
  const wide = await instantiate({ fused, wide: true, shared }, 2, true);
  const trial = new Trial(memory, from, fused ? 6 : 5);
  return trial.isSame(wide, twin) && trial.time(wide, 16) < worthwhile * trial.time(narrow, 8) ? wide : narrow;
}

/** Runs micro-kernels on numbers of its own. */
class Trial {
  private readonly floats: Float32Array;
  private readonly words: Int32Array;
  private readonly rows: number;
  private readonly a: number;
  private readonly b: number;
  private readonly c: number;

  constructor(memory: WebAssembly.Memory, from: number, rows: number) {
    const count = 2 ** 18;
    this.floats = new Float32Array(memory.buffer, from, count);
    this.words = new Int32Array(memory.buffer, from, count);
    this.rows = rows;
    this.a = from;
    this.b = from + 4 * rows * timedDepth;
    this.c = this.b + 4 * 16 * timedDepth;
  }

  /** Numbers with full mantissas of both signs, the same each time. */
  private fill(): void {
    let state = 1;
    for (let i = 0; i < this.floats.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      this.floats[i] = state / 2 ** 31;
    }
  }

  private run({ exports }: Micro, name: 'rows' | 'panel', k: number, columns: number): void {
    const pointers = name === 'panel' ? [this.a] : Array.from({ length: this.rows }, (_, r) => this.a + 4 * r * k);
    (exports[name] as Kernel)(...pointers, this.b, this.c, k, 4 * columns);
  }

  private result(micro: Micro, name: 'rows' | 'panel', k: number): Int32Array {
    this.fill();
    this.run(micro, name, k, 16);
    const start = (this.c - this.a) / 4;
    return this.words.slice(start, start + 16 * this.rows);
  }

  isSame(one: Micro, other: Micro): boolean {
    return (['rows', 'panel'] as const).every((name) =>
      depths.every((k) => {
        const expected = this.result(other, name, k);
        return this.result(one, name, k).every((word, i) => word === expected[i]);
      }),
    );
  }

  /** Shortest of many calls, in milliseconds. */
  time(micro: Micro, columns: number): number {
    let best = Number.POSITIVE_INFINITY;
    for (let call = 0; call < 50; call++) {
      const start = performance.now();
      this.run(micro, 'panel', timedDepth, columns);
      best = Math.min(best, performance.now() - start);
    }
    return best;
  }
}
