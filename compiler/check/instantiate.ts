/**
 * A model with its options becomes a tree of layer instances: axes solved, families unrolled, every tensor a dense weight with one
 * parameter. Axis parameters of a layer are fresh axes of each instance (members of a family that agree share theirs), so a square
 * `linear[width -> width]` has a weight of two axes.
 */
import { type Place, Refused } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import { AxisTable } from './axes.ts';
import { Bindings } from './bindings.ts';
import { takeOrCopy } from './copy.ts';
import { countMember, mostMembers } from './count.ts';
import { declareSizes } from './declare.ts';
import type { Draft } from './draft.ts';
import type { Facts } from './facts.ts';
import { describe } from './fold.ts';
import { bindAxes } from './formal.ts';
import type { Instance, MemberNode, StaticValue } from './instance.ts';
import { instanceNames, joinPath } from './names.ts';
import { defineOptions, type Given } from './options.ts';
import { attempt, refuse } from './refuse.ts';
import type { Report } from './report.ts';
import type { Program } from './scope.ts';
import { evaluateBoolean, evaluateInteger, namesOf } from './static.ts';
import { addInput, addWeight } from './tensors.ts';

const mostNested = 4;

/** The draft of a model with its options. What is wrong with a member is reported, the rest is still there; undefined where the model's axes are wrong. */
export function instantiateModel(
  program: Program,
  declaration: tree.Layer,
  options: ReadonlyMap<string, StaticValue>,
  report: Report,
  given: GivenWeights,
): Draft | undefined {
  const draft = emptyDraft(program, declaration, report, given);
  for (const [name, value] of options) draft.root.options.set(name, value);
  return attempt(report, () => {
    populate(draft, draft.root);
    return draft;
  });
}

/** Paths of weights that a checkpoint will give, whether all are one tensor, and who wants to know what places mean. */
interface GivenWeights {
  readonly source?: ReadonlySet<string> | undefined;
  readonly dense?: boolean | undefined;
  readonly facts?: Facts | undefined;
}

export function emptyDraft(
  program: Program,
  declaration: tree.Layer,
  report: Report,
  { source, dense = false, facts }: GivenWeights = {},
): Draft {
  const table = new AxisTable();
  return {
    name: declaration.name.name,
    declaration,
    axes: table.axes,
    table,
    program,
    inputs: [],
    refusedInputs: new Set(),
    weights: [],
    tensors: [],
    gates: [],
    schedule: [],
    decompositions: new Map(),
    sums: new Map(),
    members: 0,
    dense,
    spoiled: new Set(),
    root: emptyInstance('', declaration.place, declaration.items, declaration),
    report,
    nesting: [],
    recursive: new Set(),
    ...(source ? { source } : {}),
    ...(facts ? { facts } : {}),
  };
}

export function emptyInstance(
  path: string,
  place: Place,
  items: readonly tree.Item[],
  declaration?: tree.Layer,
  outer?: Instance,
): Instance {
  const parts = { axes: new Map(), options: new Map(), members: new Map(), conditional: new Map() };
  return { path, place, items, ...parts, ...(declaration ? { declaration } : {}), ...(outer ? { outer } : {}) };
}

/** The layer that a reference names: of the file, or handed over as an option. */
export function resolveLayer(draft: Draft, reference: tree.Reference, scope: Instance): StaticValue & { is: 'layer' } {
  const found = instanceNames(draft, scope).get(reference.name.name, reference.name.place);
  if (found?.is === 'layer') {
    if (found.declaration.model) {
      const also = [{ place: found.declaration.name.place, text: 'a model' }];
      refuse({
        code: 'B106',
        message: `${found.name} is a model, a layer is expected`,
        at: reference.name.place,
        label: 'not a layer',
        also,
      });
    }
    return found;
  }
  if (found !== undefined && found.is !== 'function' && found.is !== 'topology') {
    const label = `this is ${describe(found)}`;
    return refuse({ code: 'B106', message: 'a layer is expected', at: reference.name.place, label });
  }
  const declaration = draft.program.expect(draft.program.scopeOf(reference.place), reference.name, 'layer');
  return { is: 'layer', name: reference.name.name, declaration };
}

/** A layer, and what it is applied to. */
export interface LayerUse {
  readonly layer: StaticValue & { readonly is: 'layer' };
  readonly reference: Pick<tree.Reference, 'brackets' | 'args' | 'place'>;
  /** Options that are values already, such as the layer that is wrapped. */
  readonly values?: ReadonlyMap<string, StaticValue>;
}

/** An instance of the layer that `reference` names, written in `scope`, to be called from `user` (the instance that it is a member of). */
export function instantiateReference(
  draft: Draft,
  reference: tree.Reference,
  scope: Instance,
  path: string,
  user: Instance = scope,
): Instance {
  return instantiateLayer(draft, { layer: resolveLayer(draft, reference, scope), reference }, scope, path, user);
}

export function instantiateLayer(draft: Draft, use: LayerUse, scope: Instance, path: string, user: Instance = scope): Instance {
  const { layer, reference } = use;
  const { declaration } = layer;
  if (layer.existing !== undefined) return takeOrCopy(draft, layer.existing, path);
  if (draft.program.ambiguous.has(declaration)) throw new Refused([]);
  refuseRecursion(draft, reference, declaration);
  draft.program.used.add(declaration);
  const instance = emptyInstance(path, reference.place, declaration.items, declaration);
  const brackets = reference.brackets ?? layer.brackets;
  const from = reference.brackets === undefined && layer.brackets !== undefined ? (layer.scope ?? scope) : scope;
  bindAxes(draft, instance, { brackets, scope: from, user, place: reference.place });
  const given: Given[] = [];
  if (layer.args) given.push({ args: layer.args, names: instanceNames(draft, layer.scope ?? scope), scope: layer.scope ?? scope });
  given.push({ args: reference.args, names: instanceNames(draft, scope), scope });
  const options = new Bindings();
  defineOptions(declaration, given, namesOf(options, instanceNames(draft, instance)), options, reference.place, new Map(use.values));
  for (const [name, value] of options.all()) instance.options.set(name, value);
  draft.nesting.push(reference);
  try {
    populate(draft, instance);
  } finally {
    draft.nesting.pop();
  }
  return instance;
}

/** A reference within itself a few times is a layer handed over; more often it is a layer that contains itself. */
function refuseRecursion(draft: Draft, reference: LayerUse['reference'], declaration: tree.Layer): void {
  if (draft.recursive.has(declaration)) throw new Refused([]);
  if (draft.nesting.filter((outer) => outer === reference).length < mostNested) return;
  draft.recursive.add(declaration);
  refuse({
    code: 'B105',
    message: `layer \`${declaration.name.name}\` contains itself`,
    at: reference.place,
    label: `${declaration.name.name} within ${declaration.name.name}`,
    also: [{ place: declaration.name.place, text: 'declared here' }],
    hint: 'repeat a layer with a family, `block[l in 1..depth]: ...`',
  });
}

/** Axes and lets, then requirements, inputs and members. Throws without a word where axes or lets were refused. */
function populate(draft: Draft, instance: Instance): void {
  const unit = (run: () => void) => attempt(draft.report, run);
  declareSizes(draft, instance);
  for (const item of instance.items) {
    if (item.kind === 'require') unit(() => checkRequire(draft, instance, item));
    if (item.kind === 'input') for (const parameter of item.parameters) unit(() => declareInput(draft, instance, parameter));
    if (item.kind === 'member') unit(() => addMember(draft, instance, item));
  }
}

function declareInput(draft: Draft, instance: Instance, parameter: tree.Parameter): void {
  draft.refusedInputs.add(parameter.name.name);
  addInput(draft, instance, parameter);
  draft.refusedInputs.delete(parameter.name.name);
}

function checkRequire(draft: Draft, instance: Instance, item: tree.Require): void {
  if (evaluateBoolean(item.condition, instanceNames(draft, instance))) return;
  const names = [...instance.options].map(([name, value]) => `${name} = ${describe(value).replace(/^the (number )?/, '')}`);
  refuse({
    code: 'B206',
    message: `a requirement fails${item.text === undefined ? '' : `: ${item.text}`}`,
    at: instance.place,
    label: `used with ${names.join(', ')}`,
    also: [{ place: item.condition.place, text: 'required here' }],
    hint: names.length === 0 ? 'change what it asks for' : 'give it other options',
  });
}

function addMember(draft: Draft, instance: Instance, item: tree.Member): void {
  for (const { name } of item.names) instance.members.set(name.name, { is: 'error' });
  const absent = item.condition !== undefined && !evaluateBoolean(item.condition, instanceNames(draft, instance));
  for (const { name, family } of item.names) {
    if (item.condition !== undefined) instance.conditional.set(name.name, item);
    const path = joinPath(instance.path, name.name);
    const node: MemberNode = absent
      ? { is: 'absent', place: item.place }
      : family
        ? addFamily(draft, instance, item, name, family)
        : build(draft, instance, item, path, instance);
    instance.members.set(name.name, node);
  }
}

function addFamily(draft: Draft, instance: Instance, item: tree.Member, name: tree.Identifier, loops: readonly tree.Loop[]): MemberNode {
  const names = instanceNames(draft, instance);
  const ranges = loops.map((loop) => {
    const to = loop.range.to ?? loop.range.from;
    return { from: evaluateInteger(loop.range.from, names, 'the first index'), to: evaluateInteger(to, names, 'the last index') };
  });
  const count = ranges.reduce((product, { from, to }) => product * Math.max(0, to - from + 1), 1);
  const backward = ranges.some(({ from, to }) => to < from - 1);
  if (count > mostMembers || backward) {
    refuse({
      code: 'B212',
      message: `family \`${name.name}\` ${backward ? 'runs backwards' : `has ${count} members, the most is ${mostMembers}`}`,
      at: loops[0].place,
      label: `${ranges.map(({ from, to }) => `${from}..${to}`).join(', ')}`,
    });
  }
  const items: MemberNode[] = [];
  for (let k = 0; k < count; k++) {
    const indices = unravel(k, ranges);
    const path = joinPath(instance.path, `${name.name}[${indices.join(',')}]`);
    const scope = emptyInstance(path, item.place, [], undefined, instance);
    for (const [j, loop] of loops.entries()) scope.options.set(loop.name.name, { is: 'number', value: indices[j] });
    items.push(build(draft, scope, item, path, instance));
  }
  return { is: 'family', ranges, items };
}

/** Row-major. */
function unravel(k: number, ranges: readonly { readonly from: number; readonly to: number }[]): number[] {
  const indices: number[] = [];
  let rest = k;
  for (const { from, to } of [...ranges].reverse()) {
    indices.unshift(from + (rest % (to - from + 1)));
    rest = Math.floor(rest / (to - from + 1));
  }
  return indices;
}

function build(draft: Draft, scope: Instance, item: tree.Member, path: string, user: Instance): MemberNode {
  countMember(draft, item.place, path);
  const { body } = item;
  if (body.kind === 'reference') return { is: 'instance', instance: instantiateReference(draft, body, scope, path, user) };
  if (body.kind === 'tensor') return { is: 'weight', weight: addWeight(draft, scope, body, path) };
  const group = emptyInstance(path, item.place, body.items, undefined, user);
  for (const [name, value] of scope === user ? [] : scope.options) group.options.set(name, value);
  populate(draft, group);
  return { is: 'instance', instance: group };
}
