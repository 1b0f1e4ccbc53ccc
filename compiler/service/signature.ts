/** What the bracket around a place takes. */
import { beforeCursor } from './before-cursor.ts';
import type { Document } from './document.ts';
import { headOf } from './texts.ts';

export interface Signature {
  readonly label: string;
  /** Where in the label each parameter stands. */
  readonly parameters: readonly (readonly [from: number, to: number])[];
  readonly active: number;
}

export function signatureAt(document: Document, offset: number): Signature | undefined {
  const { within, from } = beforeCursor(document.text, offset);
  if (within === undefined || within.of === '') return undefined;
  const scope = document.project.main.scopeAt(from);
  const definition = scope.find(within.of.split('.')[0]!);
  if (definition === undefined) return undefined;
  const text = document.project.tableOf(definition.place.file)?.text;
  const label = text === undefined ? '' : headOf(definition, text);
  const parameters = within.open === '(' ? bracketOf(label, '(', ')') : bracketOf(label, '[', ']');
  if (parameters === undefined) return undefined;
  return {
    label,
    parameters,
    active: Math.min(
      activeOf(document.text.slice(within.from, offset), label, parameters, within.item),
      Math.max(0, parameters.length - 1),
    ),
  };
}

/** The parts of the first bracket of that kind, split by commas outside inner brackets. */
function bracketOf(label: string, open: string, close: string): [number, number][] | undefined {
  const name = /^(?:\w+ )?\w+/.exec(label)?.[0].length ?? 0;
  const start = label.indexOf(open, name);
  if (start < 0) return undefined;
  const parts: [number, number][] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < label.length; at++) {
    if ('([{'.includes(label[at]!)) depth++;
    if (')]}'.includes(label[at]!)) depth--;
    const ends = depth === 0 && label[at] === close;
    if (ends || (depth === 1 && label[at] === ',')) {
      if (at > from) parts.push([from + /^\s*/.exec(label.slice(from, at))![0].length, at]);
      from = at + 1;
    }
    if (ends) break;
  }
  return parts;
}

/** Options go by name: `biased = ` is the parameter of that name wherever it stands. */
function activeOf(given: string, label: string, parameters: readonly (readonly [number, number])[], item: number): number {
  const name = /(\w+)\s*=[^,]*$/.exec(given)?.[1];
  const named = parameters.findIndex(([from, to]) => name !== undefined && new RegExp(`^${name}\\b`).test(label.slice(from, to)));
  return named >= 0 ? named : item;
}
