/** Several searches as one. Each is a sequence of pieces of work of its own and does not know of the others, nor of any budget. */
import type { Working } from './refine.ts';
import type { Steps } from './tree.ts';

export interface Turn {
  readonly search: Working<void>;
  /** Work of its first turn; twice as much from turn to turn. */
  readonly turn: number;
  /** It has nothing to do now. */
  readonly idle?: () => boolean;
}

/** One after the other, again and again, until all have ended, all are idle, or `ended`. */
export function* inTurns(searches: readonly Turn[], ended: () => boolean): Working<void> {
  const left = new Set(searches);
  for (let factor = 1, busy = true; busy; factor *= 2) {
    busy = false;
    for (const own of left) {
      if (own.idle?.() === true) continue;
      for (let spent = 0; spent < factor * own.turn; ) {
        const { done, value } = own.search.next();
        if (ended()) return;
        if (done === true) {
          left.delete(own);
          break;
        }
        busy = true;
        spent += value;
        yield value;
      }
    }
  }
}

/** Always the one that has done least for its weight. */
export function* evenly(searches: readonly { readonly search: Working<void>; readonly weight: number }[]): Working<void> {
  const left = searches.map(({ search, weight }) => ({ search, weight, spent: 0 }));
  while (left.length > 0) {
    let at = 0;
    for (let k = 1; k < left.length; k++) if (left[k].spent < left[at].spent) at = k;
    const own = left[at];
    const { done, value } = own.search.next();
    if (done === true) left.splice(at, 1);
    else {
      own.spent += value / own.weight;
      yield value;
    }
  }
}

/** Says so whenever there is a better tree, before the work of it is handed out. */
export function* watched(search: Working<void>, best: { readonly steps: Steps }, better: () => void): Working<void> {
  let seen: Steps = [];
  const look = () => {
    if (best.steps === seen) return;
    seen = best.steps;
    better();
  };
  for (const work of search) {
    look();
    yield work;
  }
  look();
}
