/**
 * The random numbers of a search. They lead a search and never reach a result that is checked bit by bit, so that one multiplication and
 * a few shifts a number are enough (mulberry32); those of programs are in compiler/values/random.ts.
 */

/** Uniform in [0, 1), the same sequence for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 4294967296;
  };
}
