/**
 * The variants of the corpus, ready to train: at full size, or the same statements with small factor lists, so that all of them train in a
 * minute; and data of the right form for any model.
 */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { Model } from '../../compiler/values/model.ts';
import type { TensorToStore } from '../../runtime/checkpoint/safetensors.ts';
import { randomFrom } from '../../runtime/corpus/random.ts';

/** What is written in the corpus, and what stands in its place: lists of small models, and events that come within ten steps. */
const smaller: readonly (readonly [string, string])[] = [
  ['5*10*10*10*6', '5*2*2*2*3'],
  ['2*2*4*4*2]', '2*2*2*2*2]'],
  ['3*4*4*4*4', '3*2*2*2*2'],
  ['4*4*4*4*3', '2*2*2*2*3'],
  ['4*4*8*6*4', '2*2*4*6*2'],
  ['4*4*8*8*4', '2*2*4*4*2'],
  ['ring[4^5, 4^5](b = 8)', 'ring[2^5, 2^5](b = 3)'],
  ['4^5', '2^5'],
  ['depth = 48, width = 1024, heads = 16, inner = 4096', 'depth = 3, width = 32, heads = 4, inner = 128'],
  ['block[25..]', 'block[3..]'],
  ['block[..24]', 'block[..2]'],
  ['64*1^9*48, 32*1^9*24', '16*1^9*12, 8*1^9*6'],
  ['32*24, 24*32', '8*6, 6*8'],
  ['8*12*8', '4*3*4'],
  ['div 64', 'div 2'],
  ['padded 8*8*8*10*10', 'padded 4*4*4*2*2'],
  ['peps[2*8*8*8, 4*4*8*8]', 'peps[2*2*4*2, 4*2*2*2]'],
  ['32*32, 32*32', '8*4, 8*4'],
  ['every 500 steps', 'every 2 steps'],
  ['every 200 steps', 'every 2 steps'],
];

interface Sizes {
  readonly set: Readonly<Record<string, number>>;
  readonly batch: number;
  readonly open: Readonly<Record<string, number>>;
}
const transformer = { width: 48, heads: 4, inner: 192, vocab: 31, context: 8 };
/** By model: options that are small enough for the lists above, and open axes. */
const small: Readonly<Record<string, Sizes>> = {
  Bert: { set: { ...transformer, depth: 2, classes: 3 }, batch: 2, open: { time: 6 } },
  Albert: { set: { ...transformer, vocab: 120, narrow: 32, depth: 2 }, batch: 2, open: { time: 6 } },
  Gpt2: { set: { ...transformer, vocab: 250, depth: 2 }, batch: 2, open: { time: 6 } },
  T5: { set: { width: 48, heads: 4, e: 4, inner: 192, vocab: 31, depth: 1, buckets: 8 }, batch: 2, open: { time: 5, source: 4 } },
  ImageMlp: { set: { rows: 8, cols: 4, hidden: 32 }, batch: 8, open: {} },
  ConvNet: { set: { rows: 8, cols: 8 }, batch: 4, open: {} },
  Gpt: { set: { depth: 1, context: 8 }, batch: 2, open: { time: 8 } },
};
/** At full size: the models as published, a batch of one short sequence. */
const full: Readonly<Record<string, Sizes>> = {
  ...Object.fromEntries(['Bert', 'Albert', 'Gpt2', 'Gpt'].map((name) => [name, { set: {}, batch: 1, open: { time: 16 } }])),
  T5: { set: {}, batch: 1, open: { time: 16, source: 16 } },
  ImageMlp: { set: {}, batch: 32, open: {} },
  ConvNet: { set: {}, batch: 8, open: {} },
};

export interface CorpusVariant extends Sizes {
  readonly name: string;
  /** The model at the end of the chain. */
  readonly model: string;
}

export const corpusText = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

/** The text of all variants. */
export function variantsText(size: 'small' | 'full'): string {
  if (size === 'full') return corpusText('variants.bond');
  return smaller.reduce((text, [old, fresh]) => {
    assert.ok(text.includes(old), `the corpus has no ${old}`);
    return text.replaceAll(old, fresh);
  }, corpusText('variants.bond'));
}

/** What the small variants of these models state themselves, or need otherwise: a depth from which 8 layers can be chosen. */
const mpoBert = { vocab: 120, narrow: 32, context: 8 };
const own: Readonly<Record<string, Sizes['set']>> = {
  MpoBert: mpoBert,
  MpoBertXavier: mpoBert,
  Both: mpoBert,
  Scales: { hidden: 32 },
  Opf: { ...transformer, depth: 8, classes: 3 },
  OpfStatic: { ...transformer, depth: 8, classes: 3 },
};

/** All variants but recipes, in the order of the file. */
export function corpusVariants(size: 'small' | 'full'): CorpusVariant[] {
  const base = new Map(
    [...corpusText('variants.bond').matchAll(/^variant (\w+)(?:\(.*?\))? of (\w+)/gm)].map(([, name, of]) => [name!, of!]),
  );
  const modelOf = (name: string): string => (base.has(name) ? modelOf(base.get(name)!) : name);
  return [...base.keys()].map((name) => {
    const model = modelOf(name);
    const sizes = (size === 'small' ? small : full)[model]!;
    return { name, model, ...sizes, ...(size === 'small' && own[name] ? { set: own[name] } : {}) };
  });
}

/** Ten batches of examples for the inputs of a model: whole numbers that index their axes, truth values, and reals from -1 to 1. */
export function examples(model: Model, { batch, open }: Sizes): TensorToStore[] {
  const count = 10 * batch;
  return model.inputs.map(({ name, axes, type, index }, k) => {
    const random = randomFrom(k + 1);
    const shape = axes.map((axis) => {
      const { size, name } = model.axes[axis]!;
      return typeof size === 'number' ? size : (open[name] ?? count);
    });
    const length = shape.reduce((product, extent) => product * extent, 1);
    if (type === 'real') return { name, shape, data: Float32Array.from({ length }, () => random(2001) / 1000 - 1) };
    const below = index === undefined ? 2 : (model.axes[index]!.size as number);
    // Of a mask some entries hold in every row, so that no row is empty.
    return { name, shape, data: Int32Array.from({ length }, (_, j) => (type === 'bool' && j % 3 === 0 ? 1 : random(below))) };
  });
}
