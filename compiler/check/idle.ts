/**
 * Warning W5: what is frozen and has nothing trained before it has the same values in every step. Frozen layers in front of a trained
 * one are legitimate and cheap to leave as they are while they are few (an adapter of every layer leaves the first projections idle);
 * it is said where they are more than half of what a loss multiplies with, and where a loss trains nothing at all.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type { Body, Entry, Expression, WeightId } from '../values/model.ts';
import { mapOperands } from './bodies/builder.ts';
import type { Draft, DraftWeight } from './draft.ts';
import { diagnostic } from './refuse.ts';
import { listed } from './report.ts';
import { parametersOf, termsOf } from './tensor/flat.ts';

/** What one loss multiplies with. */
interface Work {
  readonly idle: ReadonlySet<WeightId>;
  /** Entries of the idle weights, and of all, each as often as it is used. */
  readonly idleEntries: number;
  readonly entries: number;
  readonly trains: boolean;
}

export function warnIdle(draft: Draft, entries: readonly Entry[]): void {
  const works = entries.filter(({ kind }) => kind === 'loss').map(({ train }) => workOf(draft, train));
  const reading = works.filter((work) => work.entries > 0);
  if (reading.length === 0 || !reading.every((work) => 2 * work.idleEntries > work.entries)) return;
  const idle = draft.weights.filter(({ id }) => reading.some((work) => work.idle.has(id)));
  const at = placeOf(draft, idle);
  if (at === undefined) return;
  const nothing = reading.every((work) => !work.trains);
  const paths = listed(
    idle.map(({ path }) => path),
    4,
  );
  draft.report.take([
    diagnostic({
      code: 'W5',
      severity: 'warning',
      message: nothing ? 'no loss has anything to train' : `nothing before ${paths} is trained`,
      at,
      label: nothing ? 'all that the losses read is frozen' : 'frozen, so most of the step computes the same values every time',
      hint: nothing ? 'leave something out with `except`' : 'compute what they give once for each example, and train on that',
    }),
  ]);
}

function workOf(draft: Draft, { statements, results, penalties }: Body): Work {
  const live: boolean[] = [];
  /** The weight that a value is, in other axes perhaps. */
  const weights: (DraftWeight | undefined)[] = [];
  const idle = new Set<WeightId>();
  let [idleEntries, entries] = [0, 0];
  for (const [id, { expression }] of statements.entries()) {
    const operands = operandsOf(expression);
    const own = expression.is === 'weight' ? draft.weights[expression.weight] : undefined;
    weights[id] = own ?? (expression.is === 'refit' ? weights[expression.of] : undefined);
    live[id] = operands.some((operand) => live[operand]) || (own !== undefined && isTrained(draft, own));
    if (expression.is !== 'product') continue;
    const used = operands.flatMap((operand) => weights[operand] ?? []);
    const size = used.reduce((sum, { axes }) => sum + axes.reduce((product, axis) => product * axis.size, 1), 0);
    entries += size;
    if (live[id]) continue;
    idleEntries += size;
    for (const weight of used) idle.add(weight.id);
  }
  return { idle, idleEntries, entries, trains: [...results, ...penalties].some(({ value }) => live[value]) };
}

function isTrained({ tensors }: Draft, weight: DraftWeight): boolean {
  return termsOf(weight)
    .flatMap(parametersOf)
    .some((id) => !tensors[id]!.update.frozen || tensors[id]!.learned !== undefined);
}

function operandsOf(expression: Expression): number[] {
  const found: number[] = [];
  mapOperands(expression, (id) => {
    found.push(id);
    return id;
  });
  return found;
}

/** The statement that froze the first of them. */
function placeOf({ tensors }: Draft, weights: readonly DraftWeight[]): Place | undefined {
  const ids = weights.flatMap((weight) => termsOf(weight).flatMap(parametersOf));
  return ids.map((id) => tensors[id]!.decided.get('update')).find((place) => place !== undefined);
}
