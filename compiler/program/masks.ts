/** Masks of parameters as predicates over coordinates. Static parts are numbers of the program, ramps are host scalars. */
import type { Mask, MaskIndex, Ramp } from '../values/model.ts';
import type { Id, Scalar } from '../values/program.ts';
import type { Builder } from './builder.ts';
import { apply, coordinate, number, read } from './scalar.ts';

/** Name of the host scalar that holds the present value of a ramp: `ramp/8:64:8:500 steps`. */
export function rampName(ramp: Ramp): string {
  return `ramp/${ramp.from}:${ramp.to}:${ramp.by}:${ramp.every.every} ${ramp.every.unit}`;
}
export function rampSource(builder: Builder, name: string): Id {
  return builder.source({ kind: 'input', name, rate: 'update' }, { dtype: 'int', axes: [] });
}

/** A mask as a predicate over the coordinates of a map whose domain is the parameter's legs; ramps are reads from `first` on. */
export function maskScalar(mask: Mask, first: number, source: (name: string) => Id): { condition: Scalar; inputs: readonly Id[] } {
  const names: string[] = [];
  const rampRead = (ramp: Ramp) => {
    const name = rampName(ramp);
    if (!names.includes(name)) names.push(name);
    return read(first + names.indexOf(name));
  };
  const index = (part: MaskIndex): Scalar => {
    switch (part.is) {
      case 'number':
        return number(part.value);
      case 'leg':
        return coordinate(part.leg);
      case 'ramp':
        return rampRead(part.ramp);
      case 'apply':
        return apply(part.f === 'div' ? 'idiv' : part.f, index(part.of[0]), index(part.of[1]));
    }
  };
  const compare = (f: 'lt' | 'le' | 'eq' | 'ne' | 'gt' | 'ge', a: Scalar, b: Scalar): Scalar => {
    if (f === 'ne') return apply('not', apply('eq', a, b));
    if (f === 'gt' || f === 'ge') return apply(f === 'gt' ? 'lt' : 'le', b, a);
    return apply(f, a, b);
  };
  const predicate = (part: Mask): Scalar => {
    if (part.is === 'compare') return compare(part.f, index(part.left), index(part.right));
    if (part.is === 'not') return apply('not', predicate(part.of));
    const of = part.of.map(predicate);
    return of.length === 0 ? number(part.is === 'and' ? 1 : 0) : of.reduce((a, b) => apply(part.is, a, b));
  };
  const condition = predicate(mask);
  return { condition, inputs: names.map(source) };
}
