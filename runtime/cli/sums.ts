/** What a program sums without saying so (a product under an index list), for `explain`: reading it shows an axis that was left out. */
import type { Model } from '../../compiler/values/model.ts';
import type { Sources } from '../../grammar/diagnostic.ts';
import { placeText } from './program.ts';

export interface SumRecord {
  /** `model.bond:12:5`. */
  readonly at: string;
  /** The product as it is written. */
  readonly product: string;
  readonly over: readonly string[];
}

/** One record for each place in the text, in the order of the text; the standard library last. */
export function sumRecords(model: Model, sources: Sources): SumRecord[] {
  const standard = (file: string) => (file.startsWith('std/') ? 1 : 0);
  const places = [...model.sums].sort(({ place: a }, { place: b }) => standard(a.file) - standard(b.file) || a.from - b.from);
  return places.map(({ place, over }) => {
    const text = sources.get(place.file) ?? '';
    return { at: placeText(place, sources), product: text.slice(place.from, place.to).replace(/\s+/g, ' '), over };
  });
}

export function sumsText(sums: readonly SumRecord[]): string[] {
  if (sums.length === 0) return [];
  // Those of the library are not the reader's to mend; --json has them.
  const own = sums.filter(({ at }) => !at.startsWith('std/'));
  const others = sums.length - own.length;
  const width = Math.max(...own.map(({ at }) => at.length));
  return [
    'summed where an index list leaves an axis out:',
    ...own.map(({ at, product, over }) => `  ${at.padEnd(width)}  ${product}  over ${over.join(', ')}`),
    ...(others === 0
      ? []
      : [`  ${own.length === 0 ? '' : 'and '}${others} in the standard library (--json lists ${others === 1 ? 'it' : 'them'})`]),
    '',
  ];
}
