/** Texts with a mark where the cursor stands. */
import { type Document, Editor } from '../../compiler/service/index.ts';

/** `files` are those that the text may import, by name. */
export function documentOf(text: string, files: Readonly<Record<string, string>> = {}, file = 'main.bond'): Document {
  return new Editor(file, (path) => files[path.replace(/^\.\//, '')]).open(text);
}

/** A text with `|` at the cursor: the document without it, and where it stood. */
export function marked(
  text: string,
  files: Readonly<Record<string, string>> = {},
): { readonly document: Document; readonly offset: number } {
  const offset = text.indexOf('|');
  return { document: documentOf(text.slice(0, offset) + text.slice(offset + 1), files), offset };
}

export const small = `edition 1

// Four blocks over a stream of vectors.
model Deep(depth = 4, width = 64, heads = 4) {
  axis batch, time, width = heads * e
  input x[batch, time, width], label[batch, time, width]
  // A residual block.
  block[l in 1..depth] {
    query, key: linear[width -> width](biased = false)
    ffn: mlp[width, inner = 4 * width]
    norm: layer_norm[width]
  }
  head: linear[width -> width]
  forward(x[batch, time, width]) -> y[batch, time, width] {
    y = x
    for b in block {
      z = b.norm(y)
      q[batch, time, heads, e] = b.query(z)
      k[batch, time', heads, e] = b.key(z)
      s[batch, heads, time, time'] = q * k
      y = y + b.ffn(z) * mean[heads, time, time'](s)
    }
    y = head(y)
  }
  loss wrong = mean((forward(x) - label) ^ 2)
}

variant Mpo(bond = 8) of Deep {
  decompose block[*].ffn.up as mpo[4*8*8, 4*4*4](b = bond)
  decompose block[*].{query, key} as mpo(n = 3, b = bond)
  share central of block[l].ffn.up over l from first
  train T[2] of block[*].query where @b[1] < 2
}

variant Lora(rank = 4) to target {
  adapt target with low_rank(r = rank) scaled by 2 / rank
  train only adapter of all
}

variant Adapted of Mpo(bond = 4) {
  apply Lora(rank = 2) to block[*].ffn.down
  init head ~ zeros
}
`;
