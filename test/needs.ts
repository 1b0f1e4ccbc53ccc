/**
 * What some tests need and not every machine has. Where it is missing they are counted as skipped, never as passed; BONDSMITH_GPU=required,
 * BONDSMITH_BROWSER=required and so on make its absence an error.
 */
import { test } from 'uvu';

/** Registers a test that runs, or counts as skipped. */
export type Register = (name: string, run: () => unknown) => void;

/** `test` where the need is met; where not, one line `WHAT not run: HINT` and tests that are skipped. Throws where the environment requires it. */
export function testWith(what: string, isMet: boolean, hint: string): Register {
  if (isMet) return (name, run) => test(name, async () => void (await run()));
  const line = `${what} not run: ${hint}`;
  if (process.env[`BONDSMITH_${what.toUpperCase()}`] === 'required') throw new Error(line);
  console.log(line);
  return () => test.skip();
}
