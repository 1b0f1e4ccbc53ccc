/**
 * Where a value can differ from 0: a predicate over coordinates travels through products and through softmax, so that masks need not be
 * asked again. `exp(s - max s)` is 0 where s was set to -1e30, provided that every row has a position that was not.
 */
import type { Id, MapOp, Node, Reduce, Scalar } from '../../values/program.ts';
import { compileScalar, subterms } from '../../values/scalar.ts';
import { equalScalars, isNumber } from '../scalar.ts';

/** Anything below is a masked score: scores of models stay far above. */
const MASKED = -1e29;
/** Rows times positions that are tried at most to see that no row is empty. */
const MOST_TRIES = 1 << 22;

/** Is the condition about coordinates only? */
export function isStatic(condition: Scalar): boolean {
  return [...subterms(condition)].every((part) => part.is !== 'read' && part.is !== 'random');
}

/** Is the node 0 wherever the condition, over the coordinates of its axes, is false? */
export function isZeroOutside(nodes: readonly Node[], id: Id, condition: Scalar): boolean {
  const { operation, attributes, inputs } = nodes[id];
  if (operation !== 'map') return false;
  const { domain, reads, value } = attributes as MapOp;
  const whole = (k: number) => reads[k].length === domain.length && reads[k].every((position, axis) => position === axis);
  const zero = (part: Scalar): boolean => {
    if (part.is === 'read') return whole(part.operand) && isZeroOutside(nodes, inputs[part.operand], condition);
    if (part.is !== 'apply') return isNumber(part, 0);
    const [x, y, z] = part.a;
    if (part.f === 'select') return (equalScalars(x, condition) && isNumber(z, 0)) || (zero(y) && zero(z));
    if (part.f === 'mul') return zero(x) || zero(y);
    if (part.f === 'neg' || part.f === 'div') return zero(x);
    return part.f === 'exp' && x.is === 'apply' && x.f === 'sub' && vanishes(x.a[0], x.a[1]);
  };
  /** exp(score - its maximum). */
  const vanishes = (score: Scalar, maximum: Scalar): boolean => {
    const top = maximum.is === 'apply' && maximum.f === 'stop' ? maximum.a[0] : maximum;
    if (score.is !== 'read' || top.is !== 'read' || !whole(score.operand)) return false;
    const highest = nodes[inputs[top.operand]];
    const shown = inputs[score.operand];
    if (highest.operation !== 'reduce' || highest.inputs[0] !== shown) return false;
    const { combine, over } = highest.attributes as Reduce;
    const kept = domain.flatMap((_, axis) => (over.includes(axis) ? [] : [axis]));
    const aligned = kept.every((axis, k) => reads[top.operand][k] === axis);
    return combine === 'max' && aligned && isMaskedOutside(nodes[shown], condition) && hasNoEmptyRow(nodes[shown], condition, over);
  };
  return zero(value);
}

function isMaskedOutside({ operation, attributes }: Node, condition: Scalar): boolean {
  if (operation !== 'map') return false;
  const { value } = attributes as MapOp;
  const isMask = value.is === 'apply' && value.f === 'select' && equalScalars(value.a[0], condition);
  return isMask && value.a[2].is === 'number' && value.a[2].value <= MASKED;
}

/** The same for one comparison of two coordinates, by its worst case: contexts are longer than anything that could be tried. */
function isMetSomewhere(condition: Scalar, sizes: readonly number[], over: readonly number[]): boolean {
  if (condition.is !== 'apply' || (condition.f !== 'le' && condition.f !== 'lt')) return false;
  const [low, high] = condition.a;
  if (low.is !== 'coordinate' || high.is !== 'coordinate' || low.axis === high.axis) return false;
  const least = over.includes(low.axis) ? 0 : sizes[low.axis] - 1;
  const most = over.includes(high.axis) ? sizes[high.axis] - 1 : 0;
  return condition.f === 'le' ? least <= most : least < most;
}

/** For all positions of the kept axes the condition holds somewhere along the others. */
function hasNoEmptyRow({ attributes }: Node, condition: Scalar, over: readonly number[]): boolean {
  const sizes = (attributes as MapOp).domain.map((axis) => axis.size);
  const asked = [...new Set([...subterms(condition)].flatMap((part) => (part.is === 'coordinate' ? [part.axis] : [])))];
  if (asked.reduce((tries, axis) => tries * sizes[axis], 1) > MOST_TRIES) return isMetSomewhere(condition, sizes, over);
  const point = { reads: new Float64Array(0), coordinates: new Int32Array(sizes.length) };
  const holds = compileScalar(condition, point, sizes, { seed: [0, 0], tick: 0 });
  const every = (axes: readonly number[], test: () => boolean, wanted: boolean): boolean => {
    if (axes.length === 0) return test();
    const [axis, ...rest] = axes;
    for (let position = 0; position < sizes[axis]; position++) {
      point.coordinates[axis] = position;
      if (every(rest, test, wanted) !== wanted) return !wanted;
    }
    return wanted;
  };
  const reduced = asked.filter((axis) => over.includes(axis));
  const kept = asked.filter((axis) => !over.includes(axis));
  return every(kept, () => every(reduced, () => holds() !== 0, false), true);
}
