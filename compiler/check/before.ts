/**
 * What an editor asks for after each keystroke: only items whose texts changed are checked again. What is found of an item depends on the
 * texts of the items that it names, and of those that they name; places are kept relative to the item that they lie in, since an edit above
 * moves them all.
 */
import type { Diagnostic, Label, Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { Model } from '../values/model.ts';
import type { PlacedFact } from './facts.ts';
import type { Program } from './scope.ts';

export interface Found {
  /** Its own places are those of the text when it was checked. */
  readonly model: Model | undefined;
  readonly facts: readonly PlacedFact[];
  readonly diagnostics: readonly Diagnostic[];
}
interface Kept extends Found {
  readonly items: readonly tree.FileItem[];
  /** Positions in `items` of the layers and functions that were used. */
  readonly used: readonly number[];
  /** Of what is refused: messages list the names that there are. */
  readonly names?: string;
}

const mostKept = 256;

/** What was found of the items of one text, over its versions. */
export class Before {
  private readonly kept = new Map<string, Kept>();
  /** Items that were checked, not remembered. */
  checked = 0;

  /** What `fresh` finds of the item; `broken` tells a file with mistakes of its own from one without. */
  recall(program: Program, item: tree.FileItem, broken: boolean, fresh: () => Found): Found {
    const items = closureOf(program, item);
    const shapes = broken ? items.map((each) => [program.ambiguous.has(each), shapeOf(each)]) : [];
    const key = JSON.stringify([items.map((each) => [each.place.file, textOf(program, each)]), ...shapes]);
    const names = [...program.main.names].map(([name, { item }]) => `${item.kind} ${name}`).join();
    const kept = this.kept.get(key);
    if (kept !== undefined && (kept.names ?? names) === names) {
      for (const at of kept.used) program.used.add(items[at] as tree.Layer | tree.Fn);
      this.keep(key, kept);
      return moved(kept, items);
    }
    this.checked++;
    const found = fresh();
    const used = items.flatMap((each, k) => (program.used.has(each as tree.Layer | tree.Fn) ? [k] : []));
    const isRefused = found.diagnostics.some(({ severity }) => severity === 'error');
    if (isWithin(found, items)) this.keep(key, { ...found, items, used, ...(isRefused ? { names } : {}) });
    return found;
  }

  /** The longest unused goes. */
  private keep(key: string, found: Kept): void {
    this.kept.delete(key);
    if (this.kept.size >= mostKept) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(key, found);
  }
}

const textOf = (program: Program, { place }: tree.FileItem): string => program.sources.get(place.file)!.slice(place.from, place.to);

/** A mistake elsewhere may let the same text be read as another tree. */
const shapeOf = (item: tree.FileItem): string => JSON.stringify(item, (key, value: unknown) => (key === 'place' ? undefined : value));

/** The item and all that it names, directly or not, in the order in which they are met. A name may mean less than it could: that is only slower. */
function closureOf(program: Program, item: tree.FileItem): tree.FileItem[] {
  const found = new Set([item]);
  for (const each of found) {
    const scope = program.scopeOf(each.place);
    for (const [name] of textOf(program, each).matchAll(/[A-Za-z_][A-Za-z0-9_]*/g)) {
      const named = program.find(scope, name)?.item;
      if (named !== undefined) found.add(named);
    }
  }
  return [...found];
}

const around = (place: Place, items: readonly tree.FileItem[]): number =>
  items.findIndex(({ place: { file, from, to } }) => file === place.file && from <= place.from && place.to <= to);

function isWithin({ diagnostics, facts }: Found, items: readonly tree.FileItem[]): boolean {
  const places = [
    ...facts.map(({ place }) => place),
    ...diagnostics.flatMap(({ primary, secondary }) => [primary, ...secondary].map(({ place }) => place)),
  ];
  return places.every((place) => around(place, items) >= 0);
}

function moved(kept: Kept, items: readonly tree.FileItem[]): Found {
  const move = (place: Place): Place => {
    const at = around(place, kept.items);
    const by = items[at]!.place.from - kept.items[at]!.place.from;
    return by === 0 ? place : { file: place.file, from: place.from + by, to: place.to + by };
  };
  const label = ({ place, text }: Label): Label => ({ place: move(place), text });
  return {
    model: kept.model,
    facts: kept.facts.map(({ place, fact }) => ({ place: move(place), fact })),
    diagnostics: kept.diagnostics.map((each) => ({ ...each, primary: label(each.primary), secondary: each.secondary.map(label) })),
  };
}
