/** A small model of text with a bottleneck, and what is written in a variant on top. */
import * as assert from 'uvu/assert';
import { check } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';

const model = `edition 1
// One core all along the chain.
topology same[out[n], in[n]](b[1..n-1]) {
  core A (out[1], in[1], b[1])
  core T (b[1], out[2], in[2], b[2])
  reuse T (b[2], out[3], in[3], b[3])
  core Z (b[3], out[4], in[4])
}
model Bigrams(vocab = 17, width = 8) {
  axis batch, time
  input ids[batch, time] in vocab, next[batch, time] in vocab
  embed: [vocab, width] ~ normal(0.3)
  mix, rotate: linear[width -> width](biased = false)
  head: linear[width -> vocab](biased = false)
  forward(ids[batch, time] in vocab) -> scores[batch, time, vocab] { scores = head(gelu(mix(rotate(embed[ids])))) }
  loss next_token = mean(cross_entropy[vocab](forward(ids), next))
}
`;

export function bigramsText(statements: string): string {
  return `${model}variant Small of Bigrams {\n  ${statements}\n}\n`;
}

/** `source`: weights that are given. */
export function smallModel(statements: string, source?: ReadonlySet<string>): Model {
  const text = bigramsText(statements);
  const result = check({ file: 'small.bond', text, name: 'Small', load: () => undefined, ...(source === undefined ? {} : { source }) });
  assert.ok(result.model, result.diagnostics.map((found) => `${found.message} (${found.primary.text})`).join('\n'));
  return result.model!;
}
