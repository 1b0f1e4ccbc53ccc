/** What an evaluation leaves out. */
import type { Model } from '../../compiler/values/model.ts';
import type { Feed } from '../data/feed.ts';
import { metricsLeftOut } from '../train/evaluate.ts';
import type { Context } from './context.ts';

/** Metrics of what the data do not have are not told, which is. */
export function tellLeftOut({ err }: Context, model: Model, feed: Pick<Feed, 'validation'>): void {
  for (const { metric, lacks } of metricsLeftOut(model, feed))
    err(`note: ${metric} is not told, it reads ${lacks}, which the data do not have\n`);
}
