/**
 * One budget of entries for many weights: from the largest bonds down, each time the state that costs least for the entries it saves. How
 * far that can be from the best is told by Lagrange: for any price of an entry, the sum of what each weight alone would choose at that
 * price, less the price of the budget, is no more than what any choice within the budget loses (Everett, Operations Research 11, 1963).
 */
import type { Candidate } from './candidate.ts';

export interface Choice {
  /** By candidate, then lever. */
  readonly states: readonly (readonly number[])[];
  readonly entries: number;
  /** Sum of squared losses, in the candidates' unit. */
  readonly loss: number;
  /** No choice of so many entries loses less; undefined where the bound was too much work. */
  readonly least?: number;
}

/** Undefined where even the smallest bonds have more than `most` entries. */
export function withinEntries(candidates: readonly Candidate[], most: number): Choice | undefined {
  const states = candidates.map(({ levers }) => levers.map(({ length }) => length - 1));
  const counts = candidates.map((candidate, k) => candidate.entries(states[k]));
  const moves = candidates.map((candidate, k) => cheapest(candidate, states[k], counts[k]));
  let entries = counts.reduce((sum, count) => sum + count, 0);
  let price = 0;
  while (entries > most) {
    let best = -1;
    for (const [k, move] of moves.entries()) if (move !== undefined && (best < 0 || move.price < moves[best]!.price)) best = k;
    if (best < 0) return undefined;
    const { lever, state, price: paid } = moves[best]!;
    states[best][lever] = state;
    price = Math.max(price, paid);
    entries -= counts[best];
    counts[best] = candidates[best].entries(states[best]);
    entries += counts[best];
    moves[best] = cheapest(candidates[best], states[best], counts[best]);
  }
  entries = filled(candidates, states, counts, most);
  const loss = lossOf(candidates, states);
  const least = relaxed(candidates, most, price);
  return { states, entries, loss, ...(least === undefined ? {} : { least: Math.min(least, loss) }) };
}

interface Move {
  readonly lever: number;
  readonly state: number;
  readonly price: number;
}

/** The smaller state of one lever that loses least for each entry that it saves. */
function cheapest({ levers, entries }: Candidate, states: readonly number[], now: number): Move | undefined {
  let best: Move | undefined;
  for (const [lever, losses] of levers.entries()) {
    const from = states[lever];
    // Spectra are convex, so the next state is the cheapest; a ladder may have a cheaper one further down.
    for (let state = from - 1; state >= Math.max(0, from - (levers.length === 1 ? losses.length : 1)); state--) {
      const saved = now - entries(states.with(lever, state));
      const price = (losses[state] - losses[from]) / Math.max(1, saved);
      if (best === undefined || price < best.price) best = { lever, state, price };
    }
  }
  return best;
}

/** What is left of the budget goes where it gains most; gives back the entries. */
function filled(candidates: readonly Candidate[], states: number[][], counts: number[], most: number): number {
  for (;;) {
    const entries = counts.reduce((sum, count) => sum + count, 0);
    let best: { k: number; lever: number; count: number; gain: number } | undefined;
    for (const [k, candidate] of candidates.entries()) {
      for (const [lever, losses] of candidate.levers.entries()) {
        const state = states[k][lever];
        const gain = state + 1 < losses.length ? losses[state] - losses[state + 1] : 0;
        if (gain <= (best?.gain ?? 0)) continue;
        const count = candidate.entries(states[k].with(lever, state + 1));
        if (entries - counts[k] + count <= most) best = { k, lever, count, gain };
      }
    }
    if (best === undefined) return entries;
    states[best.k][best.lever]++;
    counts[best.k] = best.count;
  }
}

function lossOf(candidates: readonly Candidate[], states: readonly (readonly number[])[]): number {
  return candidates.reduce((sum, { levers }, k) => sum + levers.reduce((own, losses, lever) => own + losses[states[k][lever]], 0), 0);
}

/** The greatest lower bound over prices around the last one paid; the bound is concave in the price. */
function relaxed(candidates: readonly Candidate[], most: number, price: number): number | undefined {
  const bound = (at: number): number => {
    let sum = -at * most;
    for (const candidate of candidates) sum += candidate.least(at) ?? Number.NaN;
    return sum;
  };
  const free = bound(0);
  if (!Number.isFinite(free)) return undefined;
  if (price === 0) return free;
  let [low, high] = [price / 64, price * 4];
  for (let round = 0; round < 12; round++) {
    const ratio = high / low;
    const [a, b] = [low * ratio ** 0.38, low * ratio ** 0.62];
    if (bound(a) < bound(b)) low = a;
    else high = b;
  }
  return Math.max(free, bound(Math.sqrt(low * high)));
}

/** Entries of the network with the smallest bonds. */
export function fewestEntries(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { levers, entries }) => sum + entries(levers.map(() => 0)), 0);
}
