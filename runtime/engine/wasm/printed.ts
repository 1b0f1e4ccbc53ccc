/** All modules of an engine as bytes, for a package that prints nothing itself. */
import { assemble, exportName, printMicroKernels, printModule, type Target } from '../../../compiler/emit/wasm/index.ts';
import { walkModule } from '../../../compiler/emit/wasm/walk.ts';
import type { Kernel } from '../../../compiler/values/kernel.ts';
import { probeText } from './probe.ts';

/** `at`: the byte that is 1 for memory of one thread and 3 for memory that several share. */
export interface PrintedModule {
  readonly bytes: Uint8Array;
  readonly at: number;
}
type Both = { readonly plain: PrintedModule; readonly fused: PrintedModule };
export interface PrintedModules {
  readonly probe: Uint8Array;
  readonly walk: Uint8Array;
  readonly walkShared: Uint8Array;
  readonly micro: Both;
  /** With `exportName(k)` for the k-th of the kernels. */
  readonly kernels: Both;
}

export function printedModules(kernels: readonly Kernel[]): PrintedModules {
  const both = (print: (target: Target) => string): Both => ({ plain: module(print, false), fused: module(print, true) });
  return {
    probe: assemble(probeText),
    walk: assemble(walkModule(false)),
    walkShared: assemble(walkModule(true)),
    micro: both((target) => printMicroKernels(target)),
    kernels: both((target) => printModule(kernels, target)),
  };
}

function module(print: (target: Target) => string, fused: boolean): PrintedModule {
  const bytes = assemble(print({ fused }));
  const shared = assemble(print({ fused, shared: true }));
  const different = [...bytes.keys()].filter((k) => bytes[k] !== shared[k]);
  const [at] = different;
  if (different.length !== 1 || bytes.length !== shared.length || bytes[at] !== 1 || shared[at] !== 3)
    throw new Error(`modules of ${exportName(0)} for shared memory differ at ${different.join(', ')}`);
  return { bytes, at };
}
