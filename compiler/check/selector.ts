/**
 * Selections: which layers, weights, tensors or bonds a statement means. A path stands for all tensors beneath it; `NAME of` narrows
 * to a role, core or bond; `except` takes away. Every choice must match something, every variable must be used.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { Instance } from './draft.ts';
import { refuse } from './refuse.ts';
import {
  allBonds,
  type BondMatch,
  namedBonds,
  namedTensors,
  pathSource,
  type TensorMatch,
  tensorsOf,
  type WeightMatch,
  weightsBelow,
} from './selector/below.ts';
import { type Found, findPath, instanceOf, pathText, type SelectionScope, variableOf } from './selector/paths.ts';
import { namesIn } from './walk.ts';

export type { BondMatch, TensorMatch, WeightMatch } from './selector/below.ts';
export { bondParts, weightsBelow } from './selector/below.ts';
export { type Found, findPath, keyOf, type PathStep as Part, pathText, type SelectionScope } from './selector/paths.ts';

/** Who reads the variables of a selection: the names after `over`, and expressions of the statement. */
export interface VariableUse {
  readonly over?: readonly tree.Identifier[];
  readonly expressions?: readonly (tree.Expression | undefined)[];
  /** Variables that nothing reads are as good as `[*]`: they say what stays fixed while `over` ranges. */
  readonly fixed?: boolean;
}

/** The tensors meant, each once for every name by which it was selected. */
export function selectTensors(selection: tree.Selection, scope: SelectionScope, use: VariableUse = {}): TensorMatch[] {
  checkVariables(selection, scope, use);
  const key = (match: TensorMatch) => `${pathText(match.parts)} ${match.term} ${match.node ?? ''}`;
  return select(selection, { find: (choice) => tensorsIn(choice, scope), key, taken: ({ tensor }) => tensor });
}

function tensorsIn(choice: tree.Choice, scope: SelectionScope): TensorMatch[] {
  const weights = weightsIn(choice, scope);
  if (choice.name !== undefined) return namedTensors(choice, choice.name, weights, scope);
  return weights.flatMap((weight) => tensorsOf(weight, scope.draft));
}

function weightsIn(choice: tree.Choice, scope: SelectionScope): WeightMatch[] {
  const weights = findPath(choice.path, scope).flatMap((found) => weightsBelow(found, choice, scope.draft));
  if (weights.length > 0) return weights;
  return refuse({
    code: 'B502',
    message: `no tensor below \`${pathSource(choice)}\``,
    at: choice.place,
    label: 'holds no tensors',
    hint: 'name a layer or a weight that has some',
  });
}

/** The weights meant. A choice with `NAME of` means tensors, not weights, and is refused. */
export function selectWeights(selection: tree.Selection, scope: SelectionScope, use: VariableUse = {}): WeightMatch[] {
  checkVariables(selection, scope, use);
  const find = (choice: tree.Choice) => {
    if (choice.name === undefined) return weightsIn(choice, scope).map((match) => wholeWeight(match, choice));
    return refuse({ code: 'B507', message: 'whole weights are expected here', at: choice.name.place, label: 'selects parts of weights' });
  };
  return select(selection, { find, key: ({ weight }) => weight.path, taken: ({ weight }) => weight.path });
}

function wholeWeight(match: WeightMatch, choice: tree.Choice): WeightMatch {
  const { weight, only } = match;
  if (only === undefined) return match;
  return refuse({
    code: 'B507',
    message: 'whole weights are expected here',
    at: choice.place,
    label: `\`${only}\` is a term of ${weight.path}`,
    hint: `name the weight, or a core of the term, as in \`T[2] of ${pathSource(choice)}\``,
  });
}

/** The bonds meant by choices of the form `b of PATH`; `except` takes bonds, or with a path alone all bonds below. */
export function selectBonds(selection: tree.Selection, scope: SelectionScope): BondMatch[] {
  checkVariables(selection, scope, {});
  const find = (choice: tree.Choice): BondMatch[] => {
    if (choice.name !== undefined) return namedBonds(choice, choice.name, weightsIn(choice, scope), scope);
    const hint = `name the bond, as in \`b of ${pathSource(choice)}\``;
    return refuse({ code: 'B507', message: 'bonds are expected here', at: choice.place, label: 'tensors', hint });
  };
  const exceptions = (choice: tree.Choice) => (choice.name === undefined ? allBonds(weightsIn(choice, scope)) : find(choice));
  const key = ({ weight, term, legs }: BondMatch) => `${weight.path} ${term} ${legs}`;
  const single = (bonds: readonly BondMatch[]) => bonds.flatMap((bond) => bond.legs.map((leg): BondMatch => ({ ...bond, legs: [leg] })));
  const left = select(selection, {
    find: (choice) => single(find(choice)),
    exceptions: (choice) => single(exceptions(choice)),
    key,
    taken: key,
  });
  const together = Map.groupBy(left, ({ weight, term }) => `${weight.path} ${term}`);
  return [...together.values()].map((bonds) => ({ ...bonds[0]!, legs: bonds.flatMap(({ legs }) => legs) }));
}

export interface InstanceMatch extends Found {
  readonly instance: Instance;
  readonly choice: tree.Choice;
}

/** The layer instances meant; tensors and families are refused. */
export function selectInstances(selection: tree.Selection, scope: SelectionScope, use: VariableUse = {}): InstanceMatch[] {
  checkVariables(selection, scope, use);
  const key = ({ parts }: InstanceMatch) => pathText(parts);
  return select(selection, { find: (choice) => instancesIn(choice, scope), key, taken: key });
}

function instancesIn(choice: tree.Choice, scope: SelectionScope): InstanceMatch[] {
  if (choice.name !== undefined) {
    refuse({ code: 'B507', message: 'a layer is expected here', at: choice.name.place, label: 'selects parts of weights' });
  }
  return findPath(choice.path, scope).map((one): InstanceMatch => {
    const instance = instanceOf(one);
    if (instance !== undefined) return { ...one, instance, choice };
    return refuse({
      code: 'B507',
      message: `\`${pathText(one.parts)}\` is not a layer`,
      at: choice.path.place,
      label: one.node.is === 'family' ? 'a family of layers' : 'a tensor',
      ...(one.node.is === 'family' ? { hint: `write \`${pathText(one.parts)}[*]\`` } : {}),
    });
  });
}

/**
 * The nodes meant, as a recipe's target. Where every `except` is of whole nodes that were chosen, nodes are left; where one reaches into
 * a node, the weights that are left.
 */
export function foundIn(selection: tree.Selection, scope: SelectionScope, use: VariableUse = {}): Found[] {
  const key = ({ parts }: Found) => pathText(parts);
  if (selection.choices.every((choice) => choice.name === undefined)) {
    const chosen = new Set(selection.choices.flatMap((choice) => findPath(choice.path, scope)).map(key));
    const whole = (choice: tree.Choice) =>
      choice.name === undefined && findPath(choice.path, scope).every((found) => chosen.has(key(found)));
    if (selection.except.every(whole)) {
      checkVariables(selection, scope, use);
      return select(selection, { find: (choice) => findPath(choice.path, scope), key, taken: key });
    }
  }
  return selectWeights(selection, scope, use).map(({ weight, parts, bindings }) => ({
    node: { is: 'weight', weight: weight.id },
    parts,
    bindings,
  }));
}

interface Rule<Match> {
  readonly find: (choice: tree.Choice) => readonly Match[];
  /** What a choice after `except` means, where it is read in another way. */
  readonly exceptions?: (choice: tree.Choice) => readonly Match[];
  /** Equal for what is one match, though two choices found it. */
  readonly key: (match: Match) => string;
  /** What `except` takes away with it: a tensor under all of its names. */
  readonly taken: (match: Match) => unknown;
}

/** All that the choices find, each once, without what `except` takes away; H42: an `except` that takes nothing away is a slip. */
function select<Match>(selection: tree.Selection, { find, exceptions = find, key, taken }: Rule<Match>): Match[] {
  const all = new Map<string, Match>();
  for (const match of selection.choices.flatMap(find)) if (!all.has(key(match))) all.set(key(match), match);
  const selected = new Set([...all.values()].map(taken));
  const gone = new Set<unknown>();
  for (const choice of selection.except) {
    const own = exceptions(choice).map(taken);
    if (!own.some((one) => selected.has(one))) {
      refuse({ code: 'B509', message: 'this `except` takes nothing away', at: choice.place, label: 'nothing of it was selected' });
    }
    for (const one of own) gone.add(one);
  }
  const left = [...all.values()].filter((match) => !gone.has(taken(match)));
  if (left.length > 0) return left;
  return refuse({
    code: 'B502',
    message: '`except` takes everything away',
    at: selection.place,
    label: 'nothing is left',
    hint: 'leave the statement out, or except less',
  });
}

/** `l = 3, x = 1`. */
export function bindText(bindings: ReadonlyMap<string, number>): string {
  return [...bindings].map(([name, value]) => `${name} = ${value}`).join(', ');
}

/** J27: `over` variables are bound in every choice; every other variable occurs in an expression. */
function checkVariables(selection: tree.Selection, scope: SelectionScope, use: VariableUse): void {
  const over = use.over ?? [];
  refuseTwice(over);
  const read = new Set([
    ...over.map(({ name }) => name),
    ...(use.expressions ?? []).flatMap((expression) => namesIn(expression).map(({ name }) => name)),
  ]);
  for (const choice of [...selection.choices, ...selection.except]) {
    const bound = variablesIn(choice, scope);
    for (const [name, { place, hint }] of bound) {
      if (use.fixed || read.has(name) || selection.except.includes(choice)) continue;
      refuse({ code: 'B504', message: `\`${name}\` is bound and not used`, at: place, label: 'bound here', hint });
    }
    if (selection.except.includes(choice)) continue;
    for (const variable of over) {
      if (bound.has(variable.name)) continue;
      const names = [...bound.keys()];
      refuse({
        code: 'B503',
        message: `\`${variable.name}\` is not bound`,
        at: variable.place,
        label: 'ranges over nothing',
        also: [{ place: choice.place, text: names.length === 0 ? 'binds no variable' : `binds ${names.join(', ')}` }],
        hint:
          names.length === 0
            ? `pick with a variable, as in \`[${variable.name}]\``
            : `\`over ${names[0]}\`, or \`[${variable.name}]\` in the path`,
      });
    }
  }
}

function refuseTwice(over: readonly tree.Identifier[]): void {
  for (const [k, { name, place }] of over.entries()) {
    const first = over.findIndex((other) => other.name === name);
    if (first === k) continue;
    refuse({
      code: 'B620',
      message: `\`${name}\` stands twice after \`over\``,
      at: place,
      label: 'again',
      also: [{ place: over[first]!.place, text: 'first' }],
      hint: 'each variable is one axis of the family: name it once',
    });
  }
}

interface Variable {
  readonly place: Place;
  /** What to write where nothing reads it. */
  readonly hint: string;
}

function variablesIn(choice: tree.Choice, scope: SelectionScope): Map<string, Variable> {
  const found = new Map<string, Variable>();
  const add = (name: string, variable: Variable): void => void (found.has(name) || found.set(name, variable));
  const visit = (path: tree.Path): void => {
    for (const step of path.steps) {
      if (step.at.is === 'either') {
        const { variable, paths } = step.at;
        if (variable !== undefined && scope.names.known().includes(variable.name)) refuseKnown(variable);
        if (variable !== undefined) add(variable.name, { place: variable.place, hint: `leave out \`${variable.name}:\`` });
        for (const arm of paths) visit(arm);
      }
      for (const pick of step.picks ?? []) {
        const name = variableOf(pick, scope.names);
        if (name !== undefined) add(name, { place: pick.place, hint: 'write `[*]` for all of them' });
      }
    }
  };
  visit(choice.path);
  if (choice.name !== undefined) visit(choice.name);
  return found;
}

function refuseKnown({ name, place }: tree.Identifier): never {
  return refuse({
    code: 'B508',
    message: `\`${name}\` stands for something already`,
    at: place,
    label: 'is to be the number of the alternative',
    hint: 'a name that is new here',
  });
}
