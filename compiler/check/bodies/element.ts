/** Element types at the border of a function: real, int, bool, or an axis whose positions the values are. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId } from '../../values/model.ts';
import { describe } from '../fold.ts';
import { refuse } from '../refuse.ts';
import type { Elaboration } from './context.ts';
import { asReal, proofOf } from './operate.ts';
import { positions } from './positions.ts';
import type { StaticPart, Tensor } from './value.ts';

export interface Border {
  axis(name: tree.Identifier): AxisId;
  /** A formal axis as the other side knows it. */
  toActual(axis: AxisId): AxisId;
  readonly at: Place;
  readonly declared: Place;
  readonly name: string;
}

/** The value with the element type declared, its index the axis named in the declaration. */
export function checkElement(
  to: Elaboration,
  value: Tensor | StaticPart,
  element: tree.Identifier | undefined,
  border: Border,
): Tensor | StaticPart {
  if (value.is === 'static') return checkStatic(value, element, border);
  if (element === undefined) {
    if (value.type === 'bool') refuseType(border, 'real numbers', 'true and false', '`in bool`');
    if (value.index !== undefined && value.affine === undefined) {
      const name = to.table.name(value.index.axis);
      refuseType(border, 'real numbers', `positions of ${name}`, `\`in ${name}\``);
    }
    return asReal(to, value);
  }
  if (element.name === 'bool') return value.type === 'bool' ? value : refuseType(border, 'conditions', `${value.type} numbers`);
  if (value.type !== 'int')
    refuseType(border, element.name === 'int' ? 'whole numbers' : `positions of ${element.name}`, `${value.type} values`);
  if (element.name === 'int') return value;
  return { ...value, ...indexed(to, value, border.axis(element), border) };
}

function checkStatic(value: StaticPart, element: tree.Identifier | undefined, border: Border): StaticPart {
  const wanted = element?.name === 'bool' ? 'boolean' : 'number';
  if (value.value.is === wanted && (element === undefined || element.name === 'bool' || Number.isInteger(Object(value.value).value)))
    return value;
  return refuseType(border, element?.name === 'bool' ? 'conditions' : element ? 'whole numbers' : 'numbers', describe(value.value));
}

function indexed(to: Elaboration, value: Tensor, axis: AxisId, border: Border): Pick<Tensor, 'index' | 'range'> {
  const { table } = to;
  const wanted = border.toActual(axis);
  const known = positions(table, wanted, proofOf(value)) ?? positions(table, axis, proofOf(value));
  const inside = known && to.indexing(axis, { by: 'same', of: known });
  if (inside?.index !== undefined) return inside;
  const found = value.index === undefined ? 'whole numbers that may lie outside' : `positions of ${table.name(value.index.axis)}`;
  return refuse({
    code: 'B312',
    message: `\`${border.name}\` takes positions of ${table.name(wanted)}`,
    at: border.at,
    label: `these are ${found}`,
    also: [{ place: border.declared, text: 'declared here' }],
    hint: value.index === undefined ? `\`clamp[${table.name(wanted)}](...)\` keeps them inside` : undefined,
  });
}

function refuseType(border: Border, wanted: string, found: string, hint?: string): never {
  return refuse({
    code: 'B321',
    message: `\`${border.name}\` takes ${wanted}`,
    at: border.at,
    label: `these are ${found}`,
    also: [{ place: border.declared, text: 'declared here' }],
    hint: hint ? `declare it ${hint}` : undefined,
  });
}
