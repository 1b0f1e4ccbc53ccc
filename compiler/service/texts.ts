/** How definitions, networks and axes are written for people: in hovers, completions and hints. */
import { startOfLine } from '../../grammar/position.ts';
import type { AxisFact } from '../check/facts.ts';
import type { ElementType, NetworkTerm, Weight } from '../values/model.ts';
import { factoredBy } from '../values/term.ts';
import type { Definition } from './definition.ts';

/** `layer linear[in -> out](biased = true)`: what is written up to the body. */
export function headOf(definition: Definition, text: string): string {
  const { whole } = definition;
  const written = text.slice(whole.from, whole.to);
  const head = bodyFrom(written);
  return written.slice(0, head).replace(/\s+/g, ' ').trim();
}

/** Where the body in braces begins; `{query, value}` in a path is none. */
function bodyFrom(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(' || text[at] === '[') depth++;
    else if (text[at] === ')' || text[at] === ']') depth--;
    else if (depth === 0 && text[at] === '{') return at;
    else if (depth === 0 && text.startsWith('//', at)) at = Math.max(at, text.indexOf('\n', at) - 1);
  }
  return text.length;
}

/** The comment directly above a definition, without its slashes. */
export function commentAbove({ whole }: Definition, text: string): string {
  const lines: string[] = [];
  for (let at = startOfLine(text, whole.from); at > 0; ) {
    const before = startOfLine(text, at - 1);
    const line = text.slice(before, at).trim();
    if (!line.startsWith('//')) break;
    lines.unshift(line.replace(/^\/\/ ?/, ''));
    at = before;
  }
  return lines.join('\n');
}

const axisText = ({ name, size }: AxisFact): string => (size === '' || size === name ? name : `${name} = ${size}`);

/** `[batch, time, width = 64] real`. */
export function tensorText({ axes, type }: { readonly axes: readonly AxisFact[]; readonly type: ElementType }): string {
  return `[${axes.map(axisText).join(', ')}]${type === 'real' ? '' : ` ${type}`}`;
}

const thousands = (value: number): string => value.toLocaleString('en');

export function shareText(parameters: number, dense: number): string {
  return `${thousands(parameters)} parameters, ${((100 * parameters) / dense).toPrecision(3)} % of dense`;
}

/** `mpo[4*4*4, 4*4*4](8, 8)`: factors and bonds as they came out. */
export function networkText(term: NetworkTerm, weight: Weight): string {
  const factors = factoredBy(term, weight.axes).map((axis) => axis.factors.join('*'));
  const inner = term.legs.filter((leg) => leg.outer === undefined);
  const bonds = Map.groupBy(inner, ({ bond = '' }) => bond.replace(/\[.*/, ''));
  const told = [...bonds].map(([name, legs]) => `${name} = ${sizesText(legs.map(({ size }) => size))}`);
  return `${term.topology}[${factors.join(', ')}](${told.join(', ')})`;
}

const sizesText = (sizes: readonly number[]): string => (new Set(sizes).size === 1 ? String(sizes[0]) : `(${sizes.join(', ')})`);
