/** Loops that move whole values. */
import type { Scalar } from '../values/program.ts';
import type { Digit, Form } from './form.ts';
import type { Loop, LoopAccess, ValueId } from './loop.ts';

const plain = (operand: number): Scalar => ({ is: 'read', operand });

/** result = value, or select(bit, value, old). */
export function copyLoop([value, old, bit]: readonly ValueId[], size: number, result: ValueId): Loop {
  const digit: Digit = { size };
  const at: Form = { terms: new Map(size > 1 ? [[digit, 1]] : []), plus: 0 };
  const place = (id: ValueId, form: Form): LoopAccess => ({ value: id, at: form, lookups: [], where: [] });
  const chosen = old !== undefined && bit !== undefined;
  return {
    kept: size > 1 ? [digit] : [],
    reduced: [],
    reads: chosen ? [place(value, at), place(old, at), place(bit, { terms: new Map(), plus: 0 })] : [place(value, at)],
    combine: 'none',
    value: chosen ? { is: 'apply', f: 'select', a: [plain(2), plain(0), plain(1)] } : plain(0),
    after: [],
    finish: plain(0),
    write: place(result, at),
    coordinates: [],
    keys: [],
  };
}
