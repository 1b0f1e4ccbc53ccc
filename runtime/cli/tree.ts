/** The syntax tree of a file as JSON for people: without places, and on one line what fits on one. */
import { parse } from '../../grammar/parse.ts';

export function treeText(text: string, file: string): string {
  return `${compact(withoutPlaces(parse(text, file).file), '')}\n`;
}

/** Where things stand, and what only the formatter reads. */
const hidden: ReadonlySet<string> = new Set(['place', 'blanks', 'source']);

function withoutPlaces(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, part: unknown) => (hidden.has(key) ? undefined : part)));
}

function compact(value: unknown, indent: string): string {
  const line = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || line.length + indent.length <= 120) return line;
  const inner = `${indent} `;
  if (Array.isArray(value)) return `[\n${value.map((part) => inner + compact(part, inner)).join(',\n')}\n${indent}]`;
  const parts = Object.entries(value).map(([key, part]) => `${inner}${JSON.stringify(key)}: ${compact(part, inner)}`);
  return `{\n${parts.join(',\n')}\n${indent}}`;
}
