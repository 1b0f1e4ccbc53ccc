/**
 * What the grammar reads and the checker gives no meaning yet: refused in its place, so that nothing is ignored. Who gives a meaning to a
 * form takes its line out of here.
 */
import type { Diagnostic, Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import { diagnostic } from './refuse.ts';

interface Found {
  readonly what: string;
  readonly place: Place;
}

/** B010 for each. */
export function notYet(file: tree.File): Diagnostic[] {
  return file.items.flatMap(inDefinition).map(({ what, place }) => {
    const message = `${what} can be written and has no meaning yet`;
    return diagnostic({ code: 'B010', message, at: place, label: 'not understood', hint: 'leave it out' });
  });
}

function inDefinition(item: tree.FileItem): Found[] {
  switch (item.kind) {
    case 'topology':
      return [...item.items.flatMap(inTopologyItem)];
    default:
      return [];
  }
}

const when = (what: string, place: Place | undefined): Found[] => (place === undefined ? [] : [{ what, place }]);

function inTopologyItem(item: tree.TopologyItem): Found[] {
  switch (item.kind) {
    case 'permute':
      return when('`permute`', item.place);
    case 'if':
      return [...item.then.items, ...(item.else?.items ?? [])].flatMap(inTopologyItem);
    case 'core':
    case 'nested':
    case 'role':
    case 'let':
    case 'require':
      return [];
  }
}
