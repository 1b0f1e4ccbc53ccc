/**
 * State statements decide on tensors, not on names. Within one body a tensor has at most one statement of each kind; a body further
 * out overrides what an inner one said.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Draft, DraftParameter } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { listed } from '../report.ts';
import type { TensorMatch } from '../selector.ts';
import type { VariantContext } from './context.ts';

export type StateKind = 'update' | 'init' | 'keep' | 'squeeze';

/** The distinct tensors of a selection. */
export function tensorsIn(matches: readonly TensorMatch[]): DraftParameter[] {
  return [...new Set(matches.map(({ parameter }) => parameter))];
}

/** All tensors of the draft. */
export function allTensors(draft: Draft): DraftParameter[] {
  return draft.parameters.filter(({ names }) => names.length > 0);
}

/** B701 where this body has already decided. The place says which statement of which body did. */
export function decide(context: VariantContext, parameter: DraftParameter, kind: StateKind, at: Place): void {
  const before = parameter.decided.get(kind);
  if (before !== undefined && before !== at && within(context.body, before)) {
    refuse({
      code: 'B701',
      message: `two ${kind === 'update' ? 'verdicts' : `\`${kind}\` statements`} on one tensor, ${parameter.names[0]}`,
      at,
      label: 'second',
      also: [{ place: before, text: 'first' }],
      hint: 'statements of one body are unordered; take it out of one with `except`',
    });
  }
  parameter.decided.set(kind, at);
}

function within(body: tree.Variant, place: Place): boolean {
  return place.file === body.place.file && place.from >= body.place.from && place.to <= body.place.to;
}

/** H48: a statement on some names of a shared tensor is one on all of them. */
export function noteOtherNames(context: VariantContext, matches: readonly TensorMatch[], at: Place): void {
  const named = new Map<DraftParameter, Set<string>>();
  for (const match of matches) {
    const core = match.parameter.core;
    const end = core === undefined ? '' : match.parameter.names[0]!.slice(match.parameter.names[0]!.lastIndexOf('.'));
    const names = named.get(match.parameter) ?? new Set();
    named.set(match.parameter, names.add(match.weight.path + end));
  }
  const others = [...named].flatMap(([parameter, names]) =>
    parameter.names.filter(
      (name) => ![...names].some((chosen) => name === chosen || name.startsWith(`${chosen.slice(0, chosen.lastIndexOf('.'))}.`)),
    ),
  );
  if (others.length === 0) return;
  const message = `shared tensors: this also means ${listed(others, 4)}`;
  context.draft.report.take([diagnostic({ code: 'N701', severity: 'note', message, at, label: 'some names of shared tensors' })]);
}
