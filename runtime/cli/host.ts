/** The terminal and the signals of Node behind the interfaces that the runtime asks for; its files are in node-files.ts. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Context } from './context.ts';
import { nodeFiles } from './node-files.ts';
import { printable } from './printable.ts';

export { nodeFiles };

/** Node and its terminal for one call; nothing of the process is changed. `interrupted`: whether the call should stop. */
export function nodeContext(interrupted = () => false): Context {
  const { stderr, stdout } = process;
  const color = stderr.isTTY === true && process.env.NO_COLOR === undefined;
  const told = (text: string, before = '') => void stderr.write(before + printable(text, color));
  return {
    files: nodeFiles(),
    out: (text) => void stdout.write(printable(text, false)),
    err: (text) => told(text),
    color,
    terminal: {
      columns: stderr.columns ?? 100,
      write: (text) => told(text),
      ...(stderr.isTTY ? { rewrite: (line) => told(line, '\r') } : {}),
    },
    plans: join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bondsmith', 'plans'),
    now: () => performance.now(),
    interrupted: () => new Promise((done) => setImmediate(() => done(interrupted()))),
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const NUMBERS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/**
 * Runs an action that can be asked to stop. From its first question on whether it should, a signal asks it to stop after the present step,
 * and a second one ends the process; before that, signals do what they do: end the process at once, since there is nothing to save.
 */
export async function stoppable<T>(action: (context: Context) => Promise<T>): Promise<T> {
  let asked = false;
  let listening = false;
  const ask = (signal: keyof typeof NUMBERS) => {
    if (asked) process.exit(128 + NUMBERS[signal]);
    asked = true;
  };
  const listen = () => {
    if (!listening) for (const signal of SIGNALS) process.on(signal, ask);
    listening = true;
    return asked;
  };
  const context = nodeContext();
  const interrupted = () => {
    listen();
    return new Promise<boolean>((done) => setImmediate(() => done(asked)));
  };
  try {
    return await action({ ...context, interrupted });
  } finally {
    for (const signal of SIGNALS) process.off(signal, ask);
  }
}
