/**
 * Value numbering: two nodes that compute the same are one, whatever their axes and letters are called. Equal rebuilds of one weight in
 * twelve layers become one node here, before differentiation, so their gradients meet in one place too.
 */
import type { Table } from '../../values/operation.ts';
import type { Axis, Contract, Id, Node, Program, Source, Subscript } from '../../values/program.ts';
import { rewrite } from './rewrite.ts';

export function share(program: Program, table: Table): Program {
  const known = new Map<string, Id>();
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  return rewrite(program, table, (node, inputs, builder) => {
    const key = keyOf(node, inputs, numberOf);
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
  if (node.operation === 'contract') return `contract ${contractKey(node.attributes as Contract, inputs)}${again}`;
  return `${node.operation} ${inputs.join(' ')} ${numberOf(textOf(node))}${again}`;
}

/** Texts of attributes, which passes hand on as they are and never change. */
const texts = new WeakMap<object, string>();
function textOf({ operation, attributes }: Node): string {
  const known = texts.get(attributes as object);
  if (known !== undefined) return known;
  const text = operation === 'call' ? JSON.stringify(attributes) : JSON.stringify(attributes, withoutLabels);
  texts.set(attributes as object, text);
  return text;
}
/** Names of axes are for people. */
function withoutLabels(key: string, value: unknown): unknown {
  return key === 'name' ? undefined : value;
}

/** Operands in order of what they read, letters in order of first use. */
function contractKey({ letters, operands, result }: Contract, inputs: readonly Id[]): string {
  const order = operands
    .map((subscripts, k) => ({ subscripts, k, text: `${inputs[k]} ${subscripts.map((s) => shape(s, letters, inputs)).join(' ')}` }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : a.k - b.k));
  const numbers = new Map<number, number>();
  const number = (letter: number): string => {
    if (!numbers.has(letter)) numbers.set(letter, numbers.size);
    return `${numbers.get(letter)}:${letters[letter].size}`;
  };
  const subscript = (s: Subscript): string =>
    typeof s === 'number' ? number(s) : `%${inputs[s.ids]}[${s.over.map(number).join(' ')}]:${s.axis.size}`;
  const list = (subscripts: readonly Subscript[]) => `(${subscripts.map(subscript).join(' ')})`;
  const parts = order.map(({ subscripts, k }) => `${inputs[k]}${list(subscripts)}`);
  return `${parts.join(' ')} -> ${list(result)}`;
}
/** What a subscript is before letters are numbered. */
function shape(s: Subscript, letters: readonly Axis[], inputs: readonly Id[]): string {
  return typeof s === 'number' ? `${letters[s].size}` : `%${inputs[s.ids]}:${s.axis.size}`;
}
