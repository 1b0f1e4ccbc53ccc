/** What an editor shows between the letters: sizes that follow, axes of values, sums, networks and what they cost. */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { Weight } from '../values/model.ts';
import { factoredBy } from '../values/term.ts';
import type { Document } from './document.ts';
import { factAt, factsOf } from './document.ts';
import { nodesIn } from './nodes.ts';
import { shareText, tensorText } from './texts.ts';

export interface InlayHint {
  readonly offset: number;
  readonly text: string;
  /** Whether it follows a name, as a type does, or stands at the end of a statement. */
  readonly of: 'size' | 'axes' | 'factors' | 'network' | 'sum';
}

/** All of a file, in its order. */
export function inlayHints(document: Document): InlayHint[] {
  const { tree } = document.project.main;
  const found = [...nodesIn(tree)].flatMap((node) => {
    if (node.kind === 'axis') return sizeHint(document, node as tree.AxisItem);
    if (node.kind === 'assign') return [...axesHints(document, node as tree.Assign), ...sumHints(document, node.place)];
    if (node.kind === 'decompose') return networkHints(document, node as tree.Decompose);
    return [];
  });
  return found.sort((a, b) => a.offset - b.offset);
}

/** Of an axis whose size is not the number that is written: in a product, of the factor that it is solved for. */
function sizeHint(document: Document, { name, value, place }: tree.AxisItem): InlayHint[] {
  const solved = value === undefined ? undefined : [...nodesIn(value)].find((node) => isDefinedAt(document, node.place));
  const own = factAt(document, solved?.place ?? name.place, 'value');
  if (own === undefined || own.text === 'open' || value?.kind === 'number') return [];
  return [{ offset: solved?.place.to ?? place.to, text: `= ${own.text}`, of: 'size' }];
}

function isDefinedAt({ project }: Document, place: Place): boolean {
  const use = project.main.useAt(place.from);
  return use?.definition.place.from === place.from && use.place.to === place.to;
}

/** Of a value whose axes are not written on its left. */
function axesHints(document: Document, { targets, relation }: tree.Assign): InlayHint[] {
  return targets.flatMap(({ name, brackets }): InlayHint[] => {
    const tensor = brackets === undefined && relation === '=' ? factAt(document, name.place, 'tensor') : undefined;
    return tensor === undefined ? [] : [{ offset: name.place.to, text: tensorText(tensor), of: 'axes' }];
  });
}

function sumHints(document: Document, statement: Place): InlayHint[] {
  const sums = factsOf(document, 'sum').filter(({ place }) => statement.from <= place.from && place.to <= statement.to);
  return sums.map(({ place, fact }) => ({ offset: place.to, text: `sums ${fact.over.join(', ')}`, of: 'sum' }));
}

/** Factors that nobody wrote, and what the networks have of the parameters of their weights. */
function networkHints(document: Document, change: tree.Decompose): InlayHint[] {
  const fact = factAt(document, change.place, 'networks');
  if (fact === undefined) return [];
  const { weights, parameters, dense } = fact;
  const count = weights.length === 1 ? '' : `${weights.length} weights, `;
  const cost: InlayHint = { offset: change.place.to, text: `${count}${shareText(parameters, dense)}`, of: 'network' };
  return [...change.as.flatMap(({ topology }) => (topology.brackets === undefined ? factorsHint(topology, weights) : [])), cost];
}

function factorsHint({ name }: tree.Reference, weights: readonly Weight[]): InlayHint[] {
  const lists = weights.flatMap((weight) =>
    weight.terms.flatMap((term) =>
      term.is === 'network' && term.topology === name.name
        ? [
            factoredBy(term, weight.axes)
              .map((axis) => axis.factors.join('*'))
              .join(', '),
          ]
        : [],
    ),
  );
  const distinct = [...new Set(lists)];
  return distinct.length !== 1 ? [] : [{ offset: name.place.to, text: `[${distinct[0]}]`, of: 'factors' }];
}
