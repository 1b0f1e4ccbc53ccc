/**
 * The map: one scalar expression at every point of a domain. Masks are comparisons of coordinates, dropout is a random word, broadcasts
 * and diagonals are reads that skip or repeat domain axes.
 */

import type { Adjoint, Pick, Tensor } from '../../values/operation.ts';
import { AxisError, type Operation } from '../../values/operation.ts';
import type { Contract, Dtype, Id, MapOp, Scalar } from '../../values/program.ts';
import { compileScalar, printScalar, ScalarError, scalarType, subterms } from '../../values/scalar.ts';
import { elements, labels, strides } from '../../values/shape.ts';
import { access, pointwise } from '../access.ts';
import { sampleAxes, sampleScalar, subset, type } from '../sample.ts';
import { compact, derivative, equalScalars, isNumber, read, simple, simplifyScalar, substitute } from '../scalar.ts';
import { spellMap } from '../spell/scalar.ts';

export const map: Operation<MapOp> = {
  name: 'map',
  infer(a, inputs) {
    if (a.reads.length !== inputs.length)
      throw new AxisError(`a map with ${inputs.length} inputs has ${a.reads.length} lists of read positions`);
    a.reads.forEach((positions, k) => {
      const { axes } = inputs[k];
      if (positions.length !== axes.length)
        throw new AxisError(`input ${k} has ${axes.length} axes and is read at ${positions.length} positions`);
      positions.forEach((position, axis) => {
        const own = a.domain[position];
        if (own?.size !== axes[axis].size) {
          const found = own === undefined ? `position ${position}, which is not there` : `axis ${position} (${own.name}:${own.size})`;
          throw new AxisError(`input ${k}, axis ${axis} (${axes[axis].name}:${axes[axis].size}) is read along ${found} of the domain`);
        }
      });
    });
    for (const part of subterms(a.value)) {
      if (part.is === 'coordinate' && a.domain[part.axis] === undefined)
        throw new AxisError(`coordinate ${part.axis} is not an axis of the domain`);
      if (part.is === 'random' && part.rows > a.domain.length)
        throw new AxisError(`a random word of ${part.rows} row axes in ${a.domain.length} axes`);
    }
    return { dtype: dtypeOf(a, inputs), axes: a.domain };
  },
  print(a, inputs) {
    const names = labels(a.domain);
    const texts = a.reads.map((positions, k) => {
      const whole = positions.length === a.domain.length && positions.every((position, axis) => position === axis);
      return whole ? inputs[k] : `${inputs[k]}(${positions.map((position) => names[position]).join(' ')})`;
    });
    return `map ${printScalar(a.value, texts, a.domain)}`;
  },
  gradient: (a, at) => a.reads.map((_, k) => (at.wanted(k) ? gradientOf(a, at, k) : null)),
  reference(a, inputs, context) {
    const dtype = dtypeOf(
      a,
      inputs.map((tensor) => tensor.type),
    );
    return { type: { dtype, axes: a.domain }, data: evaluate(a, inputs, context) };
  },
  lower: (a, inputs) =>
    pointwise(
      a.domain,
      a.reads.map((positions, k) => access(k, inputs[k].axes, positions, inputs)),
      a.value,
    ),
  spell: spellMap,
  sample(pick) {
    const domain = sampleAxes(pick, pick.integer(0, 3));
    const dtypes = Array.from(
      { length: pick.integer(1, 3) },
      (_, k): Dtype => (k === 0 ? 'real' : pick.of(['real', 'real', 'int', 'bit'])),
    );
    const reads = dtypes.map(() => {
      const positions = subset(pick, [...domain.keys()]);
      return positions.length > 0 && pick.integer(0, 5) === 0 ? [...positions, positions[0]] : positions;
    });
    const inputs = dtypes.map((dtype, k) =>
      type(
        dtype,
        reads[k].map((position) => domain[position]),
      ),
    );
    const fills: Record<Dtype, ((pick: Pick) => number) | undefined> = {
      real: undefined,
      int: (p) => p.integer(-2, 3),
      bit: (p) => p.integer(0, 1),
    };
    return {
      attributes: { domain, reads, value: sampleScalar(pick, dtypes, domain.length, 3) },
      inputs,
      values: dtypes.map((dtype) => fills[dtype]),
    };
  },
};

function dtypeOf(a: MapOp, inputs: readonly { readonly dtype: Dtype }[]): Dtype {
  const found = scalarType(
    a.value,
    inputs.map((input) => input.dtype),
  );
  if (found === 'word') throw new ScalarError('the value of a map is a random word; write below(...) or uniform(...) around it');
  return found === 'number' ? 'real' : found;
}

/**
 * The cotangent times the symbolic derivative, summed over the domain axes that the read lacks. A derivative that is one number everywhere
 * is multiplied after the sum; one that holds the map's own value reads the result instead of computing it again.
 */
function gradientOf(a: MapOp, at: Adjoint, k: number): Id | null {
  const whole = a.domain.map((_, axis) => axis);
  const slope = derivative(a.value, k);
  if (isNumber(slope, 0)) return null;
  const toRead = (id: Id): Id => {
    const positions = a.reads[k];
    if (positions.length === whole.length && positions.every((position, axis) => position === axis)) return id;
    return at.add<Contract>('contract', [id], { letters: a.domain, operands: [whole], result: positions });
  };
  if (subterms(slope).every(({ is }) => is === 'number' || is === 'size' || is === 'apply')) {
    const sum = toRead(at.cotangent);
    if (isNumber(slope, 1)) return sum;
    const domain = a.reads[k].map((position) => a.domain[position]);
    return at.add<MapOp>('map', [sum], { domain, reads: [domain.map((_, axis) => axis)], value: simple('mul', slope, read(0)) });
  }
  const result = a.reads.length;
  const known = readingResult(slope, a.value, read(result));
  const inputs = [...at.inputs, at.result, at.cotangent];
  const dtypes = inputs.map((id) => at.type(id).dtype);
  const body = { inputs, reads: [...a.reads, whole, whole], value: simplifyScalar(simple('mul', known, read(result + 1)), dtypes) };
  const { inputs: used, reads, value } = compact(body);
  return toRead(at.add<MapOp>('map', used, { domain: a.domain, reads, value }));
}

/** The slope with the map's own value read where it stands; inside a selection that the value begins with, its branch is the value. */
function readingResult(slope: Scalar, value: Scalar, result: Scalar): Scalar {
  const same = (whole: Scalar) => (part: Scalar) => (part.is === 'apply' && equalScalars(part, whole) ? result : undefined);
  if (value.is !== 'apply' || value.f !== 'select') return substitute(slope, same(value));
  const [condition, chosen] = value.a;
  return substitute(slope, (part) => {
    if (part.is !== 'apply' || part.f !== 'select' || !equalScalars(part.a[0], condition)) return same(value)(part);
    return same(value)(part) ?? { ...part, a: [condition, substitute(part.a[1], same(chosen)), part.a[2]] };
  });
}

function evaluate(
  a: MapOp,
  inputs: readonly Tensor[],
  context: { readonly seed: readonly [number, number]; readonly tick: number },
): Float64Array {
  const sizes = a.domain.map((axis) => axis.size);
  const count = elements(a.domain);
  const point = { reads: new Float64Array(inputs.length), coordinates: new Int32Array(sizes.length) };
  const value = compileScalar(a.value, point, sizes, context);
  const steps = a.reads.map((positions, k) => {
    const own = strides(inputs[k].type.axes);
    return sizes.map((_, axis) => positions.reduce((sum, position, p) => (position === axis ? sum + own[p] : sum), 0));
  });
  const offsets = new Int32Array(inputs.length);
  const result = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    for (let k = 0; k < inputs.length; k++) point.reads[k] = inputs[k].data[offsets[k]];
    result[n] = value();
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const wraps = ++point.coordinates[axis] === sizes[axis];
      for (let k = 0; k < inputs.length; k++) offsets[k] += steps[k][axis] * (wraps ? 1 - sizes[axis] : 1);
      if (!wraps) break;
      point.coordinates[axis] = 0;
    }
  }
  return result;
}
