/** A function elaborated on arguments of the axes that its own signature names, with one axis riding along. */
import type * as tree from '../../../grammar/tree.ts';
import type { Draft } from '../draft.ts';
import type { Instance } from '../instance.ts';
import { findAxis } from '../names.ts';
import { elementType } from '../tensors.ts';
import { Elaboration, type Frame } from './context.ts';
import { rules } from './entries.ts';
import { inline } from './inline.ts';
import type { Tensor, Value } from './value.ts';

export interface GenericUse {
  readonly declaration: tree.Fn | tree.Forward;
  readonly instance?: Instance;
}

/** Functions with plain parameters are left alone: whether those are static is the caller's choice. */
export function elaborateGenerically(draft: Draft, { declaration, instance }: GenericUse): void {
  const { signature } = declaration;
  if (signature.parameters.some((parameter) => parameter.brackets === undefined)) return;
  const rest = draft.table.declare('..', 'open', { place: signature.place }, 'what rides along');
  for (const training of [true, false]) {
    const to = new Elaboration(draft, training, rules, declaration.place);
    to.attempt(() => {
      const frame: Frame = {
        locals: new Map<string, Value>(),
        formal: new Map(instance ? [] : draft.root.axes),
        ...(instance ? { layer: { is: 'layer', instances: [instance], chosen: [] } } : {}),
        file: draft.program.scopeOf(declaration.place),
        rest: [rest],
        loops: [],
        conditions: [],
        untaken: new Map(),
      };
      for (const parameter of signature.parameters) frame.locals.set(parameter.name.name, sample(to, frame, parameter, rest));
      if (signature.where) frame.locals.set(signature.where.name, { is: 'static', value: { is: 'boolean', value: true } });
      inline(to, frame, declaration, { declaration, place: declaration.place, ...(instance ? { instance } : {}) }, undefined);
    });
  }
}

function sample(to: Elaboration, frame: Frame, parameter: tree.Parameter, rest: number): Tensor {
  const axes = (parameter.brackets?.items ?? []).map((item) => {
    if (item.kind === 'rest' || item.range.from.kind !== 'identifier') return rest;
    return findAxis(to.draft, frame.layer?.instances[0], item.range.from, frame.formal);
  });
  const scope = frame.layer?.instances[0] ?? to.draft.root;
  const { type, index } = elementType(to.draft, scope, parameter.element);
  const more = index === undefined ? {} : to.indexing(index, { by: 'declared' });
  return to.tensor({ is: 'input', name: parameter.name.name }, axes, type, parameter.name.name, more);
}
