/** Engines by name. They are loaded when asked for, since the compiler of WASM alone is megabytes. */
import { availableParallelism } from 'node:os';
import { defaultProfiles, type Profile, type Request } from '../../compiler/network/index.ts';
import type { Engine, Planning } from '../engine/engine.ts';
import type { Watch } from '../engine/timings.ts';
import { PlanCache } from '../plan/cache.ts';
import { accelerate } from './accelerate.ts';
import { type Context, Problem } from './context.ts';
import { openDevice } from './gpu.ts';
import { choice, count } from './options.ts';
import type { RunSettings } from './prepare.ts';
import { nodeWorker } from './workers.ts';

export const ENGINES = ['wasm', 'webgpu', 'reference'] as const;
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
  if (name === 'webgpu') {
    const [{ webgpuEngine }, device] = [await import('../engine/webgpu/engine.ts'), await openDevice()];
    return webgpuEngine(device, { ...options, planning, close: () => device.destroy() });
  }
  const { referenceEngine } = await import('../engine/reference/engine.ts');
  return referenceEngine((await import('../../compiler/index.ts')).table, options);
}

export const threadsOption = count('<number>', 'threads that share the work; no result depends on it (default: all cores)', { least: 1 });

/** For commands that take a run, which has an engine of its own. */
export const engineOption = choice(ENGINES, '<name>', `${ENGINES.join(' or ')} (default: that of the run)`);

/** None for the reference engine: it is not planned for speed. */
export function shippedProfile(engine: EngineName): Profile | undefined {
  return engine === 'reference' ? undefined : defaultProfiles[engine];
}

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
  const { engine: name = settings.engine } = context;
  const profile = name === settings.engine ? settings.profile : shippedProfile(name);
  if (context.threads !== undefined && name !== 'wasm') throw new Problem(`--threads is of engine wasm; ${name} has no threads of ours`);
  const cache = plans === undefined ? undefined : new PlanCache(files, plans, false);
  const planner = cache && ((request: Request) => cache.plan(request));
  const tell = (text: string) => context.err(`${text}\n`);
  const engine = await openEngine(name, settings.config.memory, { profile, planner }, { threads, tell, watch });
  try {
    return await use(engine);
  } finally {
    engine.close();
  }
}
