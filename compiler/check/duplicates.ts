/** Names that a text defines twice. Found once for each file, whatever is used of it: one definition in a scope. */
import { type Diagnostic, Refused } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import { distinct } from './bindings.ts';
import { statementsIn } from './walk.ts';

/** Everything that is defined twice within a definition of a file. Names of topologies are checked where they are used (B419). */
export function duplicatesIn(item: tree.FileItem): Diagnostic[] {
  return [...scopesOf(item)].flatMap((names) => {
    try {
      distinct(names);
      return [];
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      return thrown.diagnostics;
    }
  });
}

/** Lists of names of which each must be distinct. */
function* scopesOf(item: tree.FileItem): Generator<tree.Identifier[]> {
  if (item.kind === 'layer') yield* scopesOfItems(item.items, [...axisNames(item.axes), ...item.options.map(nameOf)]);
  if (item.kind === 'fn') yield* scopesOfFunction(item);
  if (item.kind === 'variant') {
    yield [...item.options, ...item.changes.filter((change) => change.kind === 'let')].map(nameOf);
  }
}

const nameOf = ({ name }: { readonly name: tree.Identifier }) => name;
const axisNames = (axes: tree.Axes | undefined) => (axes?.parameters ?? []).map(nameOf);

function* scopesOfItems(items: readonly tree.Item[], outer: readonly tree.Identifier[]): Generator<tree.Identifier[]> {
  const entries: tree.Identifier[] = [];
  const names = [...outer];
  for (const item of items) {
    if (item.kind === 'let' || item.kind === 'fn') names.push(item.name);
    if (item.kind === 'input') names.push(...item.parameters.map(nameOf));
    if (item.kind === 'fn' || item.kind === 'loss' || item.kind === 'metric') entries.push(item.name);
    if (item.kind === 'forward') entries.push({ kind: 'identifier', name: 'forward', place: item.place });
    if (item.kind === 'fn' || item.kind === 'forward') yield* scopesOfFunction(item);
    if (item.kind === 'loss' || item.kind === 'metric') yield* scopesOfBody(item.body);
    if (item.kind !== 'member') continue;
    for (const { name, family } of item.names) {
      names.push(name);
      yield (family ?? []).map(nameOf);
    }
    if (item.body.kind === 'group') yield* scopesOfItems(item.body.items, []);
  }
  yield names;
  yield entries;
}

function* scopesOfFunction(item: tree.Fn | tree.Forward): Generator<tree.Identifier[]> {
  const { parameters, where, results } = item.signature;
  if (item.kind === 'fn') yield axisNames(item.axes);
  yield [...parameters.map(nameOf), ...(where ? [where] : [])];
  yield results.flatMap(({ name }) => name ?? []);
  yield* scopesOfBody(item.body);
}

function* scopesOfBody(body: tree.Body): Generator<tree.Identifier[]> {
  if (body.kind === 'value') return;
  for (const statement of statementsIn(body.statements)) if (statement.kind === 'assign') yield statement.targets.map(nameOf);
}
