/** A change of the text that a person may ask for. */
import type { Diagnostic, Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Document } from '../document.ts';
import type { Edit } from '../navigate.ts';
import { type Node, nodesAt } from '../nodes.ts';

export interface Action {
  readonly title: string;
  readonly edits: readonly Edit[];
  /** What it puts right; without one it only says the same otherwise. */
  readonly fixes?: Diagnostic;
}
/** What a diagnostic makes possible. `codes`: those that it looks at; absent: all. */
export interface Fix {
  readonly codes?: readonly string[];
  propose(diagnostic: Diagnostic, document: Document): readonly Omit<Action, 'fixes'>[];
}
/** What the text at a place makes possible. */
export type Refactoring = (document: Document, selected: Place) => readonly Action[];

export const textOf = ({ text }: Document, { from, to }: Place): string => text.slice(from, to);
export const insert = ({ file }: Place, at: number, text: string): Edit => ({ place: { file, from: at, to: at }, text });

/** The innermost node of one of the kinds around a place of the document itself. */
export function around<Found extends Node>({ project, file }: Document, place: Place, ...kinds: readonly string[]): Found | undefined {
  if (place.file !== file) return undefined;
  const found = nodesAt(project.main.tree as Node, place.from).filter(
    (node) => kinds.includes(node.kind ?? '') && node.place.to >= place.to,
  );
  return found.at(-1) as Found | undefined;
}

export function itemAround({ project, file }: Document, place: Place): tree.FileItem | undefined {
  if (place.file !== file) return undefined;
  return project.main.tree.items.find((item) => item.place.from <= place.from && place.to <= item.place.to);
}

/** The first code between backticks in a hint that matches. */
export function codeIn(hint: string | undefined, pattern: RegExp): string | undefined {
  return [...(hint ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => code!).find((code) => pattern.test(code));
}

/** The blanks before the line that an offset is in. */
export function indentAt({ text }: Document, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start))![0];
}

/** The text of the document after the edits that lie in it. Edits do not overlap. */
export function applied({ text, file }: Document, edits: readonly Edit[]): string {
  const own = edits.filter(({ place }) => place.file === file).sort((a, b) => b.place.from - a.place.from || b.place.to - a.place.to);
  return own.reduce((all, { place, text }) => `${all.slice(0, place.from)}${text}${all.slice(place.to)}`, text);
}
