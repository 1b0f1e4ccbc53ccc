/** Models become programs of the same meaning: every expression against a plain loop written for it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SizeError } from '../../compiler/index.ts';
import type { ValueId } from '../../compiler/values/body.ts';
import { close, evaluate, evaluation, table } from './build.ts';
import { ModelMaker } from './model-maker.ts';
import { parametersOf, randomArray, run, type Values, verifiedStep } from './run.ts';

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
    const two = f.add([row, pick], { ...top, pick, gives: 'index' }, 'int');
    const half = f.number(0.5);
    return {
      best,
      two,
      values: f.add([row, pick], { ...top, pick, gives: 'value' }),
      earlier: f.add([row], { is: 'earlier', of: best, over: [row], among: column }, 'int'),
      apart: f.add([row, pick], { is: 'earlier', of: two, over: [row], among: column }, 'int'),
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
  close(found['result f.apart'], [0, 0, 0, 0, 0, 1, 1, 2]);
  close(
    found['result f.stack'],
    [0, 1, 2, 3].flatMap((r) => [1, -1].flatMap((sign) => [...x.slice(r * 3, r * 3 + 3)].map((v) => sign * v))),
  );
  close(found['result f.join'], [...values.y, ...values.z]);
  assert.ok(found['result f.drop'].every((bit) => bit === 0 || bit === 1));
  assert.ok(new Set(found['result f.drop']).size === 2);
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
