/** First values of fresh networks: the second moment of W from the sizes of the bonds alone. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { coreLaws } from '../../compiler/check/tensor/laws.ts';
import { coreConstant, coreDeviation } from '../../compiler/network/initial-variance.ts';
import { bonds, contractConstants, network } from './topologies.ts';

/** Distinct cores without laws of their own; sizes small enough to contract every entry. */
const distinct = fc.oneof(
  fc
    .tuple(fc.constantFrom('mpo', 'ring', 'tree'), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 64 }))
    .map(([name, n, bond]) => {
      const family = name === 'tree' ? 'e' : 'b';
      const size = name === 'tree' ? Math.min(bond, 12) : name === 'ring' ? Math.min(bond, 32) : bond;
      const range = name === 'tree' ? 2 * n - 2 : name === 'ring' ? n : n - 1;
      const bondText = range === 0 ? '' : `(${family} = (${Array.from({ length: range }, (_, k) => 1 + ((size + k) % size)).join(', ')},))`;
      return [
        range === 1 ? `${name}[1^${n}, 2^${n}](${family} = ${size})` : `${name}[1^${n}, 2^${n}]${bondText.replace(',)', ')')}`,
        [1, 2 ** n],
      ] as const;
    }),
  fc.integer({ min: 1, max: 64 }).map((r) => [`cp[2^3, 2^3](r = ${r})`, [8, 8]] as const),
  fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }))
    .map(([terms, r]) => [`block_term[2*2, 2*2](terms = ${terms}, r = ${r})`, [4, 4]] as const),
  fc.integer({ min: 1, max: 64 }).map((r) => [`btt[2*2, 2*2](r = ${r})`, [4, 4]] as const),
  fc.integer({ min: 1, max: 6 }).map((n) => [`kronecker[2^${n}, 1^${n}]`, [2 ** n, 1]] as const),
  fc.integer({ min: 1, max: 8 }).map((h) => [`peps[1^6, 2^6](p = 2, q = 3, h = ${h}, v = ${h})`, [1, 64]] as const),
);
test('initial values: the second moment of W is the square asked for', () => {
  fc.assert(
    fc.property(distinct, fc.double({ min: 1e-4, max: 10, noNaN: true }), ([use, sizes], deviation) => {
      const { network: net } = network(use, sizes);
      const core = coreDeviation(net, deviation);
      const moment = contractConstants(net, () => core ** 2);
      assert.ok(Math.abs(moment / deviation ** 2 - 1) < 1e-12, `${use}: ${moment} for ${deviation ** 2}`);
    }),
    { numRuns: 120, seed: 1 },
  );
});

test('initial values: long chains of wide bonds do not overflow', () => {
  const { network: net } = network('mpo[8^40, 8^40](b = 64)'.replaceAll('8^40', '1^40'), [1, 1]);
  assert.is(bonds(net).length, 39);
  const wide = network(`ring[1^200, 1^200](b = 64)`, [1, 1]).network;
  const core = coreDeviation(wide, 0.02);
  const logarithm = 200 * Math.log(64) + 400 * Math.log(core);
  assert.ok(Math.abs(logarithm - 2 * Math.log(0.02)) < 1e-9);
});

test('initial values: zeros leave one core of zeros, ones are ones', () => {
  const { network: net } = network('mpo[2*3, 4*5](b = 3)', [6, 20]);
  const zeros = coreLaws(net, { law: { is: 'zeros' }, ones: 1 });
  assert.equal(
    zeros.map(({ law }) => law.is),
    ['normal', 'zeros'],
  );
  const ones = coreConstant(net, 1);
  assert.ok(Math.abs(contractConstants(net, () => ones) - 1) < 1e-12);
  const rank = network('low_rank(r = 3)', [6, 20]).network;
  const laws = coreLaws(rank, { law: { is: 'normal', deviation: 0.02 }, ones: 1 });
  assert.equal(laws[0]!.law, { is: 'zeros' });
  assert.equal(laws[1]!.law, { is: 'normal', deviation: 1 / Math.sqrt(20) });
});

test.run();
