/**
 * `adapt S with TOPOLOGY [scaled by s] [named n]`: the weight becomes a sum of terms. `decompose` and roles of the topology then mean the
 * base term; the cores of the new one have the role `adapter`.
 */
import type * as tree from '../../../grammar/tree.ts';
import type { DraftWeight } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { selectWeights } from '../selector.ts';
import { evaluateNumber } from '../static.ts';
import type { VariantContext } from './context.ts';
import { manyAxes } from './decompose.ts';
import { attach, networkOn } from './network.ts';

export function applyAdapt(context: VariantContext, change: tree.Adapt): void {
  const name = change.named?.name ?? 'adapter';
  const scale = change.scale === undefined ? 1 : evaluateNumber(change.scale, context.names);
  if (!Number.isFinite(scale)) {
    refuse({ code: 'B710', message: 'a scale is a finite number', at: change.scale!.place, label: `this is ${scale}` });
  }
  for (const { weight } of manyAxes(selectWeights(change.selection, context), change.selection)) {
    if (isTaken(context, weight, name)) refuseName(weight, name, change);
    const network = networkOn(context, change.with, weight);
    const padded = network.axes.findIndex((axis) => axis.padded !== undefined);
    if (padded >= 0) {
      const label = `\`${weight.axes[padded]!.name}\` has ${weight.axes[padded]!.size}`;
      refuse({ code: 'B613', message: 'an adapter is not padded', at: change.with.place, label, hint: 'give factors of the size itself' });
    }
    const term = attach(context, network, {
      law: weight.law,
      origin: 'fresh',
      prefixes: [`${weight.path}.${name}`],
      role: 'adapter',
    });
    weight.terms.push({ ...term, scale });
    context.common.adapted.push({ weight, parameters: term.nodes.map((node) => node.parameter), place: change.with.place });
  }
}

function isTaken({ draft }: VariantContext, { terms, path }: DraftWeight, name: string): boolean {
  const used = terms.flatMap((term) => (term.is === 'network' ? term.nodes.map((node) => draft.parameters[node.parameter]!) : []));
  return used.some(({ names }) => names.some((known) => known.startsWith(`${path}.${name}.`)));
}

function refuseName(weight: DraftWeight, name: string, change: tree.Adapt): never {
  return refuse({
    code: 'B613',
    message: `\`${weight.path}\` already has an adapter \`${name}\``,
    at: change.named?.place ?? change.place,
    label: 'a second one of that name',
    hint: 'name it: `adapt ... with ... named second`',
  });
}

/** J33, after all state statements: an adapter that does not start at zero changes the function. */
export function warnOfAdapters(context: Pick<VariantContext, 'draft' | 'common'>): void {
  const { parameters, report } = context.draft;
  const starting = context.common.adapted.filter(
    ({ parameters: ids }) => !ids.some((id) => parameters[id]!.init.law.is === 'zeros' || parameters[id]!.init.scale === 0),
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
