/** Engines by name. They are loaded when asked for, since the compiler of WASM alone is megabytes. */
import { availableParallelism } from 'node:os';
import type { Request } from '../../compiler/network/index.ts';
import type { Engine, Planning } from '../engine/engine.ts';
import type { Watch } from '../engine/timings.ts';
import { PlanCache } from '../plan/cache.ts';
import { accelerate } from './accelerate.ts';
import type { Context } from './context.ts';
import { count } from './options.ts';
import type { RunSettings } from './prepare.ts';
import { nodeWorker } from './workers.ts';

export const ENGINES = ['wasm', 'reference'] as const;
export type EngineName = (typeof ENGINES)[number];
export const DEFAULT_ENGINE: EngineName = 'wasm';

export interface Threads {
  readonly threads: number;
  /** Told why there are fewer. */
  tell(text: string): void;
  /** Told how long each launch takes; kernels alone are launched. */
  readonly watch?: Watch | undefined;
}

/** `limit`: bytes of engine memory; 0: what the engine takes by default. One thread where nothing is said. */
export async function openEngine(name: EngineName, limit: number, planning: Planning = {}, threads?: Threads): Promise<Engine> {
  const options = limit === 0 ? {} : { limit };
  if (name === 'wasm') {
    const { wasmEngine } = await import('../engine/wasm/engine.ts');
    const { watch, ...own } = threads ?? {};
    return wasmEngine({ ...options, accelerate, planning, workers: nodeWorker, ...own, ...(watch === undefined ? {} : { watch }) });
  }
  const { referenceEngine } = await import('../engine/reference/engine.ts');
  return referenceEngine((await import('../../compiler/index.ts')).table, options);
}

export const threadsOption = count('<number>', 'threads that share the work; no result depends on it (default: all cores)', { least: 1 });

/** Which engine, and what plans go by. */
export interface EngineSettings extends Pick<RunSettings, 'engine' | 'profile'> {
  readonly config: Pick<RunSettings['config'], 'memory'>;
}
/**
 * Does something with the engine of a run, which plans by the run's profile and remembers plans where the host has a folder for them; the
 * engine is closed afterwards.
 */
export async function withEngine<T>(
  context: Context,
  settings: EngineSettings,
  use: (engine: Engine) => Promise<T>,
  watch?: Watch,
): Promise<T> {
  const { files, plans, threads = availableParallelism() } = context;
  const cache = plans === undefined ? undefined : new PlanCache(files, plans, false);
  const planner = cache && ((request: Request) => cache.plan(request));
  const tell = (text: string) => context.err(`${text}\n`);
  const engine = await openEngine(
    settings.engine,
    settings.config.memory,
    { profile: settings.profile, planner },
    { threads, tell, watch },
  );
  try {
    return await use(engine);
  } finally {
    engine.close();
  }
}
