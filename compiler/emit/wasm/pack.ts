/**
 * Packing of panels into scratch memory: [k][columns] for the right side of a contraction, [k][rows] for a left side whose rows lie side
 * by side.
 */
import { add, type Code, type Expression, get, multiply, number, subtract } from './code.ts';

const offset = (bytes: number) => (bytes === 0 ? '' : ` offset=${bytes}`);
const vector = (pointer: Expression, bytes = 0) => `(v128.load${offset(bytes)} ${pointer})`;

/** B[k][n] with n contiguous: `source(k)` is the address of its first column. Columns beyond `count` become 0. */
export function packColumns(
  code: Code,
  depth: Expression,
  count: Expression,
  columns: number,
  panelBytes: Expression,
  to: Expression,
  source: (k: Expression) => Expression,
): void {
  const vectors = Array.from({ length: columns / 4 }, (_, v) => v);
  code.for('k', number(0), depth, 1, (k) => {
    const from = code.let('from', 'i32', source(k));
    const row = code.let('row', 'i32', add(to, multiply(k, number(4 * columns))));
    code.for('n', number(0), count, columns, (n) => {
      const panel = code.let('panel', 'i32', add(row, multiply(`(i32.shr_u ${n} (i32.const ${Math.log2(columns)}))`, panelBytes)));
      const at = code.let('at', 'i32', add(from, multiply(n, number(4))));
      const left = code.let('left', 'i32', subtract(count, n));
      code.when(
        `(i32.ge_s ${left} (i32.const ${columns}))`,
        () => {
          for (const v of vectors) code.line(`(v128.store${offset(16 * v)} ${panel} ${vector(at, 16 * v)})`);
        },
        () => {
          for (const v of vectors) {
            const part = `(call $load_partial ${add(at, number(16 * v))} ${subtract(left, number(4 * v))})`;
            const some = `(if (result v128) (i32.gt_s ${left} ${number(4 * v)}) (then ${part}) (else ${code.ints(0)}))`;
            code.line(`(v128.store${offset(16 * v)} ${panel} ${v === 0 ? part : some})`);
          }
        },
      );
    });
  });
}

/**
 * B[k][n] with k contiguous: `source(n)` is the address of k = 0. Four rows of four become four columns of four by shuffles; columns
 * beyond `count` repeat the last one, and nobody reads what comes of them.
 */
export function packRows(
  code: Code,
  depth: Expression,
  count: Expression,
  columns: number,
  panelBytes: Expression,
  to: Expression,
  source: (n: Expression) => Expression,
): void {
  const last = code.let('last', 'i32', subtract(count, number(1)));
  code.for('n', number(0), count, 4, (n) => {
    const rows = [0, 1, 2, 3].map((r) => {
      const at = code.let('at', 'i32', add(n, number(r)));
      return code.copy(`row${r}`, 'i32', source(code.let('at', 'i32', `(select ${at} ${last} (i32.lt_s ${at} ${last}))`)));
    });
    const part = multiply(`(i32.and ${n} (i32.const ${columns - 4}))`, number(4));
    const panel = code.copy('panel', 'i32', add(add(to, multiply(`(i32.shr_u ${n} (i32.const ${Math.log2(columns)}))`, panelBytes)), part));
    const k = code.fresh('k', 'i32');
    code.set(k, number(0));
    const bytes = multiply(get(k), number(4));
    code.while(`(i32.le_s ${add(get(k), number(4))} ${depth})`, () => {
      const loaded = rows.map((row) => code.let('v', 'v128', vector(add(row, bytes))));
      const to4 = code.let('to', 'i32', add(panel, multiply(get(k), number(4 * columns))));
      for (const [step, value] of transposed(code, loaded).entries())
        code.line(`(v128.store offset=${4 * columns * step} ${to4} ${value})`);
      code.set(k, add(get(k), number(4)));
    });
    code.while(`(i32.lt_s ${get(k)} ${depth})`, () => {
      const to1 = code.let('to', 'i32', add(panel, multiply(get(k), number(4 * columns))));
      for (const [r, row] of rows.entries()) code.line(`(f32.store offset=${4 * r} ${to1} (f32.load ${add(row, bytes)}))`);
      code.set(k, add(get(k), number(1)));
    });
  });
}

function transposed(code: Code, [a, b, c, d]: readonly Expression[]): Expression[] {
  const words = (order: readonly number[]) => order.flatMap((word) => [0, 1, 2, 3].map((byte) => 4 * word + byte)).join(' ');
  const shuffle = (order: readonly number[], x: Expression, y: Expression) =>
    code.let('t', 'v128', `(i8x16.shuffle ${words(order)} ${x} ${y})`);
  const [ab0, ab1] = [shuffle([0, 4, 1, 5], a, b), shuffle([2, 6, 3, 7], a, b)];
  const [cd0, cd1] = [shuffle([0, 4, 1, 5], c, d), shuffle([2, 6, 3, 7], c, d)];
  const [low, high] = [
    [0, 1, 4, 5],
    [2, 3, 6, 7],
  ];
  return [shuffle(low, ab0, cd0), shuffle(high, ab0, cd0), shuffle(low, ab1, cd1), shuffle(high, ab1, cd1)];
}

/** Panels that a turn of the loop over m fills, so that most of its work is loads and stores. */
const PANELS_AT_ONCE = 4;

/** A[m][k] with m contiguous into panels [k][rows]: `source(k)` is the address of m = 0; rows beyond `count` repeat the last one. */
export function packPanels(
  code: Code,
  depth: Expression,
  count: Expression,
  rows: number,
  panelBytes: number,
  to: Expression,
  source: (k: Expression) => Expression,
): void {
  code.for('k', number(0), depth, 1, (k) => {
    const from = code.let('from', 'i32', source(k));
    const target = code.fresh('target', 'i32');
    const m = code.fresh('m', 'i32');
    code.set(target, add(to, multiply(k, number(4 * rows))));
    code.set(m, number(0));
    const advance = (panels: number) => {
      code.set(target, add(get(target), number(panels * panelBytes)));
      code.set(m, add(get(m), number(panels * rows)));
    };
    const at = () => code.let('at', 'i32', add(from, multiply(get(m), number(4))));
    const full = (panels: number) => `(i32.ge_s ${subtract(count, get(m))} ${number(panels * rows)})`;
    for (const panels of [PANELS_AT_ONCE, 1]) {
      code.while(full(panels), () => {
        const start = at();
        for (let p = 0; p < panels; p++) copyRow(code, rows, get(target), p * panelBytes, start, 4 * p * rows);
        advance(panels);
      });
    }
    code.when(`(i32.lt_s ${get(m)} ${count})`, () => {
      const start = at();
      const last = code.let('last', 'i32', subtract(subtract(count, get(m)), number(1)));
      for (let r = 0; r < rows; r++) {
        const row = `(select ${number(r)} ${last} (i32.lt_s ${number(r)} ${last}))`;
        code.line(`(f32.store${offset(4 * r)} ${get(target)} (f32.load ${add(start, multiply(row, number(4)))}))`);
      }
    });
  });
}

/** `rows` neighbouring elements, 5 or 6. */
function copyRow(code: Code, rows: number, target: Expression, targetOffset: number, from: Expression, fromOffset: number): void {
  code.line(`(v128.store${offset(targetOffset)} ${target} ${vector(from, fromOffset)})`);
  const type = rows === 6 ? 'i64' : 'f32';
  code.line(`(${type}.store${offset(targetOffset + 16)} ${target} (${type}.load${offset(fromOffset + 16)} ${from}))`);
}
