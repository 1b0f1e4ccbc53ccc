/** Batches from what a caller has in memory. */
import type { Model } from '../../compiler/values/model.ts';
import type { Feed } from '../data/feed.ts';
import { wantedBy } from '../data/feed.ts';
import type { DataGiven, Labels, Reading } from '../data/memory.ts';
import { columnsOf } from '../data/memory.ts';
import { examplesOf, tensorFeed } from '../data/tensors.ts';
import { textFeed, vocabularyOf } from '../data/text.ts';

/** Columns, rows, or a text of which a model of text learns. */
export type Data = DataGiven | string;
export interface FeedRequest {
  readonly model: Model;
  /** Of what the model learnt before. */
  readonly vocabulary?: string;
  readonly labels?: Labels;
  /** Of which the data must have what they read. */
  readonly losses: readonly string[];
  readonly data: Data;
  /** Rows of their own that are held out; `data` itself: all of it is evaluated. */
  readonly validation?: Data;
  readonly batch: number;
  readonly seed: readonly [number, number];
  readonly sizes: Readonly<Record<string, number>>;
  readonly accumulate: number;
  /** What the columns are. */
  readonly reading: Pick<Reading, 'said' | 'texts'>;
}

/** Throws DataError. */
export function feedOf(request: FeedRequest): { feed: Feed; vocabulary?: string; labels?: Labels } {
  const { model, vocabulary: known, labels: names = {}, data, validation, batch, seed, sizes, reading } = request;
  const wanted = wantedBy(model, request.losses);
  if (typeof data === 'string') {
    const vocabulary = vocabularyOf(known ?? data);
    const evaluated = validation === data;
    const feed = textFeed({ model, text: data, inputs: wanted.needed, name: 'the text', batch, sizes, seed, vocabulary, evaluated });
    return { feed, vocabulary: vocabulary.characters.join('') };
  }
  const { columns, labels } = columnsOf(model, data, { ...reading, wanted, labels: names });
  const examples = examplesOf(model, columns, 'the data');
  const other =
    validation === undefined || typeof validation === 'string' || validation === data
      ? undefined
      : columnsOf(model, validation, { ...reading, wanted, labels });
  const held = validation === data ? examples : other && examplesOf(model, other.columns, 'the validation data');
  const count = validation === data ? undefined : reading.said?.buckets;
  const buckets = count === undefined ? undefined : { count, accumulate: request.accumulate, read: wanted.needed };
  const rows = Math.min(batch, held === undefined ? Math.max(1, examples.count - Math.floor(examples.count / 10)) : examples.count);
  return { feed: tensorFeed({ model, examples, held, batch: rows, seed, buckets }), labels };
}
