/** Kernels without sums: the greatest of a row, and the stable counting sort. Plain loops over i32 and f32. */
import type { Statement } from '../../values/kernel.ts';
import { add, type Expression, get, multiply, number } from './code.ts';
import type { Indices } from './indices.ts';
import type { Kept } from './pass.ts';

const word = (pointer: Expression, index: Expression) => add(pointer, multiply(index, number(4)));

/** Writes `count` positions to `to`: each the greatest that comes after the last one in the order (value falling, position rising). */
export function emitTop(indices: Indices, source: Kept, length: Expression, count: Expression, to: Expression): void {
  const { code } = indices;
  const type = source.element;
  const later = type === 'f32' ? 'f32.lt' : 'i32.lt_s';
  const [last, lastAt, best, bestAt] = [
    code.fresh('last', type),
    code.fresh('lastAt', 'i32'),
    code.fresh('best', type),
    code.fresh('bestAt', 'i32'),
  ];
  code.set(lastAt, number(-1));
  code.for('rank', number(0), count, 1, (rank) => {
    code.set(bestAt, number(-1));
    code.for('at', number(0), length, 1, (at) => {
      const value = code.let('value', type, `(${type}.load ${word(source.pointer, at)})`);
      const first = `(i32.lt_s ${get(lastAt)} (i32.const 0))`;
      const behind = `(i32.and (${type}.eq ${value} ${get(last)}) (i32.gt_s ${at} ${get(lastAt)}))`;
      const open = `(i32.or ${first} (i32.or (${later} ${value} ${get(last)}) ${behind}))`;
      const better = `(i32.or (i32.lt_s ${get(bestAt)} (i32.const 0)) (${later} ${get(best)} ${value}))`;
      code.when(`(i32.and ${open} ${better})`, () => {
        code.set(best, value);
        code.set(bestAt, at);
      });
    });
    code.line(`(i32.store ${word(to, rank)} ${get(bestAt)})`);
    code.set(last, get(best));
    code.set(lastAt, get(bestAt));
  });
}

/** start[g] = keys below g; order = positions by (key, position), those whose key is in no group last. */
export function emitGroup(indices: Indices, s: Extract<Statement, { is: 'group' }>): void {
  const { code } = indices;
  const [n, groups] = [code.let('n', 'i32', indices.value(s.n)), code.let('groups', 'i32', indices.value(s.groups))];
  const [keys, counters, to] = [s.keys, s.scratch, s.to].map((buffer) => indices.buffer(buffer));
  const load = (pointer: Expression) => `(i32.load ${pointer})`;
  const increment = (pointer: Expression) => code.line(`(i32.store ${pointer} ${add(load(pointer), number(1))})`);
  code.line(`(memory.fill ${counters} (i32.const 0) ${multiply(add(groups, number(1)), number(4))})`);
  const groupOf = (i: Expression) => {
    const key = code.let('key', 'i32', load(word(keys, i)));
    return code.let('group', 'i32', `(select ${key} ${groups} (i32.lt_u ${key} ${groups}))`);
  };
  code.for('i', number(0), n, 1, (i) => {
    const own = groupOf(i);
    code.when(`(i32.lt_u ${own} ${groups})`, () => increment(code.let('at', 'i32', word(counters, add(own, number(1))))));
  });
  code.for('g', number(0), groups, 1, (g) => {
    const next = word(counters, add(g, number(1)));
    code.line(`(i32.store ${next} ${add(load(next), load(word(counters, g)))})`);
  });
  if (s.gives === 'start') code.line(`(memory.copy ${to} ${counters} ${multiply(add(groups, number(1)), number(4))})`);
  else {
    code.for('i', number(0), n, 1, (i) => {
      const counter = code.let('counter', 'i32', word(counters, groupOf(i)));
      code.line(`(i32.store ${word(to, load(counter))} ${i})`);
      increment(counter);
    });
  }
}
