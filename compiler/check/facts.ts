/**
 * What the checker came to know of places in the text, for an editor: axes of values, sizes, networks. A place that is read many times
 * (members of a family, loops, training and evaluation) keeps what it meant first.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type { AxisId, ElementType, Model, Path, Weight } from '../values/model.ts';
import { partsOf } from '../values/term.ts';
import type { Draft, DraftWeight, Instance, StaticValue } from './draft.ts';
import { namesIn } from './walk.ts';

/** `batch` without a size is open. */
export interface AxisFact {
  readonly name: string;
  readonly size: string;
}
export type Fact =
  | { readonly is: 'tensor'; readonly axes: readonly AxisFact[]; readonly type: ElementType }
  /** Of an axis, an option or a `let`: its value, and the layer in which it has it. */
  | { readonly is: 'value'; readonly text: string; readonly at: Path }
  /** What a statement made of weights. */
  | { readonly is: 'networks'; readonly weights: readonly Weight[]; readonly parameters: number; readonly dense: number }
  /** A product under an index list that leaves axes out. */
  | { readonly is: 'sum'; readonly over: readonly string[] };
export interface PlacedFact {
  readonly place: Place;
  readonly fact: Fact;
}

export class Facts {
  private readonly known = new Map<string, PlacedFact>();
  private readonly networks = new Map<Place, Set<DraftWeight>>();

  all(): readonly PlacedFact[] {
    return [...this.known.values()];
  }

  add(place: Place, fact: Fact): void {
    const key = `${fact.is} ${place.file} ${place.from} ${place.to}`;
    if (!this.known.has(key)) this.known.set(key, { place, fact });
  }

  /** The axes of a tensor that a name in a body stands for. */
  tensor(draft: Draft, place: Place, axes: readonly AxisId[], type: ElementType): void {
    const named = axes.map((axis) => ({ name: draft.table.name(axis), size: sizeOf(draft, axis) }));
    this.add(place, { is: 'tensor', axes: named, type });
  }

  /** A statement at `place` made a network of a weight. */
  network(place: Place, weight: DraftWeight): void {
    this.networks.set(place, (this.networks.get(place) ?? new Set()).add(weight));
  }

  /** Everything that is known once the model is: sizes of all instances, counts of networks, sums. */
  finish(draft: Draft, model: Model): void {
    for (const instance of instancesIn(draft.root)) this.sizes(draft, instance);
    for (const { place, over } of model.sums) this.add(place, { is: 'sum', over });
    for (const [place, drafts] of this.networks) this.counted(place, drafts, model);
  }

  private sizes(draft: Draft, { declaration, items, options, axes, path }: Instance): void {
    for (const { name } of declaration?.axes?.parameters ?? []) this.axis(draft, name, axes.get(name.name), path);
    for (const { name } of declaration?.options ?? []) this.value(name, options.get(name.name), path);
    for (const item of items) {
      if (item.kind === 'axis') {
        this.axis(draft, item.name, axes.get(item.name.name), path);
        for (const factor of namesIn(item.value)) this.axis(draft, factor, axes.get(factor.name), path);
      }
      if (item.kind === 'let') this.value(item.name, options.get(item.name.name), path);
    }
  }

  private axis(draft: Draft, { place }: { readonly place: Place }, axis: AxisId | undefined, at: Path): void {
    if (axis !== undefined) this.add(place, { is: 'value', text: sizeOf(draft, axis) || 'open', at });
  }

  private value({ place }: { readonly place: Place }, value: StaticValue | undefined, at: Path): void {
    const text = value === undefined ? '' : textOf(value);
    if (text !== '') this.add(place, { is: 'value', text, at });
  }

  /** A tensor that several weights share is counted once. */
  private counted(place: Place, drafts: ReadonlySet<DraftWeight>, model: Model): void {
    const weights = [...drafts]
      .map(({ path }) => model.weights.find((weight) => weight.path === path))
      .filter((each) => each !== undefined);
    const used = new Set(
      weights.flatMap(({ terms }) => terms.flatMap((term) => (term.is === 'dense' ? [] : partsOf(term).map(({ parameter }) => parameter)))),
    );
    const entries = (sizes: readonly number[]) => sizes.reduce((product, size) => product * size, 1);
    const parameters = [...used].reduce((sum, id) => sum + entries(model.parameters[id]!.legs.map(({ size }) => size)), 0);
    const dense = weights.reduce((sum, { axes }) => sum + entries(axes.map(({ size }) => size)), 0);
    if (weights.length > 0) this.add(place, { is: 'networks', weights, parameters, dense });
  }
}

function sizeOf(draft: Draft, axis: AxisId): string {
  const size = draft.table.size(axis);
  return typeof size === 'number' ? String(size) : '';
}

function textOf(value: StaticValue): string {
  if (value.is === 'number' || value.is === 'boolean') return String(value.value);
  return value.is === 'tuple' ? `(${value.items.join(', ')})` : value.name;
}

function* instancesIn(root: Instance): Generator<Instance> {
  yield root;
  for (const node of root.members.values()) {
    const waiting = [node];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (at.is === 'instance') yield* instancesIn(at.instance);
      // The first member stands for its family.
      if (at.is === 'family' && at.items[0] !== undefined) waiting.push(at.items[0]);
    }
  }
}
