/**
 * Value numbering: two nodes that compute the same are one, whatever their axes and letters are called. Equal rebuilds of one weight in
 * twelve layers become one node here, before differentiation, so their gradients meet in one place too.
 */
import type { Table } from '../../values/operation.ts';
import type { Axis, Contract, Id, Node, Program, Source, Subscript } from '../../values/program.ts';
import { textOfAttributes } from '../../values/text.ts';
import { rewrite } from './rewrite.ts';

/** What is known of nodes from one sharing to the next: passes hand most of them on as they are. */
export class Keys {
  readonly #numbers = new Map<string, number>();
  readonly #own = new WeakMap<Node, string>();

  /** Equal for equal values of one program. `inputs`: what the node reads by now. */
  of(node: Node, inputs: readonly Id[]): string {
    const isOwn = inputs.every((input, k) => input === node.inputs[k]);
    const before = isOwn ? this.#own.get(node) : undefined;
    if (before !== undefined) return before;
    const key = keyOf(node, inputs, (text) => this.#numberOf(text));
    if (isOwn) this.#own.set(node, key);
    return key;
  }

  #numberOf(text: string): number {
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }
}

export function share(program: Program, table: Table, keys = new Keys()): Program {
  const known = new Map<string, Id>();
  return rewrite(program, table, (node, inputs, builder) => {
    const key = keys.of(node, inputs);
    const before = known.get(key);
    if (before === undefined) known.set(key, builder.nodes.length);
    return before;
  });
}

/** Equal for equal values; clones made to save memory (`again`) stay clones. Few texts are long and many alike: a number stands for each. */
function keyOf(node: Node, inputs: readonly Id[], numberOf: (text: string) => number): string {
  const again = node.origin.again ? ' again' : '';
  if (node.operation === 'source') {
    const { kind, name } = node.attributes as Source;
    return `source ${kind} ${name}`;
  }
  if (node.operation === 'contract') {
    const attributes = node.attributes as Contract;
    const { order, text } = canonicalOrder(attributes, inputs);
    return `contract ${order.map((k) => inputs[k]).join(' ')} ${numberOf(text)}${again}`;
  }
  return `${node.operation} ${inputs.join(' ')} ${numberOf(textOf(node))}${again}`;
}

/** A called program is named by all of it. */
function textOf({ operation, attributes }: Node): string {
  return operation === 'call' ? JSON.stringify(attributes) : textOfAttributes(attributes as object);
}

/** Without lookups the text of a contraction depends on the order of its operands alone: texts by order, for each object of attributes. */
const texts = new WeakMap<Contract, { readonly shapes: readonly string[]; readonly byOrder: Map<string, string> }>();

/** Operands in order of what they read, and the text of the contraction in this order. */
function canonicalOrder(contract: Contract, inputs: readonly Id[]): { readonly order: readonly number[]; readonly text: string } {
  const { letters, operands } = contract;
  const readsIds = inputs.length > operands.length;
  const before = texts.get(contract);
  const shapes = before?.shapes ?? operands.map((subscripts) => subscripts.map((s) => shape(s, letters, inputs)).join(' '));
  const keys = shapes.map((own, k) => `${inputs[k]} ${own}`);
  const order = [...keys.keys()].sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b));
  if (readsIds) return { order, text: contractText(contract, order, inputs) };
  const byOrder = before?.byOrder ?? new Map<string, string>();
  if (before === undefined) texts.set(contract, { shapes, byOrder });
  const name = order.join();
  const text = byOrder.get(name) ?? contractText(contract, order, inputs);
  byOrder.set(name, text);
  return { order, text };
}

/** Letters in order of first use. */
function contractText({ letters, operands, result }: Contract, order: readonly number[], inputs: readonly Id[]): string {
  const numbers = new Map<number, number>();
  const number = (letter: number): string => {
    if (!numbers.has(letter)) numbers.set(letter, numbers.size);
    return `${numbers.get(letter)}:${letters[letter].size}`;
  };
  const subscript = (s: Subscript): string =>
    typeof s === 'number' ? number(s) : `%${inputs[s.ids]}[${s.over.map(number).join(' ')}]:${s.axis.size}`;
  const list = (subscripts: readonly Subscript[]) => `(${subscripts.map(subscript).join(' ')})`;
  return `${order.map((k) => list(operands[k])).join(' ')} -> ${list(result)}`;
}
/** What a subscript is before letters are numbered. */
function shape(s: Subscript, letters: readonly Axis[], inputs: readonly Id[]): string {
  return typeof s === 'number' ? `${letters[s].size}` : `%${inputs[s.ids]}:${s.axis.size}`;
}
