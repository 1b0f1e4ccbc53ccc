/**
 * Damaged programs through the checker (20,000 in a long run, `MUTATIONS=1000000 node test/check/mutated.test.ts` for more): diagnostics with
 * places in the text, never a crash, never a second. Most are definitions of the corpus; some are whole programs with variants, which get further.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomFrom } from '../../runtime/corpus/random.ts';
import { definitions, withinSecond } from '../grammar/corpus.ts';
import { mutate } from '../grammar/mutate.ts';
import { figure, times } from '../long.ts';
import { checkText } from './program.ts';

const count = Number(process.env.MUTATIONS ?? times(2_000, 20_000));

const model = `model M(width = 16, depth = 2, classes = 4) {
  axis batch, a = 4, width = a * b
  input x[batch, width], label[batch] in classes
  block[l in 1..depth] { up, down: linear[width -> width]  norm: layer_norm[width] }
  head: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> s[batch, classes] {
    h = x
    for g in block { h = h + g.down(dropout(relu(g.up(g.norm(h))), 0.1)) }
    s = head(h)
  }
  loss task = mean(cross_entropy[classes](forward(x), label))
}
`;
const bodies = [
  'decompose block[*].{up, down} as mpo[4*4, 4*4](b = 3)\n share central of block[l].up over l from mean\n freeze central of block[*].up',
  'adapt block[*].up with low_rank(r = 2) scaled by 2\n train only adapter of all, head\n init adapter of block[1].up ~ normal(0.1)',
  'wrap block[*].up in mixture[width, expert = 3, pick = 1](router = switch(balance = 0.1))\n share block[l].up.each[x] over x from first',
  'tie block[l].down.weight[i, j] = block[l].up.weight[j, i]\n keep head.weight where @in mod 2 == 0\n freeze all except head',
  'decompose head as ring[2*2, 4*4](b = 2)\n train T[k] of head in turn over k every 5 steps\n decompose block[1].up as tree[4*4, 4*4](e = 3)\n squeeze e of block[1].up by 1 while loss < reference + 1',
  'decompose block[l].down as mpo[ends, ends](n = 3) choosing 1 over l by taylor\n train block[2].up with probability (0 to 1 by 0.5 every 5 steps)',
];
const whole = bodies.map((body) => `edition 1\n${model}variant V of M {\n ${body}\n}\n`);

function run(programs: readonly string[], many: number): { refused: number; codes: Set<string> } {
  const codes = new Set<string>();
  let refused = 0;
  for (let seed = 1; seed <= many; seed++) {
    const text = mutate(programs, randomFrom(seed));
    const { diagnostics } = withinSecond(() => checkText(text), `seed ${seed}`);
    if (diagnostics.some(({ severity }) => severity === 'error')) refused += 1;
    for (const { code, message, primary, secondary } of diagnostics) {
      codes.add(code);
      assert.ok(message !== '');
      for (const { place } of [primary, ...secondary]) {
        const length = place.file === 'main.bond' ? text.length : Number.POSITIVE_INFINITY;
        assert.ok(place.from >= 0 && place.from <= place.to && place.to <= length, `seed ${seed}: ${code}`);
      }
    }
  }
  return { refused, codes };
}

test('whole programs are accepted before they are damaged', () => {
  for (const text of whole)
    assert.equal(
      checkText(text).diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
});

test(`${count} mutated programs are checked`, () => {
  const some = Math.round(count / 5);
  const results = [run(definitions(), count - some), run(whole, some)];
  const refused = results.reduce((sum, result) => sum + result.refused, 0);
  const codes = new Set(results.flatMap((result) => [...result.codes]));
  figure(`${count} mutated programs checked`, `${refused} refused, ${codes.size} codes`);
  assert.ok(refused > count / 2);
});

test.run();
