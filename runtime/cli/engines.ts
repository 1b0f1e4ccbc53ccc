/** Engines by name. They are loaded when asked for, since the compiler of WASM alone is megabytes. */
import type { Engine } from '../engine/engine.ts';
import { accelerate } from './accelerate.ts';
import { UsageError } from './context.ts';

export const ENGINES = ['wasm', 'reference'] as const;
export type EngineName = (typeof ENGINES)[number];
export const DEFAULT_ENGINE: EngineName = 'wasm';

export function engineName(name: string | undefined): EngineName {
  const found = ENGINES.find((known) => known === (name ?? DEFAULT_ENGINE));
  if (found === undefined) throw new UsageError(`--engine ${name}: there are ${ENGINES.join(' and ')}`);
  return found;
}

/** `limit`: bytes of engine memory; 0: what the engine takes by default. */
export async function openEngine(name: EngineName, limit: number): Promise<Engine> {
  const options = limit === 0 ? {} : { limit };
  if (name === 'wasm') return (await import('../engine/wasm/engine.ts')).wasmEngine({ ...options, accelerate });
  const { referenceEngine } = await import('../engine/reference/engine.ts');
  return referenceEngine((await import('../../compiler/index.ts')).table, options);
}
