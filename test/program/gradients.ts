/** Gradients of a program compared with differences, for several test files. */
import * as assert from 'uvu/assert';
import { Builder } from '../../compiler/program/builder.ts';
import { differentiate } from '../../compiler/program/differentiate.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { pickFrom, valuesFor } from '../../compiler/program/random-program.ts';
import { apply, coordinate, number, read } from '../../compiler/program/scalar.ts';
import type { Axis, Contract, Id, Program, Subscript, Type } from '../../compiler/values/program.ts';
import { complaintsAbout, verifyProgram } from '../../compiler/values/verify-program.ts';
import { differences, distance, run } from './numbers.ts';

export const axis = (name: string, size: number): Axis => ({ name, size });
export const real = (...axes: Axis[]): Type => ({ dtype: 'real', axes });

/** Gradients of `loss` against differences, for all wanted sources; returns the joint program. */
export function compare(program: Program, values: Map<string, Float64Array>, wanted: readonly string[], tolerance = 1e-7): Program {
  verifyProgram(program, table, 'built');
  const joint = differentiate(program, table, { wanted, loss: 'loss' });
  const complaints = complaintsAbout(joint.program, table, 'differentiated', { wanted, absent: joint.absent });
  assert.equal(
    complaints.filter((text) => !text.includes('3 operands after planning')),
    [],
  );
  const found = run(joint.program, values);
  for (const key of wanted) {
    const name = key.slice(key.indexOf(' ') + 1);
    const x = values.get(name)!;
    const expected = differences(() => run(program, values).get('result loss')![0], x);
    const apart = distance(found.get(`gradient ${name}`) ?? new Float64Array(x.length), expected);
    assert.ok(apart <= tolerance, `${program.name}: gradient of ${key} is off by ${apart}`);
  }
  return joint.program;
}

/** Sum of tanh(y) times a slope that differs from element to element. */
export function lossOf(builder: Builder, y: Id): Id {
  const { axes } = builder.type(y);
  const whole = [...axes.keys()];
  const slope = axes.reduce((sum, _, k) => apply('add', sum, apply('real', coordinate(k))), number(1));
  const value = apply('mul', slope, apply('tanh', read(0)));
  const map = builder.add('map', [y], { domain: axes, reads: [whole], value });
  return builder.add('contract', [map], { letters: axes, operands: [whole], result: [] });
}

/** Letters by one-letter names, sizes given; `n[e]` looks up operand e. `ids` are name, letters and values. */
export function contraction(
  text: string,
  sizes: Record<string, number>,
  ids: Record<string, { over: string; values: number[]; axis: Axis }> = {},
) {
  const names = [...new Set([...text.replace(/->/, ' '), ...Object.values(ids).map(({ over }) => over)].filter((c) => /[a-z]/.test(c)))];
  const letters = names.map((name) => axis(name, sizes[name]));
  const [left, right] = text.split('->');
  const operands = left.trim() === '' ? [] : left.trim().split(',');
  const values = new Map<string, Float64Array>();
  const subscriptsOf = (list: string): Subscript[] =>
    [...list.trim()].map((c) => {
      const lookup = ids[c];
      if (lookup === undefined) return names.indexOf(c);
      return { ids: operands.length + Object.keys(ids).indexOf(c), over: [names.indexOf(lookup.over)], axis: lookup.axis };
    });
  const builder = new Builder(table);
  const attributes: Contract = { letters, operands: operands.map(subscriptsOf), result: subscriptsOf(right) };
  const inputs = attributes.operands.map((subscripts, k) => {
    const type = real(...subscripts.map((s) => (typeof s === 'number' ? letters[s] : s.axis)));
    values.set(`x${k}`, valuesFor(type, pickFrom(k + 1)));
    return builder.source({ kind: 'parameter', name: `x${k}`, rate: 'update' }, type);
  });
  const lookups = Object.entries(ids).map(([name, { over, values: data }]) => {
    values.set(name, Float64Array.from(data));
    return builder.source({ kind: 'input', name, rate: 'batch' }, { dtype: 'int', axes: [axis(over, sizes[over])] });
  });
  const y = builder.add('contract', [...inputs, ...lookups], attributes);
  const loss = lossOf(builder, y);
  const outputs = [
    { kind: 'result', name: 'y', value: y },
    { kind: 'result', name: 'loss', value: loss },
  ] as const;
  return { program: builder.program(text, outputs), values, wanted: operands.map((_, k) => `parameter x${k}`) };
}
