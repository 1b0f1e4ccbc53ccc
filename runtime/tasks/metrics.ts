/** Metrics of a task over a whole set of rows, in double precision. */
import type { Metric, Task } from './presets.ts';

/** `scores`: for each row one number for each label, or one number; `wanted`: positions of labels, or numbers. */
export function taskMetrics(task: Task, scores: readonly ArrayLike<number>[], wanted: ArrayLike<number>): Record<string, number> {
  const found = scores.map((row) => (task.labels === undefined ? row[0] : greatest(row)));
  const told = task.metrics.filter((metric) => metric !== 'perplexity');
  return Object.fromEntries(told.map((metric) => [metric, measures[metric](found, Array.from(wanted))]));
}

/** The first of the greatest. */
export function greatest(row: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < row.length; k++) if (row[k] > row[best]) best = k;
  return best;
}

type Measure = (found: readonly number[], wanted: readonly number[]) => number;
const measures: Readonly<Record<Exclude<Metric, 'perplexity'>, Measure>> = {
  accuracy: (found, wanted) => found.filter((value, k) => value === wanted[k]).length / found.length,
  // Of label 1, as the benchmark has it; 0 where nothing is it or is called so.
  f1(found, wanted) {
    const both = found.filter((value, k) => value === 1 && wanted[k] === 1).length;
    const either = found.filter((value) => value === 1).length + wanted.filter((value) => value === 1).length;
    return either === 0 ? 0 : (2 * both) / either;
  },
  matthews(found, wanted) {
    const [a, b] = [found, wanted].map((values) => values.map((value) => (value === 1 ? 1 : 0)));
    return correlation(a, b);
  },
  pearson: correlation,
  spearman: (found, wanted) => correlation(ranks(found), ranks(wanted)),
};

/** 0 where one side does not vary. Of two sets of zeros and ones it is Matthews' coefficient. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [a, b].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  let [ab, aa, bb] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    ab += (a[k] - meanA) * (b[k] - meanB);
    aa += (a[k] - meanA) ** 2;
    bb += (b[k] - meanB) ** 2;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

/** From 1 on; equal values share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, k) => k).sort((a, b) => values[a] - values[b]);
  const found = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let k = from; k < to; k++) found[order[k]] = (from + to + 1) / 2;
    from = to;
  }
  return found;
}
