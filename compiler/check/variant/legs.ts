/** The legs of a tensor that a statement names: `b`, which is all bonds of the family that it has, or `b[1]`, which is that one. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { refuse } from '../refuse.ts';
import { listed, meant } from '../report.ts';
import { bondParts, type TensorMatch } from '../selector.ts';
import { evaluateInteger, type Names } from '../static.ts';
import type { SeenLeg } from '../tensor/flat.ts';
import { legName } from '../topology/place.ts';
import { within } from '../walk.ts';

/** As it is written; without indices all of the family. */
export interface NamedLeg {
  readonly place: Place;
  readonly name: tree.Identifier;
  readonly indices?: readonly tree.Range[] | undefined;
}
export interface Seeing {
  readonly match: TensorMatch;
  /** The canonical name of the tensor, for messages. */
  readonly called: string;
  /** Where the tensor was selected. */
  readonly selected: Place;
  readonly names: Names;
}

/** What tells two legs apart: `b`, `b[2]`. */
export function textOfLeg({ name, indices }: NamedLeg, names: Names): string {
  return legName(
    name.name,
    (indices ?? []).map(({ from }) => evaluateInteger(from, names, 'an index')),
  );
}

/** At least one; B702 where the tensor has none. */
export function legsNamed(wanted: NamedLeg, { match, called, selected, names }: Seeing): SeenLeg[] {
  const { legs } = match;
  const text = textOfLeg(wanted, names);
  const exact = legs.filter((leg) => leg.name === text);
  const bare = wanted.indices === undefined;
  const found = exact.length > 0 || !bare ? exact : legs.filter((leg) => bondParts(leg.name)[0] === text);
  if (found.length > 0) return found;
  const known = [...new Set(legs.map((leg) => (bare ? bondParts(leg.name)[0] : leg.name)))];
  return refuse({
    code: 'B702',
    message: `${called} has no leg \`${text}\``,
    at: wanted.place,
    label: `its legs: ${listed(known)}`,
    also: [{ place: selected, text: `covers ${called}` }],
    hint: meant(text, known, 'select the tensors that have it, as in `train T of ... where ...`'),
  });
}

/** `@b` and `@b[1]` in a condition, in the order of the text. */
export function legsIn(condition: tree.Expression): NamedLeg[] {
  const all = within(condition);
  const picked = new Set(all.flatMap((at) => (at.kind === 'bracketed' ? [at.of] : [])));
  return all.flatMap((at) => (picked.has(at) ? [] : (namedLegOf(at) ?? [])));
}

export function namedLegOf(at: tree.Expression): NamedLeg | undefined {
  if (at.kind === 'position') return { place: at.name.place, name: at.name };
  if (at.kind !== 'bracketed' || at.of.kind !== 'position') return undefined;
  const { brackets, of } = at;
  const indices = brackets.items.map((item) => {
    if (item.kind === 'index' && item.name === undefined && item.range.to === undefined && item.else === undefined) return item.range;
    const hint = 'as in `@b[1] < 8`';
    return refuse({ code: 'B705', message: 'a leg is picked by numbers', at: brackets.place, label: 'not numbers alone', hint });
  });
  return { place: at.place, name: of.name, indices };
}
