/**
 * `squeeze b of S by 1 [choosing largest] [every ...] [while loss < reference + 0.03] [until ...]`: bonds become smaller in training (Liu
 * et al., ACL 2021). Bonds of shared cores shrink together, so all users of a shared core must be selected. Without `every`, every 10
 * steps: the length of the mean that `reference` is made of.
 */
import type * as tree from '../../../grammar/tree.ts';
import type { DraftWeight } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { meant } from '../report.ts';
import { type BondMatch, selectBonds } from '../selector.ts';
import { type FlatNetwork, termsOf } from '../tensor/flat.ts';
import { resolve } from '../tensor/tensor.ts';
import type { ResizeEvent, VariantContext } from './context.ts';
import { evaluateEvery } from './mask.ts';
import { conditionOf } from './run-condition.ts';
import { isSeeded, refuseSeeded } from './seeded.ts';
import { decide } from './verdict.ts';

const criteria = ['error', 'largest', 'given'] as const;

export function applySqueeze(context: VariantContext, change: tree.Squeeze): void {
  const bonds = selectResized(context, change, 'squeezed', (match) => above1(match, change));
  if (!(Number.isInteger(change.by) && change.by >= 1)) {
    refuse({
      code: 'B712',
      message: 'a bond shrinks by a positive whole number',
      at: change.place,
      label: `by ${change.by}`,
      hint: 'by 1, or more at a time',
    });
  }
  context.common.resized.push({
    id: 0,
    at: change.every === undefined ? { every: 10, unit: 'steps' } : evaluateEvery(change.every),
    is: 'squeeze',
    bonds,
    by: change.by,
    criterion: criterionOf(change.criterion),
    ...(change.while === undefined ? {} : { while: conditionOf(change.while, context) }),
    ...(change.until === undefined ? {} : { until: conditionOf(change.until, context) }),
  });
}

/** The bonds that a statement makes smaller or larger; what inner bodies said of them is taken back. `narrow` leaves those that it can. */
export function selectResized(
  context: VariantContext,
  change: tree.Squeeze | tree.Grow,
  done: 'squeezed' | 'grown',
  narrow: (match: BondMatch) => BondMatch,
): ResizeEvent['bonds'] {
  const { tensors } = context.draft;
  const matches = selectBonds(change.selection, context)
    .map(narrow)
    .flatMap((match) => ofFamily(context, match));
  if (matches.some(({ weight, term }) => termsOf(weight)[term]!.of !== 0)) {
    refuse({
      code: 'B712',
      message: `bonds of adapters are not ${done}`,
      at: change.selection.place,
      label: 'an adapter',
      hint: 'give the adapter other bonds, or select those of the weight',
    });
  }
  const byWeight = new Map<number, Set<number>>();
  for (const { weight, term, legs } of matches) {
    const from = firstLeg(weight, term);
    byWeight.set(weight.id, new Set([...(byWeight.get(weight.id) ?? []), ...legs.map((leg) => from + leg)]));
  }
  for (const match of matches) checkShared(context, match, byWeight, change);
  for (const { weight, term, legs } of matches) {
    const { nodes } = termsOf(weight)[term] as FlatNetwork;
    for (const { parameter, legs: own } of nodes) {
      if (!own.some((leg) => legs.includes(leg))) continue;
      const core = tensors[parameter]!;
      if (isSeeded(core)) refuseSeeded(context.draft, core, change.selection.place, 'has one of these bonds', 'select the other bonds');
      decide(context, core, 'squeeze', change.selection.place);
    }
  }
  context.common.resized = without(context.common.resized, byWeight);
  return [...byWeight].map(([weight, legs]) => ({ weight, legs: [...legs].sort((a, b) => a - b) }));
}

/** The number that the first leg of a term has among those of its weight (`networksOf` of values). */
function firstLeg(weight: DraftWeight, term: number): number {
  return termsOf(weight)
    .slice(0, term)
    .reduce((sum, before) => (before.is === 'network' && before.places === undefined ? sum + before.legs.length : sum), 0);
}

/** A bond of a member is one of the family's network, which all members have. */
function ofFamily({ draft }: VariantContext, match: BondMatch): BondMatch[] {
  const { of } = termsOf(match.weight)[match.term]!;
  const { tensor, at } = resolve(match.weight.terms[of]!.use);
  if (of > 0 || at === undefined) return [match];
  return draft.weights.filter(({ terms }) => resolve(terms[0]!.use).tensor === tensor).map((weight) => ({ ...match, weight }));
}

/** What inner bodies said of these bonds is overridden. */
function without(events: readonly ResizeEvent[], taken: ReadonlyMap<number, ReadonlySet<number>>): ResizeEvent[] {
  return events.flatMap((event) => {
    const bonds = event.bonds.flatMap(({ weight, legs }) => {
      const left = legs.filter((leg) => !taken.get(weight)?.has(leg));
      return left.length === 0 ? [] : [{ weight, legs: left }];
    });
    return bonds.length === 0 ? [] : [{ ...event, bonds }];
  });
}

function criterionOf(name: tree.Identifier | undefined): (typeof criteria)[number] {
  if (name === undefined) return 'error';
  const found = criteria.find((criterion) => criterion === name.name);
  if (found !== undefined) return found;
  const hint = meant(name.name, criteria, `criteria: ${criteria.join(', ')}`);
  return refuse({ code: 'B712', message: `unknown criterion \`${name.name}\``, at: name.place, label: 'not a criterion', hint });
}

/** J41: what is of size 1 cannot shrink, and none by as much as it has. */
function above1(match: BondMatch, change: tree.Squeeze): BondMatch {
  const { legs } = termsOf(match.weight)[match.term] as FlatNetwork;
  const wide = match.legs.filter((leg) => legs[leg]!.size > 1);
  const most = Math.max(...match.legs.map((leg) => legs[leg]!.size));
  if (most > 1 && (most > change.by || !(change.by >= 1))) return { ...match, legs: wide };
  const message = most === 1 ? 'these bonds cannot shrink' : `these bonds cannot shrink by ${change.by}`;
  const label = `${match.weight.path} has ${most === 1 ? 'only bonds of size 1' : `no bond above ${most}`}`;
  return refuse({
    code: 'B712',
    message,
    at: change.selection.place,
    label,
    hint: most === 1 ? 'select bonds that are larger' : `by ${most - 1} at most, which leaves a bond of 1`,
  });
}

/** J41: another place of a shared core has the same leg under another name; it must be among the bonds too. */
function checkShared(
  context: VariantContext,
  match: BondMatch,
  selected: ReadonlyMap<number, ReadonlySet<number>>,
  change: tree.Squeeze | tree.Grow,
): void {
  const { nodes } = termsOf(match.weight)[match.term] as FlatNetwork;
  for (const node of nodes) {
    node.legs.forEach((leg, position) => {
      if (!match.legs.includes(leg)) return;
      for (const other of context.draft.weights) {
        for (const [k, term] of termsOf(other).entries()) {
          if (term.is !== 'network') continue;
          const from = firstLeg(other, k);
          const missing = term.nodes.find(
            (place) => place.parameter === node.parameter && !selected.get(other.id)?.has(from + place.legs[position]!),
          );
          if (missing !== undefined) refuseShared(match, node.name, other.path, change);
        }
      }
    });
  }
}

function refuseShared(match: BondMatch, core: string, other: string, change: tree.Squeeze | tree.Grow): never {
  return refuse({
    code: 'B713',
    message: `${core} of ${match.weight.path} is shared: its bonds ${change.kind === 'grow' ? 'grow' : 'shrink'} together with those of ${other}`,
    at: change.selection.place,
    label: `${other} is not selected`,
    hint: `select the bonds of ${other} too`,
  });
}
