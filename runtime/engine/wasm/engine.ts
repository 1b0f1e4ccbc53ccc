/** The WASM engine whose kernels are printed and assembled here, when they are first needed. */
import { assemble, exportName, printModule } from '../../../compiler/emit/wasm/index.ts';
import { walkModule } from '../../../compiler/emit/wasm/walk.ts';
import type { Kernel } from '../../../compiler/values/kernel.ts';
import type { Engine, Planning } from '../engine.ts';
import { type CoreOptions, openCore } from './core.ts';
import { type Accelerate, chooseMicro } from './micro.ts';
import { hasFusedMultiplyAdd } from './probe.ts';

export interface WasmOptions extends CoreOptions {
  /** Arithmetic of multiply-add; found by a probe where it is not given. */
  readonly fused?: boolean;
  /** What this host can do to make products faster, if anything; results are the same without. */
  readonly accelerate?: Accelerate;
  readonly planning?: Planning;
}

/** Throws where WebAssembly has no SIMD, RangeError for a number of threads that is none. */
export async function wasmEngine(options: WasmOptions = {}): Promise<Engine> {
  const fused = options.fused ?? (await hasFusedMultiplyAdd());
  return openCore<Kernel>(
    options,
    async ({ memory, shared, free }) => {
      const walk = await WebAssembly.compile(assemble(walkModule(shared)));
      const micro = await chooseMicro(memory, free, { fused, shared }, options.accelerate);
      const kernels = async (fresh: readonly Kernel[]) => {
        const module = await WebAssembly.compile(assemble(printModule(fresh, micro.target)));
        return { module, exports: fresh.map((_, k) => exportName(k)) };
      };
      return { fused, walk, micro, kernels };
    },
    options.planning,
  );
}
