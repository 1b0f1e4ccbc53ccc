/**
 * Node's offer to the WASM engine (runtime/engine/wasm/micro.ts): V8 optimises the functions of a module at once, and fuses neighbouring
 * vectors while they are. V8 reads the flag when it optimises, so it is set for that moment alone and touches no other code. Two modules
 * may not have the same bytes: V8 keeps optimised code by them.
 */
import { setFlagsFromString } from 'node:v8';
import type { Accelerate } from '../engine/wasm/micro.ts';

/** The first V8 on which this was tried at length. */
const OLDEST = 13;

/** Undefined where V8 has no such intrinsic. To be made for each use: V8 drops code that rests, and could not parse this again later. */
function optimiser(): ((target: unknown) => void) | undefined {
  setFlagsFromString('--allow-natives-syntax');
  try {
    return new Function('target', '%WasmTierUpFunction(target)') as (target: unknown) => void;
  } catch {
    return undefined;
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}

function accelerator(): Accelerate | undefined {
  if (!(Number.parseInt(process.versions.v8 ?? '0', 10) >= OLDEST)) return undefined;
  if (optimiser() === undefined) return undefined;
  return (make, fuse) => {
    const optimise = optimiser()!;
    if (fuse) setFlagsFromString('--experimental-wasm-revectorize');
    try {
      const instance = make();
      for (const exported of Object.values(instance.exports)) if (typeof exported === 'function') optimise(exported);
      return instance;
    } finally {
      if (fuse) setFlagsFromString('--no-experimental-wasm-revectorize');
    }
  };
}

/** Undefined where the host has no such V8. */
export const accelerate: Accelerate | undefined = accelerator();
