/** Plans carried out give what the contraction gives by definition, whole and in slices. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { measure, slicedRequest } from '../../compiler/network/evaluate.ts';
import { plan } from '../../compiler/network/plan.ts';
import type { Network } from '../../compiler/values/plan.ts';
import { execute, naive, network, randomNetwork, randomNumbers } from './cases.ts';

const random = randomNumbers(31);
const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));

function values({ inputs, sizes }: Network): Float64Array[] {
  return inputs.map((list) => Float64Array.from({ length: list.reduce((size, letter) => size * sizes[letter], 1) }, () => random() - 0.5));
}
function same(given: Network, memory?: number): number {
  const entries = values(given);
  const found = plan({ network: given, memory, budget: 20_000 });
  const [expected, got] = [naive(given, entries), execute(given, found, entries)];
  const scale = Math.max(1e-3, ...expected.map(Math.abs));
  expected.forEach((value, k) => {
    assert.ok(Math.abs(value - got[k]) < 1e-9 * scale, `${JSON.stringify(given)}: ${value} and ${got[k]}`);
  });
  return found.sliced?.length ?? 0;
}
const small = (given: Network) => new Set(given.inputs.flat()).size < 9 && given.inputs.every((list) => list.length < 7);

test('random networks: hyperedges, diagonals, scalars, parts, sizes of 1', () => {
  for (let k = 0; k < 150; k++) {
    const given = randomNetwork(random, whole(1, 6), whole(0, 7));
    if (small(given)) same(given);
  }
});
for (const text of [
  'a,->a',
  ',,->',
  'ab,ab,ab->ab',
  'ea,fb,gc,hd,abcd->efgh',
  'aab,bcc->ac',
  'fff,fae,bef,def->abd',
  'a,b,c->abc',
  'ab,ab->',
  'aa->a',
  'aa->',
  'ab->ba',
  'abc->b',
  'bca,cdb,dbf,afc->',
  'efc,dbc,acf,fd->abe',
  'ab,cd,ef->adf',
  'dba,ead,cad->bce',
]) {
  test(text, () => void same(network(text, { a: 2, b: 3, c: 2, d: 3, e: 2, f: 2 })));
}
test('slices add up to the whole, and each keeps the limit', () => {
  let cut = 0;
  for (let k = 0; k < 60; k++) {
    const given = randomNetwork(random, whole(3, 6), whole(4, 8));
    if (!small(given)) continue;
    const least = [...new Set(given.output)].reduce((size, letter) => size * given.sizes[letter], 1);
    const memory = Math.max(least, whole(1, 6));
    cut += same(given, memory) > 0 ? 1 : 0;
    const request = { network: given, memory, budget: 20_000 };
    const found = plan(request);
    const one = measure(found.steps, slicedRequest(request, found.sliced ?? []));
    const made = one.results.map((list) =>
      list.reduce((size, letter) => size * slicedRequest(request, found.sliced ?? []).network.sizes[letter], 1),
    );
    assert.ok(Math.max(1, ...made) <= memory, JSON.stringify(request));
  }
  assert.ok(cut > 10);
});
test.run();
