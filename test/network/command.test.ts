/** `bondsmith plan`: what it prints, draws and refuses. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toCotengra } from '../../compiler/network/index.ts';
import type { Network } from '../../compiler/values/plan.ts';
import { workplace } from '../cli/command.ts';
import { instance, operatorLayer } from './cases.ts';

const lettered = (network: Network) => ({ network, letters: network.sizes.map((_, k) => `l${k}`) });
const work = workplace();
test.after(() => work.remove());
const own = {
  inputs: [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'd'],
  ],
  output: ['a', 'd'],
  size: { a: 4, b: 5, c: 6, d: 7 },
};

test('the command prints every key, draws, writes forms, counts a given path', async () => {
  const file = work.write('network.json', JSON.stringify(own));
  const svg = work.path('tree.svg');
  const { code, out, err } = await work.run('plan', file, '--json', '--svg', svg, '--wanted', '0,2', '--constant', '1');
  assert.is(code, 0, err);
  const record = JSON.parse(out);
  for (const key of [
    'path',
    'ssa_path',
    'macs',
    'log10_macs',
    'log2_size',
    'log2_peak',
    'log10_write',
    'sliced',
    'training',
    'method',
    'optimal',
    'seconds',
  ]) {
    assert.ok(key in record, key);
  }
  assert.equal(
    [record.macs, record.path, record.optimal, record.sliced],
    [
      '288',
      [
        [0, 1],
        [0, 1],
      ],
      true,
      {},
    ],
  );
  assert.is(record.training.macs, String(2 * 120 + 3 * 168));
  assert.match(readFileSync(svg, 'utf8'), /^<svg /);
  const form = await work.run('plan', file, '--write', 'opt_einsum');
  assert.is(JSON.parse(form.out).equation, 'ab,bc,cd->ad');
  const counted = work.write(
    'path.json',
    JSON.stringify({
      ...own,
      path: [
        [1, 2],
        [0, 1],
      ],
    }),
  );
  assert.is(JSON.parse((await work.run('plan', counted, '--json')).out).macs, String(210 + 140));
  assert.match((await work.run('plan', counted)).out, /^given: the path of the file, counted\n/);
  assert.match((await work.run('plan', counted, '--memory', '30')).err, /its path makes a value of 35 elements, above the limit of 30/);
  assert.match((await work.run('plan', file)).out, /exact: proved optimal for flops/);
  const alone = work.write('alone.json', JSON.stringify({ inputs: [['a']], output: ['a'], size: { a: 3 } }));
  assert.equal(JSON.parse((await work.run('plan', alone, '--json')).out).path, [[0]]);
});
test('Ctrl-C ends a search with the best so far', async () => {
  const file = work.write('large.json', JSON.stringify(toCotengra(lettered(instance('lat_12x12')))));
  const { code, out, err } = await work.interrupted(5, 'plan', file, '--seconds', '1000000', '--json');
  assert.is(code, 130, err);
  const record = JSON.parse(out);
  assert.is(record.stopped, true);
  assert.is(record.ssa_path.length, 143);
  assert.match((await work.interrupted(5, 'plan', file, '--seconds', '1000000')).out, /the best found until it was stopped for flops/);
});
test('a profile leads the objective time; a wrong one is refused with what is missing', async () => {
  const layer = operatorLayer([4, 4, 4], 3, 8);
  const file = work.write('layer.json', JSON.stringify(toCotengra(lettered(layer))));
  const coefficients = { macs: 1e-30, read: 0, written: 1, launch: 0 };
  const profile = work.write('profile.json', JSON.stringify({ name: 'slow to write', engine: 'webgpu', coefficients }));
  const by = async (...argv: string[]) => JSON.parse((await work.run('plan', file, '--json', ...argv)).out);
  const [timed, written] = [await by('--objective', 'time', '--machine', profile), await by('--objective', 'write')];
  assert.is(timed.log10_write, written.log10_write);
  const wrong = work.write('wrong.json', JSON.stringify({ name: 'x', engine: 'webgpu', coefficients: { ...coefficients, macs: 0 } }));
  const ran = await work.run('plan', file, '--machine', wrong);
  assert.is(ran.code, 1);
  assert.match(ran.err, /coefficient macs is 0; expected a number above 0/);
});
test('the command refuses with exit code and place', async () => {
  const file = work.write('again.json', JSON.stringify(own));
  for (const [code, message, ...argv] of [
    [1, /no such file/, work.path('missing.json')],
    [1, /not JSON/, work.write('broken.json', '{')],
    [1, /letter b of operand 0 has no size/, work.write('size.json', JSON.stringify({ ...own, size: { a: 1 } }))],
    [1, /the smallest limit is 28/, file, '--memory', '5'],
    [2, /--objective speed: there are flops, write/, file, '--objective', 'speed'],
    [2, /--wanted 0,7: expected positions of operands, 0 to 2/, file, '--wanted', '0,7'],
    [2, /--wanted 0,,1: expected positions of operands/, file, '--wanted', '0,,1'],
    [2, /--constant 1,: expected positions of operands/, file, '--constant', '1,'],
    [2, /--seconds 0/, file, '--seconds', '0'],
    [2, /--write xml: there are/, file, '--write', 'xml'],
    [2, /--draw cube: there are tent, bands/, file, '--draw', 'cube'],
  ] as const) {
    const ran = await work.run('plan', ...argv);
    assert.is(ran.code, code, ran.err);
    assert.match(ran.err, message);
  }
});
test.run();
