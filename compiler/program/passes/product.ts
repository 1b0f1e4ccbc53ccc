/** A contraction while passes work on it: letters that nothing has any more, and lookups by position in a list of their own. */
import type { Axis, Contract, Id, Subscript } from '../../values/program.ts';
import type { Builder } from '../builder.ts';

export interface Factor {
  readonly id: Id;
  readonly subscripts: readonly Subscript[];
}
export interface Factors {
  readonly letters: readonly Axis[];
  readonly operands: readonly Factor[];
  /** Int nodes; `Lookup.ids` are positions in here. */
  readonly ids: readonly Id[];
  readonly result: readonly Subscript[];
}

/** Letters are numbered in order of first use, each lookup is an input of its own. */
export function addContract(builder: Builder, { letters, operands, ids, result }: Factors): Id {
  const order: number[] = [];
  const number = (letter: number): number => {
    if (!order.includes(letter)) order.push(letter);
    return order.indexOf(letter);
  };
  const used: Id[] = [];
  const subscript = (s: Subscript): Subscript => {
    if (typeof s === 'number') return number(s);
    used.push(ids[s.ids]);
    return { ids: operands.length + used.length - 1, over: s.over.map(number), axis: s.axis };
  };
  const subscripts = operands.map((operand) => operand.subscripts.map(subscript));
  const written = result.map(subscript);
  const attributes: Contract = { letters: order.map((letter) => letters[letter]), operands: subscripts, result: written };
  return builder.add('contract', [...operands.map((operand) => operand.id), ...used], attributes);
}
