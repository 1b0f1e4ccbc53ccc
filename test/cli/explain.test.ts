/** `explain` says what is summed where no sum is written: once for each place, the file's own products first. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const program = (left: string) => `edition 1
model Attention(width = 8, heads = 2) {
  axis batch, time, width = heads * e
  input x[batch, time, width]
  key: linear[width -> width]
  loss l {
    q[batch, time, heads, e] = x
    k[batch, time', heads, e] = key(x)
    s[${left}] = q * k / sqrt(e)
    l = mean(s)
  }
}
`;

test('what is summed', async () => {
  const file = work.write('attention.bond', program("batch, heads, time, time'"));
  const { code, out } = await work.run('explain', file);
  assert.is(code, 0);
  assert.match(
    out,
    /leaves an axis out:\n.*attention\.bond:9:36 +q \* k \/ sqrt\(e\) {2}over e\n {2}and 1 in the standard library \(--json lists it\)\n/,
  );
  // The axis that was forgotten on the left shows.
  const forgotten = work.write('forgotten.bond', program("batch, time, time'"));
  const { sums } = JSON.parse((await work.run('explain', forgotten, '--json')).out);
  assert.equal(
    sums.map(({ product, over }: { product: string; over: string[] }) => [product, over]),
    [
      ['q * k / sqrt(e)', ['heads', 'e']],
      ['weight * x', ['in']],
    ],
  );
});

const masked = `edition 1
model Own(width = 16, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  weight: [width, classes] ~ normal(0.1)
  up: linear[width -> width]
  side: linear[width -> width]
  forward(x[batch, width]) -> s[batch, classes] { s[batch, classes] = side(relu(up(x))) * weight }
  loss wrong = mean(cross_entropy[classes](forward(x), label))
  loss twice = sum(up.weight * up.weight)
}
variant Masked of Own {
  decompose up as mpo[4*4, 4*4](b = 2)
  decompose weight as mpo[4*4, 2*2](b = 2)
  keep side.weight where @out == @in
}
`;

test('entries that `keep` holds are told as such: in the total and of their weight', async () => {
  const file = work.write('masked.bond', masked);
  const { out } = await work.run('explain', file, '--variant', 'Masked');
  assert.match(out, /^Masked: 384 parameters, 144 trainable, 240 held at zero; dense it would have 608/);
  assert.match(out, /\nside\.weight {2}16 x 16 {2}dense, 256, 16 kept, the others zero\n/);
  const { parameters, weights } = JSON.parse((await work.run('explain', file, '--variant', 'Masked', '--json')).out);
  assert.is(parameters.held, 240);
  assert.is(weights.find(({ path }: { path: string }) => path === 'side.weight').cores[0].kept, 16);
});

test("what the model multiplies itself stands under its name; a network that is there twice has each bond's name once", async () => {
  const file = work.write('masked.bond', masked);
  const { out } = await work.run('explain', file, '--variant', 'Masked');
  assert.match(out, /\nMasked\n {2}\[batch 8, classes1 2, classes2 2\]\n/);
  const letters = [...out.matchAll(/\[([^\]\d][^\n]*?)\]$/gm)].map(([, own]) => own.split(', '));
  assert.ok(letters.length > 8 && out.includes("b[1]'"));
  for (const own of letters) assert.is(new Set(own).size, own.length, own.join(', '));
});

test.run();
