/** A program, a text and settings that a page and Node both learn from. */
import type { FitOptions } from '../../runtime/web/index.ts';

export const program = {
  file: 'small.bond',
  text: `edition 1
model Small(width = 16) {
  axis batch, time <= 12
  let vocab = 14
  input ids[batch, time] in vocab, next[batch, time] in vocab
  embed: [vocab, width] ~ normal(0.3)
  up: linear[width -> width]
  head: linear[width -> vocab]
  forward(ids[batch, time] in vocab) -> logits[batch, time, vocab] {
    q[batch, time, width] = embed[ids]
    k[batch, time', width] = embed[ids]
    s[batch, time, time'] = q * k / sqrt(width)
    a = softmax[time'](s where @time' <= @time)
    y[batch, time, width] = a * k
    logits = head(relu(up(y)))
  }
  loss likely = mean(cross_entropy[vocab](forward(ids), next))
}
variant Mpo of Small { decompose up as mpo[4*4, 4*4](b = 3) }
`,
};
export const text = 'the sea the sea the whale and the sea said he. '.repeat(30);
export const settings = { steps: 10, batch: 4, seed: 7, config: { optimiser: { rate: 3e-3 } } } satisfies FitOptions;
