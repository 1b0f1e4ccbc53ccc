/** Weights as networks in a program, sums of terms, padding, experts: each against the dense matrix of its cores. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ValueId } from '../../compiler/values/body.ts';
import type { AxisId } from '../../compiler/values/model.ts';
import { close, denseOfCores, evaluate, evaluation, table } from './build.ts';
import { type BodyMaker, ModelMaker } from './model-maker.ts';
import { parametersOf, randomArray, randomInts, run, type Values, verifiedStep } from './run.ts';

test('a matrix product operator multiplies as its dense matrix does', () => {
  const maker = new ModelMaker();
  const [batch, out, into] = [maker.axis('batch', 'open'), maker.axis('out', 4), maker.axis('in', 6)];
  const weight = maker.mpo(
    'w',
    [out, into],
    [
      [2, 2],
      [3, 2],
    ],
    3,
  );
  maker.entry('f', 'function', (f) => f.product([batch, out], f.weight(weight), f.input('x', [batch, into])));
  const values: Values = { ...parametersOf(maker.model()), x: randomArray(30, 9) };
  const dense = denseOfCores(values['w.T[1]'], values['w.T[2]'], 3, [2, 2], [3, 2]);
  close(
    evaluate(maker, values, { batch: 5 }),
    table(5, 4, (b, o) => dense.slice(o * 6, o * 6 + 6).reduce((sum, w, i) => sum + w * values.x[b * 6 + i], 0)),
  );
});
test('rows of padding take no part, summed or kept', () => {
  const maker = new ModelMaker();
  const [vocab, width, batch] = [maker.axis('vocab', 5), maker.axis('width', 4), maker.axis('batch', 3)];
  const weight = maker.mpo(
    'w',
    [vocab, width],
    [
      [3, 2],
      [2, 2],
    ],
    2,
  );
  maker.entry('f', 'function', (f) => {
    const w = f.weight(weight);
    const scores = f.product([batch, vocab], w, f.input('x', [batch, width]));
    const back = f.product([batch, width], w, scores);
    const columns = f.product([width], w);
    const gram = f.product([width], w, w);
    return { scores, back, columns, gram };
  });
  const values: Values = { ...parametersOf(maker.model()), x: randomArray(12, 5) };
  const dense = denseOfCores(values['w.T[1]'], values['w.T[2]'], 2, [3, 2], [2, 2]).slice(0, 20);
  const found = run(verifiedStep(maker.model(), evaluation('f')), values);
  const scores = table(3, 5, (b, v) => [0, 1, 2, 3].reduce((sum, k) => sum + dense[v * 4 + k] * values.x[b * 4 + k], 0));
  const rows = [0, 1, 2, 3, 4];
  close(found['result f.scores'], scores);
  close(
    found['result f.back'],
    table(3, 4, (b, k) => rows.reduce((sum, v) => sum + dense[v * 4 + k] * scores[b * 5 + v], 0)),
  );
  close(
    found['result f.columns'],
    table(1, 4, (_, k) => rows.reduce((sum, v) => sum + dense[v * 4 + k], 0)),
  );
  close(
    found['result f.gram'],
    table(1, 4, (_, k) => rows.reduce((sum, v) => sum + dense[v * 4 + k] ** 2, 0)),
  );
});
for (const [rows, name] of [
  [2, 'core by core'],
  [400, 'in the rebuilt table'],
] as const) {
  test(`an embedding of cores is looked up ${name} for ${rows} ids`, () => {
    const maker = new ModelMaker();
    const [vocab, width, batch] = [maker.axis('vocab', 5), maker.axis('width', 4), maker.axis('batch', 'open')];
    const weight = maker.mpo(
      'w',
      [vocab, width],
      [
        [3, 2],
        [2, 2],
      ],
      2,
    );
    maker.entry('f', 'function', (f) => f.lookup(f.weight(weight), vocab, f.input('ids', [batch], 'int', vocab)));
    const values: Values = { ...parametersOf(maker.model()), ids: randomInts(rows, 5, 3) };
    const dense = denseOfCores(values['w.T[1]'], values['w.T[2]'], 2, [3, 2], [2, 2]);
    close(
      evaluate(maker, values, { batch: rows }),
      table(rows, 4, (b, k) => dense[values.ids[b] * 4 + k]),
    );
    const program = verifiedStep(maker.model(), evaluation('f', { batch: rows }));
    const tables = program.nodes.filter((node) => node.operation === 'slice' || node.operation === 'reshape').length;
    assert.is(tables > 1, rows === 400);
  });
}
test('a weight is the sum of its terms, each scaled', () => {
  const maker = new ModelMaker();
  const [batch, out, into] = [maker.axis('batch', 2), maker.axis('out', 4), maker.axis('in', 6)];
  const base = maker.parameter('w', { i: 6, o: 4 });
  const [u, d] = [maker.parameter('u', { o: 4, r: 2 }), maker.parameter('d', { r: 2, i: 6 })];
  const axes = [
    { name: 'out', axis: out, size: 4, factors: [4] },
    { name: 'in', axis: into, size: 6, factors: [6] },
  ];
  const legs = [
    { id: 0, size: 4, outer: [0, 0] as const },
    { id: 1, size: 6, outer: [1, 0] as const },
    { id: 2, size: 2, bond: 'r' },
  ];
  const nodes = [
    { name: 'U', parameter: u, legs: [0, 2] },
    { name: 'D', parameter: d, legs: [2, 1] },
  ];
  const weight = maker.weight('w', axes, [
    { is: 'dense', parameter: base, perm: [1, 0], scale: 1 },
    { is: 'network', topology: 'low_rank', nodes, legs, exact: true, fit: 'sweep', scale: 0.25 },
  ]);
  maker.entry('f', 'function', (f) => {
    const w = f.weight(weight);
    return { y: f.product([batch, out], w, f.input('x', [batch, into])), squares: f.apply('mul', w, w) };
  });
  const values: Values = { ...parametersOf(maker.model()), x: randomArray(12, 8) };
  const dense = table(
    4,
    6,
    (o, i) => values.w[i * 4 + o] + 0.25 * [0, 1].reduce((sum, r) => sum + values.u[o * 2 + r] * values.d[r * 6 + i], 0),
  );
  const found = run(verifiedStep(maker.model(), evaluation('f')), values);
  close(
    found['result f.y'],
    table(2, 4, (b, o) => [0, 1, 2, 3, 4, 5].reduce((sum, i) => sum + dense[o * 6 + i] * values.x[b * 6 + i], 0)),
  );
  close(
    found['result f.squares'],
    dense.map((w) => w * w),
  );
});
test('renames and splits along the factors keep a network a network; others rebuild it', () => {
  const maker = new ModelMaker();
  const [out, into, other, high, low, odd, even] = [
    maker.axis('out', 4),
    maker.axis('in', 6),
    maker.axis('other', 4),
    maker.axis('high', 3),
    maker.axis('low', 2),
    maker.axis('odd', 2),
    maker.axis('even', 3),
  ];
  const weight = maker.mpo(
    'w',
    [out, into],
    [
      [2, 2],
      [3, 2],
    ],
    2,
  );
  const refit = (f: BodyMaker, high: AxisId, low: AxisId): ValueId => {
    const moves = [{ is: 'rename', from: out, to: other } as const, { is: 'split', axis: into, into: [high, low] } as const];
    return f.add([other, high, low], { is: 'refit', of: f.weight(weight), moves });
  };
  maker.entry('f', 'function', (f) => f.product([other], refit(f, high, low), f.input('x', [high, low])));
  maker.entry('g', 'function', (f) => f.product([other], refit(f, odd, even), f.input('z', [odd, even])));
  const values: Values = { ...parametersOf(maker.model()), x: randomArray(6, 2), z: randomArray(6, 2) };
  const dense = denseOfCores(values['w.T[1]'], values['w.T[2]'], 2, [2, 2], [3, 2]);
  const expected = table(1, 4, (_, o) => [0, 1, 2, 3, 4, 5].reduce((sum, i) => sum + dense[o * 6 + i] * values.x[i], 0));
  const [f, g] = ['f', 'g'].map((entry) => verifiedStep(maker.model(), evaluation(entry)));
  close(run(f, values)['result f'], expected);
  close(run(g, values)['result g'], expected);
  const macs = (program: typeof f) => program.nodes.filter((node) => node.operation === 'contract').length;
  assert.is(macs(f), 2);
});
test('experts with a common core are looked up core by core', () => {
  const maker = new ModelMaker();
  const [row, expert, out, into] = [maker.axis('row', 5), maker.axis('expert', 3), maker.axis('out', 4), maker.axis('in', 6)];
  const first = maker.mpo(
    'e1',
    [out, into],
    [
      [2, 2],
      [3, 2],
    ],
    2,
  );
  const common = maker.weights[first].terms[0];
  const centre = common.is === 'network' ? common.nodes[1].parameter : -1;
  const weights = [
    first,
    ...[2, 3].map((k) => {
      const own = maker.parameter(`e${k}.T[1]`, { l0: 2, l2: 3, l4: 2 });
      return maker.mpo(
        `e${k}`,
        [out, into],
        [
          [2, 2],
          [3, 2],
        ],
        2,
        [own, centre],
      );
    }),
  ];
  maker.entry('f', 'function', (f) => {
    const family = f.add([expert, out, into], { is: 'stack', of: weights.map((w) => f.weight(w)), axis: expert });
    return f.product([row, out], f.lookup(family, expert, f.input('choice', [row], 'int', expert)), f.input('x', [row, into]));
  });
  const values: Values = { ...parametersOf(maker.model()), x: randomArray(30, 3), choice: Float64Array.from([2, 0, 1, 1, 2]) };
  const dense = [1, 2, 3].map((k) => denseOfCores(values[`e${k}.T[1]`], values['e1.T[2]'], 2, [2, 2], [3, 2]));
  const expected = table(5, 4, (r, o) =>
    [0, 1, 2, 3, 4, 5].reduce((sum, i) => sum + dense[values.choice[r]][o * 6 + i] * values.x[r * 6 + i], 0),
  );
  close(evaluate(maker, values), expected);
});
test.run();
