/** All oracles by name, and how far each may be away. */
import type { Engine } from '../../engine/engine.ts';
import { differences } from './differences.ts';
import { onEngine } from './engine.ts';
import { merged } from './merged.ts';
import type { Asked, Oracle } from './oracle.ts';
import { passes } from './passes.ts';

export const oracleNames = ['passes', 'differences', 'merged', 'wasm'] as const;
export type OracleName = (typeof oracleNames)[number];

/** What each makes of a program: how far it is away. Those that have nothing to say are left out. */
export async function ask(asked: Asked, wanted: readonly OracleName[], engine: () => Promise<Engine>): Promise<Map<OracleName, number>> {
  const oracles: Readonly<Record<OracleName, () => Promise<Oracle>>> = {
    passes: async () => passes,
    differences: async () => differences,
    merged: async () => merged,
    wasm: async () => onEngine(await engine()),
  };
  const told = new Map<OracleName, number>();
  for (const name of wanted) {
    const apart = await (await oracles[name]())(asked);
    if (apart !== undefined) told.set(name, apart);
  }
  return told;
}

/** Those that came to something else than they may. */
export function contradicting(told: ReadonlyMap<OracleName, number>, single: number): OracleName[] {
  const bounds: Readonly<Record<OracleName, number>> = { passes: 1e-9, differences: 1e-4, merged: 1e-6, wasm: single };
  return [...told].filter(([name, apart]) => !(apart <= bounds[name])).map(([name]) => name);
}
