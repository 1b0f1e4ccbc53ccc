/**
 * Counts that take minutes: `npm test` runs a sample of them, `npm run test:long` (BONDSMITH_LONG=1) all, and writes the figures that the
 * tests tell into `docs/results/long.md`.
 */
export const isLong = process.env.BONDSMITH_LONG === '1';

/** How many of something to try: the sample, or in a long run all. */
export const times = (sample: number, all: number): number => (isLong ? all : sample);

/** One row of `docs/results/long.md`, where this is a long run; `test/run.ts` collects the lines. */
export function figure(what: string, value: string | number): void {
  console.log(`\nFigure: ${what} | ${value}`);
}
