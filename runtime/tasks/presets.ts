/** Tasks as data: which files and columns, what is predicted, and how it is measured. A user writes one in the same form. */
import type { Read } from '../checkpoint/schema.ts';
import { absent, list, object, oneOf, optional, text } from '../checkpoint/schema.ts';

export const METRICS = ['accuracy', 'f1', 'matthews', 'pearson', 'spearman', 'perplexity'] as const;
export type Metric = (typeof METRICS)[number];

export const taskRecord = object({
  name: text,
  /** Files of the folder that --data names. */
  train: text,
  held: text,
  /** Names of the columns where the first line of the files is a row already. */
  columns: absent(list(text)),
  /** Columns of the text, or of the two of a pair. */
  texts: list(text),
  /** Column of what is predicted; absent: the text itself, token by token. */
  label: absent(text),
  /** In the order of their numbers, the positive one of two last; absent: the label is a number. */
  labels: absent(list(text)),
  metrics: optional(list(oneOf(METRICS)), []),
  /** The loss that is trained. */
  loss: text,
});
export type Task = Read<typeof taskRecord>;

const glue = { train: 'train.tsv', held: 'dev.tsv', loss: 'task' } as const;
const pair = ['sentence1', 'sentence2'];
const inference = { ...glue, texts: pair, label: 'label', labels: ['entailment', 'not_entailment'], metrics: ['accuracy'] } as const;

/** Labels are in the order that published models of these tasks have. */
export const presets: readonly Task[] = [
  {
    ...glue,
    name: 'glue/cola',
    columns: ['source', 'label', 'star', 'sentence'],
    texts: ['sentence'],
    label: 'label',
    labels: ['0', '1'],
    metrics: ['matthews', 'accuracy'],
  },
  { ...glue, name: 'glue/sst2', texts: ['sentence'], label: 'label', labels: ['0', '1'], metrics: ['accuracy'] },
  {
    ...glue,
    name: 'glue/mrpc',
    texts: ['#1 String', '#2 String'],
    label: 'Quality',
    labels: ['0', '1'],
    metrics: ['f1', 'accuracy'],
  },
  { ...glue, name: 'glue/stsb', texts: pair, label: 'score', metrics: ['pearson', 'spearman'], loss: 'squared' },
  {
    ...glue,
    name: 'glue/qqp',
    texts: ['question1', 'question2'],
    label: 'is_duplicate',
    labels: ['0', '1'],
    metrics: ['f1', 'accuracy'],
  },
  { ...inference, name: 'glue/qnli', texts: ['question', 'sentence'] },
  { ...inference, name: 'glue/rte' },
  {
    ...inference,
    name: 'glue/mnli',
    held: 'dev_matched.tsv',
    label: 'gold_label',
    labels: ['entailment', 'neutral', 'contradiction'],
  },
  { ...glue, name: 'glue/wnli', texts: pair, label: 'label', labels: ['0', '1'], metrics: ['accuracy'] },
  { name: 'text/next', train: 'train.txt', held: 'dev.txt', texts: ['text'], metrics: ['perplexity'], loss: 'next_of_texts' },
];
