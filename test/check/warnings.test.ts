/** Warnings W1 to W8 and notes: each fires where it should, is silent beside it, and says where. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { checkText, corpusText, modelOf } from './program.ts';

const model = `edition 1
model M(width = 64, hidden = 64, depth = 2) {
  axis batch
  input x[batch, width], y[batch, width]
  block[l in 1..depth] {
    up: linear[width -> hidden](biased = false)
    down: linear[hidden -> width](biased = false)
  }
  head: linear[width -> width](biased = false)
  forward(x[batch, width]) -> y[batch, width] {
    y = x
    for b in block { y = y + b.down(relu(b.up(y))) }
    y = head(y)
  }
  loss l = mean((forward(x) - y) ^ 2)
}
`;
const all = ['block[1].up', 'block[1].down', 'block[2].up', 'block[2].down', 'head'].map((path) => `${path}.weight`);

/** What is said of a variant that is accepted. */
function said(body: string, source?: ReadonlySet<string>): readonly Diagnostic[] {
  const text = `${model}variant V of M { ${body} }`;
  const { model: made, diagnostics } = checkText(text, { name: 'V', ...(source ? { source } : {}) });
  assert.ok(made, diagnostics.map(({ message }) => message).join('\n'));
  for (const { primary } of diagnostics) assert.ok(primary.place.from >= model.length, 'it points into the variant');
  return diagnostics;
}
const codes = (body: string, source?: ReadonlySet<string>) => said(body, source).map(({ code }) => code);

test('W1: a stated bond above full', () => {
  assert.equal(codes('decompose head as mpo[4*4*4, 4*4*4](b = (17, 16))'), ['W1']);
  assert.equal(codes('decompose head as mpo[4*4*4, 4*4*4](b = (16, 16))'), []);
});

test('W2: padding of more than a tenth', () => {
  assert.equal(codes('decompose head as mpo[padded 8*9, 8*8](b = 4)'), ['W2']);
  assert.equal(codes('decompose head as mpo[padded 7*10, 8*8](b = 4)'), []);
});

test('W8: a list that was chosen has a great prime, and a little padding has none', () => {
  const program = (size: number) => `edition 1
model T(vocab = ${size}, width = 64) {
  axis batch
  input x[batch, width]
  head: linear[width -> vocab](biased = false)
  loss l = mean(head(x) ^ 2)
}
variant V of T { decompose head as mpo(n = 3, b = 2) }`;
  const { diagnostics } = checkText(program(758), { name: 'V' });
  assert.equal(
    diagnostics.map(({ code, message, hint }) => [code, message, hint]),
    [
      [
        'W8',
        '758 has the prime factor 379: `out` is split as 1*379*2',
        '`padded 8*12*8` makes it 768 with 10 rows of zeros, which are dropped from results',
      ],
    ],
  );
  assert.equal(checkText(program(768), { name: 'V' }).diagnostics, []);
  // Who writes the list wants it.
  const written = program(758).replace('mpo(n = 3, b = 2)', 'mpo[1*379*2, 4*4*4](b = 2)');
  assert.equal(checkText(written, { name: 'V' }).diagnostics, []);
});

test('W3: a network that multiplies more than the dense matrix, and by how much', () => {
  const [warning] = said('decompose head as ring[2^6, 2^6](b = 16)');
  assert.is(warning!.code, 'W3');
  assert.match(warning!.primary.text, /for each of 1,024 rows; dense 4,096$/);
  assert.equal(codes('decompose head as mpo[8*8, 8*8](b = 4)'), []);
  // The dense matrix can be built first: 64 * 64 * 64 for 1,024 rows are 64 parts of 1,024 more than dense.
  assert.equal(codes('decompose head as low_rank(r = 64)'), []);
});

test('W3: a table that is only looked up is not multiplied', () => {
  const text = `edition 1
model T(vocab = 64, width = 64) { axis batch input ids[batch] in vocab embed: [vocab, width] ~ normal(1) loss l = mean(embed[ids] ^ 2) }
variant V of T { decompose embed as ring[2^6, 2^6](b = 16) }`;
  assert.equal(checkText(text, { name: 'V' }).diagnostics, []);
});

test('W4: a parameter that no loss reaches', () => {
  const text = 'edition 1 model T(n = 4) { axis batch input x[batch, n] w: [n] ~ ones u, v: [n] ~ ones loss l = mean(x * w) }';
  const [warning, ...more] = checkText(text).diagnostics;
  assert.equal([warning!.code, warning!.message, more.length], ['W4', 'no loss reaches u, v', 0]);
});

test('W5: most of the work is frozen, with nothing trained before it; or all of it', () => {
  const [most] = said('train only head');
  assert.is(most!.code, 'W5');
  assert.match(most!.message, 'nothing before block[1].up.weight');
  const [nothing] = said('freeze all');
  assert.equal([nothing!.code, nothing!.message], ['W5', 'no loss has anything to train']);
  // Behind something trained, a frozen weight carries a gradient; and a small idle part is not worth a word.
  assert.equal(codes('train only block[1].up'), []);
  assert.equal(codes('freeze block[1]'), []);
  assert.equal(codes('adapt block[*] with low_rank(r = 2) train only adapter of all'), []);
});

test('W6: what changes the function at step 0', () => {
  assert.equal(codes('adapt head with ring[8*8, 8*8](b = 2)'), ['W6']);
  assert.equal(codes('adapt head with ring[8*8, 8*8](b = 2) init T[1] of head ~ zeros'), []);
  assert.equal(codes('share block[l].up over l from mean', new Set(all)), ['W6']);
  assert.equal(codes('share block[l].up over l from mean'), []);
  assert.equal(codes('tie block[1].up.weight[i, j] = block[1].down.weight[j, i]', new Set(all)), ['W6']);
});

test('W7: no edition', () => {
  assert.equal(
    checkText(model.slice('edition 1\n'.length)).diagnostics.map(({ code, severity }) => [code, severity]),
    [['W7', 'note']],
  );
});

test('notes: an uneven choice, a fit by iteration, names that a shared tensor has besides, given weights that are drawn anew', () => {
  const choosing = `${model}variant V of M(depth = 3) { decompose block[l].up as mpo[8*8, 8*8] choosing 2 over l by taylor every 9 steps until 3 }`;
  assert.equal(
    checkText(choosing, { name: 'V' }).diagnostics.map(({ code }) => code),
    ['N601'],
  );
  assert.equal(codes('decompose head as ring[8*8, 8*8](b = 3)', new Set(all)), ['N602']);
  assert.match(said('decompose head as gram(r = 3)', new Set(all))[0]!.message, 'gradient descent');
  assert.equal(codes('decompose head as mpo[8*8, 8*8](b = 3)', new Set(all)), []);
  assert.equal(codes('share block[l].up over l from first freeze block[1].up'), ['N701']);
  assert.equal(codes('init head ~ zeros', new Set(all)), ['N702']);
});

test('H9: silent sums are recorded once for each place, with the axes; stated ones are not', () => {
  const attention = modelOf(corpusText('models.bond'), 'CharGpt', { set: { depth: 2, width: 8, heads: 2, context: 4 } });
  const source = corpusText('models.bond');
  const own = attention.sums
    .filter(({ place }) => place.file === 'main.bond')
    .map(({ place, over }) => `${source.slice(place.from, place.to)} over ${over.join()}`);
  assert.equal(own, ['q * k / sqrt(e) over e', "a * v over time'"]);
  const silent = (right: string) =>
    modelOf(`edition 1 model T(n = 4, m = 3) { axis batch input x[batch, n] w: [m, n] ~ ones
      forward(x[batch, n]) -> y[batch, m] { y[batch, m] = ${right} } }`).sums.map(({ over }) => over);
  assert.equal(silent('w * x'), [['n']]);
  assert.equal(silent('sum[n](w * x)'), []);
});

test.run();
