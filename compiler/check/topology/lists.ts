/** Which factors each axis of a topology gets: written lists are checked against the axes, the others chosen once their length is known. */
import type { Label, Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { refuse } from '../refuse.ts';
import { evaluateInteger, namesOf } from '../static.ts';
import { balancedFactors, endsOf, isEnds, isPrime, listText, mostFactors, paddedList, productOf, statedFactors } from './factors.ts';
import { type GivenAxis, listsOf, type TopologyUse } from './use.ts';

/** `dims` are the index ranges of the legs: [n] for `out[n]`, [p, q] for `out[p, q]`, [] for a bare axis. */
export interface PatternAxis {
  readonly name: string;
  readonly size: number;
  readonly dims: readonly number[];
  readonly factors: readonly number[];
  readonly padded?: number;
  /** The factors are neither written nor `ends`: the balanced list was taken. */
  readonly balanced?: true;
  readonly place: Place;
}
interface Item {
  readonly index?: tree.IndexItem;
  /** Undefined while not written; `ends` is a rule. */
  readonly stated?: readonly number[];
}

/** Solves the pattern variables into `numbers` and gives the factors of every axis. */
export function axisFactors(use: TopologyUse, numbers: Map<string, number>): PatternAxis[] {
  const items = readItems(use);
  const dims = solveDims(use, items, numbers);
  return use.topology.axes.parameters.map((parameter, i) => {
    const item = items[i]!;
    const given = use.axes[i]!;
    const place = item.index?.place ?? use.reference.place;
    const base = { name: parameter.name.name, size: given.size, dims: dims[i]!, place };
    if (item.stated === undefined) return { ...base, ...chosenFactors(use, given, item, productOf(dims[i]!), place) };
    const total = productOf(item.stated);
    if (total < given.size) refuseProduct(use, i, items);
    if (total > given.size && !item.index?.padded) refuseUnpadded(given, item.stated, total, place);
    return { ...base, factors: item.stated, ...(total > given.size ? { padded: total } : {}) };
  });
}

function readItems(use: TopologyUse): Item[] {
  const { topology } = use;
  const parameters = topology.axes.parameters;
  const lists = listsOf(use);
  const written = lists?.brackets.items;
  if (lists === undefined || written === undefined)
    return parameters.map((p, i) => (p.brackets === undefined ? { stated: [use.axes[i]!.size] } : {}));
  if (written.length !== parameters.length) {
    refuse({
      code: 'B407',
      message: `\`${topology.name.name}\` takes ${parameters.length} factor lists, found ${written.length}`,
      at: lists.brackets.place,
      label: `${written.length} here`,
      also: [{ place: topology.axes.place, text: `axes: ${parameters.map((p) => p.name.name).join(', ')}` }],
    });
  }
  const { stated } = use;
  if (stated !== undefined) return written.map((item, i) => ({ ...(item.kind === 'index' ? { index: item } : {}), stated: stated[i]! }));
  return written.map((item) => {
    if (item.kind === 'rest' || item.name !== undefined || item.range.to !== undefined || item.else !== undefined) {
      return refuse({
        code: 'B421',
        message: 'a factor list is expected',
        at: item.place,
        label: 'not a factor list',
        hint: 'as in `4*4*8`, `8^5` or `ends`',
      });
    }
    if (isEnds(item.range.from)) return { index: item };
    return { index: item, stated: statedFactors(item.range.from, lists.names) };
  });
}

/** Repeats over the axes until no more variables are found: `out[n]` with a list of five gives n = 5, `in[n]` then needs five. */
function solveDims(use: TopologyUse, items: readonly Item[], numbers: Map<string, number>): number[][] {
  const parameters = use.topology.axes.parameters;
  const solved: (number[] | undefined)[] = parameters.map(() => undefined);
  const source = new Map<string, number>();
  for (let again = true; again; ) {
    again = false;
    parameters.forEach((parameter, i) => {
      if (solved[i] !== undefined) return;
      const parts = (parameter.brackets?.items ?? []).map((index) => (index.kind === 'index' ? index.range.from : undefined));
      const free = parts.filter((part) => part?.kind === 'identifier' && !numbers.has(part.name));
      const length = items[i]!.stated?.length;
      if (free.length === 1 && length !== undefined) {
        const others = parts.filter((part) => part !== free[0]).map((part) => evaluateInteger(part!, namesOf(numbers), 'a count', 1));
        if (length % productOf(others) !== 0) return;
        const name = (free[0] as tree.Identifier).name;
        numbers.set(name, length / productOf(others));
        source.set(name, i);
      } else if (free.length > 0) return;
      solved[i] = parts.map((part) => evaluateInteger(part!, namesOf(numbers), 'a count of factors', 1));
      again = true;
    });
  }
  return parameters.map((parameter, i) => {
    const dims = solved[i];
    if (dims === undefined) return refuseUnsolved(use, parameter);
    const length = items[i]!.stated?.length;
    if (productOf(dims) > mostFactors) {
      refuse({
        code: 'B421',
        message: `an axis has at most ${mostFactors} factors`,
        at: use.reference.place,
        label: `${productOf(dims)} factors of ${parameter.name.name}`,
      });
    }
    if (length !== undefined && length !== productOf(dims)) refuseLengths(use, i, productOf(dims), source, items);
    return dims;
  });
}

function chosenFactors(
  use: TopologyUse,
  given: GivenAxis,
  item: Item,
  n: number,
  place: Place,
): Pick<PatternAxis, 'factors' | 'padded' | 'balanced'> {
  if (item.index?.padded) {
    const least = Math.ceil(Math.sqrt(given.size));
    const total = n === 1 ? given.size : least * Math.ceil(given.size / least);
    return { factors: endsOf(total, n), ...(total > given.size ? { padded: total } : {}) };
  }
  if (n > 1 && isPrime(given.size)) {
    const list = listText(paddedList(given.size, n));
    refuse({
      code: 'B417',
      message: `${given.size} is a prime: it has no ${n} factors`,
      at: place,
      label: `\`${given.name}\` has ${given.size}`,
      also: [given.said ?? { place: use.declared, text: 'declared here' }],
      hint: `write a larger list, \`padded ${list}\``,
    });
  }
  if (item.index === undefined) return { factors: balancedFactors(given.size, n), balanced: true };
  return { factors: endsOf(given.size, n) };
}

function refuseUnsolved(use: TopologyUse, parameter: tree.AxisParameter): never {
  const name = use.topology.name.name;
  const first = parameter.brackets?.items[0];
  const variable = first?.kind === 'index' && first.range.from.kind === 'identifier' ? first.range.from.name : 'n';
  return refuse({
    code: 'B417',
    message: `how many factors \`${parameter.name.name}\` has is not said`,
    at: use.reference.place,
    label: `\`${variable}\` is not known`,
    also: [{ place: use.topology.axes.place, text: 'declared here' }],
    hint: `write the lists, as in \`${name}[4*4*8, 8^3]\`, or the count, \`${name}(${variable} = 3)\``,
  });
}

function refuseLengths(use: TopologyUse, i: number, wanted: number, source: ReadonlyMap<string, number>, items: readonly Item[]): never {
  const parameters = use.topology.axes.parameters;
  const other = [...source.values()].find((j) => j !== i);
  const mine = items[i]!.stated!.length;
  const name = parameters[i]!.name.name;
  const message =
    other === undefined
      ? `${name} has ${mine} factors, ${wanted} ${wanted === 1 ? 'is' : 'are'} wanted`
      : `${parameters[other]!.name.name} has ${items[other]!.stated!.length} factors, ${name} has ${mine}`;
  const also: Label[] = [{ place: use.topology.axes.place, text: `\`${use.topology.name.name}\` wants ${wanted} factors of ${name}` }];
  if (other !== undefined) also.push({ place: items[other]!.index!.place, text: `${items[other]!.stated!.length} factors` });
  return refuse({
    code: 'B407',
    message,
    at: items[i]!.index!.place,
    label: `${mine} factors`,
    also,
    hint: `write ${wanted} ${wanted === 1 ? 'factor' : 'factors'}`,
  });
}

function refuseProduct(use: TopologyUse, i: number, items: readonly Item[]): never {
  const given = use.axes[i]!;
  const stated = items[i]!.stated!;
  const total = productOf(stated);
  const other = use.axes.findIndex((axis, j) => j !== i && axis.size === total && productOf(items[j]!.stated ?? []) === given.size);
  return refuse({
    code: 'B408',
    message: `${listText(stated)} = ${total}, but \`${given.name}\` has ${given.size}`,
    at: items[i]!.index!.place,
    label: `${total}, too small for ${given.size}`,
    also: [given.said ?? { place: use.declared, text: `\`${given.name}\` = ${given.size}` }],
    hint:
      other >= 0
        ? 'the two lists look exchanged'
        : given.counts
          ? membersHint(given)
          : `${given.size} = ${listText(balancedFactors(given.size, stated.length))} has the same number of factors`,
  });
}

function refuseUnpadded(given: GivenAxis, stated: readonly number[], total: number, place: Place): never {
  return refuse({
    code: 'B409',
    message: `${listText(stated)} = ${total}, but \`${given.name}\` has ${given.size}`,
    at: place,
    label: `${total - given.size} too many`,
    also: given.said === undefined ? [] : [given.said],
    hint: given.counts
      ? membersHint(given)
      : `\`padded ${listText(stated)}\` adds ${total - given.size} rows of zeros, which are dropped from results`,
  });
}

function membersHint({ name, size }: GivenAxis): string {
  return `a list that makes ${size}, the number of members along \`${name}\``;
}
