/**
 * Warning W3: a network whose best order of contraction costs clearly more than the dense matrix would. The dense matrix can always be
 * built of the cores first, which costs the less for each row the more rows there are; so rows are counted, about as many as a small
 * batch of a small context has. A table that is looked up is no matrix.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import { plan } from '../network/plan.ts';
import type { Body, Entry } from '../values/model.ts';
import type { Draft, DraftWeight } from './draft.ts';
import { diagnostic } from './refuse.ts';
import { type FlatNetwork, termsOf } from './tensor/flat.ts';

const rows = 1024;
/** A tenth more, as for padding (W2): many networks are as cheap as dense and are there for their parameters. */
const most = 1.1;
/** Planning effort: enough to be optimal for chains, rings and trees of a dozen cores, and milliseconds for anything else. */
const budget = 2000;

export function warnOfCost(draft: Draft, entries: readonly Entry[]): void {
  const known = new Map<string, number>();
  for (const { train } of entries.filter(({ kind }) => kind === 'loss')) {
    for (const { weight, kept } of multiplied(draft, train)) {
      const base = termsOf(weight).filter((term) => term.is === 'network' && term.of === 0) as FlatNetwork[];
      if (base.length === 0) continue;
      const dense = weight.axes.reduce((product, axis) => product * axis.size, 1);
      const cost = base.reduce((sum, term) => {
        const key = JSON.stringify([term.nodes.map(({ legs }) => legs), term.legs, kept]);
        const own = known.get(key) ?? costOfRow(term, kept);
        known.set(key, own);
        return sum + own;
      }, 0);
      if (cost > most * dense) warn(draft, weight, base[0]!.body.at, cost, dense);
    }
  }
}

/** Weights that are multiplied and summed, with the axes of each that the product keeps. */
function multiplied(draft: Draft, { statements }: Body): { readonly weight: DraftWeight; readonly kept: readonly number[] }[] {
  const weights: (DraftWeight | undefined)[] = [];
  return statements.flatMap(({ expression, axes }, id) => {
    if (expression.is === 'weight') weights[id] = draft.weights[expression.weight];
    // Formal axes are renamed on the way in; a weight that is split or merged has other axes than it was declared with.
    if (expression.is === 'refit' && expression.moves.length === 0) weights[id] = weights[expression.of];
    if (expression.is !== 'product') return [];
    return expression.factors.flatMap((factor) => {
      const weight = weights[factor];
      if (weight === undefined) return [];
      const kept = weight.axes.flatMap(({ axis }, k) => (axes.includes(axis) ? [k] : []));
      return kept.length === 0 || kept.length === weight.axes.length ? [] : [{ weight, kept }];
    });
  });
}

/** Multiply-adds of one row: what goes in has the legs of the summed axes, what comes out those of the kept ones. */
function costOfRow({ nodes, legs }: FlatNetwork, kept: readonly number[]): number {
  const letters = legs.length;
  // A leg of a family is at one position.
  const free = (id: number) => legs[id]!.at === undefined;
  const outer = (keep: boolean) =>
    legs.flatMap(({ id, outer }) => (outer !== undefined && free(id) && kept.includes(outer[0]) === keep ? [id] : []));
  const network = {
    inputs: [[letters, ...outer(false)], ...nodes.map((node) => [...new Set(node.legs)].filter(free))],
    output: [letters, ...outer(true)],
    sizes: [...legs.map(({ size }) => size), rows],
  };
  return plan({ network, budget }).macs / rows;
}

function warn(draft: Draft, weight: DraftWeight, at: Place, cost: number, dense: number): void {
  const number = (value: number) => Math.round(value).toLocaleString('en');
  draft.report.take([
    diagnostic({
      code: 'W3',
      severity: 'warning',
      message: `multiplying with this network costs more than with the dense ${weight.path}`,
      at,
      label: `${number(cost)} multiply-adds for each of ${number(rows)} rows; dense ${number(dense)}`,
      hint: 'smaller bonds or other factors',
    }),
  ]);
}
