/**
 * `adapt S [over v] with TOPOLOGY [scaled by s] [named n]`: the weight becomes a sum of terms. `decompose` and roles of the topology then mean the
 * base term; the cores of the new one have the role `adapter`.
 */
import type * as tree from '../../../grammar/tree.ts';
import type { DraftWeight } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { selectWeights } from '../selector.ts';
import { evaluateNumber } from '../static.ts';
import { addTensor } from '../tensor/add.ts';
import { attach, networkOn } from '../tensor/attach.ts';
import { coresOf, resolve, type Use } from '../tensor/tensor.ts';
import { givenTo } from '../walk.ts';
import { forMember, type VariantContext } from './context.ts';
import { manyAxes } from './decompose.ts';
import { type Family, familiesOf, lawOfStack } from './family.ts';

interface Named {
  readonly name: string;
  readonly scale: number;
}

export function applyAdapt(context: VariantContext, change: tree.Adapt): void {
  const name = change.named?.name ?? 'adapter';
  const use = { over: change.over ?? [], fixed: change.over !== undefined, expressions: [...givenTo(change.with), change.scale] };
  const matches = manyAxes(selectWeights(change.selection, context, use), change.selection);
  const taken = matches.find(({ weight }) => {
    const own = resolve(weight.terms[0]!.use).tensor.body?.terms ?? [];
    return [...weight.terms, ...own].some((term) => term.name === name);
  });
  if (taken !== undefined) refuseName(taken.weight, name, change);
  for (const family of familiesOf(matches, change)) {
    forMember(context, family, (own) => adaptFamily(own, family, change, { name, scale: scaleOf(change, own) }));
  }
}

/** One network for all members. */
function adaptFamily(context: VariantContext, { axes: family, members }: Family, change: tree.Adapt, term: Named): void {
  const { weight } = members[0]!;
  const network = networkOn(context, change.with, weight, family);
  const padded = network.axes.findIndex((axis) => axis.padded !== undefined);
  if (padded >= 0) {
    const axis = weight.axes[padded - family.length]!;
    const label = `\`${axis.name}\` has ${axis.size}`;
    refuse({ code: 'B613', message: 'an adapter is not padded', at: change.with.place, label, hint: 'give factors of the size itself' });
  }
  const legs = [...family, ...weight.axes].map(({ name, size }) => ({ name, size }));
  const fresh = `${weight.path}.${term.name}`;
  const law = lawOfStack(weight);
  const tensor = addTensor(context.draft, { legs, law, origin: { is: 'fresh', path: fresh }, init: { law, scale: 1 } });
  const order = legs.map((_, k) => k);
  const selected = change.selection.place;
  const to = { law, legs, order, origin: { fresh }, role: 'adapter', selected, by: context.body };
  tensor.body = attach(context.draft, [{ network, at: change.with.place }], to);
  for (const { weight: member, at } of members) {
    const use: Use = { tensor, perm: order.slice(family.length), ...(family.length === 0 ? {} : { at }) };
    member.terms.push({ use, ...term });
  }
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
