/**
 * Programs that must be refused: an accepted one with one mistake, whose code and place follow from the mistake and not from what the
 * checker says of it.
 */
import { check } from '../../compiler/index.ts';
import { write } from './written/model.ts';

export interface Refused {
  readonly fault: string;
  readonly code: string;
  readonly text: string;
  /** Offsets in the text: what the message points at lies within. */
  readonly span: readonly [number, number];
}
interface Fault {
  readonly code: string;
  /** What is looked for, and what stands there instead: all of it, and the part that is wrong; nothing where that is the whole text. */
  readonly pattern: RegExp;
  readonly now: (...match: string[]) => readonly [string, string];
}

/** By what is wrong. */
export const faults: Readonly<Record<string, Fault>> = {
  'a name that is not defined': { code: 'B101', pattern: /tanh\(t\)/, now: () => ['tanh(nowhere)', 'nowhere'] },
  'a member that is declared twice': {
    code: 'B103',
    pattern: /\n {2}(w\d+): (\[.*\] ~ .*)\n/,
    now: (all, name, law) => [`${all}  ${name}: ${law}\n`, name],
  },
  'a sum that nothing asks for': {
    code: 'B301',
    pattern: /s\[batch, classes\] = (tanh\(t\) \* w\d+)/,
    now: (_, right) => [`s = ${right}`, right],
  },
  'an axis that occurs once and is left out': {
    code: 'B302',
    pattern: /s\[batch, classes\] = (tanh\(t\) \* w\d+)/,
    now: (_, right) => [`s[batch] = ${right}`, right],
  },
  'a brace that is missing': { code: 'B005', pattern: /\n\}\s*$/, now: () => ['\n', ''] },
  'a word that is no word': { code: 'B001', pattern: /model Drawn/, now: () => ['modle Drawn', 'modle'] },
  'a sign that is none': { code: 'B009', pattern: /tanh\(t\) \* /, now: () => ['tanh(t) & ', '&'] },
  'a layer that does not exist': { code: 'B101', pattern: /\n {2}(\w+): linear\[/, now: (_, name) => [`\n  ${name}: liner[`, 'liner'] },
  'an option that a layer has not': {
    code: 'B205',
    pattern: /\n {2}\w+: linear\[(\w+) -> (\w+)\](?!\()/,
    now: (all) => [`${all}(bias = false)`, 'bias'],
  },
  'a family that ends before it begins to count': { code: 'B101', pattern: /\[l in 1\.\.\d\]/, now: () => ['[l in 1..many]', 'many'] },
  'a path that leads nowhere': {
    code: 'B502',
    pattern: /\n {2}decompose (\S+) as/,
    now: (_, path) => [`\n  decompose ${path}_ as`, `${path}_`],
  },
  'a topology that does not exist': {
    code: 'B101',
    pattern: /\n {2}decompose (\S+) as (\w+)/,
    now: (_, path) => [`\n  decompose ${path} as mpx`, 'mpx'],
  },
  'two verdicts on one tensor': {
    code: 'B701',
    pattern: /\n {2}decompose (\S+) as/,
    now: (all, path) => [`\n  freeze ${path}\n  train only ${path}${all}`, `train only ${path}`],
  },
  'a time without its unit': {
    code: 'B002',
    pattern: /\n {2}decompose /,
    now: (all) => [`\n  squeeze b of w1 by 1 every 10${all}`, 'every 10'],
  },
};

/** Texts that are tried for a mistake that not every one has a place for. */
const TRIES = 40;

/** One from the seed. Throws Error where no text has a place for its mistake. */
export function refusedOf(seed: number, size: number): Refused {
  const names = Object.keys(faults);
  const fault = names[seed % names.length];
  const { code, pattern, now } = faults[fault];
  for (let tried = 0; tried < TRIES; tried++) {
    const { text } = write(seed * 13 + tried * 1009, size);
    const match = pattern.exec(text);
    if (match === null) continue;
    const [fresh, at] = now(...match);
    const from = match.index + fresh.lastIndexOf(at);
    const changed = text.slice(0, match.index) + fresh + text.slice(match.index + match[0].length);
    return { fault, code, text: changed, span: at === '' ? [0, changed.length] : [from, from + at.length] };
  }
  throw new Error(`no text of ${TRIES} has a place for ${fault}`);
}

/** What is wrong with what the checker says of it: nothing where one message has the code and points at the mistake. */
export function complaintAbout({ code, text, span: [from, to] }: Refused): string | undefined {
  const { diagnostics } = check({ file: 'program.bond', text, load: () => undefined });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const meant = errors.filter((error) => error.code === code);
  if (meant.length === 0) return `${code} expected, found ${errors.map((error) => error.code).join(', ') || 'nothing'}`;
  const places = meant.flatMap(({ primary, secondary }) => [primary.place, ...secondary.map(({ place }) => place)]);
  return places.some((place) => place.from < to && place.to > from) ? undefined : `${code} does not point at ${text.slice(from, to)}`;
}
