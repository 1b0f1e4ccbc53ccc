/** Models become programs of the same meaning: every expression against a plain loop written for it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SizeError } from '../../compiler/index.ts';
import type { ValueId } from '../../compiler/values/body.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { AxisId } from '../../compiler/values/model.ts';
import { type BodyMaker, ModelMaker } from './model-maker.ts';
import { largestDifference, parametersOf, randomArray, randomInts, run, type Values, verifiedStep } from './run.ts';

const evaluation = (entry: string, sizes: StepOptions['sizes'] = {}): StepOptions => ({
  entries: [{ name: entry, weight: 1 }],
  sizes,
  mode: 'eval',
});
/** Value of one function of a model. */
function evaluate(maker: ModelMaker, values: Values, sizes: StepOptions['sizes'] = {}): Float64Array {
  return run(verifiedStep(maker.model(), evaluation('f', sizes)), values)['result f'];
}
function close(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-12): void {
  const worst = largestDifference(found, expected);
  assert.ok(worst <= tolerance, `differs by ${worst}`);
}
const table = (rows: number, columns: number, value: (r: number, c: number) => number) =>
  Float64Array.from({ length: rows * columns }, (_, n) => value(Math.floor(n / columns), n % columns));
/** The dense matrix [4, 6] of two cores T1 (out1:2 in1:3 r), T2 (r out2:2 in2:2). */
function denseOfCores(
  t1: Float64Array,
  t2: Float64Array,
  bond: number,
  [o1, o2]: readonly number[],
  [i1, i2]: readonly number[],
): Float64Array {
  return table(o1 * o2, i1 * i2, (o, i) => {
    let sum = 0;
    for (let r = 0; r < bond; r++) {
      sum += t1[(Math.floor(o / o2) * i1 + Math.floor(i / i2)) * bond + r] * t2[(r * o2 + (o % o2)) * i2 + (i % i2)];
    }
    return sum;
  });
}

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
test('reductions: over nothing, with where, stable where numbers are large', () => {
  const maker = new ModelMaker();
  const [row, column] = [maker.axis('row', 3), maker.axis('column', 4)];
  maker.entry('f', 'function', (f) => {
    const x = f.input('x', [row, column]);
    const on = f.input('on', [row, column], 'bool');
    const reduce = (combine: Parameters<typeof f.reduce>[0], where?: ValueId) => f.reduce(combine, x, [column], where);
    const [any, all] = (['any', 'all'] as const).map((combine) => f.add([row], { is: 'reduce', combine, over: [column], of: on }, 'bool'));
    return {
      ...Object.fromEntries(
        (['sum', 'mean', 'max', 'min', 'logsumexp'] as const).flatMap((c) => [
          [c, reduce(c)],
          [`${c}_on`, reduce(c, on)],
        ]),
      ),
      any,
      all,
      mean_all: f.reduce('mean', x, [row, column]),
    };
  });
  const x = Float64Array.from([700, 710, 705, -3, 0.5, 0.25, -1, 2, 1, 2, 3, 4]);
  const on = Float64Array.from([1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0]);
  const found = run(verifiedStep(maker.model(), evaluation('f')), { x, on });
  const rows = [0, 1, 2].map((r) => [...x.slice(r * 4, r * 4 + 4)]);
  const shown = rows.map((list, r) => list.filter((_, c) => on[r * 4 + c] === 1));
  const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
  const logsum = (list: readonly number[]) =>
    list.length === 0 ? -1e30 : Math.max(...list) + Math.log(sum(list.map((v) => Math.exp(v - Math.max(...list)))));
  const meanOf = (list: readonly number[]) => (list.length === 0 ? 0 : sum(list) / list.length);
  close(found['result f.sum'], rows.map(sum));
  close(found['result f.sum_on'], shown.map(sum));
  close(found['result f.mean'], rows.map(meanOf));
  close(found['result f.mean_on'], shown.map(meanOf));
  close(
    found['result f.max_on'],
    shown.map((list) => Math.max(-1e30, ...list)),
  );
  close(
    found['result f.min_on'],
    shown.map((list) => Math.min(1e30, ...list)),
  );
  close(found['result f.logsumexp'], rows.map(logsum));
  close(found['result f.logsumexp_on'], shown.map(logsum));
  close(found['result f.any'], [1, 1, 0]);
  close(found['result f.all'], [0, 1, 0]);
  close(found['result f.mean_all'], [meanOf([...x])]);
});
test('indices: slices, digits of data, values where the index is out of range, bits', () => {
  const maker = new ModelMaker();
  const [time, place, width] = [maker.axis('time', 3), maker.axis('place', 5), maker.axis('width', 2)];
  maker.entry('f', 'function', (f) => {
    const x = f.input('x', [place, width]);
    const at = f.add([time], { is: 'position', axis: time }, 'int');
    const before = f.apply('sub', at, f.number(1, 'int'));
    const bits = f.input('on', [place], 'bool');
    return {
      prefix: f.lookup(x, place, at),
      third: f.lookup(x, place, f.number(2, 'int')),
      shifted: f.lookup(x, place, before, f.number(7)),
      bits: f.lookup(bits, place, before, f.number(1, 'bool')),
    };
  });
  const values: Values = { x: randomArray(10, 4), on: Float64Array.from([0, 1, 0, 0, 0]) };
  const found = run(verifiedStep(maker.model(), evaluation('f')), values);
  close(found['result f.prefix'], values.x.slice(0, 6));
  close(found['result f.third'], values.x.slice(4, 6));
  close(found['result f.shifted'], [7, 7, ...values.x.slice(0, 4)]);
  close(found['result f.bits'], [1, 0, 1]);
});
test('top, earlier, stack, join and draw', () => {
  const maker = new ModelMaker();
  const [row, column, pick, member, both, other] = [
    maker.axis('row', 4),
    maker.axis('column', 3),
    maker.axis('pick', 2),
    maker.axis('member', 2),
    maker.axis('both', 7),
    maker.axis('other', 4),
  ];
  maker.entry('f', 'function', (f) => {
    const x = f.input('x', [row, column]);
    const top = { is: 'top', of: x, over: column } as const;
    const best = f.add([row], { ...top, gives: 'index' }, 'int');
    const half = f.number(0.5);
    return {
      best,
      two: f.add([row, pick], { ...top, pick, gives: 'index' }, 'int'),
      values: f.add([row, pick], { ...top, pick, gives: 'value' }),
      earlier: f.add([row], { is: 'earlier', of: best, over: [row] }, 'int'),
      stack: f.add([row, member, column], { is: 'stack', of: [x, f.apply('neg', x)], axis: member }),
      join: f.add([both], {
        is: 'join',
        axis: both,
        parts: [
          { of: f.input('y', [column]), from: column },
          { of: f.input('z', [other]), from: other },
        ],
      }),
      drop: f.add([row, column], { is: 'draw', law: 'bernoulli', probability: half, site: 'f@1#1' }),
    };
  });
  const x = Float64Array.from([1, 3, 2, 5, 5, 1, 0, 4, 9, -1, -2, -3]);
  const values: Values = { x, y: randomArray(3, 1), z: randomArray(4, 2) };
  const found = run(verifiedStep(maker.model(), evaluation('f')), values);
  close(found['result f.best'], [1, 0, 2, 0]);
  close(found['result f.two'], [1, 2, 0, 1, 2, 1, 0, 1]);
  close(found['result f.values'], [3, 2, 5, 5, 9, 4, -1, -2]);
  close(found['result f.earlier'], [0, 0, 0, 1]);
  close(
    found['result f.stack'],
    [0, 1, 2, 3].flatMap((r) => [1, -1].flatMap((sign) => [...x.slice(r * 3, r * 3 + 3)].map((v) => sign * v))),
  );
  close(found['result f.join'], [...values.y, ...values.z]);
  assert.ok(found['result f.drop'].every((bit) => bit === 0 || bit === 1));
  assert.ok(new Set(found['result f.drop']).size === 2);
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
test('a value mask hides entries; sizes that do not fit are refused', () => {
  const maker = new ModelMaker();
  const [row, column] = [maker.axis('row', 3), maker.axis('column', 3)];
  const leg = (k: number) => ({ is: 'leg', leg: k }) as const;
  const weight = maker.dense('w', [row, column], { keep: { is: 'compare', f: 'ge', left: leg(0), right: leg(1) } });
  maker.entry('f', 'function', (f) => f.weight(weight));
  const values = parametersOf(maker.model());
  close(
    evaluate(maker, values),
    table(3, 3, (r, c) => (r >= c ? values.w[r * 3 + c] : 0)),
  );

  const open = new ModelMaker();
  const batch = open.axis('batch', 'open');
  open.entry('f', 'function', (f) => f.input('x', [batch]));
  assert.throws(
    () => verifiedStep(open.model(), evaluation('f')),
    (error: Error) => error instanceof SizeError && /axis batch .* is open/.test(error.message),
  );
  assert.throws(() => verifiedStep(open.model(), evaluation('g', { batch: 1 })), /no entry g; it has f/);
});
test.run();
