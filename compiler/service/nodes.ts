/**
 * The syntax tree as one shape: a node is whatever has a place, its children are the nodes that its properties hold. So what an editor asks
 * ("what stands at this offset") needs no list of the kinds of nodes.
 */
import type { Place } from '../../grammar/diagnostic.ts';

export interface Node {
  readonly place: Place;
  readonly kind?: string;
}

/** Where things stand, and what only the formatter reads. */
const hidden: ReadonlySet<string> = new Set(['place', 'comments', 'blanks', 'source']);

/** The nodes directly within one, in the order of the text. */
export function childrenOf(node: Node): Node[] {
  const found: Node[] = [];
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) for (const part of value) collect(part);
    else if ('place' in value) found.push(value as Node);
    else for (const part of Object.values(value)) collect(part);
  };
  for (const [key, value] of Object.entries(node)) if (!hidden.has(key)) collect(value);
  return found.sort((a, b) => a.place.from - b.place.from || b.place.to - a.place.to);
}

/** The node and all within it, in the order of the text. Sums of thousands of terms are deep: no recursion. */
export function* nodesIn(node: Node): Generator<Node> {
  const waiting = [node];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    yield at;
    waiting.push(...childrenOf(at).reverse());
  }
}

export const holds = ({ place }: Node, offset: number): boolean => place.from <= offset && offset <= place.to;

/** The nodes around an offset, the outermost first. Between two that touch, the one that begins there. */
export function nodesAt(root: Node, offset: number): Node[] {
  const path: Node[] = [];
  for (let at: Node | undefined = root; at !== undefined; ) {
    path.push(at);
    at = childrenOf(at).findLast((child) => holds(child, offset));
  }
  return path;
}
