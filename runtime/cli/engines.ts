/** Engines by name. They are loaded when asked for, since the compiler of WASM alone is megabytes. */
import type { Request } from '../../compiler/network/index.ts';
import type { Engine, Planning } from '../engine/engine.ts';
import { PlanCache } from '../plan/cache.ts';
import { accelerate } from './accelerate.ts';
import type { Context } from './context.ts';
import type { RunSettings } from './prepare.ts';

export const ENGINES = ['wasm', 'reference'] as const;
export type EngineName = (typeof ENGINES)[number];
export const DEFAULT_ENGINE: EngineName = 'wasm';

export function isEngineName(name: unknown): name is EngineName {
  return ENGINES.some((known) => known === name);
}

/** `limit`: bytes of engine memory; 0: what the engine takes by default. */
export async function openEngine(name: EngineName, limit: number, planning: Planning = {}): Promise<Engine> {
  const options = limit === 0 ? {} : { limit };
  if (name === 'wasm') return (await import('../engine/wasm/engine.ts')).wasmEngine({ ...options, accelerate, planning });
  const { referenceEngine } = await import('../engine/reference/engine.ts');
  return referenceEngine((await import('../../compiler/index.ts')).table, options);
}

/** The engine of a run, which plans by the run's profile and remembers plans where the host has a folder for them. */
export function engineFor({ files, plans }: Pick<Context, 'files' | 'plans'>, settings: RunSettings): Promise<Engine> {
  const cache = plans === undefined ? undefined : new PlanCache(files, plans, false);
  const planner = cache && ((request: Request) => cache.plan(request));
  return openEngine(settings.engine, settings.config.memory, { profile: settings.profile, planner });
}
