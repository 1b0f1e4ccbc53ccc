/** Tensors that are declared: inputs of a model, and weights with their laws. Sizes are checked before anything is allocated. */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { AxisId, ModelInput } from '../values/model.ts';
import type { Draft, DraftWeight, Instance } from './draft.ts';
import { evaluateLaw } from './law.ts';
import { findAxis, instanceNames } from './names.ts';
import { refuse } from './refuse.ts';
import { mostElements } from './static.ts';
import { addTensor } from './tensor/add.ts';
import { announceFits, attach } from './tensor/attach.ts';
import { refuseWithin } from './tensor/sparse.ts';
import { sumOn } from './tensor/sum.ts';
import { type Body, type Tensor, useOf } from './tensor/tensor.ts';

export function addInput(draft: Draft, instance: Instance, parameter: tree.Parameter): void {
  const { name, brackets, element } = parameter;
  if (instance !== draft.root) {
    refuse({ code: 'B112', message: 'only a model has inputs', at: parameter.place, label: 'here', hint: 'a layer takes arguments' });
  }
  if (draft.inputs.some((input) => input.name === name.name)) {
    refuse({ code: 'B103', message: `input \`${name.name}\` is declared twice`, at: name.place, label: 'second' });
  }
  const axes = axisList(draft, instance, brackets);
  draft.inputs.push({ name: name.name, axes, ...elementType(draft, instance, element) });
}

/** `in bool`, `in int`, `in vocab`, or nothing. */
export function elementType(draft: Draft, instance: Instance, element: tree.Identifier | undefined): Pick<ModelInput, 'type' | 'index'> {
  if (element === undefined) return { type: 'real' };
  if (element.name === 'bool' || element.name === 'int') return { type: element.name };
  return { type: 'int', index: findAxis(draft, instance, element) };
}

/** The axes of a tensor that is declared: plain names, each once. */
function axisList(draft: Draft, instance: Instance, brackets: tree.Brackets | undefined): AxisId[] {
  const axes: AxisId[] = [];
  for (const item of brackets?.items ?? []) {
    if (item.kind === 'rest' || item.name || item.range.to || item.range.from.kind !== 'identifier') {
      return refuse({ code: 'B102', message: 'an axis is expected', at: item.place, label: 'not the name of an axis' });
    }
    const axis = findAxis(draft, instance, item.range.from);
    if (axes.includes(axis)) {
      refuse({
        code: 'B319',
        message: `a tensor cannot have axis \`${draft.table.name(axis)}\` twice`,
        at: item.place,
        label: 'second',
        hint: `\`${draft.table.name(axis)}'\` is another axis of the same size`,
      });
    }
    axes.push(axis);
  }
  return axes;
}

/** A weight of one tensor, or of the networks that the layer declares it with. */
export function addWeight(draft: Draft, scope: Instance, body: tree.Tensor, path: string): number {
  const axes = axisList(draft, scope, body.axes);
  const legs = axes.map((axis, k) => {
    const size = draft.table.size(axis);
    if (typeof size === 'number') return { name: draft.table.name(axis), size };
    const name = draft.table.name(axis);
    return refuse({
      code: 'B213',
      message: `a stored tensor needs known sizes, \`${name}\` is open`,
      at: body.axes.items[k].place,
      label: 'open',
      hint: 'use the axis that bounds it',
    });
  });
  if (draft.table.elements(axes) > mostElements) refuseElements(path, legs, body.place);
  if (body.law === undefined) {
    refuse({
      code: 'B216',
      message: `\`${path}\` has no initial values`,
      at: body.place,
      label: 'no law',
      hint: 'add `~ normal(0.02)`, `~ zeros` or another law',
    });
  }
  const sizes = legs.map((leg) => leg.size);
  const law = evaluateLaw(body.law, instanceNames(draft, scope), sizes);
  const seeded = body.law.kind === 'seeded';
  if (seeded && body.as !== undefined) {
    refuse({
      code: 'B740',
      message: `\`${path}\` is declared as a network, and networks are trained`,
      at: body.law.place,
      label: 'seeded as a whole',
      hint: 'the topology says which cores are seeded, as in `core B (out, r) ~ seeded normal(1)`',
    });
  }
  const given = !seeded && draft.source?.has(path) === true;
  const tensor = addTensor(draft, {
    legs,
    law,
    role: 'dense',
    origin: seeded
      ? { is: 'seeded', stream: path }
      : given
        ? { is: 'checkpoint', path, axes: axes.map((_, k) => k) }
        : { is: 'fresh', path },
    init: { law: given ? { is: 'source' } : law, scale: 1 },
    ...(seeded ? { declared: body.law.place } : {}),
  });
  const weight: DraftWeight = {
    id: draft.weights.length,
    path,
    place: body.place,
    axes: axes.map((axis, k) => ({ name: legs[k].name, axis, size: sizes[k] })),
    terms: [{ use: useOf(tensor), scale: 1 }],
    law,
  };
  if (body.as !== undefined && !draft.dense) tensor.body = declaredBody(draft, scope, body.as, weight, tensor);
  draft.weights.push(weight);
  return weight.id;
}

/** `weight: [out, in] as mpo[...] ~ normal(s)`: what `decompose` in a variant makes, which may replace it. */
function declaredBody(draft: Draft, scope: Instance, as: NonNullable<tree.Tensor['as']>, weight: DraftWeight, tensor: Tensor): Body {
  const sum = sumOn({ draft, names: instanceNames(draft, scope) }, as, weight);
  refuseWithin(sum, 'a layer has no weights yet');
  const { legs, origin, init } = tensor;
  const selected = { ...as[0].place, to: as.at(-1)!.place.to };
  const held = init.law.is === 'source' ? {} : { held: weight.path };
  const body = attach(draft, sum, { law: init.law, legs, order: legs.map((_, k) => k), origin: { of: origin }, selected, ...held });
  if (init.law.is === 'source') announceFits(draft, weight, body);
  return body;
}

function refuseElements(path: string, legs: readonly { readonly name: string; readonly size: number }[], at: Place): never {
  return refuse({
    code: 'B217',
    message: `\`${path}\` would have ${legs.map((leg) => leg.size).join(' x ')} elements, the most is 2^31`,
    at,
    label: legs.map((leg) => `${leg.name} = ${leg.size}`).join(', '),
  });
}
