/**
 * `permute in by likeness`: the positions of an axis in another order, which a rule makes from the values that are given. It is a line of
 * the topology, since how a weight is factorised is none of the model's business; so nothing outside of the network knows it.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { OrderRule } from '../../values/model.ts';
import { refuse } from '../refuse.ts';
import { listed, meant } from '../report.ts';
import type { Pattern } from './pattern.ts';
import type { TopologyUse } from './use.ts';

export interface Order {
  /** Of the topology. */
  readonly axis: number;
  readonly rule: OrderRule;
  readonly place: Place;
}
const rules: readonly OrderRule[] = ['norm', 'likeness'];
/** Products that `likeness` may take: each slice is held against all others. */
const MOST_PRODUCTS = 2 ** 36;
const MOST_POSITIONS = 2 ** 24;

/** B426 where an order could not be kept to: of a family, of a core, of what training decides, by inputs. */
export function refuseOrders(
  { topology, orders }: { readonly topology: string; readonly orders?: readonly Order[] },
  at: Place,
  label: string,
): void {
  const [order] = orders ?? [];
  if (order === undefined) return;
  refuse({
    code: 'B426',
    message: `\`${topology}\` puts an axis in an order that given values decide`,
    at,
    label,
    also: [{ place: order.place, text: 'said here' }],
    hint: 'choose a topology without `permute`',
  });
}

/** B426 for an axis or a rule that is none, an axis twice, one within another topology, and where a rule would take too long. */
export function ordersOf({ topology, axes: sizes, stated }: TopologyUse, { items, axes }: Pattern): Order[] {
  const found: Order[] = [];
  for (const item of items) {
    if (item.kind !== 'permute') continue;
    if (stated !== undefined) refuseWithin(topology, item);
    const axis = axes.findIndex(({ name }) => name === item.axis.name);
    if (axis < 0) {
      const names = axes.map(({ name }) => name);
      refuseOrder(
        `\`${topology.name.name}\` has no axis \`${item.axis.name}\``,
        item.axis.place,
        'is put in order',
        meant(item.axis.name, names, `it has ${listed(names)}`),
      );
    }
    const before = found.find((order) => order.axis === axis);
    if (before !== undefined) {
      refuse({
        code: 'B426',
        message: `\`${item.axis.name}\` has two orders`,
        at: item.place,
        label: 'second',
        also: [{ place: before.place, text: 'first' }],
        hint: 'one rule for each axis',
      });
    }
    const rule = rules.find((one) => one === item.rule.name);
    if (rule === undefined)
      return refuseOrder(
        'no such rule',
        item.rule.place,
        `\`${item.rule.name}\` is none`,
        meant(item.rule.name, rules, `rules are ${listed(rules)}`),
      );
    checkCost(
      sizes.map(({ size }) => size),
      axis,
      rule,
      item,
    );
    found.push({ axis, rule, place: item.place });
  }
  return found;
}

function checkCost(sizes: readonly number[], axis: number, rule: OrderRule, { axis: { name }, place }: tree.Permute): void {
  const products = sizes.reduce((all, size) => all * size, 1) * sizes[axis]!;
  if (rule === 'likeness' && products > MOST_PRODUCTS)
    refuseOrder(
      `${sizes[axis]} positions of \`${name}\` are too many to hold each against all others`,
      place,
      `${products.toPrecision(2)} products`,
      'by norm takes one look at each',
    );
  if (sizes[axis]! > MOST_POSITIONS)
    refuseOrder('orders are stored for axes of 2^24 positions at most', place, `this has ${sizes[axis]}`, 'leave it out');
}

function refuseWithin({ name }: tree.Topology, { place }: tree.Permute): never {
  return refuseOrder(
    `the axes of \`${name.name}\` are legs of the topology around it, which have an order already`,
    place,
    'within another topology',
    'say it in the outermost topology, of its own axes',
  );
}

function refuseOrder(message: string, at: Place, label: string, hint: string | undefined): never {
  return refuse({ code: 'B426', message, at, label, hint });
}
