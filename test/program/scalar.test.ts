/** Scalar expressions: types, simplification, derivative, values, print. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pickFrom } from '../../compiler/program/random-program.ts';
import { sampleScalar } from '../../compiler/program/sample.ts';
import {
  apply,
  compact,
  coordinate,
  derivative,
  number,
  operandsOf,
  read,
  simplifyScalar,
  substitute,
} from '../../compiler/program/scalar.ts';
import type { Scalar } from '../../compiler/values/program.ts';
import { applyFunction, compileScalar, erf, printScalar, ScalarError, scalarType } from '../../compiler/values/scalar.ts';
import { context } from './numbers.ts';

const x = read(0);
const y = read(1);
const text = (value: Scalar) =>
  printScalar(
    value,
    ['x', 'y'],
    [
      { name: 't', size: 4 },
      { name: 't', size: 4 },
    ],
  );
const at = (value: Scalar, reads: readonly number[], coordinates: readonly number[] = [1, 2]) =>
  compileScalar(value, { reads: Float64Array.from(reads), coordinates: Int32Array.from(coordinates) }, [4, 4], context)();

test('types: a number takes the type of its neighbour, int and real do not mix', () => {
  assert.is(scalarType(apply('add', coordinate(0), number(1)), []), 'int');
  assert.is(scalarType(apply('mul', x, number(0.5)), ['real']), 'real');
  assert.is(scalarType(apply('lt', x, y), ['int', 'int']), 'bit');
  assert.is(scalarType(apply('select', apply('lt', x, number(3)), apply('real', x), number(0)), ['int']), 'real');
  const wrong: [Scalar, RegExp][] = [
    [apply('add', coordinate(0), number(0.5)), /add takes arguments of one type.*\(int, number\)/],
    [apply('mul', x, coordinate(0)), /mul takes arguments of one type.*\(real, int\)/],
    [apply('exp', coordinate(0)), /exp takes reals.*\(int\)/],
    [apply('select', x, x, x), /select takes a bit first/],
    [apply('and', x, number(2)), /and takes bits/],
    [apply('add', { is: 'random', stream: 's', rows: 0 }, number(1)), /add takes/],
    [apply('below', x, number(0.5)), /below takes a random word/],
    [apply('neg', x, x), /neg takes 1 argument/],
    [read(3), /operand 3 is read/],
  ];
  for (const [value, message] of wrong) {
    assert.throws(
      () => scalarType(value, ['real']),
      (error: Error) => error instanceof ScalarError && message.test(error.message),
    );
  }
});

test('values of the functions', () => {
  const cases: [Scalar, number][] = [
    [apply('max', number(-3), number(-2)), -2],
    [apply('min', number(3), number(2)), 2],
    [apply('idiv', number(-7), number(2)), -4],
    [apply('mod', number(-7), number(2)), 1],
    [apply('idiv', number(7), number(0)), 0],
    [apply('mod', number(7), number(0)), 0],
    [apply('int', number(-2.5)), -2],
    [apply('or', number(0), number(1)), 1],
    [apply('le', number(2), number(2)), 1],
    [coordinate(1), 2],
    [apply('below', { is: 'random', stream: 's', rows: 1 }, number(1)), 1],
    [apply('below', { is: 'random', stream: 's', rows: 1 }, number(0)), 0],
  ];
  for (const [value, expected] of cases) assert.is(at(value, []), expected, text(value));
});

test('erf agrees with tabled values', () => {
  const table: [number, number][] = [
    [0, 0],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
    [7, 1],
  ];
  for (const [point, value] of table) {
    assert.ok(Math.abs(erf(point) - value) < 4e-16, `erf(${point})`);
    assert.is(erf(-point), -erf(point));
  }
});

test('simplification', () => {
  const cases: [Scalar, string][] = [
    [apply('add', number(0), x), 'x'],
    [apply('mul', number(2), apply('mul', number(3), x)), 'mul(6, x)'],
    [apply('mul', x, apply('neg', y)), 'neg(mul(x, y))'],
    [apply('sub', x, apply('neg', y)), 'add(x, y)'],
    [apply('mul', x, apply('select', apply('lt', y, x), number(1), number(0))), 'select(lt(y, x), x, 0)'],
    [apply('select', apply('not', apply('lt', x, y)), x, y), 'select(lt(x, y), y, x)'],
    [apply('exp', apply('mul', x, number(0))), '1'],
    [apply('stop', apply('stop', x)), 'stop(x)'],
    [apply('and', apply('lt', x, y), number(1)), 'lt(x, y)'],
  ];
  for (const [value, expected] of cases) assert.is(text(simplifyScalar(value, ['real', 'real'])), expected);
  assert.is(text(simplifyScalar(apply('mul', coordinate(0), number(0)), [])), 'int(0)');
  assert.is(text(simplifyScalar(apply('lt', number(0), number(1)), [])), 'eq(1, 1)');
});

test('simplification keeps value and type of random expressions', () => {
  for (let seed = 0; seed < 500; seed++) {
    const value = sampleScalar(pickFrom(seed), ['real', 'real', 'int', 'bit'], 2, 4);
    const dtypes = ['real', 'real', 'int', 'bit'] as const;
    const small = simplifyScalar(value, dtypes);
    const reads = [0.3, -0.7, 1, 1];
    assert.ok(Math.abs(at(value, reads) - at(small, reads)) < 1e-12 * Math.max(1, Math.abs(at(value, reads))), text(value));
    assert.ok(['real', 'number'].includes(scalarType(small, dtypes)));
  }
});

const isKnown = (value: Scalar): boolean => value.is === 'number' || (value.is === 'apply' && value.a.every(isKnown));

/** The value where every function rounds to single precision, as the engines do; what is known before a run is rounded once. */
function single(value: Scalar, reads: readonly number[]): number {
  if (isKnown(value)) return Math.fround(at(value, []));
  if (value.is === 'read') return Math.fround(reads[value.operand]);
  if (value.is === 'number' || value.is === 'size') return Math.fround(value.value);
  if (value.is === 'coordinate') return 1;
  if (value.is !== 'apply') return 3e9;
  return Math.fround(
    applyFunction(
      value.f,
      value.a.map((part) => single(part, reads)),
    ),
  );
}

test('simplification changes no bit, so that no value crosses a step that comes after', () => {
  let compared = 0;
  for (let seed = 0; seed < 3000; seed++) {
    const pick = pickFrom(seed);
    // What 0 absorbs makes more of an expression known before a run, which is rounded once.
    const sample = sampleScalar(pick, ['real', 'real', 'int', 'bit'], 2, 4);
    const value = substitute(sample, (part) => (part.is === 'number' && part.value === 0 ? number(0.5) : undefined));
    const reads = [pick.integer(-99, 99) / 7, pick.integer(-99, 99) / 13, 1, 1];
    const written = single(value, reads);
    if (!Number.isFinite(written)) continue;
    compared++;
    const simple = single(simplifyScalar(value, ['real', 'real', 'int', 'bit']), reads);
    assert.ok(written === simple, `${text(value)}: ${written}, simplified ${simple}`);
  }
  assert.ok(compared > 2500);
});

test('a division stays one, and buckets of positions are where they were written', () => {
  const bucket = apply('mul', apply('div', apply('log', apply('div', x, number(8))), number(Math.log(16))), number(8));
  assert.is(text(simplifyScalar(bucket, ['real'])), 'mul(8, div(log(mul(0.125, x)), 2.772588722239781))');
  assert.is(text(simplifyScalar(apply('div', x, number(3)), ['real'])), 'div(x, 3)');
  assert.is(text(simplifyScalar(apply('mul', number(3), apply('mul', number(5), x)), ['real'])), 'mul(3, mul(5, x))');
  const found = [8, 16, 32, 64, 128].map((position) => Math.floor(single(simplifyScalar(bucket, ['real']), [position])));
  assert.equal(found, [0, 2, 4, 6, 8]);
});

test('derivatives as people write them', () => {
  const cases: [Scalar, string][] = [
    [apply('max', x, number(0)), 'select(le(x, 0), 0, select(lt(0, x), 1, x))'],
    [apply('max', x, y), 'select(lt(x, y), 0, select(eq(x, y), 0.5, select(lt(y, x), 1, add(x, y))))'],
    [apply('sigmoid', x), 'mul(sigmoid(x), sub(1, sigmoid(x)))'],
    [apply('mul', x, x), 'mul(2, x)'],
    [apply('tanh', x), 'sub(1, mul(tanh(x), tanh(x)))'],
    [apply('div', y, x), 'neg(mul(div(y, x), div(1, x)))'],
    [apply('exp', apply('sub', x, apply('stop', x))), 'exp(sub(x, stop(x)))'],
    [
      apply('select', apply('below', { is: 'random', stream: 's', rows: 1 }, number(0.1)), number(0), apply('mul', x, number(1.25))),
      'select(below(random("s", 1), 0.1), 0, 1.25)',
    ],
    [apply('floor', x), '0'],
  ];
  for (const [value, expected] of cases) assert.is(text(derivative(value, 0)), expected);
});

test('print and renumbering', () => {
  assert.is(text(apply('le', coordinate(0), coordinate(1))), 'le(@t, @t~2)');
  assert.is(text(number(-1e30)), '-1e30');
  const body = compact({ inputs: [7, 8, 8], reads: [[0], [1], [1]], value: apply('add', read(1), read(2)) });
  assert.equal(body, { inputs: [8], reads: [[1]], value: apply('add', read(0), read(0)) });
  assert.equal(operandsOf(apply('add', read(2), apply('neg', read(0)))), [0, 2]);
});

test.run();
