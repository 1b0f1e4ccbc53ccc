/** Weights as the tensors that the model's text knows: networks contracted, adapters added, masks of values applied. */
import { maskHolds } from '../../compiler/values/mask.ts';
import type { Model, NetworkTerm, Parameter, SparseTerm, Term, Weight } from '../../compiler/values/model.ts';
import { factoredBy, networksOf } from '../../compiler/values/term.ts';
import { memberOf } from './family.ts';
import { underLearnedMask } from './learned.ts';
import { mergeNetwork } from './network.ts';
import { putBack } from './order.ts';
import { addEntries } from './sparse.ts';
import type { HostTensor } from './tensor.ts';
import { permute } from './tensor.ts';

/** A weight in the shape that the model sees, all its terms summed. `values` are by parameter id. */
export function mergeWeight(model: Model, values: readonly HostTensor[], weight: Weight): HostTensor {
  const shape = weight.axes.map((axis) => axis.size);
  const data = new Float64Array(shape.reduce((entries, size) => entries * size, 1));
  for (const term of weight.terms) {
    if (term.is === 'sparse') {
      addSparse(data, shape, model, values, term);
      continue;
    }
    const part = term.is === 'network' ? mergeTerm(model, values, weight, term) : denseTerm(model, values, term);
    for (let k = 0; k < data.length; k++) data[k] += part.data[k];
  }
  return { shape, data };
}

/** One network of a weight, scale included, by factors of its own. */
export function mergeTerm(model: Model, values: readonly HostTensor[], { axes }: Weight, term: NetworkTerm): HostTensor {
  const all = term.nodes.map(({ parameter }) => masked(model.parameters[parameter], values));
  const { network, cores } = memberOf(term, all);
  const merged = mergeNetwork(network, factoredBy(term, axes), cores);
  const whole = (term.orders ?? []).reduce((tensor, { axis, parameter }) => putBack(tensor, axis, values[parameter].data), merged);
  return scaled(whole, term.scale);
}

/** Single entries, added where they stand. */
function addSparse(to: Float64Array, shape: readonly number[], model: Model, values: readonly HostTensor[], term: SparseTerm): void {
  const { values: own, places, scale } = term;
  const entries = masked(model.parameters[own.parameter], values).data;
  const positions = places.map(({ parameter }) => values[parameter].data);
  addEntries(to, shape, entries, positions, scale);
}

/** The networks of a weight whose bonds may change, summed with the single entries beside them: all of a sum, without adapters. */
export function mergeNetworks(model: Model, values: readonly HostTensor[], weight: Weight): Float64Array {
  const parts = networksOf(weight).map(({ network }) => mergeTerm(model, values, weight, network).data);
  const sum = parts[0].map((_, k) => parts.reduce((total, part) => total + part[k], 0));
  const shape = weight.axes.map(({ size }) => size);
  for (const term of weight.terms) if (term.is === 'sparse') addSparse(sum, shape, model, values, term);
  return sum;
}

function denseTerm(model: Model, values: readonly HostTensor[], { parameter, perm, scale }: Term & { is: 'dense' }): HostTensor {
  return scaled(permute(masked(model.parameters[parameter], values), perm), scale);
}

function scaled({ shape, data }: HostTensor, scale: number): HostTensor {
  return { shape, data: scale === 1 ? data : data.map((value) => scale * value) };
}

/** Entries that a mask leaves out are 0, whatever is stored. Masks of values do not move in training. */
function masked(parameter: Parameter, values: readonly HostTensor[]): HostTensor {
  const { keep } = parameter;
  const value = underLearnedMask(parameter, values, values[parameter.id]);
  if (keep === undefined) return value;
  const still = () => {
    throw new RangeError('a mask of values moves');
  };
  const position = value.shape.map(() => 0);
  const data = value.data.map((entry) => {
    const kept = maskHolds(keep, position, still) ? entry : 0;
    for (let axis = position.length - 1; axis >= 0; axis--) {
      if (++position[axis] < value.shape[axis]) break;
      position[axis] = 0;
    }
    return kept;
  });
  return { shape: value.shape, data };
}
