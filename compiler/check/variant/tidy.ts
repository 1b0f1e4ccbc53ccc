/**
 * After all statements have acted: gates and turns that an outer body overrode are dropped, the rest renumbered, and every ramp that a
 * tensor still depends on becomes one event.
 */
import { rampsIn } from '../../values/mask.ts';
import type { Event, Ramp } from '../../values/model.ts';
import type { Draft } from '../draft.ts';
import { leavesOf } from '../tensor/flat.ts';
import type { Tensor } from '../tensor/tensor.ts';

export function tidy(draft: Draft): void {
  const moving = leavesOf(draft).filter(({ update }) => !update.frozen);
  tidyGates(draft, moving);
  tidyTurns(draft, moving);
  for (const [ramp, target] of rampTargets(moving)) {
    draft.schedule.push({ id: draft.schedule.length, at: ramp.every, is: 'ramp', target, ramp });
  }
}

function tidyGates({ gates }: Draft, moving: readonly Tensor[]): void {
  const used = new Set(moving.flatMap(({ update }) => (!update.frozen && update.gate !== undefined ? [update.gate] : [])));
  const kept = gates.filter(({ id }) => used.has(id));
  const renumbered = new Map(kept.map(({ id }, position) => [id, position]));
  gates.splice(0, gates.length, ...kept.map((gate, id) => ({ ...gate, id })));
  for (const parameter of moving) {
    const { update } = parameter;
    if (!update.frozen && update.gate !== undefined) parameter.update = { ...update, gate: renumbered.get(update.gate)! };
  }
}

function tidyTurns({ schedule }: Draft, moving: readonly Tensor[]): void {
  const used = new Set(moving.flatMap(({ update }) => (!update.frozen && update.turn !== undefined ? [update.turn.clock] : [])));
  const kept = schedule.filter((event) => event.is !== 'turn' || used.has(event.id));
  const renumbered = new Map(kept.map(({ id }, position) => [id, position]));
  schedule.splice(0, schedule.length, ...kept.map((event, id): Event => ({ ...event, id })));
  for (const parameter of moving) {
    const { update } = parameter;
    if (update.frozen || update.turn === undefined) continue;
    parameter.update = { ...update, turn: { ...update.turn, clock: renumbered.get(update.turn.clock)! } };
  }
}

/** Equal ramps tick together. */
function rampTargets(moving: readonly Tensor[]): [Ramp, number[]][] {
  const targets = new Map<string, [Ramp, number[]]>();
  for (const { id, update } of moving) {
    for (const ramp of !update.frozen && update.where !== undefined ? rampsIn(update.where) : []) {
      const key = JSON.stringify(ramp);
      const known = targets.get(key);
      if (known === undefined) targets.set(key, [ramp, [id]]);
      else known[1].push(id);
    }
  }
  return [...targets.values()];
}
