/**
 * First values of parameters that stay orthogonal: each core becomes the Q of its Q R, whose R its neighbour takes over the bond, so that
 * the function is what it was. Lost directions of a core without full rank are completed, and R has zeros there.
 */

import type { Model, Parameter } from '../../compiler/values/model.ts';
import { gaugeOrder, receiverOf } from '../../compiler/values/orthogonal.ts';
import { BondsmithError } from '../../grammar/error.ts';
import { transformAxis, unfold } from './gauge.ts';
import { multiply, orthonormalRows, transpose } from './linear-algebra.ts';
import type { HostTensor } from './tensor.ts';
import { count, norm, permute, reshape } from './tensor.ts';

const CIRCLE = 'what is not orthogonal would go over its bond to a core that hands it back';
/** |Q'Q - 1| of a tensor without such a neighbour that counts as orthogonal: what f32 and bf16 files leave of it. */
const NEAR = 1e-2;

/** A tensor that is to be orthogonal is not, and nothing could take the difference. */
export class NotOrthogonal extends BondsmithError {
  constructor(message: string) {
    super('not-orthogonal', message);
    this.name = 'NotOrthogonal';
  }
}

/** `values` by parameter id; those that change are new tensors. Throws NotOrthogonal. */
export function gaugeOrthogonal(model: Model, values: readonly HostTensor[]): HostTensor[] {
  const next = [...values];
  const order = gaugeOrder(model);
  const circular = model.parameters.find(({ id, orthogonal }) => orthogonal !== undefined && !order.includes(id));
  if (circular !== undefined) throw new NotOrthogonal(`${circular.names[0]} cannot be orthogonal: ${CIRCLE}`);
  for (const id of order) {
    const parameter = model.parameters[id];
    const columns = parameter.orthogonal!;
    const receiver = receiverOf(model, id, columns);
    const { q, r } = orthogonalised(next[id], columns);
    if (typeof receiver !== 'object')
      checkNear(parameter, r, receiver ?? 'a dense tensor has no neighbour that could take the difference, unless you decompose it');
    else next[receiver.parameter] = transformAxis(next[receiver.parameter], receiver.leg, r);
    next[id] = q;
  }
  return next;
}

/** `r` [columns, columns] by rows. */
function orthogonalised(tensor: HostTensor, leg: number): { readonly q: HostTensor; readonly r: Float64Array } {
  const columns = tensor.shape[leg];
  const rows = count(tensor.shape) / columns;
  const own = unfold(tensor, leg);
  const q = own.slice();
  orthonormalRows(q, columns, rows);
  complete(q, columns, rows);
  const r = multiply(q, transpose(own, columns, rows), columns, rows, columns);
  return { q: folded(q, tensor.shape, leg), r };
}

/** Rows of zeros become unit vectors less what the others have of them. */
function complete(q: Float64Array, m: number, n: number): void {
  let unit = 0;
  for (let row = 0; row < m; row++) {
    const own = q.subarray(row * n, (row + 1) * n);
    while (own.every((value) => value === 0) && unit < n) {
      own[unit++] = 1;
      for (let pass = 0; pass < 2; pass++) {
        for (let other = 0; other < m; other++) {
          if (other === row) continue;
          const there = q.subarray(other * n, (other + 1) * n);
          const factor = own.reduce((sum, value, k) => sum + value * there[k], 0);
          for (let k = 0; k < n; k++) own[k] -= factor * there[k];
        }
      }
      const length = norm(own);
      // n unit vectors leave at least sqrt((n - m) / n) of one of them.
      const scale = length * length < 1 / (2 * n) ? 0 : 1 / length;
      for (let k = 0; k < n; k++) own[k] *= scale;
    }
  }
}

/** The inverse of `unfold`: [columns, rows] back to the shape. */
function folded(data: Float64Array, shape: readonly number[], leg: number): HostTensor {
  const others = shape.filter((_, axis) => axis !== leg);
  const order = shape.map((_, axis) => (axis === leg ? 0 : axis < leg ? axis + 1 : axis));
  return permute(reshape({ shape: [shape[leg] * count(others)], data }, [shape[leg], ...others]), order);
}

function checkNear(parameter: Parameter, r: Float64Array, why: string): void {
  const columns = Math.sqrt(r.length);
  const off = r.reduce((most, value, k) => Math.max(most, Math.abs(value - (k % (columns + 1) === 0 ? 1 : 0))), 0);
  if (off <= NEAR) return;
  throw new NotOrthogonal(
    `${parameter.names[0]} is to stay orthogonal over ${parameter.legs[parameter.orthogonal!].name}, but its first values are not (off by ${off.toPrecision(2)}); ` +
      `${why}: give it the law orthogonal, or values that are`,
  );
}
