/** Kernels without sums: the greatest of a row, and the stable counting sort. Plain loops over i32 and f32. */
import type { Element, Statement } from '../../values/kernel.ts';
import { add, type Code, type Expression, get, multiply, number } from './code.ts';
import type { Indices } from './indices.ts';

const word = (pointer: Expression, index: Expression) => add(pointer, multiply(index, number(4)));

/**
 * An i32 that orders as the value does: what is no number is the greatest, as people's tools have it (a row whose scores broke is still
 * written), and -0 is 0.
 */
function rankOf(code: Code, element: Element, value: Expression): Expression {
  if (element === 'i32') return value;
  const named = code.let('value', 'f32', value);
  const bits = code.let('bits', 'i32', `(i32.reinterpret_f32 (f32.add ${named} (f32.const 0)))`);
  const ordered = `(i32.xor ${bits} (i32.shr_u (i32.shr_s ${bits} (i32.const 31)) (i32.const 1)))`;
  return `(select ${ordered} (i32.const 0x7fffffff) (f32.eq ${named} ${named}))`;
}

/**
 * Stores `count` positions: each the greatest that comes after the last one in the order (value falling, position rising). The row is read
 * where it lies, once for each: it may be longer than scratch memory.
 */
export function emitTop(
  code: Code,
  source: { readonly element: Element; readonly load: (at: Expression) => Expression },
  length: Expression,
  count: Expression,
  store: (rank: Expression, position: Expression) => void,
): void {
  const [last, lastAt, best, bestAt] = ['last', 'lastAt', 'best', 'bestAt'].map((name) => code.fresh(name, 'i32'));
  code.set(lastAt, number(-1));
  code.for('rank', number(0), count, 1, (rank) => {
    code.set(bestAt, number(-1));
    code.for('at', number(0), length, 1, (at) => {
      const value = code.let('rank', 'i32', rankOf(code, source.element, source.load(at)));
      const first = `(i32.lt_s ${get(lastAt)} (i32.const 0))`;
      const behind = `(i32.and (i32.eq ${value} ${get(last)}) (i32.gt_s ${at} ${get(lastAt)}))`;
      const open = `(i32.or ${first} (i32.or (i32.lt_s ${value} ${get(last)}) ${behind}))`;
      const better = `(i32.or (i32.lt_s ${get(bestAt)} (i32.const 0)) (i32.lt_s ${get(best)} ${value}))`;
      code.when(`(i32.and ${open} ${better})`, () => {
        code.set(best, value);
        code.set(bestAt, at);
      });
    });
    store(rank, get(bestAt));
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

/**
 * The rank of the least that is chosen is found from its highest byte down: each round counts the next byte of those that agree so far.
 * Ranks are unsigned here. What ties with it is chosen from the front until there are enough.
 */
export function emitLargest(indices: Indices, s: Extract<Statement, { is: 'largest' }>): void {
  const { code } = indices;
  const n = code.let('n', 'i32', indices.value(s.n));
  const [of, counters, to] = [s.of, s.scratch, s.to].map((buffer) => indices.buffer(buffer));
  const [left, digit, found] = ['left', 'digit', 'found'].map((name) => code.fresh(name, 'i32'));
  const counter = (at: Expression) => word(counters, at);
  const count = (at: Expression) => `(i32.load ${counter(at)})`;
  const rankAt = (i: Expression) =>
    code.let('rank', 'i32', `(i32.xor ${rankOf(code, 'f32', `(f32.load ${word(of, i)})`)} (i32.const 0x80000000))`);
  code.set(left, indices.value(s.count));
  code.set(found, number(0));
  for (const shift of [24, 16, 8, 0]) {
    code.line(`(memory.fill ${counters} (i32.const 0) (i32.const 1024))`);
    code.for('i', number(0), n, 1, (i) => {
      const rank = rankAt(i);
      const agrees = shift === 24 ? number(1) : `(i32.eq (i32.shr_u ${rank} (i32.const ${shift + 8})) ${get(found)})`;
      code.when(agrees, () => {
        const at = code.let('at', 'i32', counter(`(i32.and (i32.shr_u ${rank} (i32.const ${shift})) (i32.const 255))`));
        code.line(`(i32.store ${at} ${add(`(i32.load ${at})`, number(1))})`);
      });
    });
    code.set(digit, number(255));
    code.while(`(i32.lt_s ${count(get(digit))} ${get(left)})`, () => {
      code.set(left, `(i32.sub ${get(left)} ${count(get(digit))})`);
      code.set(digit, `(i32.sub ${get(digit)} (i32.const 1))`);
    });
    code.set(found, `(i32.or (i32.shl ${get(found)} (i32.const 8)) ${get(digit)})`);
  }
  code.for('i', number(0), n, 1, (i) => {
    const rank = rankAt(i);
    const tied = code.let('tied', 'i32', `(i32.and (i32.eq ${rank} ${get(found)}) (i32.gt_s ${get(left)} (i32.const 0)))`);
    code.line(`(i32.store ${word(to, i)} (i32.or (i32.gt_u ${rank} ${get(found)}) ${tied}))`);
    code.set(left, `(i32.sub ${get(left)} ${tied})`);
  });
}
