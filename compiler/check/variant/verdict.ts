/**
 * State statements decide on tensors, not on names. Within one body a tensor has at most one statement of each kind; a body further
 * out overrides what an inner one said.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Draft } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { listed } from '../report.ts';
import { selectTensors, type TensorMatch, type VariableUse } from '../selector.ts';
import { nameOf, namesOf } from '../tensor/slots.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { VariantContext } from './context.ts';

export type StateKind = 'update' | 'init' | 'keep' | 'orthogonal' | 'learn' | 'squeeze';

export interface Statement {
  readonly kind: StateKind;
  readonly selection: tree.Selection;
  readonly use?: VariableUse;
  /** What it may be said of; by default of seeded tensors too. */
  readonly of?: (draft: Draft, matches: readonly TensorMatch[]) => readonly TensorMatch[];
}
/** What a statement makes of a tensor, as one of its places says it. */
export type State = Partial<Pick<Tensor, 'update' | 'init' | 'origin' | 'keep' | 'orthogonal' | 'learned'>>;

/**
 * What all statements about training do: select, decide, assign, note. `state` is asked for every place of a tensor that was selected, and
 * all must say the same (B701): a mask on a weight and on its transpose are two.
 */
export function decideEach(
  context: VariantContext,
  { kind, selection, use = {}, of = (_, matches) => matches }: Statement,
  state: (match: TensorMatch) => State,
): readonly TensorMatch[] {
  const matches = of(context.draft, selectTensors(selection, context, use));
  const at = selection.place;
  const decided = new Map<Tensor, string>();
  for (const [match, said] of matches.map((one) => [one, state(one)] as const)) {
    const { tensor } = match;
    // Laws that nobody stated are rescaled until they fit all of the networks.
    const text = JSON.stringify(said, (_, value) => (value?.free ? 'free' : value));
    if (!decided.has(tensor)) {
      decide(context, tensor, kind, at);
      Object.assign(tensor, said);
      decided.set(tensor, text);
    } else if (decided.get(tensor) !== text) refuseTwo(context, kind, match, at);
  }
  noteOtherNames(context, matches, at);
  return matches;
}

function refuseTwo({ draft }: VariantContext, kind: StateKind, { tensor, weight }: TensorMatch, at: Place): never {
  return refuse({
    code: 'B701',
    message: `this says two things of one tensor, ${nameOf(draft, tensor)}`,
    at,
    label: `of ${weight.path} another than of ${nameOf(draft, tensor)}`,
    also: [{ place: tensor.decided.get(kind) ?? at, text: 'selects it under several names' }],
    hint: 'select it under one of its names',
  });
}

/** What is said of two statements of a kind, where not `two `keep` statements`. */
const twice: Partial<Record<StateKind, string>> = { update: 'verdicts', squeeze: 'statements about the bonds', learn: 'learned masks' };

/** B701 where this body has already decided. The place says which statement of which body did. */
export function decide(context: VariantContext, tensor: Tensor, kind: StateKind, at: Place): void {
  const before = tensor.decided.get(kind);
  if (before !== undefined && before !== at && within(context.body, before)) {
    refuse({
      code: 'B701',
      message: `two ${twice[kind] ?? `\`${kind}\` statements`} on one tensor, ${nameOf(context.draft, tensor)}`,
      at,
      label: 'second',
      also: [{ place: before, text: 'first' }],
      hint: listOfOnly(context, before, at) ?? 'statements of one body are unordered; take it out of one with `except`',
    });
  }
  tensor.decided.set(kind, at);
}

/** `train only a` and `train b` are one list. */
function listOfOnly({ body, draft }: VariantContext, ...places: readonly [Place, Place]): string | undefined {
  const changes = places.map((place) =>
    body.changes.find((change) => (change.kind === 'train' || change.kind === 'freeze') && change.selection.place === place),
  );
  if (!changes.every((change) => change?.kind === 'train') || !changes.some((change) => change?.kind === 'train' && change.only))
    return undefined;
  const plain = changes.every((change) => change?.kind === 'train' && !change.where && !change.probability && !change.turn);
  const texts = places.map(({ file, from, to }) => draft.program.sources.get(file)!.slice(from, to));
  return plain && !texts.some((text) => /\bexcept\b/.test(text)) ? `write \`train only ${texts.join(', ')}\`` : undefined;
}

export function within(body: tree.Variant, place: Place): boolean {
  return place.file === body.place.file && place.from >= body.place.from && place.to <= body.place.to;
}

/** H48: a statement on some names of a shared tensor is one on all of them. */
function noteOtherNames(context: VariantContext, matches: readonly TensorMatch[], at: Place): void {
  const names = namesOf(context.draft);
  const named = new Map<Tensor, Set<string>>();
  for (const { tensor, weight, node } of matches) {
    const [canonical = ''] = names(tensor);
    const end = node === undefined ? '' : canonical.slice(canonical.lastIndexOf('.'));
    named.set(tensor, (named.get(tensor) ?? new Set()).add(weight.path + end));
  }
  const others = [...named].flatMap(([tensor, chosen]) =>
    names(tensor).filter((name) => ![...chosen].some((own) => name === own || name.startsWith(`${own.slice(0, own.lastIndexOf('.'))}.`))),
  );
  if (others.length === 0) return;
  const message = `shared tensors: this also means ${listed(others, 4)}`;
  context.draft.report.take([diagnostic({ code: 'N701', severity: 'note', message, at, label: 'some names of shared tensors' })]);
}
