/**
 * Kernels as one WASM module. A kernel is `(args, block)`: the argument block holds the byte address of each buffer, then the kernel's
 * arguments. Memory, the base of the scratch area and the table of kernels are the engine's. binaryen is loaded when it is first needed
 * and belongs to build time: a deployed module carries bytes.
 */
import type { Kernel, Statement } from '../../values/kernel.ts';
import { wasm } from '../../values/target.ts';
import { partialFunctions } from './access.ts';
import { Code } from './code.ts';
import { emitTiles } from './contraction.ts';
import { farAngle } from './functions.ts';
import { Indices } from './indices.ts';
import { Lanes, Scratch } from './lanes.ts';
import { type MicroShape, microImports, microModule, shapeFor } from './micro-kernel.ts';
import { emitGroup } from './special.ts';

/** What a host's vector unit offers. */
export interface Target {
  /** Relaxed multiply-add that rounds once. */
  readonly fused: boolean;
  /** Micro-kernels of 16 columns, for hosts that fuse neighbouring vectors into 256 bits. Changes no bit of a result. */
  readonly wide?: boolean;
}
const shapeOf = ({ fused, wide = false }: Target): MicroShape => shapeFor(fused, wide);
/** Bytes of scratch memory that a kernel may use. */
export const scratchBytes = wasm.localMemory;
/** Exported name of the k-th kernel of a module. */
export const exportName = (position: number) => `kernel${position}`;

/** One kernel as our own text, before binaryen sees it. */
export function printWat(kernel: Kernel, target: Target, name = 'kernel'): string {
  const code = new Code();
  const indices = new Indices(code, kernel);
  bindGrid(indices, kernel);
  const start = '(global.get $scratch)';
  const group = kernel.body.find((s): s is Extract<Statement, { is: 'group' }> => s.is === 'group');
  if (group !== undefined) emitGroup(indices, group);
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
  (import "host" "memory" (memory 1 65536))
  (import "host" "scratch" (global $scratch i32))
${microImports(shapeOf(target))}${partialFunctions}${farAngle}
${kernels.map((kernel, k) => printWat(kernel, target, exportName(k))).join('\n')}
)`;
}

/** The module with the exports `rows` and `panel`; see `microModule`. */
export function printMicroKernels(target: Target, twin = 0): string {
  return microModule(shapeOf(target), twin);
}

/**
 * The loop over launches: a record is (slot of the kernel, argument block, number of blocks, address of the gate's bit), four i32.
 * Records stand from `from` to `to`; a launch whose gate is 0 is skipped.
 */
export const walkModule = `(module
  (import "host" "memory" (memory 1 65536))
  (import "host" "kernels" (table 1 funcref))
  (type $kernel (func (param i32 i32)))
  (func (export "walk") (param $from i32) (param $to i32)
    (local $block i32) (local $blocks i32) (local $slot i32) (local $args i32)
    (if (i32.lt_u (local.get $from) (local.get $to)) (then (loop $next
      (if (i32.load (i32.load offset=12 (local.get $from))) (then
        (local.set $slot (i32.load (local.get $from)))
        (local.set $args (i32.load offset=4 (local.get $from)))
        (local.set $blocks (i32.load offset=8 (local.get $from)))
        (local.set $block (i32.const 0))
        (if (i32.gt_s (local.get $blocks) (i32.const 0)) (then (loop $again
          (call_indirect (type $kernel) (local.get $args) (local.get $block) (local.get $slot))
          (br_if $again (i32.lt_s (local.tee $block (i32.add (local.get $block) (i32.const 1))) (local.get $blocks))))))))
      (br_if $next (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const 16))) (local.get $to))))))))`;

/** Optimises at level 2: level 3 moves constants back into loops and nests what it should not (V8 then spills). Throws Error for text that is not valid. */
export async function assemble(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const { default: binaryen } = await import('binaryen');
  const module = binaryen.parseText(text);
  try {
    const { SIMD128, RelaxedSIMD, BulkMemory, BulkMemoryOpt, ReferenceTypes, MutableGlobals } = binaryen.Features;
    module.setFeatures(SIMD128 | RelaxedSIMD | BulkMemory | BulkMemoryOpt | ReferenceTypes | MutableGlobals);
    if (!module.validate()) throw new Error('a kernel module is not valid WASM');
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(0);
    module.optimize();
    return Uint8Array.from(module.emitBinary());
  } finally {
    module.dispose();
  }
}
