/** The forms of other tools, paths, pictures, the cache on disk and the command. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  drawTree,
  linearPath,
  measure,
  NetworkError,
  plan,
  readNetwork,
  stepsOfLinear,
  stepsOfSsa,
  toCotengra,
  toOptEinsum,
} from '../../compiler/network/index.ts';
import type { Request } from '../../compiler/values/plan.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { PlanCache } from '../../runtime/plan/cache.ts';
import { workplace } from '../cli/command.ts';
import { operatorLayer, randomNetwork, randomNumbers } from './cases.ts';

const work = workplace();
test.after(() => work.remove());
const random = randomNumbers(41);
const own = {
  inputs: [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'd'],
  ],
  output: ['a', 'd'],
  size: { a: 4, b: 5, c: 6, d: 7 },
};

test('the same network in all three forms', () => {
  const first = readNetwork(own);
  const { inputs, output, size } = own;
  for (const other of [
    { inputs, output, size_dict: size },
    { inputs: ['ab', 'bc', 'cd'], output: 'ad', size_dict: size },
    {
      inputs,
      output,
      shapes: [
        [4, 5],
        [5, 6],
        [6, 7],
      ],
    },
    {
      equation: 'ab,bc,cd->ad',
      shapes: [
        [4, 5],
        [5, 6],
        [6, 7],
      ],
    },
    {
      equation: 'ab, bc, cd',
      shapes: [
        [4, 5],
        [5, 6],
        [6, 7],
      ],
    },
  ]) {
    assert.equal(readNetwork(other), first);
  }
  assert.equal(toOptEinsum(first), {
    equation: 'ab,bc,cd->ad',
    shapes: [
      [4, 5],
      [5, 6],
      [6, 7],
    ],
  });
  assert.equal(toCotengra(first), { inputs, output, size_dict: size });
});
test('forms are read as they are written', () => {
  for (let k = 0; k < 100; k++) {
    const network = randomNetwork(random, 1 + Math.floor(random() * 6), Math.floor(random() * 90));
    const named = { network, letters: network.sizes.map((_, letter) => `x${letter}`) };
    const macs = plan({ network, budget: 1000 }).macs;
    for (const form of [toCotengra(named), toOptEinsum(named)])
      assert.is(plan({ network: readNetwork(form).network, budget: 1000 }).macs, macs);
  }
});
test('paths: linear and in single static assignment, of two and more operands', () => {
  for (let k = 0; k < 100; k++) {
    const count = 2 + Math.floor(random() * 9);
    const { steps } = plan({ network: randomNetwork(random, count, 12) });
    assert.equal(stepsOfLinear(linearPath(steps, count), count), steps);
    assert.equal(stepsOfSsa(steps, count), steps);
  }
  assert.equal(linearPath([], 1), [[0]]);
  assert.equal(stepsOfLinear([[0]], 1), []);
  assert.equal(stepsOfLinear([[0, 1, 2]], 3), [
    [0, 1],
    [2, 3],
  ]);
  assert.equal(
    stepsOfLinear(
      [
        [0, 2],
        [0, 1],
      ],
      3,
    ),
    [
      [0, 2],
      [1, 3],
    ],
  );
});
for (const [what, path, message] of [
  [
    'a cycle',
    [
      [0, 1],
      [0, 3],
    ],
    /joins 0, which an earlier step has used/,
  ],
  [
    'a value of later',
    [
      [0, 4],
      [1, 2],
    ],
    /step 0 of the path joins 4; there are operands 0 to 2 then/,
  ],
  ['too few steps', [[0, 1]], /has 1 steps; 3 operands take 2/],
  ['one operand', [[0], [1, 2]], /step 0 of the path joins 1 operands/],
  [
    'half a position',
    [
      [0.5, 1],
      [2, 3],
    ],
    /joins 0.5/,
  ],
] as const) {
  test(`refused path: ${what}`, () => {
    assert.throws(() => readNetwork({ ...own, ssa_path: path }), message);
  });
}
test('refused: what is no network, with the place', () => {
  for (const [value, message] of [
    [[], /expected an object with inputs, output and size, found a list/],
    [{}, /inputs: expected a list with the letters of each operand, found nothing/],
    [{ ...own, inputs: [['a'], 3] }, /inputs\[1\]: expected a list of letters, found a number 3/],
    [{ ...own, size: { a: 4 } }, /letter b has no size/],
    [{ ...own, size: { ...own.size, a: '4' } }, /letter a has size "4"/],
    [{ ...own, size: undefined }, /size: expected an object/],
    [{ equation: 'ab...,b', shapes: [[1], [2]] }, /no ellipsis/],
    [{ equation: 'ab,b', shapes: [[1, 2], [3]] }, /shapes\[1\]: letter b has size 3 here and 2 before/],
    [{ equation: 'ab,b', shapes: [[1], [3]] }, /shapes\[0\]: expected a size for each of 2 letters, found 1 sizes/],
    [
      {
        ...own,
        path: [
          [0, 0],
          [0, 1],
        ],
      },
      /joins a position with itself/,
    ],
    [
      {
        ...own,
        path: [
          [0, 9],
          [0, 1],
        ],
      },
      /position 9; the list has positions 0 to 2 then/,
    ],
    [{ ...own, path: 'x' }, /path: expected a list of steps, found text "x"/],
  ] as const) {
    assert.throws(
      () => readNetwork(value),
      (error: unknown) => error instanceof NetworkError && message.test(error.message),
    );
  }
});
test('pictures: one mark for each join, all numbers finite', () => {
  const network = operatorLayer([4, 4, 4], 3, 8);
  const named = { network, letters: network.sizes.map((_, k) => (k === 0 ? '<&>' : `l${k}`)) };
  const { steps } = plan({ network });
  for (const [style, mark] of [
    ['tent', /<circle/g],
    ['bands', /<path/g],
  ] as const) {
    const svg = drawTree(named, steps, style);
    assert.is(svg.match(mark)?.length, steps.length);
    assert.not.match(svg, /NaN|Infinity|<&>/);
  }
});
test('cache: equal layers share a plan; what is corrupt or foreign is found anew', () => {
  const files = nodeFiles();
  const folder = work.path('plans');
  const request: Request = { network: operatorLayer([4, 4, 4], 3, 8), wanted: [true, false, true, true] };
  const first = new PlanCache(files, folder).plan(request);
  const [file] = readdirSync(folder);
  const path = `${folder}/${file}`;
  const stored = readFileSync(path, 'utf8');
  // The same layer under other letters.
  const shift = (list: readonly number[]) => list.map((letter) => letter + 1);
  const { inputs, output, sizes } = request.network;
  const renamed = { ...request, network: { inputs: inputs.map(shift), output: shift(output), sizes: [9, ...sizes] } };
  assert.equal(new PlanCache(files, folder).plan(renamed).steps, first.steps);
  assert.equal(readdirSync(folder), [file]);
  for (const foreign of [
    '',
    '{',
    '[]',
    stored.slice(0, -9),
    stored.replace('"steps":[[', '"steps":[[9'),
    stored.replace(/"steps":.*?\]\]/, '"steps":[[0,1],[0,4],[2,5]]'),
    stored.replace('"optimal":true', '"optimal":false'),
    stored.replace('"method":"exact"', '"method":"trusted"'),
    stored.replace('[2,[[', '[1,[['),
  ]) {
    assert.not.equal(foreign, stored);
    writeFileSync(path, foreign);
    assert.equal(new PlanCache(files, folder).plan(request), first);
    assert.is(readFileSync(path, 'utf8'), stored);
  }
});
test('cache: the file is what is read, slices come back under the letters of the request, stopped plans are not kept', () => {
  const files = nodeFiles();
  const folder = work.path('others');
  const network = operatorLayer([4, 4, 4], 4, 64);
  const request: Request = { network, memory: 64 * 64, budget: 20_000 };
  const found = new PlanCache(files, folder).plan(request);
  assert.equal(new PlanCache(files, folder).plan(request), found);
  assert.equal(found, plan(request));
  const before = readdirSync(folder).length;
  const large = {
    inputs: Array.from({ length: 40 }, (_, k) => [k, (7 * k + 1) % 40, (3 * k + 2) % 40]),
    output: [],
    sizes: new Array(40).fill(2),
  };
  assert.is(new PlanCache(files, folder).plan({ network: large, seconds: 0.01 }).stopped, true);
  assert.is(readdirSync(folder).length, before);
  assert.equal(measure(found.steps, request, found.sliced).macs, found.macs);
});
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
  assert.match((await work.run('plan', file)).out, /exact: proved optimal for flops/);
  const alone = work.write('alone.json', JSON.stringify({ inputs: [['a']], output: ['a'], size: { a: 3 } }));
  assert.equal(JSON.parse((await work.run('plan', alone, '--json')).out).path, [[0]]);
});
test('a profile leads the objective time; a wrong one is refused with what is missing', async () => {
  const layer = operatorLayer([4, 4, 4], 3, 8);
  const file = work.write('layer.json', JSON.stringify(toCotengra({ network: layer, letters: layer.sizes.map((_, k) => `l${k}`) })));
  const coefficients = { macs: 1e-30, read: 0, written: 1, launch: 0 };
  const profile = work.write('profile.json', JSON.stringify({ name: 'slow to write', engine: 'webgpu', coefficients }));
  const by = async (...argv: string[]) => JSON.parse((await work.run('plan', file, '--json', ...argv)).out);
  const [timed, written] = [await by('--objective', 'time', '--profile', profile), await by('--objective', 'write')];
  assert.is(timed.log10_write, written.log10_write);
  const wrong = work.write('wrong.json', JSON.stringify({ name: 'x', engine: 'webgpu', coefficients: { ...coefficients, macs: 0 } }));
  const ran = await work.run('plan', file, '--profile', wrong);
  assert.is(ran.code, 1);
  assert.match(ran.err, /coefficient macs is 0; expected a number above 0/);
});
test('the command refuses with exit code and place', async () => {
  const file = work.write('again.json', JSON.stringify(own));
  for (const [code, message, ...argv] of [
    [1, /no such file/, work.path('missing.json')],
    [1, /not JSON/, work.write('broken.json', '{')],
    [1, /letter b has no size/, work.write('size.json', JSON.stringify({ ...own, size: { a: 1 } }))],
    [1, /the smallest limit is 28/, file, '--memory', '5'],
    [2, /--objective speed: there are flops, write/, file, '--objective', 'speed'],
    [2, /--wanted 0,7: expected positions of operands, 0 to 2/, file, '--wanted', '0,7'],
    [2, /--seconds 0/, file, '--seconds', '0'],
    [2, /--write xml: there are/, file, '--write', 'xml'],
    [2, /--draw cube: there are tent and bands/, file, '--draw', 'cube'],
  ] as const) {
    const ran = await work.run('plan', ...argv);
    assert.is(ran.code, code, ran.err);
    assert.match(ran.err, message);
  }
});
test.run();
