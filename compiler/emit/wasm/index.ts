/**
 * Kernels as one WASM module. A kernel is `(args, block)`: the argument block holds the byte address of each buffer, then the kernel's
 * arguments. Memory, the base of the scratch area and the table of kernels are the engine's.
 */
import type { Kernel } from '../../values/kernel.ts';
import { wasm } from '../../values/target.ts';
import { partialFunctions } from './access.ts';
import { Code } from './code.ts';
import { emitTiles } from './contraction.ts';
import { farAngle } from './functions.ts';
import { Indices } from './indices.ts';
import { Lanes, Scratch } from './lanes.ts';
import { type MicroShape, microImports, microModule, shapeFor } from './micro-kernel.ts';
import { emitGroup, emitLargest } from './special.ts';
import { memoryImport } from './walk.ts';

/** What a host's vector unit offers. */
export interface Target {
  /** Relaxed multiply-add that rounds once. */
  readonly fused: boolean;
  /** Micro-kernels of 16 columns, for hosts that fuse neighbouring vectors into 256 bits. Changes no bit of a result. */
  readonly wide?: boolean;
  /** Modules for a memory that several threads share. */
  readonly shared?: boolean;
}
const shapeOf = ({ fused, wide = false }: Target): MicroShape => shapeFor(fused, wide);
/** Bytes of scratch memory that a kernel may use. */
export const scratchBytes = wasm.localMemory;
/** Exported name of the k-th kernel of a module. */
export const exportName = (position: number) => `kernel${position}`;

/** One kernel as text. */
export function printWat(kernel: Kernel, target: Target, name = 'kernel'): string {
  const code = new Code();
  const indices = new Indices(code, kernel);
  bindGrid(indices, kernel);
  const start = '(global.get $scratch)';
  const [first] = kernel.body;
  if (first.is === 'group') emitGroup(indices, first);
  else if (first.is === 'largest') emitLargest(indices, first);
  else if (kernel.form === 'tiles') emitTiles(indices, kernel.body, start, shapeOf(target));
  else new Lanes(indices, new Scratch(code, start)).run(kernel.body);
  return `  (func $${name} (export "${name}") (param $args i32) (param $block i32)\n${code.toString()}\n  )`;
}

/** The block number, split row-major into the grid's indices. */
function bindGrid(indices: Indices, { grid }: Kernel): void {
  const { code } = indices;
  let rest = '(local.get $block)';
  for (const { index, blocks } of grid.toReversed()) {
    if (index === grid[0].index) {
      indices.bind(index, code.let(index, 'i32', rest));
      continue;
    }
    const count = code.let('blocks', 'i32', indices.value(blocks));
    indices.bind(index, code.let(index, 'i32', `(i32.rem_u ${rest} ${count})`));
    rest = code.let('rest', 'i32', `(i32.div_u ${rest} ${count})`);
  }
}

/** All kernels with the functions that they call, as text; the micro-kernels are imported from `printMicroKernels`. */
export function printModule(kernels: readonly Kernel[], target: Target): string {
  return `(module
  ${memoryImport(target.shared)}
  (import "host" "scratch" (global $scratch i32))
${microImports(shapeOf(target))}${partialFunctions}${farAngle}
${kernels.map((kernel, k) => printWat(kernel, target, exportName(k))).join('\n')}
)`;
}

/** The module with the exports `rows` and `panel`; see `microModule`. */
export function printMicroKernels(target: Target, twin = 0): string {
  return microModule(shapeOf(target), memoryImport(target.shared), twin);
}

export { encode as assemble } from './encode.ts';
