/**
 * Text token by token: what is kept of earlier positions gives the scores of the whole function at every position, for decoders of the
 * library and the character transformer, dense and as networks; where it cannot, that is said and the whole function is run.
 */
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decoderOf, NotKept, writersOf } from '../../compiler/index.ts';
import { bodyComplaints } from '../../compiler/values/verify-body.ts';
import { openScorer } from '../../runtime/api/scorer.ts';
import { openEngine } from '../../runtime/cli/engines.ts';
import { load } from '../../runtime/index.ts';
import { modelOf } from '../check/program.ts';
import '../verified.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const charGpt = at('examples/char-gpt/char-gpt.bond');
const small = { width: 32, depth: 2, context: 96 };
const fixture = (name: string) => at(`test/models/fixtures/${name}`);
const SOURCE = 7;

const cases: readonly { name: string; path: string; variant?: string; set?: Record<string, number>; ahead?: 0; length: number }[] = [
  { name: 'char-gpt', path: charGpt, variant: 'CharGpt', set: small, length: 96 },
  { name: 'char-gpt as matrix product operators', path: charGpt, variant: 'Mpo', set: { depth: 2 }, length: 20 },
  { name: 'GPT-2', path: fixture('gpt2'), length: 16 },
  { name: 'Llama, rotary and grouped', path: fixture('llama'), length: 16 },
  { name: 'Llama with a tied table', path: fixture('llama-tied'), length: 16 },
  { name: 'T5', path: fixture('t5'), ahead: 0, length: 14 },
  { name: 'T5 with gates', path: fixture('t5-gated'), ahead: 0, length: 14 },
];

for (const { name, path, variant, set, ahead = 1, length } of cases) {
  for (const [engine, limit] of [
    ['reference', 1e-12],
    ['wasm', 1e-5],
  ] as const) {
    // Sixty characters at once by the engine in f64 take long and show nothing new.
    const tokens = engine === 'reference' ? Math.min(length, 12) : length;
    test(`${name} by ${engine}: scores from what is kept are those of the whole function at each of ${tokens} positions`, async () => {
      const loaded = await load(path, { variant, set, engine });
      const model = loaded.resolved;
      const [writer] = writersOf(model);
      const decoder = decoderOf(model, writer);
      for (const entry of decoder.model.entries) assert.equal(bodyComplaints(decoder.model, entry, 'eval'), []);
      const vocab = model.axes[writer.text.index!].size as number;
      const ids = Array.from({ length: tokens }, (_, k) => (k * k * 7 + 3) % vocab);
      const others = writer.entry.inputs.filter((input) => input !== writer.text);
      const given = new Map(
        others.map((input) => [
          input.name,
          Int32Array.from({ length: SOURCE }, (_, k) => (input.type === 'bool' ? 1 : (5 * k + 2) % vocab)),
        ]),
      );
      const columns = [...given].map(([key, data]) => [key, { shape: [1, SOURCE], data }] as const);
      const text = [writer.text.name, { shape: [1, tokens], data: Int32Array.from(ids) }] as const;
      const [whole] = Object.values(await loaded.call(writer.entry.name, Object.fromEntries([...columns, text])));
      const values = model.parameters.map(({ names }) => loaded.weights.get(names[0])!);
      const sizes = { batch: 1, time: length, ...(others.length > 0 ? { source: SOURCE } : {}) };
      const first = tokens >= 64 ? tokens : 1;
      const scorer = await openScorer({ engine: await openEngine(engine, 0), model, values, writer, sizes, given, first, needed: tokens });
      assert.is(scorer.whole, undefined);
      // The long text is taken in many positions at a time first, then each again: what was kept is overwritten.
      const positions = [...(tokens >= 64 ? [tokens - 1, 70, 0] : []), ...ids.keys()];
      for (const position of positions) {
        const scores = await scorer.scores(ids.slice(0, position + ahead));
        assert.is(scores.length, vocab);
        let far = 0;
        for (let k = 0; k < vocab; k++) far = Math.max(far, Math.abs(scores[k] - whole.data[position * vocab + k]));
        assert.ok(far < limit, `position ${position}: ${far}`);
      }
      scorer.release();
    });
  }
}

test('a model whose positions look one token back scores the token itself', async () => {
  const model = (await load(fixture('t5'), { engine: 'reference' })).resolved;
  const decoder = decoderOf(model, writersOf(model)[0]);
  assert.is(decoder.ahead, 0);
  assert.is(decoder.hasGiven, true);
  // Self-attention keeps a key and a value for each of two layers; those of the encoder are given.
  assert.is(decoder.model.entries[0].kept!.length, 4);
});

const attending = (mask: string, more = '') => `edition 1
model M(vocab = 5, width = 4, context = 8) {
  axis batch, time <= context
  input ids[batch, time] in vocab
  embed: [vocab, width] ~ normal(1)
  forward(ids[batch, time] in vocab) -> logits[batch, time, vocab] {
    x = embed[ids]
    s[batch, time, time'] = x * embed[ids[time = @time']]
    ${mask}
    v[batch, time', width] = embed[ids[time = @time']]
    h[batch, time, width] = a * v
    ${more}
    logits[batch, time, vocab] = h * embed
  }
}`;

const refused: readonly [string, string, RegExp][] = [
  ['without a mask', attending("a = softmax[time'](s)"), /reads positions behind its own/],
  [
    'a mask that shows one position too many',
    attending("a = softmax[time'](s where @time' <= @time + 1)"),
    /reads positions behind its own/,
  ],
  ['a mean over all positions', attending("a = softmax[time'](s where @time' <= @time)", 'h = h + mean[time](h)'), /joins all positions/],
  [
    'a token ahead',
    attending("a = softmax[time'](s where @time' <= @time)", 'h = h + h[time = @time + 1 else 0]'),
    /reads positions behind its own/,
  ],
  [
    'positions backwards',
    attending("a = softmax[time'](s where @time' <= @time)", 'h = h + h[time = 7 - @time else 0]'),
    /looks up positions that it computes/,
  ],
];
for (const [name, text, why] of refused) {
  test(`nothing is kept: ${name}`, () => {
    const model = modelOf(text);
    try {
      decoderOf(model, writersOf(model)[0]);
    } catch (error) {
      assert.instance(error, NotKept);
      assert.match((error as Error).message, why);
      return;
    }
    assert.unreachable('it was kept');
  });
}

test.run();
