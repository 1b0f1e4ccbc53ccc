/**
 * Random words in a kernel: Threefry-2x32 with 20 rounds (Salmon and others, SC 2011) on four counters at once. Integer arithmetic, so the
 * words are those of the host (compiler/values/random.ts), bit for bit.
 */
import type { Code, Expression } from './code.ts';

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const parity = 0x1bd11bda;

/** The word of each lane's (row, column): column 8 g + r is word r >> 2 of counter (4 g + (r & 3), row). */
export function randomWord(code: Code, key0: Expression, key1: Expression, row: Expression, column: Expression): Expression {
  const four = (hint: string, value: Expression) => code.let(hint, 'v128', `(i32x4.splat ${value})`);
  const first = four('key', key0);
  const second = four('key', key1);
  const third = code.let('key', 'v128', `(v128.xor ${code.ints(parity)} (v128.xor ${first} ${second}))`);
  const schedule = [first, second, third];
  const at = code.let('column', 'v128', column);
  const group = `(i32x4.shl (i32x4.shr_u ${at} (i32.const 3)) (i32.const 2))`;
  let x = code.let('x', 'v128', `(i32x4.add (v128.or ${group} (v128.and ${at} ${code.ints(3)})) ${first})`);
  let y = code.let('y', 'v128', `(i32x4.add ${row} ${second})`);
  for (let round = 0; round < 20; round++) {
    const by = rotations[round & 7];
    x = code.let('x', 'v128', `(i32x4.add ${x} ${y})`);
    y = code.let('y', 'v128', `(v128.xor (v128.or (i32x4.shl ${y} (i32.const ${by})) (i32x4.shr_u ${y} (i32.const ${32 - by}))) ${x})`);
    if ((round & 3) !== 3) continue;
    const injection = (round >> 2) + 1;
    x = code.let('x', 'v128', `(i32x4.add ${x} ${schedule[injection % 3]})`);
    y = code.let('y', 'v128', `(i32x4.add ${y} (i32x4.add ${schedule[(injection + 1) % 3]} ${code.ints(injection)}))`);
  }
  const upper = `(i32x4.ne (v128.and ${at} ${code.ints(4)}) ${code.ints(0)})`;
  return `(v128.bitselect ${y} ${x} ${upper})`;
}
