/** Models to compose statements over: those of the corpus at small sizes, and one whose layer is applied in a loop. */
export interface Base {
  readonly name: string;
  readonly of: string;
  readonly loss: string;
  readonly batch: number;
  readonly open: Readonly<Record<string, number>>;
  /** What may be wrapped and untied, as a statement says it. */
  readonly wraps: readonly string[];
  readonly unties: readonly string[];
  readonly replaces: readonly string[];
}

const mixture = (axes: string) => `in mixture[${axes}, expert = 2, pick = 1]`;
const transformer = 'vocab = 11, width = 8, heads = 2, inner = 16, context = 4';

export const bases: readonly Base[] = [
  {
    name: 'Deep',
    of: 'Deep(width = 8, depth = 3)',
    loss: 'task',
    batch: 3,
    open: {},
    wraps: [`block[*].ffn ${mixture('width')}`, `block[2].ffn ${mixture('width')}`, `block[1].up ${mixture('width')}`],
    unties: [],
    replaces: ['block[*].ffn with thin[width](low = 2)', 'block[1].up with thin[width](low = 3)'],
  },
  {
    name: 'Again',
    of: 'Again(width = 8)',
    loss: 'task',
    batch: 3,
    open: {},
    wraps: [`body ${mixture('width')}`],
    unties: ['body over l'],
    replaces: ['body with thin[width](low = 2)'],
  },
  {
    name: 'CharGpt',
    of: `CharGpt(${transformer}, depth = 2)`,
    loss: 'next_token',
    batch: 2,
    open: { time: 4 },
    wraps: [`block[*].mix ${mixture('width')}`],
    unties: [],
    replaces: ['block[1].mix with thin[width](low = 2)'],
  },
  {
    name: 'Bert',
    of: `Bert(${transformer}, depth = 2, classes = 3)`,
    loss: 'task',
    batch: 2,
    open: { time: 4 },
    wraps: [`block[*].ffn ${mixture('width')}`],
    unties: [],
    replaces: [],
  },
  {
    name: 'Albert',
    of: `Albert(${transformer}, narrow = 4, depth = 2)`,
    loss: 'task',
    batch: 2,
    open: { time: 4 },
    wraps: [],
    unties: ['block over l'],
    replaces: ['block.ffn with thin[width](low = 2)'],
  },
  {
    name: 'Gpt2',
    of: `Gpt2(${transformer}, depth = 2)`,
    loss: 'next_token',
    batch: 2,
    open: { time: 4 },
    wraps: [`block[*].ffn ${mixture('width')}`],
    unties: [],
    replaces: [],
  },
  {
    name: 'T5',
    of: 'T5(vocab = 11, width = 8, heads = 2, e = 4, inner = 16, depth = 1, buckets = 4)',
    loss: '',
    batch: 2,
    open: { time: 3, source: 3 },
    wraps: [`enc[*].ffn ${mixture('width')}`],
    unties: [],
    replaces: [],
  },
  { name: 'ImageMlp', of: 'ImageMlp(rows = 4, cols = 4, hidden = 8)', loss: '', batch: 3, open: {}, wraps: [], unties: [], replaces: [] },
  {
    name: 'ConvNet',
    of: 'ConvNet(rows = 4, cols = 4, channels = 4, wide = 8)',
    loss: '',
    batch: 2,
    open: {},
    wraps: [],
    unties: [],
    replaces: [],
  },
];

/** The file that the variants of every composed program stand on, and how they name it. */
export const imports = `edition 1
use "./base.bond" { cut2, cut3, cut4, half, vera, thin, Deep, Again, Frozen, Adapted }
use bert { Bert }
use albert { Albert }
use gpt2 { Gpt2 }
use t5 { T5 }
use "./models.bond" { ImageMlp, CharGpt, ConvNet }

`;
export const prologue = `edition 1

topology cut2[a, b](g) {
  core P (a, g)
  core Q (g, b)
}
topology cut3[a, b, c](g) {
  core P (a, b, g)
  core Q (g, c)
}
topology cut4[a, b, c, d](g) {
  core P (a, b, g)
  core Q (g, c, d)
}
layer thin[width](low = 2) {
  down: linear[width -> low]
  up: linear[low -> width]
  forward(x[.., width]) -> y[.., width] { y = up(relu(down(x))) }
}
topology half[out, in](r) {
  core B (out, r) ~ seeded normal(1 / sqrt(r))
  core A (r, in) ~ normal(deviation)
}
topology vera[out, in](r) {
  core P (out) ~ zeros
  core B (out, r) ~ seeded normal(1 / sqrt(r))
  core D (r) ~ ones
  core A (r, in) ~ seeded normal(1 / sqrt(in))
}
model Deep(width = 8, depth = 3, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  spare[l in 1..0]: linear[width -> width]
  block[l in 1..depth] {
    ffn: mlp[width, inner = 2 * width]
    up, down: linear[width -> width]
    norm: layer_norm[width]
  }
  head: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> s[batch, classes] {
    h = x
    for g in block { h = h + g.down(relu(g.up(g.norm(h)))) + g.ffn(h) }
    for s in spare { h = s(h) }
    s = head(h)
  }
  loss task = mean(cross_entropy[classes](forward(x), label))
}
model Again(width = 8, depth = 3, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  body: mlp[width, inner = width]
  head: linear[width -> classes]
  forward(x[batch, width]) -> s[batch, classes] {
    h = x
    for l in 1..depth { h = h + body(h) }
    s = head(h)
  }
  loss task = mean(cross_entropy[classes](forward(x), label))
}
variant Frozen to part { freeze part }
variant Adapted(rank = 2) to part { adapt part with low_rank(r = rank) named recipe }

`;
