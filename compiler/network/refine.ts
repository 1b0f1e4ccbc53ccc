/**
 * Trees made better, in slices of work: each `yield` hands out how many pairs, splits and moves were looked at since the last one, so
 * that who drives the search can count, stop it or let others run.
 */
import { Annealer } from './anneal.ts';
import { Reconfigurer } from './reconfigure.ts';
import type { Tree } from './tree.ts';

/** Work between two yields, about. */
export const SLICE = 20_000;

export type Working<T> = Generator<number, T, void>;

/** Reconfigures every join, from the operands up, until a pass changes nothing. `parts` sub-trees at a time. */
export function* reconfigure(tree: Tree, parts: number, random: () => number, passes = 16): Working<void> {
  const reconfigurer = new Reconfigurer(tree, parts);
  const additive = tree.measure.fold === 'sum';
  let reported = 0;
  for (let pass = 0; pass < passes; pass++) {
    let changed = false;
    let totals = additive ? undefined : tree.totals();
    for (const node of tree.order()) {
      if (reconfigurer.improve(node, parts, random, totals)) {
        changed = true;
        if (!additive) totals = tree.totals();
      }
      if (reconfigurer.work - reported < SLICE) continue;
      yield reconfigurer.work - reported;
      reported = reconfigurer.work;
    }
    if (!changed) break;
  }
  yield reconfigurer.work - reported;
}

export interface Schedule {
  readonly sweeps: number;
  /** Inverse temperatures; between them it grows by a constant factor. */
  readonly from: number;
  readonly to: number;
}

export function* anneal(tree: Tree, { sweeps, from, to }: Schedule, random: () => number): Working<void> {
  const annealer = new Annealer(tree, random);
  let work = 0;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    work += annealer.sweep(from * (to / from) ** (sweep / sweeps));
    if (work < SLICE) continue;
    yield work;
    work = 0;
  }
  yield work;
}
