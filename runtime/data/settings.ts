/** What settings say of data: which columns are which inputs, which of them are texts, what labels are called. */
import type { Read } from '../checkpoint/schema.ts';
import { about, absent, list, number, object, oneOf, optional, record, text } from '../checkpoint/schema.ts';

export const dataSettings = object({
  columns: about('by input: the column that it is, where that is called otherwise', optional(record(text), {})),
  texts: about(
    'by input of tokens: the column of its text, or the two of a pair; the tokenizer makes tokens of them, and the inputs `part` and `real` where the model has them (of an input x other than `ids`: `x_part` and `x_real`)',
    optional(record(list(text)), {}),
  ),
  labels: about('by axis: names of labels in the order of their numbers; absent: sorted', optional(record(list(text)), {})),
  buckets: about(
    'batches of texts are of rows of like length, in so many groups; 1: all rows have the length of the longest',
    absent(number({ least: 1, most: 64, whole: true })),
  ),
  images: about(
    'of a folder of images: those of another size than the input are refused, or made so large',
    optional(object({ size: optional(oneOf(['refuse', 'resize']), 'refuse') }), {}),
  ),
});
export type DataSettings = Read<typeof dataSettings>;

/** Nothing said: columns are called as the inputs, and nothing is a text. */
export const PLAIN: DataSettings = { columns: {}, texts: {}, labels: {}, images: { size: 'refuse' } };
