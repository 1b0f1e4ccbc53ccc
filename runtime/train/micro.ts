/**
 * Masked means over the micro-batches of one optimiser step. The mean of means counts a batch of few kept positions as much as one of
 * many; so a loss that is such a mean becomes the sum of its terms times one number, the reciprocal of the count over all micro-batches,
 * and equals the loss of one large batch. A program of its own counts them before the step.
 */
import type { Body, Entry, Expression, Model, Statement, ValueId } from '../../compiler/values/model.ts';
import { readsOf } from '../../compiler/values/reads.ts';

export interface MicroPlan {
  /** With losses that take a scalar for each masked mean. */
  readonly model: Model;
  /** With functions that count; undefined where no loss is a masked mean. */
  readonly counting?: { readonly model: Model; readonly entries: readonly { readonly name: string; readonly weight: number }[] };
  /** Name of the scalar, by the name of the result that counts. */
  readonly scalars: ReadonlyMap<string, string>;
}

/** What the losses of a step over several micro-batches become. */
export function planMicro(model: Model, losses: readonly { readonly name: string }[]): MicroPlan {
  const names = new Set(losses.map(({ name }) => name));
  const counting: Entry[] = [];
  const scalars = new Map<string, string>();
  const entries = model.entries.map((entry) => {
    if (!names.has(entry.name)) return entry;
    const means = maskedMeans(entry.train, entry.train.results[0].value);
    if (means.length === 0) return entry;
    const counter = countingEntry(entry, means);
    counting.push(counter);
    means.forEach((_, k) => void scalars.set(`${counter.name}.${k}`, `${entry.name}/share ${k}`));
    const shares = means.map((_, k) => ({ name: `${entry.name}/share ${k}`, axes: [], type: 'real' as const }));
    return {
      ...entry,
      inputs: [...entry.inputs, ...shares],
      train: sumsFor(
        entry.train,
        means,
        shares.map(({ name }) => name),
      ),
    };
  });
  if (counting.length === 0) return { model, scalars };
  return {
    model: { ...model, entries },
    counting: { model: { ...model, entries: counting }, entries: counting.map(({ name }) => ({ name, weight: 0 })) },
    scalars,
  };
}

/** The masked means of rank 0 that a value is a weighted sum of, by position; none where it depends on one in another way. */
function maskedMeans({ statements }: Body, value: ValueId): ValueId[] {
  const isMean = (id: ValueId) => {
    const { expression, axes } = statements[id];
    return expression.is === 'reduce' && expression.combine === 'mean' && expression.where !== undefined && axes.length === 0;
  };
  const found = new Set<ValueId>();
  const walk = (id: ValueId): void => {
    if (isMean(id)) {
      found.add(id);
      return;
    }
    const { expression } = statements[id];
    if (expression.is !== 'apply') return;
    const numbers = expression.of.filter((of) => statements[of].expression.is === 'number');
    const linear = ['add', 'sub', 'neg'].includes(expression.f) || (expression.f === 'mul' && numbers.length > 0);
    if (linear || (expression.f === 'div' && numbers.includes(expression.of[1]))) expression.of.forEach(walk);
  };
  walk(value);
  return [...found];
}

/** Counts of the terms of means, as the training body has them. */
function countingEntry({ name, inputs, train }: Entry, means: readonly ValueId[]): Entry {
  const statements = [...train.statements];
  const add = (near: Statement, axes: Statement['axes'], expression: Expression) =>
    statements.push({ name: near.name, path: near.path, place: near.place, axes, type: 'real', expression }) - 1;
  const results = means.map((mean, k) => {
    const { expression } = statements[mean];
    const where = (expression as Expression & { is: 'reduce' }).where!;
    const { axes } = statements[where];
    const ones = add(statements[mean], axes, { is: 'apply', f: 'real', of: [where] });
    return { name: String(k), value: add(statements[mean], [], { is: 'reduce', combine: 'sum', over: axes, of: ones }) };
  });
  // A single result would be told under the name of its entry.
  const told = results.length === 1 ? [...results, { ...results[0], name: 'again' }] : results;
  const body: Body = { statements, results: told, penalties: [], reports: [] };
  return { name: `${name}/counts`, kind: 'function', inputs, train: body, eval: body };
}

/** Each mean as the sum of its terms times a scalar of the host. */
function sumsFor(body: Body, means: readonly ValueId[], scalars: readonly string[]): Body {
  const places = new Map<ValueId, ValueId>();
  const statements: Statement[] = [];
  const moved = (id: ValueId) => places.get(id)!;
  body.statements.forEach((statement, id) => {
    const { expression } = statement;
    const own = withReads(expression, moved);
    const k = means.indexOf(id);
    if (k === -1 || own.is !== 'reduce') {
      places.set(id, statements.push({ ...statement, expression: own }) - 1);
      return;
    }
    const sum = statements.push({ ...statement, expression: { ...own, combine: 'sum' } }) - 1;
    const scalar = statements.push({ ...statement, expression: { is: 'input', name: scalars[k] } }) - 1;
    places.set(id, statements.push({ ...statement, expression: { is: 'apply', f: 'mul', of: [sum, scalar] } }) - 1);
  });
  const told = <T extends { readonly value: ValueId }>(list: readonly T[]) => list.map((one) => ({ ...one, value: moved(one.value) }));
  return { statements, results: told(body.results), penalties: told(body.penalties), reports: told(body.reports) };
}

/** The same expression of other values. */
export function withReads(expression: Expression, moved: (id: ValueId) => ValueId): Expression {
  switch (expression.is) {
    case 'apply':
    case 'stack':
      return { ...expression, of: expression.of.map(moved) };
    case 'product':
      return { ...expression, factors: expression.factors.map(moved) };
    case 'reduce':
      return { ...expression, of: moved(expression.of), ...(expression.where === undefined ? {} : { where: moved(expression.where) }) };
    case 'lookup':
      return {
        ...expression,
        of: moved(expression.of),
        at: expression.at.map((at) => ({ ...at, index: moved(at.index), ...(at.else === undefined ? {} : { else: moved(at.else) }) })),
      };
    case 'draw':
      return { ...expression, ...(expression.probability === undefined ? {} : { probability: moved(expression.probability) }) };
    case 'join':
      return { ...expression, parts: expression.parts.map((part) => ({ ...part, of: moved(part.of) })) };
    default:
      return readsOf(expression).length === 0
        ? expression
        : ({ ...expression, of: moved((expression as { of: ValueId }).of) } as Expression);
  }
}
