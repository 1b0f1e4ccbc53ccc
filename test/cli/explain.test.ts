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
    /leaves an axis out:\n.*attention\.bond:9:36 +q \* k \/ sqrt\(e\) {2}over e\n.*std\/nn\.bond:\d+:\d+ +weight \* x {2}over in\n/,
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

test.run();
