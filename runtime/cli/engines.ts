/** Engines by name. They are loaded when asked for, since the compiler of WASM alone is megabytes. */
import { table } from '../../compiler/index.ts';
import type { Engine } from '../engine/engine.ts';
import { referenceEngine } from '../engine/reference/engine.ts';
import { UsageError } from './context.ts';

export const ENGINES = ['reference'] as const;
export type EngineName = (typeof ENGINES)[number];
export const DEFAULT_ENGINE: EngineName = 'reference';

export function engineName(name: string | undefined): EngineName {
  const found = ENGINES.find((known) => known === (name ?? DEFAULT_ENGINE));
  if (found === undefined) throw new UsageError(`--engine ${name}: there are ${ENGINES.join(' and ')}`);
  return found;
}

/** `limit`: bytes of engine memory; 0: what the engine takes by default. */
export async function openEngine(_name: EngineName, limit: number): Promise<Engine> {
  return referenceEngine(table, limit === 0 ? {} : { limit });
}
