/** Models to compose statements over: those of the corpus at small sizes, and one whose layer is applied in a loop. */
export interface Base {
  readonly name: string;
  readonly of: string;
  readonly batch: number;
  readonly open: Readonly<Record<string, number>>;
  /** What may be wrapped and untied, as a statement says it. */
  readonly wraps: readonly string[];
  readonly unties: readonly string[];
  readonly replaces: readonly string[];
  /** Weights that may be one network, with the variables that tell them apart. */
  readonly families: readonly string[];
  /** Takes several times as long as the others, and is drawn less often. */
  readonly large?: true;
}

const mixture = (axes: string) => `in mixture[${axes}, expert = 2, pick = 1]`;
const transformer = 'vocab = 11, width = 8, heads = 2, inner = 16, context = 4';

export const bases: readonly Base[] = [
  {
    name: 'Deep',
    of: 'Deep(width = 8, depth = 3)',
    batch: 3,
    open: {},
    wraps: [`block[*].ffn ${mixture('width')}`, `block[2].ffn ${mixture('width')}`, `block[1].up ${mixture('width')}`],
    unties: [],
    replaces: ['block[*].ffn with thin[width](low = 2)', 'block[1].up with thin[width](low = 3)'],
    families: ['block[l].ffn.up over l', 'block[l].{k: up, down} over l, k', 'block[2].{k: up, down} over k', 'block[l].down over l'],
  },
  {
    name: 'Again',
    of: 'Again(width = 8)',
    batch: 3,
    open: {},
    wraps: [`body ${mixture('width')}`, `tail ${mixture('width')}`],
    unties: ['body over l', 'tail over l'],
    replaces: ['body with thin[width](low = 2)', 'tail with thin[width](low = 3)'],
    families: ['{k: body, tail}.up over k', 'side[l] over l'],
  },
  {
    name: 'CharGpt',
    of: `CharGpt(${transformer}, depth = 2)`,
    batch: 2,
    open: { time: 4 },
    wraps: [`block[*].mix ${mixture('width')}`],
    unties: [],
    replaces: ['block[1].mix with thin[width](low = 2)', 'block[*].query with thin[width](low = 2)'],
    families: ['block[l].up over l', 'block[l].{k: query, value} over l, k'],
  },
  {
    name: 'Bert',
    large: true,
    of: `Bert(${transformer}, depth = 2, classes = 3)`,
    batch: 2,
    open: { time: 4 },
    wraps: [`block[*].ffn ${mixture('width')}`],
    unties: [],
    replaces: ['block[*].ffn with thin[width](low = 2)', 'pool with thin[width](low = 2)'],
    families: ['block[l].ffn.up over l', 'block[l].attn.{k: query, value} over l, k', 'block[1].attn.{k: key, mix} over k'],
  },
  {
    name: 'Albert',
    large: true,
    of: `Albert(${transformer}, narrow = 4, depth = 2)`,
    batch: 2,
    open: { time: 4 },
    wraps: [],
    unties: ['block over l'],
    replaces: ['block.ffn with thin[width](low = 2)', 'pool with thin[width](low = 2)'],
    families: ['block.attn.{k: query, value} over k'],
  },
  {
    name: 'Gpt2',
    large: true,
    of: `Gpt2(${transformer}, depth = 2)`,
    batch: 2,
    open: { time: 4 },
    wraps: [`block[*].ffn ${mixture('width')}`],
    unties: [],
    replaces: ['block[1].ffn with thin[width](low = 2)', 'block[2].ffn with thin[width](low = 2)'],
    families: ['block[l].ffn.down over l', 'block[l].attn.{k: query, key} over l, k'],
  },
  {
    name: 'T5',
    large: true,
    of: 'T5(vocab = 11, width = 8, heads = 2, e = 4, inner = 16, depth = 2, decoder_depth = 1, buckets = 4)',
    batch: 2,
    open: { time: 3, source: 3 },
    wraps: [`enc[*].ffn ${mixture('width')}`, `dec[1].ffn ${mixture('width')}`],
    unties: [],
    replaces: ['enc[*].ffn with thin[width](low = 2)', 'dec[1].ffn with thin[width](low = 3)'],
    families: ['enc[l].ffn.up over l', 'enc[l].attn.{k: query, key} over l, k'],
  },
  {
    name: 'ImageMlp',
    of: 'ImageMlp(rows = 4, cols = 4, hidden = 8)',
    batch: 3,
    open: {},
    wraps: [],
    unties: [],
    replaces: ['second with thin[hidden](low = 3)'],
    families: [],
  },
  {
    name: 'ConvNet',
    of: 'ConvNet(rows = 4, cols = 4, channels = 4, wide = 8)',
    batch: 2,
    open: {},
    wraps: [],
    unties: [],
    replaces: [],
    families: [],
  },
  {
    name: 'DistilBert',
    large: true,
    of: `DistilBert(${transformer}, depth = 2, classes = 4)`,
    batch: 2,
    open: { time: 4 },
    wraps: [`block[*].ffn ${mixture('width')}`],
    unties: [],
    replaces: ['block[1].ffn with thin[width](low = 2)', 'pool with thin[width](low = 2)'],
    families: ['block[l].ffn.down over l', 'block[l].attn.{k: key, value} over l, k'],
  },
  {
    name: 'Roberta',
    large: true,
    of: `Roberta(${transformer}, depth = 2, classes = 4)`,
    batch: 2,
    open: { time: 4 },
    wraps: [`block[*].ffn ${mixture('width')}`],
    unties: [],
    replaces: ['block[2].ffn with thin[width](low = 2)', 'pool with thin[width](low = 2)'],
    families: ['block[l].attn.query over l', 'block[l].attn.{k: query, mix} over l, k'],
  },
  {
    name: 'Llama',
    large: true,
    of: `Llama(${transformer}, depth = 2, classes = 4)`,
    batch: 2,
    open: { time: 4 },
    wraps: [`block[*].ffn ${mixture('width')}`],
    unties: [],
    replaces: ['block[1].ffn with thin[width](low = 2)', 'block[2].ffn with thin[width](low = 2)'],
    families: ['block[l].ffn.{k: gate, up} over l, k', 'block[l].attn.value over l'],
  },
  {
    name: 'Classifier',
    of: 'Classifier(width = 8, hidden = 8)',
    batch: 3,
    open: {},
    wraps: [],
    unties: [],
    replaces: [],
    families: [],
  },
  {
    name: 'Factored',
    of: 'Factored(width = 8)',
    batch: 3,
    open: {},
    wraps: [`block[*].up ${mixture('width')}`, `block[1].down ${mixture('width')}`],
    unties: [],
    replaces: ['block[*].up with thin[width](low = 2)', 'block[1].mid with thin[width](low = 2)'],
    families: ['block[l].mid over l', 'block[l].{k: mid, last} over l, k'],
  },
];

/** Modules of the library that have models of published checkpoints. */
export const modules: ReadonlyMap<string, string> = new Map([
  ['Bert', 'bert'],
  ['DistilBert', 'bert'],
  ['Albert', 'albert'],
  ['Gpt2', 'gpt2'],
  ['T5', 't5'],
  ['Roberta', 'roberta'],
  ['Llama', 'llama'],
]);
