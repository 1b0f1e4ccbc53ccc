/**
 * Selections: which layers, weights, tensors or bonds a statement means. A path stands for all tensors beneath it; `NAME of` narrows
 * to a role, core or bond; `except` takes away. Every choice must match something, every variable must be used (H40 to H44 of the
 * language, J26 to J29).
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { Instance } from './draft.ts';
import { refuse } from './refuse.ts';
import {
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
export { type Found, findPath, keyOf, type Part, pathText, type SelectionScope } from './selector/paths.ts';

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
  const all = unique(
    selection.choices.flatMap((choice) => tensorsIn(choice, scope)),
    tensorKey,
  );
  const taken = new Set<number>();
  for (const choice of selection.except) {
    const ids = tensorsIn(choice, scope).map((match) => match.tensor.id);
    checkExcept(choice, ids, new Set(all.map((match) => match.tensor.id)));
    for (const id of ids) taken.add(id);
  }
  return notEmpty(
    all.filter((match) => !taken.has(match.tensor.id)),
    selection,
  );
}

function tensorsIn(choice: tree.Choice, scope: SelectionScope): TensorMatch[] {
  const weights = weightsIn(choice, scope);
  if (choice.name !== undefined) return namedTensors(choice, choice.name, weights, scope);
  return weights.flatMap((weight) => tensorsOf(weight, scope.draft));
}

function weightsIn(choice: tree.Choice, scope: SelectionScope): WeightMatch[] {
  const weights = findPath(choice.path, scope).flatMap((found) => weightsBelow(found, choice, scope.draft));
  if (weights.length > 0) return weights;
  return refuse({ code: 'B502', message: `no tensor below \`${pathSource(choice)}\``, at: choice.place, label: 'holds no tensors' });
}

/** The weights meant. A choice with `NAME of` means tensors, not weights, and is refused. */
export function selectWeights(selection: tree.Selection, scope: SelectionScope, use: VariableUse = {}): WeightMatch[] {
  checkVariables(selection, scope, use);
  const named = selection.choices.find((choice) => choice.name !== undefined);
  if (named !== undefined) {
    refuse({ code: 'B507', message: 'whole weights are expected here', at: named.name!.place, label: 'selects parts of weights' });
  }
  const all = unique(
    selection.choices.flatMap((choice) => weightsIn(choice, scope)),
    (match) => match.weight.path,
  );
  const taken = new Set<number>();
  for (const choice of selection.except) {
    const ids = weightsIn(choice, scope).map((match) => match.weight.id);
    checkExcept(choice, ids, new Set(all.map((match) => match.weight.id)));
    for (const id of ids) taken.add(id);
  }
  return notEmpty(
    all.filter((match) => !taken.has(match.weight.id)),
    selection,
  );
}

/** The bonds meant by choices of the form `b of PATH`. */
export function selectBonds(selection: tree.Selection, scope: SelectionScope): BondMatch[] {
  checkVariables(selection, scope, {});
  const bonds = selection.choices.flatMap((choice) => {
    if (choice.name !== undefined) return namedBonds(choice, choice.name, weightsIn(choice, scope), scope);
    const hint = `name the bond, as in \`b of ${pathSource(choice)}\``;
    return refuse({ code: 'B507', message: 'bonds are expected here', at: choice.place, label: 'tensors', hint });
  });
  const taken = new Set(selection.except.flatMap((choice) => weightsIn(choice, scope).map((match) => match.weight.id)));
  return notEmpty(
    bonds.filter((match) => !taken.has(match.weight.id)),
    selection,
  );
}

export interface InstanceMatch extends Found {
  readonly instance: Instance;
  readonly choice: tree.Choice;
}

/** The layer instances meant; tensors and families are refused. */
export function selectInstances(selection: tree.Selection, scope: SelectionScope, use: VariableUse = {}): InstanceMatch[] {
  checkVariables(selection, scope, use);
  const found = selection.choices.flatMap((choice) => {
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
  });
  const taken = new Set(selection.except.flatMap((choice) => findPath(choice.path, scope).map((one) => pathText(one.parts))));
  return notEmpty(
    unique(found, (one) => pathText(one.parts)).filter((one) => !taken.has(pathText(one.parts))),
    selection,
  );
}

/** The nodes meant, as a recipe's target; with `except`, the weights that are left. */
export function foundIn(selection: tree.Selection, scope: SelectionScope): Found[] {
  if (selection.except.length === 0 && selection.choices.every((choice) => choice.name === undefined)) {
    checkVariables(selection, scope, {});
    return unique(
      selection.choices.flatMap((choice) => findPath(choice.path, scope)),
      ({ parts }) => pathText(parts),
    );
  }
  return selectWeights(selection, scope).map(({ weight, parts, bindings }) => ({
    node: { is: 'weight', weight: weight.id },
    parts,
    bindings,
  }));
}

/** `l = 3, x = 1`. */
export function bindText(bindings: ReadonlyMap<string, number>): string {
  return [...bindings].map(([name, value]) => `${name} = ${value}`).join(', ');
}

function tensorKey(match: TensorMatch): string {
  return `${pathText(match.parts)} ${match.term} ${match.node ?? ''}`;
}

function unique<Match>(matches: readonly Match[], key: (match: Match) => string): Match[] {
  const seen = new Map<string, Match>();
  for (const match of matches) if (!seen.has(key(match))) seen.set(key(match), match);
  return [...seen.values()];
}

function notEmpty<Match>(matches: readonly Match[], selection: tree.Selection): Match[] {
  if (matches.length > 0) return [...matches];
  return refuse({ code: 'B502', message: '`except` takes everything away', at: selection.place, label: 'nothing is left' });
}

/** H42: an `except` that takes nothing away is a slip. */
function checkExcept(choice: tree.Choice, ids: readonly number[], selected: ReadonlySet<number>): void {
  if (ids.some((id) => selected.has(id))) return;
  refuse({ code: 'B509', message: 'this `except` takes nothing away', at: choice.place, label: 'nothing of it was selected' });
}

/** J27: `over` variables are bound in every choice; every other variable occurs in an expression. */
function checkVariables(selection: tree.Selection, scope: SelectionScope, use: VariableUse): void {
  const over = use.over ?? [];
  const read = new Set([
    ...over.map(({ name }) => name),
    ...(use.expressions ?? []).flatMap((expression) => namesIn(expression).map(({ name }) => name)),
  ]);
  for (const choice of [...selection.choices, ...selection.except]) {
    const bound = variablesIn(choice, scope);
    for (const [name, place] of bound) {
      if (use.fixed || read.has(name) || selection.except.includes(choice)) continue;
      refuse({
        code: 'B504',
        message: `\`${name}\` is bound and not used`,
        at: place,
        label: 'bound here',
        hint: 'write `[*]` for all of them',
      });
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

function variablesIn(choice: tree.Choice, scope: SelectionScope): Map<string, Place> {
  const found = new Map<string, Place>();
  const visit = (path: tree.Path): void => {
    for (const step of path.steps) {
      if (step.at.is === 'either') for (const arm of step.at.paths) visit(arm);
      for (const pick of step.picks ?? []) {
        const name = variableOf(pick, scope.names);
        if (name !== undefined && !found.has(name)) found.set(name, pick.place);
      }
    }
  };
  visit(choice.path);
  if (choice.name !== undefined) visit(choice.name);
  return found;
}
