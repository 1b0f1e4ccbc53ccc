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

const damaged = [
  /^fn attend/,
  /^layer attention/,
  /^layer switch/,
  /^topology mpo/,
  /^topology ladder/,
  /^model CharGpt/,
  /^model ConvNet/,
];

/** Programs of every kind, to be damaged token by token. */
export function tenPrograms(): string[] {
  return [...damaged, /^variant MpoBert\(/, /^variant Opf /, /^variant RingAdapter/].map((pattern) => {
    const program = definitions().find((text) => pattern.test(text));
    if (program === undefined) throw new Error(`no definition is like ${pattern}`);
    return program;
  });
}

/** The token from one offset to another gone, or there twice. */
export const damages = [
  ['removed', (text: string, from: number, to: number) => text.slice(0, from) + text.slice(to)],
  ['doubled', (text: string, from: number, to: number) => `${text.slice(0, to)} ${text.slice(from)}`],
] as const;

export const lineOf = (text: string, offset: number) => text.slice(0, offset).split('\n').length;

/** Offsets of the tokens of a text, without comments, by a plain expression that knows nothing of the lexer. */
export function tokensOf(text: string): { from: number; to: number }[] {
  const pattern = /\/\/.*|"[^"\n]*"|[A-Za-z_][A-Za-z0-9_]*'*|[0-9][0-9_]*(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|->|\.\.|\*\*|[<>=!]=|[^\s]/g;
  return [...text.matchAll(pattern)]
    .filter(([token]) => !token.startsWith('//'))
    .map(({ 0: token, index }) => ({ from: index, to: index + token.length }));
}

/** Runs an action that takes less than a second on any machine of today: five of processor time, which other work changes little. */
export function withinSecond<T>(action: () => T, what: string): T {
  const started = process.cpuUsage();
  const result = action();
  const { user, system } = process.cpuUsage(started);
  if (user + system > 5e6) throw new Error(`${what} took ${((user + system) / 1e6).toFixed(1)} s`);
  return result;
}
