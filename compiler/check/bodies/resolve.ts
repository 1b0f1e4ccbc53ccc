/**
 * What a name means in a body: arguments and locals, axes of the function (as sizes), options, members and functions of the instance
 * and the groups around it, then the file and the standard library, then the functions of the language.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import { written } from '../../../grammar/printer.ts';
import type * as tree from '../../../grammar/tree.ts';
import { boolean, number } from '../fold.ts';
import type { Instance, MemberNode } from '../instance.ts';
import { axisNames, enclosing, joinPath, lookupAxis, splitPrimes } from '../names.ts';
import { isPointwise } from '../pointwise.ts';
import { refuse } from '../refuse.ts';
import { listed, meant } from '../report.ts';
import { namesIn } from '../walk.ts';
import { builtinNames } from './builtin.ts';
import { type Elaboration, type Frame, findLocal } from './context.ts';
import { nodesOf } from './family.ts';
import { asStatic } from './operate.ts';
import { stackedWeight } from './stacked.ts';
import type { FamilyPart, LayerPart, Value } from './value.ts';

export function resolve(to: Elaboration, frame: Frame, name: tree.Identifier): Value {
  const local = findLocal(frame, name.name);
  if (local !== undefined) return local.value;
  const found = sizeOfAxis(to, frame, name) ?? ofInstance(to, frame, name) ?? ofFile(to, frame, name);
  if (found !== undefined) return found;
  if (name.name === 'training') return asStatic(boolean(to.training));
  if (name.name === 'inf') return asStatic(number(Number.POSITIVE_INFINITY));
  if (isPointwise(name.name) || builtinNames.includes(name.name)) return asStatic({ is: 'function', name: name.name });
  return refuseName(to, frame, name);
}

function sizeOfAxis(to: Elaboration, frame: Frame, name: tree.Identifier): Value | undefined {
  const { base } = splitPrimes(name.name);
  const primed = base !== name.name;
  const axis = frame.formal.get(base) ?? (primed ? lookupAxis(to.draft, frame.layer?.instances[0], name) : undefined);
  if (axis === undefined) return undefined;
  const size = to.size(axis);
  return typeof size === 'number' ? asStatic(number(size)) : size;
}

function ofInstance(to: Elaboration, frame: Frame, name: tree.Identifier): Value | undefined {
  let layer = frame.layer;
  while (layer !== undefined) {
    const [first] = layer.instances;
    const option = first.options.get(name.name);
    if (option !== undefined) return asStatic(option);
    const member = first.members.get(name.name);
    if (member !== undefined) {
      checkCondition(frame, first, name);
      return memberValue(to, frame, layer, name);
    }
    const axis = first.axes.get(name.name);
    if (axis !== undefined) {
      const size = to.size(axis);
      return typeof size === 'number' ? asStatic(number(size)) : size;
    }
    const declared = functionOf(first, name.name);
    if (declared !== undefined) return { is: 'function', name: name.name, declaration: declared, owner: layer };
    layer = first.outer && { is: 'layer', instances: layer.instances.map((instance) => instance.outer!), chosen: layer.chosen };
  }
  return frame.inputs?.get(name.name);
}

export function functionOf(instance: Instance, name: string): tree.Fn | tree.Forward | undefined {
  for (const item of instance.items) {
    if (item.kind === 'forward' ? name === 'forward' : item.kind === 'fn' && item.name.name === name) return item as tree.Fn | tree.Forward;
  }
  return undefined;
}

function ofFile(to: Elaboration, frame: Frame, name: tree.Identifier): Value | undefined {
  const item = to.draft.program.find(frame.file, name.name)?.item;
  if (item?.kind === 'fn') return { is: 'function', name: name.name, declaration: item };
  if (item?.kind === 'let') return asStatic(to.draft.program.valueOf(item));
  if (item === undefined) return undefined;
  const what = item.kind === 'layer' ? (item.model ? 'model' : 'layer') : item.kind;
  return refuse({
    code: 'B106',
    message: `${name.name} is a ${what}, a value or a function is expected`,
    at: name.place,
    label: `a ${what}`,
    also: [{ place: item.name.place, text: 'defined here' }],
    hint: item.kind === 'layer' ? `a layer has weights: declare a member, \`name: ${name.name}[...]\`, and call that` : undefined,
  });
}

/** A member of one instance, or of all that are chosen among by data. */
function memberValue(to: Elaboration, frame: Frame, layer: LayerPart, name: tree.Identifier): Value {
  const nodes = layer.instances.map((instance) => instance.members.get(name.name)!);
  const [first] = nodes;
  if (first.is === 'error') return { is: 'error' };
  if (first.is === 'absent') {
    const owner = layer.instances[0];
    const condition = owner.conditional.get(name.name)?.condition;
    return refuse({
      code: 'B317',
      message: `\`${name.name}\` does not exist here`,
      at: name.place,
      label: 'its condition is false',
      also: [{ place: first.place, text: 'declared under a condition' }],
      hint: condition ? 'put this under the same `if`' : undefined,
    });
  }
  if (first.is === 'weight') {
    const weights = nodes.map((node) => (node as MemberNode & { is: 'weight' }).weight);
    return stackedWeight(to, weights, layer.chosen);
  }
  if (first.is === 'instance') {
    return { is: 'layer', instances: nodes.map((node) => (node as MemberNode & { is: 'instance' }).instance), chosen: layer.chosen };
  }
  const families = nodes as FamilyPart['nodes'];
  const family: FamilyPart = { is: 'family', name: joinPath(layer.instances[0].path, name.name), nodes: families, chosen: layer.chosen };
  return first.over === undefined ? family : untied(to, frame, family, first.over, name);
}

/** A layer that a variant untied: inside the loop over its variable, the member of that iteration. */
function untied(to: Elaboration, frame: Frame, family: FamilyPart, over: { name: string; place: Place }, name: tree.Identifier): Value {
  const index = findLocal(frame, over.name)?.value;
  if (index?.is === 'static' && index.value.is === 'number') return nodesOf(to, family, index.value.value - family.nodes[0].ranges[0].from);
  return refuse({
    code: 'B603',
    message: `\`${name.name}\` cannot be untied: it is used outside \`for ${over.name}\``,
    at: over.place,
    label: 'untied here',
    also: [{ place: name.place, text: 'this use' }],
    hint: `every use of it stands in \`for ${over.name} in ...\`; give this use a layer of its own`,
  });
}

/** A conditional member is used under its condition: an `if` around that speaks of the same names. */
function checkCondition(frame: Frame, instance: Instance, name: tree.Identifier): void {
  const member = instance.conditional.get(name.name);
  if (member?.condition === undefined) return;
  const needed = new Set(namesIn(member.condition).map((at) => at.name));
  const within = frame.conditions.some((condition) => {
    const known = new Set(namesIn(condition).map((at) => at.name));
    return [...needed].every((n) => known.has(n));
  });
  if (within) return;
  const condition = written(member.condition);
  refuse({
    code: 'B317',
    message: `\`${name.name}\` exists only under a condition`,
    at: name.place,
    label: `not under \`if ${condition}\``,
    also: [{ place: member.place, text: 'declared here' }],
    hint: `put it under \`if ${condition} { ... }\``,
  });
}

/** `b.query`: a member, or a function, of an instance. */
export function memberOf(to: Elaboration, frame: Frame, expression: tree.MemberOf): Value {
  const layer = to.evaluate(expression.of, frame);
  const { name } = expression;
  if (layer.is !== 'layer') {
    const what = layer.is === 'family' ? 'a family; index it first' : 'not a layer';
    return refuse({ code: 'B106', message: `only layers have members`, at: expression.of.place, label: `this is ${what}` });
  }
  const [first] = layer.instances;
  if (first.members.has(name.name)) return memberValue(to, frame, layer, name);
  const declared = functionOf(first, name.name);
  if (declared !== undefined) return { is: 'function', name: name.name, declaration: declared, owner: layer };
  const members = [...first.members.keys()];
  const shown = first.path.replace(/^.*\./, '').replace(/\[.*/, '') || to.draft.name;
  return refuse({
    code: 'B101',
    message: `${shown} has no member \`${name.name}\``,
    at: name.place,
    label: 'unknown',
    also: [{ place: first.declaration?.name.place ?? first.place, text: `members of ${shown}: ${listed(members)}` }],
    hint: meant(name.name, members),
  });
}

function refuseName(to: Elaboration, frame: Frame, name: tree.Identifier): never {
  const locals: string[] = [];
  for (let at: Frame | undefined = frame; at !== undefined; at = at.outer) locals.push(...at.locals.keys());
  const members = [...enclosing(frame.layer?.instances[0])].flatMap((at) => [
    ...at.members.keys(),
    ...at.options.keys(),
    ...functionNames(at),
  ]);
  const axes = axisNames(frame.layer?.instances[0], frame.formal);
  const all = [...locals, ...members, ...axes, ...to.draft.program.namesIn(frame.file, 'fn'), ...builtinNames];
  const input = to.draft.inputs.some((item) => item.name === name.name);
  const branch = frame.untaken.get(name.name);
  if (branch !== undefined) refuseUntaken(to, name.name, name.place, branch);
  return refuse({
    code: 'B101',
    message: `\`${name.name}\` is not defined`,
    at: name.place,
    label: 'unknown',
    hint: input ? `\`${name.name}\` is an input: losses and metrics see it, functions take it as an argument` : meant(name.name, all),
  });
}

/** A name that only the other branch of an `if` sets. Every body is read twice, for training and for evaluation. */
export function refuseUntaken(to: Elaboration, name: string, at: Place, branch: tree.If): never {
  const by = namesIn(branch.condition).some((each) => each.name === 'training');
  const when = by ? ` in ${to.training ? 'training' : 'evaluation'}` : '';
  return refuse({
    code: 'B101',
    message: `\`${name}\` is not defined${when}`,
    at,
    label: by ? 'a body is read for training and for evaluation' : 'not set here',
    also: [{ place: branch.place, text: `the branch of \`if ${written(branch.condition)}\` that sets it is not taken` }],
    hint: `set \`${name}\` in both branches, or before the \`if\``,
  });
}

function functionNames(instance: Instance): string[] {
  return instance.items.flatMap((item) => (item.kind === 'fn' ? [item.name.name] : item.kind === 'forward' ? ['forward'] : []));
}
