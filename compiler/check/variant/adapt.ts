/**
 * `adapt S with TOPOLOGY [scaled by s] [named n]`: the weight becomes a sum of terms. `decompose` and roles of the topology then mean the
 * base term; the cores of the new one have the role `adapter`.
 */
import type * as tree from '../../../grammar/tree.ts';
import type { DraftWeight } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { selectWeights } from '../selector.ts';
import { evaluateNumber } from '../static.ts';
import { addTensor } from '../tensor/add.ts';
import { attach, networkOn } from '../tensor/attach.ts';
import { coresOf, resolve, useOf } from '../tensor/tensor.ts';
import { givenTo } from '../walk.ts';
import { forMember, type VariantContext } from './context.ts';
import { manyAxes } from './decompose.ts';

export function applyAdapt(context: VariantContext, change: tree.Adapt): void {
  const name = change.named?.name ?? 'adapter';
  const use = { expressions: [...givenTo(change.with), change.scale] };
  for (const match of manyAxes(selectWeights(change.selection, context, use), change.selection)) {
    forMember(context, match, (member) => adaptOne(member, change, name, match.weight));
  }
}

function adaptOne(context: VariantContext, change: tree.Adapt, name: string, weight: DraftWeight): void {
  const terms = resolve(weight.terms[0]!.use).tensor.body?.terms ?? [];
  if ([...weight.terms, ...terms].some((term) => term.name === name)) refuseName(weight, name, change);
  const scale = scaleOf(change, context);
  const network = networkOn(context, change.with, weight);
  const padded = network.axes.findIndex((axis) => axis.padded !== undefined);
  if (padded >= 0) {
    const label = `\`${weight.axes[padded]!.name}\` has ${weight.axes[padded]!.size}`;
    refuse({ code: 'B613', message: 'an adapter is not padded', at: change.with.place, label, hint: 'give factors of the size itself' });
  }
  const legs = weight.axes.map(({ name: axis, size }) => ({ name: axis, size }));
  const fresh = `${weight.path}.${name}`;
  const tensor = addTensor(context.draft, {
    legs,
    law: weight.law,
    origin: { is: 'fresh', path: fresh },
    init: { law: weight.law, scale: 1 },
  });
  const order = legs.map((_, k) => k);
  const { law } = weight;
  const selected = change.selection.place;
  const to = { law, legs, order, origin: { fresh }, role: 'adapter', selected, by: context.body };
  tensor.body = attach(context.draft, [{ network, at: change.with.place }], to);
  weight.terms.push({ use: useOf(tensor), scale, name });
  context.common.adapted.push({ weight, adapter: tensor, place: change.with.place });
}

function scaleOf({ scale }: tree.Adapt, { names }: VariantContext): number {
  const value = scale === undefined ? 1 : evaluateNumber(scale, names);
  if (Number.isFinite(value)) return value;
  return refuse({ code: 'B710', message: 'a scale is a finite number', at: scale!.place, label: `this is ${value}` });
}

function refuseName(weight: DraftWeight, name: string, change: tree.Adapt): never {
  const adapter = weight.terms.some((term) => term.name === name);
  return refuse({
    code: 'B613',
    message: `\`${weight.path}\` already has ${adapter ? 'an adapter' : 'a term'} \`${name}\``,
    at: change.named?.place ?? change.place,
    label: 'a second one of that name',
    hint: 'name it: `adapt ... with ... named second`',
  });
}

/** J33, after all state statements: an adapter that does not start at zero changes the function. */
export function warnOfAdapters(context: Pick<VariantContext, 'draft' | 'common'>): void {
  const { report } = context.draft;
  const starting = context.common.adapted.filter(
    ({ adapter }) => !coresOf(adapter).some(({ init }) => init.law.is === 'zeros' || init.scale === 0),
  );
  for (const { weight, place } of starting) {
    report.take([
      diagnostic({
        code: 'W6',
        severity: 'warning',
        message: 'this adapter does not start at zero: it changes the function at step 0',
        at: place,
        label: `no core of zeros, as in ${weight.path}`,
        hint: 'start one core at zero, as in `init T[1] of ... ~ zeros`',
      }),
    ]);
  }
}
