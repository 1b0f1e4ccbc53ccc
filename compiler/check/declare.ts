/**
 * `axis` items: an open axis (`batch`), a bounded one (`time <= context`), a new one of known size (`dr = size`), or a factorisation
 * (`width = heads * e`), row-major, first factor most significant, with at most one unknown, solved exactly.
 */
import { type Label, type Place, Refused } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { AxisId } from '../values/model.ts';
import type { Draft } from './draft.ts';
import type { Instance } from './instance.ts';
import { enclosing, instanceNames, isFileSize, knownSize, lookupAxis, siteOf, splitPrimes } from './names.ts';
import { attempt, refuse } from './refuse.ts';
import { checkSize, evaluate, evaluateSize } from './static.ts';
import { namesIn } from './walk.ts';

type SizeItem = tree.AxisItem | tree.Let;

/** The axes and lets of an instance; their order has no meaning. Throws without a word where one was refused. */
export function declareSizes(draft: Draft, instance: Instance): void {
  const pending = instance.items.filter((item) => item.kind === 'axis' || item.kind === 'let');
  const lost = new Set<string>();
  let failed = false;
  while (pending.length > 0) {
    const ready = pending.findIndex((item) => isReady(draft, instance, item, pending));
    const [item] = pending.splice(Math.max(0, ready), 1);
    // What needs a size that was refused is wrong for the same reason.
    const names = namesIn(item!.value).map(({ name }) => name);
    const done = names.some((name) => lost.has(name))
      ? undefined
      : attempt(draft.report, () => {
          if (ready < 0 && factorsOf(item!) === undefined) refuseCircle(item!, pending);
          declareSize(draft, instance, item!);
          return true;
        });
    if (done === undefined)
      for (const name of [item!.name, ...(factorsOf(item!) ?? [])]) if (!isDefined(draft, instance, name.name)) lost.add(name.name);
    failed ||= done === undefined;
  }
  if (failed) throw new Refused([]);
}

function declareSize(draft: Draft, instance: Instance, item: SizeItem): void {
  if (item.kind === 'axis') declareAxis(draft, instance, item);
  else instance.options.set(item.name.name, evaluate(item.value, instanceNames(draft, instance)));
}

/** Whether nothing that is still to be declared gives a size that the item needs. A product is solved for one unknown. */
function isReady(draft: Draft, instance: Instance, item: SizeItem, pending: readonly SizeItem[]): boolean {
  const others = pending.filter((other) => other !== item);
  const plain = new Set(others.filter((other) => factorsOf(other) === undefined).map(({ name }) => name.name));
  const factors = factorsOf(item);
  const isKnown = ({ name }: tree.Identifier) => isDefined(draft, instance, name);
  if (factors !== undefined) {
    const unknown = [item.name, ...factors].filter((name) => !isKnown(name));
    return unknown.length === 0 || (unknown.length === 1 && !plain.has(unknown[0]!.name));
  }
  const solved = others.flatMap((other) => (factorsOf(other) === undefined ? [] : [other.name, ...factorsOf(other)!]));
  const coming = new Set([...plain, ...solved.filter((name) => !isKnown(name)).map(({ name }) => name)]);
  return namesIn(item.value).every(({ name }) => !coming.has(name));
}

/** The factors of `axis a = b * c`. */
function factorsOf(item: SizeItem): tree.Identifier[] | undefined {
  return item.kind === 'axis' && item.relation === '=' ? factorNames(item.value!) : undefined;
}

function isDefined(draft: Draft, instance: Instance, name: string): boolean {
  const { base } = splitPrimes(name);
  return [...enclosing(instance)].some((at) => at.axes.has(base) || at.options.has(base)) || isFileSize(draft, instance, base);
}

function refuseCircle(item: SizeItem, others: readonly SizeItem[]): never {
  return refuse({
    code: 'B105',
    message: `\`${item.name.name}\` depends on itself`,
    at: item.place,
    label: 'part of a circle',
    also: others.filter((other) => factorsOf(other) === undefined).map((other) => ({ place: other.place, text: 'and this' })),
  });
}

function declareAxis(draft: Draft, instance: Instance, item: tree.AxisItem): void {
  const { name, relation, value } = item;
  if (relation === undefined || relation === '<=') {
    notYet(draft, instance, name);
    const axis = openAxis(draft, instance, item);
    if (relation === '<=') boundAxis(draft, instance, axis, value!);
    return;
  }
  const factors = factorNames(value!);
  if (factors === undefined) {
    notYet(draft, instance, name);
    const size = evaluateSize(value!, instanceNames(draft, instance), `axis \`${name.name}\``);
    addAxis(draft, instance, name, size, item.place);
  } else factorise(draft, instance, item, factors);
}

function openAxis(draft: Draft, instance: Instance, item: tree.AxisItem): AxisId {
  if (instance.declaration !== draft.declaration) {
    refuse({
      code: 'B215',
      message: `only a model has open axes; \`${item.name.name}\` needs a size here`,
      at: item.place,
      label: 'open',
      hint: `make it an axis parameter, \`[${item.name.name}]\`, or write \`axis ${item.name.name} = ...\``,
    });
  }
  const axis = draft.table.declare(item.name.name, 'open', { place: item.place });
  instance.axes.set(item.name.name, axis);
  return axis;
}

function boundAxis(draft: Draft, instance: Instance, axis: AxisId, value: tree.Expression): void {
  const by = value.kind === 'identifier' ? lookupAxis(draft, instance, value) : undefined;
  const size = evaluateSize(value, instanceNames(draft, instance), `the bound of \`${draft.table.name(axis)}\``);
  draft.table.bound(axis, size, by);
}

function addAxis(draft: Draft, instance: Instance, name: tree.Identifier, size: number, place: Place): AxisId {
  const axis = draft.table.declare(name.name, size, { place }, `${siteOf(instance)} axis ${name.name} = ${size}`);
  instance.axes.set(name.name, axis);
  return axis;
}

function notYet(draft: Draft, instance: Instance, name: tree.Identifier): void {
  const axis = instance.axes.get(name.name);
  const option = instance.declaration?.options.find((o) => o.name.name === name.name);
  if (axis === undefined && option === undefined) return;
  refuse({
    code: 'B103',
    message: `\`${name.name}\` is defined twice`,
    at: name.place,
    label: 'second',
    also: [{ place: option?.place ?? draft.table.info[axis!].place, text: 'first' }],
    hint: option === undefined ? undefined : `\`${name.name}\` is a size already, and may be used as an axis`,
  });
}

/** The names of `a * b * c`; undefined where the expression is anything else. */
function factorNames(value: tree.Expression): tree.Identifier[] | undefined {
  if (value.kind !== 'binary' || value.operator !== '*') return undefined;
  const left = value.left.kind === 'identifier' ? [value.left] : factorNames(value.left);
  return left && value.right.kind === 'identifier' ? [...left, value.right] : undefined;
}

function factorise(draft: Draft, instance: Instance, item: tree.AxisItem, names: readonly tree.Identifier[]): void {
  const whole = lookupAxis(draft, instance, item.name);
  const factors = names.map((name) => lookupAxis(draft, instance, name));
  const unknown = [...(whole === undefined ? [item.name] : []), ...names.filter((_, k) => factors[k] === undefined)];
  if (unknown.length > 1) refuseUnknowns(unknown);
  const sizes = factors.map((axis, k) => (axis === undefined ? 1 : knownSize(draft, axis, names[k].place)));
  const product = sizes.reduce((a, b) => a * b, 1);
  if (whole === undefined) {
    const size = checkSize(product, item.value!, `axis \`${item.name.name}\``);
    link(draft, addAxis(draft, instance, item.name, size, item.place), factors as AxisId[]);
    return;
  }
  const size = knownSize(draft, whole, item.name.place);
  const solved = factors.indexOf(undefined);
  if (solved < 0 ? product !== size : size % product !== 0) refuseProduct(draft, instance, item, names, factors, size, product);
  if (solved >= 0) factors[solved] = addAxis(draft, instance, names[solved], size / product, item.place);
  link(draft, whole, factors as AxisId[]);
}

function link(draft: Draft, whole: AxisId, factors: AxisId[]): void {
  draft.table.factorise(whole, factors);
}

function refuseUnknowns(unknown: readonly tree.Identifier[]): never {
  return refuse({
    code: 'B202',
    message: `${unknown.length} unknowns in one product`,
    at: unknown[0].place,
    label: `\`${unknown[0].name}\` has no size`,
    also: unknown.slice(1).map((name) => ({ place: name.place, text: `\`${name.name}\` has no size` })),
    hint: 'give all but one a size',
  });
}

function refuseProduct(
  draft: Draft,
  instance: Instance,
  item: tree.AxisItem,
  names: readonly tree.Identifier[],
  factors: readonly (AxisId | undefined)[],
  size: number,
  product: number,
): never {
  const said = (axis: AxisId): Label => ({
    place: draft.table.info[axis].place,
    text: `${draft.table.name(axis)} = ${draft.table.sizeText(axis)}`,
  });
  const known = factors.filter((axis) => axis !== undefined);
  const solved = names[factors.indexOf(undefined)];
  const whole = lookupAxis(draft, instance, item.name);
  const also = [...(whole === undefined ? [] : [said(whole)]), ...known.map(said)];
  if (solved === undefined) {
    return refuse({
      code: 'B201',
      message: `${size} is not ${names.map((name) => name.name).join(' * ')} = ${product}`,
      at: item.place,
      label: `${item.name.name} = ${size}`,
      also,
    });
  }
  const near = [nearDivisor(size, product, -1), nearDivisor(size, product, 1)].filter((d) => d !== undefined);
  const single = known.length === 1 && near.length > 0 ? `${draft.table.name(known[0])} = ${near.join(' or ')} would do` : undefined;
  return refuse({
    code: 'B201',
    message: `${size} is not a multiple of ${product}`,
    at: item.place,
    label: `solving for \`${solved.name}\``,
    also,
    hint: single,
  });
}

function nearDivisor(size: number, from: number, step: 1 | -1): number | undefined {
  for (let d = from + step; d >= 1 && d <= size && Math.abs(d - from) < 65536; d += step) if (size % d === 0) return d;
  return undefined;
}
