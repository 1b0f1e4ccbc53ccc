/** Every event as a line of JSON with the time that it came, for tools that follow a run. */
import type { Listener } from '../stream.ts';

export function traceTo(write: (line: string) => void, now: () => number): Listener {
  const began = now();
  return { name: 'trace', hear: (event) => write(`${JSON.stringify({ milliseconds: Math.round(now() - began), ...event })}\n`) };
}
