/** The forms of other tools, paths and pictures. */
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
import { operatorLayer, randomNetwork, randomNumbers } from './cases.ts';

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
test('steps of one operand renumber what follows', () => {
  // Traces and sums first, as cotengra simplifies: 3 x 4 x 5, then 3 x 6, 3 x 4 and so on, 162 in all.
  const simplified = {
    inputs: [
      ['a', 'a', 'b'],
      ['b', 'c', 'z'],
      ['c', 'd'],
      ['d', 'a', 'y'],
    ],
    output: ['a'],
    size_dict: { a: 3, b: 4, c: 5, d: 6, z: 7, y: 2 },
  };
  const macsOf = (value: object) => {
    const { network, steps = [] } = readNetwork({ ...simplified, ...value });
    return measure(steps, { network }).macs;
  };
  assert.is(macsOf({ ssa_path: [[0], [1], [3], [2, 6], [7, 5], [8, 4]] }), 162);
  assert.is(macsOf({ path: [[0], [0], [1], [0, 3], [1, 2], [0, 1]] }), 162);
  assert.is(macsOf({ path: ['einsum_path', [2, 3], [1, 2], [0, 1]] }), 162);
  for (let k = 0; k < 100; k++) {
    const count = 1 + Math.floor(random() * 9);
    const { steps } = plan({ network: randomNetwork(random, count, 12) });
    // The same tree with steps of one operand put in anywhere, after the last one too.
    const names = Array.from({ length: count }, (_, at) => at);
    const ssa: number[][] = [];
    let made = count;
    const rename = () => {
      const alive = names.flatMap((name, value) => (name < 0 ? [] : [value]));
      const value = alive[Math.floor(random() * alive.length)];
      ssa.push([names[value]]);
      names[value] = made++;
    };
    for (const [a, b] of steps) {
      while (random() < 0.4) rename();
      ssa.push([names[a], names[b]]);
      names[a] = -1;
      names[b] = -1;
      names.push(made++);
    }
    while (random() < 0.4) rename();
    assert.equal(stepsOfSsa(ssa, count), steps);
    assert.equal(stepsOfLinear(linearOf(ssa, count), count), steps);
  }
});
/** Positions in the list that is left, each result put at its end. */
function linearOf(ssa: readonly (readonly number[])[], count: number): number[][] {
  const list = Array.from({ length: count }, (_, k) => k);
  return ssa.map((step, k) => {
    const positions = step.map((name) => list.indexOf(name));
    for (const name of step) list.splice(list.indexOf(name), 1);
    list.push(count + k);
    return positions;
  });
}
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
  ['no operand', [[], [1, 2]], /step 0 of the path joins no operands/],
  ['what a step of one operand has used', [[0], [0, 1], [2, 4]], /step 1 of the path joins 0, which an earlier step has used/],
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
    [{ ...own, size: { a: 4 } }, /letter b of operand 0 has no size/],
    [{ ...own, output: ['a', 'q'] }, /output letter q is on no operand/],
    [{ ...own, output: ['a', 'q'], size: { ...own.size, q: 3 } }, /output letter q is on no operand/],
    [{ ...own, size: { ...own.size, c: -6 } }, /letter c of operand 1 has size -6/],
    [{ ...own, size: { ...own.size, c: 6.5 } }, /letter c of operand 1 has size 6.5/],
    [{ ...own, size: { ...own.size, c: Number.POSITIVE_INFINITY } }, /letter c of operand 1 has size Infinity/],
    [{ ...own, inputs: [], output: [] }, /no operands/],
    [
      {
        ...own,
        path: [
          [0, 1],
          [0, 'c'],
        ],
      },
      /path\[1\]\[1\]: expected a position, found text "c"/,
    ],
    [{ ...own, size: { ...own.size, a: '4' } }, /letter a of operand 0 has size "4"/],
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
test.run();
