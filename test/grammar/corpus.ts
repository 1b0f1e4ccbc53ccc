/** The corpus of programs, the pieces of it that the grammar's tests damage, and what a damaged one may cost. */
import { readFileSync } from 'node:fs';
import { parse } from '../../grammar/parse.ts';

export const names = ['std', 'models', 'variants'] as const;

export function sourceOf(name: (typeof names)[number]): string {
  return readFileSync(new URL(`../corpus/${name}.bond`, import.meta.url), 'utf8');
}

/** Every definition of the corpus as a program of its own. */
export function definitions(): string[] {
  return names.flatMap((name) => {
    const text = sourceOf(name);
    return parse(text, name).file.items.map(({ place }) => `${text.slice(place.from, place.to)}\n`);
  });
}

/** Offsets of the tokens of a text, without comments, by a plain expression that knows nothing of the lexer. */
export function tokensOf(text: string): { from: number; to: number }[] {
  const pattern = /\/\/.*|"[^"\n]*"|[A-Za-z_][A-Za-z0-9_]*'*|[0-9][0-9_]*(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|->|\.\.|\*\*|[<>=!]=|[^\s]/g;
  return [...text.matchAll(pattern)]
    .filter(([token]) => !token.startsWith('//'))
    .map(({ 0: token, index }) => ({ from: index, to: index + token.length }));
}

/** Runs an action that must not take a second of processor time: other work on the machine does not count. */
export function withinSecond<T>(action: () => T, what: string): T {
  const started = process.cpuUsage();
  const result = action();
  const { user, system } = process.cpuUsage(started);
  if (user + system > 1e6) throw new Error(`${what} took ${((user + system) / 1e6).toFixed(1)} s`);
  return result;
}
