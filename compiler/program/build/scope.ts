/**
 * What every group of expressions needs while a body becomes a program: the graph under construction, numbers for axes, the sources of
 * parameters. A value is dense (a node) or a net: products of operands that are not computed yet, so that a weight made of cores is
 * seen whole by whoever multiplies with it.
 */
import type { Body, ElementType, ValueId } from '../../values/body.ts';
import { keptOf } from '../../values/learned.ts';
import type { AxisId, Learned, Model, ParameterId } from '../../values/model.ts';
import type { Axis, Dtype, Id, Scalar, Type } from '../../values/program.ts';
import type { Builder } from '../builder.ts';
import { maskScalar, rampSource } from '../masks.ts';
import { apply, number, read } from '../scalar.ts';

/** A node whose axes stand for axes of the model, in this order. */
export interface Dense {
  readonly is: 'dense';
  readonly id: Id;
  readonly axes: readonly AxisId[];
}
/** An index of a product; identity is the object. */
export interface Letter {
  readonly name: string;
  readonly size: number;
}
/** The value of an int node at letters, in place of a letter. */
export interface Gather {
  readonly ids: Id;
  readonly over: readonly Letter[];
  readonly axis: Axis;
}
export interface Operand {
  readonly id: Id;
  readonly subscripts: readonly (Letter | Gather)[];
  readonly cut?: Cut;
}
/** Of an operand that is a part of a core: all of it, and what each of its legs is here. */
export interface Cut {
  readonly id: Id;
  readonly legs: readonly (Letter | Fixed)[];
}
/** A member's position on a leg of its family, where the leg has no letter. */
export interface Fixed {
  readonly leg: number;
  readonly size: number;
  readonly at: number;
}
/**
 * The letters that an axis is spread over, most significant first; their product is above `size` where rows of padding were added. `at`: an
 * int node over the letters that says which position of the axis each of theirs is.
 */
export interface Spread {
  readonly letters: readonly Letter[];
  readonly size: number;
  readonly at?: Id;
  /** An int node of all positions: position k of the letters is position `order[k]` of the axis. */
  readonly order?: Id;
}
/** Product of operands, summed over the letters that no axis has, times `scale`. */
export interface NetTerm {
  readonly operands: readonly Operand[];
  readonly axes: ReadonlyMap<AxisId, Spread>;
  readonly scale: number;
}
export interface Net {
  readonly is: 'net';
  readonly terms: readonly NetTerm[];
}
export type Value = Dense | Net;

export interface Scope {
  readonly model: Model;
  readonly builder: Builder;
  readonly size: (axis: AxisId) => number;
  /** Names of inputs that live from call to call. */
  readonly kept: ReadonlySet<string>;
  readonly body: Body;
  readonly values: readonly (Value | undefined)[];
  /** Nodes of parameters, kept over all bodies of a program. */
  readonly parameters: Map<ParameterId, Id>;
  /** Evaluation: no parameter changes. */
  readonly constant: boolean;
}

export const isFixed = (leg: Letter | Fixed): leg is Fixed => 'at' in leg;
export const isGather = (subscript: Letter | Gather): subscript is Gather => 'ids' in subscript;
export const axisOf = (scope: Scope, axis: AxisId): Axis => ({ name: scope.model.axes[axis].name, size: scope.size(axis) });
export const dtypeOf = (type: ElementType): Dtype => (type === 'bool' ? 'bit' : type);

export function valueAt(scope: Scope, id: ValueId): Value {
  const value = scope.values[id];
  if (value === undefined) throw new Error(`statement ${id} is read before it is built`);
  return value;
}

/** One map node; `reads[k]` are nodes with the axes they have, all among `axes`. */
export function mapOver(scope: Scope, axes: readonly AxisId[], reads: readonly Dense[], value: Scalar): Dense {
  const at = new Map(axes.map((axis, k) => [axis, k]));
  const positions = reads.map((dense) =>
    dense.axes.map((axis) => {
      const position = at.get(axis);
      if (position === undefined) throw new Error(`axis ${scope.model.axes[axis].name} is read but not among the axes of the result`);
      return position;
    }),
  );
  const domain = axes.map((axis) => axisOf(scope, axis));
  const inputs = reads.map((dense) => dense.id);
  return { is: 'dense', id: scope.builder.add('map', inputs, { domain, reads: positions, value }), axes };
}

/** The same values with the axes in another order; more axes are broadcast. */
export function arranged(scope: Scope, dense: Dense, axes: readonly AxisId[]): Dense {
  const same = axes.length === dense.axes.length && axes.every((axis, k) => axis === dense.axes[k]);
  return same ? dense : mapOver(scope, axes, [dense], read(0));
}

export function constantOf(scope: Scope, value: number, dtype: Dtype): Dense {
  return { is: 'dense', id: scope.builder.constant(value, { dtype, axes: [] }), axes: [] };
}

/** Sum of equally shaped nodes, few reads at a time, so that no map needs more buffers than an engine gives. */
export function addNodes(builder: Builder, parts: readonly Id[]): Id {
  if (parts.length === 1) return parts[0];
  const domain = builder.type(parts[0]).axes;
  const whole = domain.map((_, axis) => axis);
  const next: Id[] = [];
  for (let k = 0; k < parts.length; k += 4) {
    const group = parts.slice(k, k + 4);
    const value = group.slice(1).reduce<Scalar>((total, _, j) => apply('add', total, read(j + 1)), read(0));
    next.push(group.length === 1 ? group[0] : builder.add('map', group, { domain, reads: group.map(() => whole), value }));
  }
  return addNodes(builder, next);
}
export function addAll(scope: Scope, parts: readonly Dense[]): Dense {
  const ids = parts.map((part) => part.id);
  return { is: 'dense', id: addNodes(scope.builder, ids), axes: parts[0].axes };
}

/** The node of a parameter: its source, with the entries outside its value mask at 0. Positions lie among reals, and become integers here. */
export function parameterNode(scope: Scope, id: ParameterId): Id {
  const known = scope.parameters.get(id);
  if (known !== undefined) return known;
  const { names, legs, positions, update, keep, learned } = scope.model.parameters[id];
  const type: Type = { dtype: 'real', axes: legs };
  let node = scope.builder.source({ kind: 'parameter', name: names[0], rate: scope.constant || update.frozen ? 'frozen' : 'update' }, type);
  if (keep !== undefined) {
    const { condition, inputs } = maskScalar(keep, 1, (name) => rampSource(scope.builder, name));
    const reads = [legs.map((_, k) => k), ...inputs.map(() => [])];
    node = scope.builder.add('map', [node, ...inputs], { domain: legs, reads, value: apply('select', condition, read(0), number(0)) });
  }
  if (positions !== undefined) {
    const reads = [legs.map((_, k) => k)];
    node = scope.builder.add('map', [node], { domain: legs, reads, value: apply('int', read(0)) });
  }
  if (learned !== undefined) node = underLearnedMask(scope, node, learned);
  scope.parameters.set(id, node);
  return node;
}

/**
 * T * (stop(m) + S - stop(S)), m = 1 for the greatest scores: forward T under its mask, backward S as if it stood in place of the mask.
 * The mask is bits, which have no gradient, so that nothing stops it.
 */
function underLearnedMask(scope: Scope, core: Id, { scores, share }: Learned): Id {
  const { builder } = scope;
  const { axes } = builder.type(core);
  const own = parameterNode(scope, scores);
  const chosen = builder.add('largest', [own], { count: keptOf({ share }, axes) });
  const whole = axes.map((_, axis) => axis);
  const mask = apply('select', read(2), number(1), number(0));
  const value = apply('mul', read(0), apply('add', mask, apply('sub', read(1), apply('stop', read(1)))));
  return builder.add('map', [core, own, chosen], { domain: axes, reads: [whole, whole, whole], value });
}
