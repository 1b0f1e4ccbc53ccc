/** What stands at a place: the definition of the name, its axes and size, the network behind a statement, what is summed. */
import type { Place } from '../../grammar/diagnostic.ts';
import type { Definition, Kind } from './definition.ts';
import { type Document, factAt, factsOf } from './document.ts';
import { commentAbove, headOf, networkText, shareText, tensorText } from './texts.ts';

export interface Hover {
  readonly place: Place;
  /** In the language, to be coloured. */
  readonly code: string;
  /** Beside it, a line each. */
  readonly notes: readonly string[];
}

const mostWeights = 4;

export function hover(document: Document, offset: number): Hover | undefined {
  const use = document.project.main.useAt(offset);
  if (use === undefined) return networkAt(document, offset);
  const { place, definition } = use;
  const { text } = document.project.tableOf(definition.place.file) ?? {};
  if (text === undefined) return undefined;
  const tensor = factAt(document, place, 'tensor');
  const own = tensor === undefined ? headOf(definition, text) : `${definition.name}${tensorText(tensor)}`;
  const value = valueText(document, definition);
  const sum = factsOf(document, 'sum').find((each) => each.place.from <= offset && offset <= each.place.to);
  const notes = [
    value ?? '',
    ...networkNotes(document, offset),
    sum === undefined ? '' : `sums over ${sum.fact.over.join(', ')}`,
    commented.has(definition.kind) ? commentAbove(definition, text) : '',
    standsIn(document, definition),
  ];
  return { place, code: titleOf(definition.kind, own), notes: notes.filter((note) => note !== '') };
}

/** Kinds that the text of the definition does not say by itself. */
const untold: Partial<Record<Kind, string>> = { option: 'option', index: 'index', bond: 'bond', argument: 'argument', term: 'term' };
/** Kinds that stand on lines of their own. */
const commented: ReadonlySet<Kind> = new Set([
  'model',
  'layer',
  'topology',
  'variant',
  'function',
  'let',
  'member',
  'core',
  'role',
  'loss',
  'metric',
]);
const titleOf = (kind: Kind, text: string): string => (untold[kind] === undefined ? text : `${untold[kind]} ${text}`);

function valueText(document: Document, definition: Definition): string | undefined {
  const fact = factAt(document, definition.place, 'value');
  if (fact === undefined) return undefined;
  return `${definition.name} = ${fact.text}${fact.at === '' ? '' : ` in ${fact.at}`}`;
}

function standsIn(document: Document, { place, within, kind }: Definition): string {
  if (place.file === document.file || (within !== undefined && kind !== 'member')) return '';
  return `defined in ${place.file}`;
}

function networkAt(document: Document, offset: number): Hover | undefined {
  const change = changeAt(document, offset);
  if (change === undefined) return undefined;
  const [code, ...notes] = networkNotes(document, offset);
  return code === undefined ? undefined : { place: change.place, code, notes };
}

const changeAt = (document: Document, offset: number) =>
  factsOf(document, 'networks').find(({ place }) => place.from <= offset && offset <= place.to);

/** What the statement around an offset made of weights: each kind of network once, and the count. */
function networkNotes(document: Document, offset: number): string[] {
  const change = changeAt(document, offset);
  if (change === undefined) return [];
  const { weights, parameters, dense } = change.fact;
  const kinds = Map.groupBy(weights, (weight) =>
    weight.terms.flatMap((term) => (term.is === 'network' ? [networkText(term, weight)] : [])).join(' + '),
  );
  const lines = [...kinds].map(([network, [first, ...more]]) => {
    return `${network}: ${first!.path}${more.length === 0 ? '' : ` and ${more.length} more`}`;
  });
  const rest = lines.length > mostWeights ? [`and ${lines.length - mostWeights} more kinds`] : [];
  return [...lines.slice(0, mostWeights), ...rest, shareText(parameters, dense)];
}
