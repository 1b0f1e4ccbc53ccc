/** A model written back in the layout of the published checkpoint that it began from. */
import { resolve } from 'node:path';
import type { Entry, Model } from '../../compiler/values/model.ts';
import type { LoadedModel } from '../api/model.ts';
import type { Files } from '../checkpoint/files.ts';
import type { Config } from '../checkpoint/hub/config.ts';
import { classNames } from '../checkpoint/hub/config.ts';
import type { Published } from '../checkpoint/hub/folder.ts';
import { isPublished, openWeights } from '../checkpoint/hub/folder.ts';
import { belongsTo } from '../checkpoint/hub/names.ts';
import { writePublished } from '../checkpoint/hub/write.ts';
import { mergeWeight } from '../weights/merge.ts';
import type { HostTensor } from '../weights/tensor.ts';
import { Problem } from './context.ts';
import { nodeFiles } from './node-files.ts';

export interface PublishOptions {
  /** The folder of the published checkpoint: its names, types, tokenizer and the rest of its configuration. */
  readonly like: string;
  /** The folder that is written; it must hold no checkpoint. */
  readonly out: string;
  /** The loss that was trained: its head is written, and the configuration says so. */
  readonly loss?: string;
}

/** Throws Problem and FileProblem. */
export function publish(model: LoadedModel, options: PublishOptions): void {
  const { resolved, weights } = model;
  const values = resolved.parameters.map(({ names }) => weights.get(names[0])!);
  publishValues(nodeFiles(), resolved, values, { ...options, labels: model.labels.classes });
}

interface Publishing extends PublishOptions {
  /** Names of the classes, where data gave names. */
  readonly labels?: readonly string[];
}
export function publishValues(files: Files, model: Model, values: readonly HostTensor[], { like, out, loss, labels }: Publishing): void {
  const { published } = isPublished(files, like) ? openWeights(files, resolve(like)) : { published: undefined };
  if (published === undefined) throw new Problem(`${like} is no folder of a published checkpoint: there is no config.json in it`);
  const weights = new Map(model.weights.map((weight) => [weight.path, weight]));
  const dense = (name: string) => {
    const weight = weights.get(name);
    return weight === undefined ? undefined : mergeWeight(model, values, weight);
  };
  const lost = [...weights.keys()].filter((path) => !isKnown(published, path));
  if (lost.length > 0)
    throw new Problem(`${published.family.model} as published has no place for ${lost.slice(0, 3).join(', ')}, which the variant added`);
  const entry = model.entries.find(({ name }) => name === loss);
  const config = configOf(model, published, entry, labels);
  writePublished(files, resolve(out), published, dense, entry === undefined ? [] : readBy(model, entry), config);
}

function isKnown({ family }: Published, path: string): boolean {
  return belongsTo({ ...family, heads: [] }, path);
}

/** Paths of the weights that an entry reads. */
function readBy(model: Model, { train }: Entry): string[] {
  const ids = train.statements.flatMap(({ expression }) => (expression.is === 'weight' ? [expression.weight] : []));
  return [...new Set(ids)].map((id) => model.weights[id].path);
}

function configOf(model: Model, { family, config }: Published, entry: Entry | undefined, named: readonly string[] = []): Config {
  const written = entry === undefined ? undefined : family.writes[entry.name];
  const architectures = written === undefined ? undefined : [written];
  if (architectures === undefined) return {};
  const classes = model.axes.find(({ name }) => name === 'classes')?.size;
  const labelled = /SequenceClassification$/.test(architectures[0]) && typeof classes === 'number';
  const labels = Array.from({ length: labelled ? classes : 0 }, (_, k) => named[k] ?? `LABEL_${k}`);
  const known = Object.keys((config.id2label as object | undefined) ?? { 0: '', 1: '' }).length;
  const renames = named.length === classes && classNames(config)?.join('\n') !== named.join('\n');
  return {
    ...(JSON.stringify(config.architectures) === JSON.stringify(architectures) ? {} : { architectures }),
    ...(labelled && (known !== classes || renames)
      ? {
          id2label: Object.fromEntries(labels.map((label, k) => [k, label])),
          label2id: Object.fromEntries(labels.map((label, k) => [label, k])),
        }
      : {}),
  };
}
