/**
 * Paths of selections against the tree of layer instances: `block[l].**.{up, down}`. A path may bind variables in its picks; it yields
 * every node it reaches, with the path that led there and the values of the variables.
 */
import { type Place, Refused } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Draft, Instance, MemberNode } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { listed, meant } from '../report.ts';
import { evaluateInteger, type Names, namesOf } from '../static.ts';
import { termNames } from '../tensor/flat.ts';
import { type Arm, expand, type PlainStep } from './alternatives.ts';

/** Where paths are looked up. `targets`: what the name of a recipe's target stands for. */
export interface SelectionScope {
  readonly draft: Draft;
  readonly names: Names;
  readonly targets?: ReadonlyMap<string, readonly Found[]>;
}
export interface Found {
  /** `term`: of a weight that is a sum or has adapters, by its name. */
  readonly node: MemberNode | { readonly is: 'term'; readonly weight: number; readonly name: string };
  readonly parts: readonly PathStep[];
  readonly bindings: ReadonlyMap<string, number>;
}
/** One step of a concrete path; an index that a variable was bound to remembers it, and so does a step within `{k: query, value}`. */
export interface PathStep {
  readonly name: string;
  readonly indices: readonly { readonly value: number; readonly variable?: string }[];
  readonly arm?: Arm;
}
/** `block[3].ffn.up`. */
export function pathText(parts: readonly PathStep[]): string {
  return keyOf(parts, []);
}
/** The path with the variables in `over` left as names: equal for all nodes that differ in those variables alone. */
export function keyOf(parts: readonly PathStep[], over: readonly string[]): string {
  const step = ({ name, indices, arm }: PathStep) => {
    const shown = indices.map(({ value, variable }) => (variable !== undefined && over.includes(variable) ? variable : value));
    const picked = shown.length === 0 ? name : `${name}[${shown.join(',')}]`;
    if (arm === undefined || !over.includes(arm.variable)) return [picked];
    return arm.first ? [`{${arm.variable}}`] : [];
  };
  return parts.flatMap(step).join('.');
}

/** J26: everything the path reaches, in order of the tree; every arm of a brace must reach something. */
export function findPath(path: tree.Path, scope: SelectionScope): Found[] {
  const plains = expand(path.steps);
  const seen = new Set<string>();
  const found: Found[] = [];
  const reached = new Set<tree.Path>();
  let failure: Failure | undefined;
  for (const plain of plains) {
    const walk: Walk = { scope, steps: plain.steps, failure: undefined };
    let any = false;
    for (const one of start(walk)) {
      any = true;
      const key = `${pathText(one.parts)} ${[...one.bindings].join(' ')}`;
      if (!seen.has(key)) found.push(one);
      seen.add(key);
    }
    if (any) for (const arm of plain.arms) reached.add(arm);
    else failure ??= walk.failure;
  }
  const lost = plains.flatMap((plain) => plain.arms).find((arm) => !reached.has(arm));
  if (found.length === 0 || lost !== undefined) refuseEmpty(lost ?? path, failure);
  return found;
}

interface Failure {
  readonly depth: number;
  readonly code: 'B502' | 'B505' | 'B506';
  readonly at: Place;
  readonly label: string;
  readonly hint?: string;
}
interface Walk {
  readonly scope: SelectionScope;
  readonly steps: readonly PlainStep[];
  failure: Failure | undefined;
}

function fail(walk: Walk, failure: Failure): void {
  if (walk.failure === undefined || failure.depth > walk.failure.depth) walk.failure = failure;
}

function* start(walk: Walk): Generator<Found> {
  const { draft, targets } = walk.scope;
  const root: Found = { node: { is: 'instance', instance: draft.root }, parts: [], bindings: new Map() };
  const first = walk.steps[0]!;
  const name = first.at.is === 'name' ? first.at.name.name : undefined;
  const target = name === undefined ? undefined : targets?.get(name);
  if (target !== undefined) for (const found of target) yield* reach(walk, found, 1);
  else if (name === 'all' && !draft.root.members.has('all')) yield* reach(walk, root, 1);
  else yield* reach(walk, root, 0);
}

function* reach(walk: Walk, found: Found, depth: number): Generator<Found> {
  const step = walk.steps[depth];
  if (step === undefined) {
    yield found;
    return;
  }
  if (found.node.is === 'family') {
    const { ranges } = found.node;
    const text = pathText(found.parts);
    fail(walk, {
      depth,
      code: 'B506',
      at: walk.steps[depth - 1]!.place,
      label: `\`${text}\` is a family, ${rangeText(text, ranges)}`,
      hint: `write \`${text}[*]\` for all of it`,
    });
    return;
  }
  if (step.at.is === 'deep') {
    yield* reach(walk, found, depth + 1);
    for (const [name, child] of membersOf(found.node)) {
      for (const item of itemsOf(found, name, child)) yield* reach(walk, item, depth);
    }
    return;
  }
  if (found.node.is === 'weight' && step.at.is === 'name') {
    yield* reachTerm(walk, found, found.node.weight, step, step.at.name.name, depth);
    return;
  }
  const members = membersOf(found.node);
  if (step.at.is === 'any') {
    for (const [name, child] of members)
      for (const next of pick(walk, found, name, child, step, depth))
        for (const one of bound(next, step)) yield* reach(walk, one, depth + 1);
    return;
  }
  if (step.at.is === 'either') return;
  const { name } = step.at.name;
  const child = members.find(([member]) => member === name)?.[1];
  if (child !== undefined) {
    for (const next of pick(walk, found, name, child, step, depth)) for (const one of bound(next, step)) yield* reach(walk, one, depth + 1);
    return;
  }
  const known = members.map(([member]) => member);
  const where = found.parts.length === 0 ? 'the model' : `\`${pathText(found.parts)}\``;
  fail(walk, {
    depth,
    code: 'B502',
    at: step.place,
    label: found.node.is === 'term' ? `${where} is a term, nothing is below it` : `${where} has ${listed(known)}`,
    hint: meant(name, known),
  });
}

/** Below a weight are its terms, by name alone: no star and no `**` leads into a weight. */
function* reachTerm(walk: Walk, found: Found, weight: number, step: tree.Step, name: string, depth: number): Generator<Found> {
  const known = termNames(walk.scope.draft.weights[weight]!);
  if (known.includes(name) && step.picks === undefined) {
    const node = { is: 'term' as const, weight, name };
    yield* reach(walk, { node, parts: [...found.parts, { name, indices: [] }], bindings: found.bindings }, depth + 1);
    return;
  }
  const where = `\`${pathText(found.parts)}\``;
  const label = known.length === 0 ? `${where} is a tensor, nothing is below it` : `${where} is a sum of ${listed(known)}`;
  fail(walk, { depth, code: 'B502', at: step.place, label, hint: meant(name, known) });
}

/** With the number of the alternative that the step is in; nothing where its variable has another value already. */
function bound(found: Found, { arm }: PlainStep): Found[] {
  if (arm === undefined) return [found];
  const { node, parts, bindings } = found;
  const { variable, number } = arm;
  if ((bindings.get(variable) ?? number) !== number) return [];
  return [{ node, parts: [...parts.slice(0, -1), { ...parts.at(-1)!, arm }], bindings: new Map([...bindings, [variable, number]]) }];
}

/** Members that exist, in order. */
export function membersOf(node: Found['node']): [string, MemberNode][] {
  return node.is === 'instance' ? [...node.instance.members].filter(([, child]) => child.is !== 'absent') : [];
}

/** A member, or all items of a family. */
export function itemsOf(parent: Found, name: string, child: MemberNode): Found[] {
  if (child.is !== 'family') return [{ node: child, parts: [...parent.parts, { name, indices: [] }], bindings: parent.bindings }];
  return child.items.map((node, position) => ({
    node,
    parts: [...parent.parts, { name, indices: indicesAt(child.ranges, position).map((value) => ({ value })) }],
    bindings: parent.bindings,
  }));
}

type Ranges = readonly { readonly from: number; readonly to: number }[];

function indicesAt(ranges: Ranges, position: number): number[] {
  const indices: number[] = [];
  let rest = position;
  for (const { from, to } of [...ranges].reverse()) {
    const count = to - from + 1;
    indices.unshift(from + (rest % count));
    rest = Math.floor(rest / count);
  }
  return indices;
}

function rangeText(name: string, ranges: Ranges): string {
  return `${name}[${ranges.map(({ from, to }) => `${from}..${to}`).join(', ')}]`;
}

function pick(walk: Walk, parent: Found, name: string, child: MemberNode, step: tree.Step, depth: number): Found[] {
  // What is wrong with it has been told; whatever is said of a selection of it would follow from that.
  if (child.is === 'error') throw new Refused([]);
  const picks = step.picks;
  if (picks === undefined) {
    if (step.at.is === 'any') return itemsOf(parent, name, child);
    return [{ node: child, parts: [...parent.parts, { name, indices: [] }], bindings: parent.bindings }];
  }
  if (child.is !== 'family' || picks.length !== child.ranges.length) {
    const count = child.is === 'family' ? child.ranges.length : 0;
    const label = count === 0 ? `\`${name}\` is one, not a family` : `\`${name}\` has ${count} indices`;
    if (step.at.is !== 'any') fail(walk, { depth, code: 'B506', at: step.place, label });
    return [];
  }
  if (walk.steps.slice(0, depth + 1).every(({ at }) => at.is === 'name')) refuseBeyond(picks, child.ranges, name, parent, walk.scope.names);
  const chosen: Found[] = [];
  for (const item of itemsOf(parent, name, child)) {
    const indices = item.parts.at(-1)!.indices.map(({ value }) => value);
    const match = matchPicks(picks, indices, parent.bindings, walk.scope.names);
    if (match === undefined) continue;
    chosen.push({ node: item.node, parts: [...parent.parts, { name, indices: match.indices }], bindings: match.bindings });
  }
  if (chosen.length === 0) {
    const empty = child.ranges.some(({ from, to }) => to < from);
    const hint = empty
      ? 'a family without members has nothing to select: leave the statement out'
      : 'pick a member that is there, or all of them';
    fail(walk, { depth, code: 'B505', at: step.place, label: `there is ${rangeText(name, child.ranges)}`, hint });
  }
  return chosen;
}

/** `block[1..24]` of twelve: the last member that is said has to be there. */
function refuseBeyond(picks: readonly tree.Pick[], ranges: Ranges, name: string, { bindings }: Found, names: Names): void {
  for (const [k, { is, to }] of picks.entries()) {
    const range = ranges[k]!;
    if (is !== 'range' || to === undefined || range.to < range.from) continue;
    const last = evaluateInteger(to, namesOf(bindings, names), 'an index');
    if (last <= range.to) continue;
    refuse({
      code: 'B505',
      message: `\`${name}\` has no member ${last}`,
      at: to.place,
      label: `there is ${rangeText(name, ranges)}`,
      hint: 'leave the last number out for all that there are',
    });
  }
}

/** Whether the picks admit the indices, and what they bind. A variable met again must have its value again. */
export function matchPicks(
  picks: readonly tree.Pick[],
  indices: readonly number[],
  bindings: ReadonlyMap<string, number>,
  names: Names,
): { readonly indices: PathStep['indices']; readonly bindings: ReadonlyMap<string, number> } | undefined {
  const bound = new Map(bindings);
  const shown: PathStep['indices'][number][] = [];
  for (const [k, pick] of picks.entries()) {
    const value = indices[k]!;
    const variable = variableOf(pick, names);
    if (variable !== undefined) {
      if (bound.has(variable) && bound.get(variable) !== value) return undefined;
      bound.set(variable, value);
      shown.push({ value, variable });
      continue;
    }
    const scope = namesOf(bound, names);
    const limit = (expression: tree.Expression | undefined, otherwise: number) =>
      expression === undefined ? otherwise : evaluateInteger(expression, scope, 'an index');
    if (pick.is === 'one' && limit(pick.from, value) !== value) return undefined;
    if (pick.is === 'range' && (value < limit(pick.from, value) || value > limit(pick.to, value))) return undefined;
    shown.push({ value });
  }
  return { indices: shown, bindings: bound };
}

/** The variable that a pick is: a name that stands for no known number. */
export function variableOf(pick: tree.Pick, names: Names): string | undefined {
  if (pick.is !== 'one' || pick.from?.kind !== 'identifier') return undefined;
  return names.known().includes(pick.from.name) ? undefined : pick.from.name;
}

function refuseEmpty(path: tree.Path, failure: Failure | undefined): never {
  const hint = failure?.hint ?? 'name what is there: explain shows all names';
  const code = failure?.code ?? 'B502';
  const message = code === 'B505' ? 'this picks nothing' : code === 'B506' ? 'the indices do not fit' : 'this matches nothing';
  return refuse({ code, message, at: failure?.at ?? path.place, label: failure?.label ?? 'nothing here', hint });
}

/** The instance that a path ends in, for the statements that take layers. */
export function instanceOf(found: Found): Instance | undefined {
  return found.node.is === 'instance' ? found.node.instance : undefined;
}
