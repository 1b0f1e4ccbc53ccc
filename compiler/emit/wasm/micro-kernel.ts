/**
 * The register micro-kernels, a module of their own: C[r][0..columns) += sum over k of A[r][k] * B[k][0..columns), one accumulator for
 * each element, k ascending. On hosts with fused multiply-add 6 rows of two vectors fill the 15 usable registers (12 accumulators, 2 of
 * B, 1 splat); multiply and add apart need one more, so there it is 5 rows. Where the host fuses neighbouring vectors into 256 bits it is
 * four vectors, 16 columns, in as many registers. B is packed [k][columns]. A is read in place by row pointers, or packed [k][rows].
 * Element by element the arithmetic is the same in every shape, so the choice changes no bit of a result.
 */

/** `fused`: the host has relaxed multiply-add that rounds once. */
export interface MicroShape {
  readonly rows: number;
  readonly columns: 8 | 16;
  readonly fused: boolean;
}
export function shapeFor(fused: boolean, wide: boolean): MicroShape {
  return { rows: fused ? 6 : 5, columns: wide ? 16 : 8, fused };
}

const get = (name: string) => `(local.get ${name})`;
const rowPointersOf = ({ rows }: MicroShape) => Array.from({ length: rows }, (_, r) => `$a${r}`);

/** What a kernel module imports: `$micro_rows(a0, a1, ..., b, c, k, row bytes of c)`, `$micro_panel(a, b, c, k, row bytes of c)`. */
export function microImports({ rows }: MicroShape): string {
  const parameters = (count: number) => `(param${' i32'.repeat(count + 4)})`;
  return `  (import "micro" "rows" (func $micro_rows ${parameters(rows)}))
  (import "micro" "panel" (func $micro_panel ${parameters(1)}))`;
}

/** `memory`: its import. `twin` makes bytes that differ: hosts keep optimised code by bytes, and the same text may be wanted optimised in two ways. */
export function microModule(shape: MicroShape, memory: string, twin = 0): string {
  const pointers = rowPointersOf(shape);
  const rows = microKernel('rows', shape, pointers, 4, (r, step) => `offset=${4 * step} ${get(pointers[r])}`, 4);
  const place = (r: number, step: number) => `offset=${4 * (shape.rows * step + r)} ${get('$a')}`;
  const panel = microKernel('panel', shape, ['$a'], 2, place, 4 * shape.rows);
  return `(module
  ${memory}
  (global (export "twin") i32 (i32.const ${twin}))
${rows}
${panel}
)`;
}

function microKernel(
  name: string,
  shape: MicroShape,
  pointers: readonly string[],
  unroll: number,
  place: (row: number, step: number) => string,
  stepBytes: number,
): string {
  const vectors = Array.from({ length: shape.columns / 4 }, (_, v) => v);
  const accumulators = Array.from({ length: shape.rows }, (_, r) => vectors.map((v) => `$c${r}.${v}`));
  const each = (visit: (row: number, vector: number) => string) =>
    accumulators.flatMap((_, r) => vectors.map((v) => visit(r, v))).join('\n    ');
  const bytes = 4 * shape.columns;
  const row = (r: number) => (r === 0 ? get('$c') : get(`$p${r}`));
  const madd = (sum: string, b: string) =>
    shape.fused ? `(f32x4.relaxed_madd ${get('$s')} ${get(b)} ${get(sum)})` : `(f32x4.add ${get(sum)} (f32x4.mul ${get('$s')} ${get(b)}))`;
  const step = (k: number) => {
    const loads = vectors.map((v) => `(local.set $b${v} (v128.load offset=${bytes * k + 16 * v} ${get('$b')}))`);
    const products = accumulators.map((sums, r) => {
      const each = sums.map((sum, v) => `(local.set ${sum} ${madd(sum, `$b${v}`)})`);
      return [`(local.set $s (v128.load32_splat ${place(r, k)}))`, ...each].join(' ');
    });
    return [...loads, ...products].join('\n      ');
  };
  const advance = (steps: number) =>
    [
      ...pointers.map((p) => `(local.set ${p} (i32.add ${get(p)} (i32.const ${stepBytes * steps})))`),
      `(local.set $b (i32.add ${get('$b')} (i32.const ${bytes * steps})))`,
    ].join('\n      ');
  const loop = (label: string, steps: number) => `(if (i32.ge_s ${get('$k')} (i32.const ${steps})) (then (loop ${label}
      ${Array.from({ length: steps }, (_, k) => step(k)).join('\n      ')}
      ${advance(steps)}
      (br_if ${label} (i32.ge_s (local.tee $k (i32.sub ${get('$k')} (i32.const ${steps}))) (i32.const ${steps}))))))`;
  const rowPointers = Array.from({ length: shape.rows - 1 }, (_, r) => `$p${r + 1}`);
  return `  (func (export "${name}") ${pointers.map((p) => `(param ${p} i32)`).join(' ')} (param $b i32) (param $c i32) (param $k i32) (param $stride i32)
    ${accumulators
      .flat()
      .concat(
        vectors.map((v) => `$b${v}`),
        '$s',
      )
      .map((v) => `(local ${v} v128)`)
      .join(' ')}
    ${rowPointers.map((p) => `(local ${p} i32)`).join(' ')}
    ${rowPointers.map((p, r) => `(local.set ${p} (i32.add ${row(r)} ${get('$stride')}))`).join('\n    ')}
    ${each((r, v) => `(local.set ${accumulators[r][v]} (v128.load offset=${16 * v} ${row(r)}))`)}
    ${loop('$many', unroll)}
    ${loop('$one', 1)}
    ${each((r, v) => `(v128.store offset=${16 * v} ${row(r)} ${get(accumulators[r][v])})`)})`;
}
