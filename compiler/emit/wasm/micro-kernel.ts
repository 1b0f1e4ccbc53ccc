/**
 * The register micro-kernels: C[r][0..8) += sum over k of A[r][k] * B[k][0..8), one accumulator for each element, k ascending. On hosts
 * with fused multiply-add 6 rows of two vectors fill the 15 usable registers (12 accumulators, 2 of B, 1 splat); multiply and add apart
 * need one more, so there it is 5 rows. B is packed [k][8]. A is read in place by row pointers, or packed [k][rows].
 */

/** `fused`: the host has relaxed multiply-add that rounds once. */
export interface MicroShape {
  readonly rows: number;
  readonly fused: boolean;
}
export const columns = 8;
export function shapeFor(fused: boolean): MicroShape {
  return { rows: fused ? 6 : 5, fused };
}

const get = (name: string) => `(local.get ${name})`;

/** The two functions of a module, and what they are called with: `$micro_rows(a0, a1, ..., b, c, k, row bytes of c)`, `$micro_panel(a, b, c, k, row bytes of c)`. */
export function microKernels(shape: MicroShape): string {
  const pointers = Array.from({ length: shape.rows }, (_, r) => `$a${r}`);
  const rows = microKernel('$micro_rows', shape, pointers, 4, (r, step) => `offset=${4 * step} ${get(pointers[r])}`, 4);
  const panel = microKernel(
    '$micro_panel',
    shape,
    ['$a'],
    2,
    (r, step) => `offset=${4 * (shape.rows * step + r)} ${get('$a')}`,
    4 * shape.rows,
  );
  return `${rows}\n${panel}`;
}

function microKernel(
  name: string,
  shape: MicroShape,
  pointers: readonly string[],
  unroll: number,
  place: (row: number, step: number) => string,
  stepBytes: number,
): string {
  const accumulators = Array.from({ length: shape.rows }, (_, r) => [`$c${r}.0`, `$c${r}.1`]);
  const each = (visit: (row: number, column: number) => string) =>
    accumulators.flatMap((_, r) => [0, 1].map((column) => visit(r, column))).join('\n    ');
  const row = (r: number) => (r === 0 ? get('$c') : get(`$p${r}`));
  const madd = (sum: string, b: string) =>
    shape.fused ? `(f32x4.relaxed_madd ${get('$s')} ${get(b)} ${get(sum)})` : `(f32x4.add ${get(sum)} (f32x4.mul ${get('$s')} ${get(b)}))`;
  const step = (k: number) => {
    const loads = [0, 1].map((column) => `(local.set $b${column} (v128.load offset=${32 * k + 16 * column} ${get('$b')}))`);
    const products = accumulators.map(
      ([left, right], r) =>
        `(local.set $s (v128.load32_splat ${place(r, k)})) (local.set ${left} ${madd(left, '$b0')}) (local.set ${right} ${madd(right, '$b1')})`,
    );
    return [...loads, ...products].join('\n      ');
  };
  const advance = (steps: number) =>
    [
      ...pointers.map((p) => `(local.set ${p} (i32.add ${get(p)} (i32.const ${stepBytes * steps})))`),
      `(local.set $b (i32.add ${get('$b')} (i32.const ${32 * steps})))`,
    ].join('\n      ');
  const loop = (label: string, steps: number) => `(if (i32.ge_s ${get('$k')} (i32.const ${steps})) (then (loop ${label}
      ${Array.from({ length: steps }, (_, k) => step(k)).join('\n      ')}
      ${advance(steps)}
      (br_if ${label} (i32.ge_s (local.tee $k (i32.sub ${get('$k')} (i32.const ${steps}))) (i32.const ${steps}))))))`;
  const rowPointers = Array.from({ length: shape.rows - 1 }, (_, r) => `$p${r + 1}`);
  return `  (func ${name} ${pointers.map((p) => `(param ${p} i32)`).join(' ')} (param $b i32) (param $c i32) (param $k i32) (param $stride i32)
    ${accumulators
      .flat()
      .concat(['$b0', '$b1', '$s'])
      .map((v) => `(local ${v} v128)`)
      .join(' ')}
    ${rowPointers.map((p) => `(local ${p} i32)`).join(' ')}
    ${rowPointers.map((p, r) => `(local.set ${p} (i32.add ${row(r)} ${get('$stride')}))`).join('\n    ')}
    ${each((r, column) => `(local.set ${accumulators[r][column]} (v128.load offset=${16 * column} ${row(r)}))`)}
    ${loop('$many', unroll)}
    ${loop('$one', 1)}
    ${each((r, column) => `(v128.store offset=${16 * column} ${row(r)} ${get(accumulators[r][column])})`)})`;
}
