/**
 * The form `tiles`: a contraction. The right side is packed; the left is read in place where k is contiguous, packed where m is, and
 * computed into rows of scratch memory where it is neither (a prologue, tables along k). The accumulators stand in scratch memory between
 * blocks of k, so every element has one accumulator and ascending k, whatever the tile. The epilogue is a pass over each row of them.
 */
import type { Access, Statement, TileAxis } from '../../values/kernel.ts';
import { add, type Code, type Expression, multiply, number, subtract } from './code.ts';
import { accessSlope, type Indices, partMentions } from './indices.ts';
import { Lanes, Scratch } from './lanes.ts';
import type { MicroShape } from './micro-kernel.ts';
import { packColumns, packPanels, packRows } from './pack.ts';

type Loop = Extract<Statement, { is: 'loop' }>;
type Multiply = Extract<Statement, { is: 'multiply' }>;
type Accumulator = Extract<Statement, { is: 'tile' }>;
type Read = Extract<Statement, { is: 'read' }>;

/** Panels whose distance is a multiple of 4096 bytes would compete for the same lines of the first-level cache. */
const STAGGER = 64;

interface TileLoop {
  readonly loop: Loop;
  readonly multiply: Multiply;
  readonly accumulator: Accumulator;
  readonly m: TileAxis;
  readonly n: TileAxis;
  readonly k: TileAxis;
  readonly rows: Expression;
  readonly width: Expression;
}

export function emitTiles(indices: Indices, body: readonly Statement[], start: Expression, shape: MicroShape): void {
  const { code } = indices;
  const loop = body.find((s): s is Loop => s.is === 'loop')!;
  const multiplication = loop.body.find((s): s is Multiply => s.is === 'multiply')!;
  const accumulator = body.find((s): s is Accumulator => s.is === 'tile' && s.tile === multiplication.into)!;
  for (const s of body.slice(0, body.indexOf(loop)))
    if (s.is === 'let') indices.bind(s.index, code.let(s.index, 'i32', indices.value(s.value)));
  const [m, n] = accumulator.axes;
  const k = loop.body
    .flatMap((s) => (s.is === 'read' || s.is === 'map' ? s.axes : []))
    .find(({ name }) => name !== m.name && name !== n.name)!;
  const plan: TileLoop = { loop, multiply: multiplication, accumulator, m, n, k, rows: indices.inside(m), width: indices.inside(n) };
  new Tiles(indices, plan, start, shape).run(body.slice(body.indexOf(loop) + 1));
}

function extent(axis: TileAxis): number {
  if (axis.extent === 'whole') throw new Error(`axis ${axis.name} of a contraction tile has no fixed extent`);
  return axis.extent;
}

class Tiles {
  private readonly indices: Indices;
  private readonly code: Code;
  private readonly plan: TileLoop;
  private readonly shape: MicroShape;
  private readonly rowBytes: number;
  private readonly panelBytes: number;
  private readonly leftBytes: number;
  private readonly accumulators: Expression;
  private readonly right: Expression;
  private readonly left: Expression;
  private readonly scratch: Scratch;

  constructor(indices: Indices, plan: TileLoop, start: Expression, shape: MicroShape) {
    this.indices = indices;
    this.code = indices.code;
    this.plan = plan;
    this.shape = shape;
    const depth = extent(plan.k);
    const width = Math.ceil(extent(plan.n) / 16) * 16;
    const height = Math.ceil(extent(plan.m) / shape.rows) * shape.rows;
    this.rowBytes = 4 * width;
    this.panelBytes = 4 * shape.columns * depth + STAGGER;
    this.leftBytes = 4 * shape.rows * depth + STAGGER;
    this.scratch = new Scratch(this.code, start);
    this.accumulators = this.scratch.reserve(number(4 * width * height));
    this.right = this.scratch.reserve(number((width / shape.columns) * this.panelBytes));
    this.left = this.scratch.reserve(number((height / shape.rows) * this.leftBytes));
  }

  run(epilogue: readonly Statement[]): void {
    const { code, indices, plan } = this;
    this.clear();
    code.for(plan.loop.index, indices.value(plan.loop.from), indices.value(plan.loop.to), plan.loop.step, (index) => {
      indices.with(plan.loop.index, index, () => {
        for (const s of plan.loop.body) if (s.is === 'let') indices.bind(s.index, code.let(s.index, 'i32', indices.value(s.value)));
        const depth = indices.inside(plan.k);
        this.scratch.within(() => {
          this.packRight(depth);
          this.multiplyBlock(depth, this.packLeft(depth));
        });
      });
    });
    this.finish(epilogue);
  }

  /** Rows of whole micro-kernels; what the tile has beyond its size is computed and not written. */
  private clear(): void {
    const { code, plan, shape } = this;
    const whole = multiply(
      `(i32.div_u ${add(plan.rows, number(shape.rows - 1))} ${number(shape.rows)})`,
      number(shape.rows * this.rowBytes),
    );
    if (plan.accumulator.fill === 0) {
      code.line(`(memory.fill ${this.accumulators} (i32.const 0) ${whole})`);
      return;
    }
    const fill = code.floats(plan.accumulator.fill);
    code.for('bytes', number(0), whole, 16, (bytes) => code.line(`(v128.store ${add(this.accumulators, bytes)} ${fill})`));
  }

  /** The read behind a side of the product, where nothing is computed on the way. */
  private plainRead(tile: string): Read | undefined {
    const made = this.plan.loop.body.find((s) => (s.is === 'read' || s.is === 'map') && s.tile === tile);
    return made?.is === 'read' ? made : undefined;
  }

  private addressAt(access: Access, bindings: readonly (readonly [string, Expression])[]): Expression {
    const { indices } = this;
    const bound = bindings.reduceRight<() => Expression>(
      (inner, [name, value]) =>
        () =>
          indices.with(name, value, inner),
      () => indices.address(access.buffer, indices.offset(access, () => true).elements),
    );
    return bound();
  }

  private packRight(depth: Expression): void {
    const { code, indices, plan } = this;
    const { n, k } = plan;
    const read = this.plainRead(plan.multiply.right);
    const { columns } = this.shape;
    const panel = number(this.panelBytes);
    const [n0, k0] = [n, k].map((axis) => code.let('base', 'i32', indices.value(axis.base)));
    if (read !== undefined && isFree(read.from, [n.name, k.name]) && accessSlope(read.from, n.name) === 1) {
      packColumns(code, depth, plan.width, columns, panel, this.right, (at) =>
        this.addressAt(read.from, [
          [n.name, n0],
          [k.name, add(k0, at)],
        ]),
      );
    } else if (read !== undefined && isFree(read.from, [n.name, k.name]) && accessSlope(read.from, k.name) === 1) {
      packRows(code, depth, plan.width, columns, panel, this.right, (at) =>
        this.addressAt(read.from, [
          [k.name, k0],
          [n.name, add(n0, at)],
        ]),
      );
    } else {
      // Anything else: each row of k is computed along n, then packed.
      const line = this.scratch.reserve(number(this.rowBytes));
      code.for('k', number(0), depth, 1, (at) => {
        this.computeLine(plan.multiply.right, k.name, add(k0, at), line);
        packColumns(code, number(1), plan.width, columns, panel, add(this.right, multiply(at, number(4 * columns))), () => line);
      });
    }
  }

  /** Runs the statements that make a side with one of its axes fixed; the line along the other lands at `to`. */
  private computeLine(tile: string, fixed: string, at: Expression, to: Expression): void {
    const body = this.plan.loop.body
      .filter((s) => s.is === 'read' || s.is === 'map')
      .map((s) => ({ ...s, axes: s.axes.filter(({ name }) => name !== fixed) }));
    this.indices.with(fixed, this.code.let(fixed, 'i32', at), () => new Lanes(this.indices, this.scratch).store(body, tile, to));
  }

  /** Returns what the micro-kernel of a panel is called with. */
  private packLeft(depth: Expression): (panel: Expression, firstRow: Expression) => string {
    const { code, indices, plan, shape } = this;
    const { m, k } = plan;
    const read = this.plainRead(plan.multiply.left);
    const [m0, k0] = [m, k].map((axis) => code.let('base', 'i32', indices.value(axis.base)));
    const lastRow = code.let('last', 'i32', subtract(plan.rows, number(1)));
    const rowCall = (source: (row: Expression) => Expression) => (_: Expression, first: Expression) => {
      const pointers = Array.from({ length: shape.rows }, (_unused, r) => {
        const row = code.let('row', 'i32', add(first, number(r)));
        return code.copy('a', 'i32', source(code.let('row', 'i32', `(select ${row} ${lastRow} (i32.lt_s ${row} ${lastRow}))`)));
      });
      return `(call $micro_rows ${pointers.join(' ')}`;
    };
    if (read !== undefined && isFree(read.from, [m.name, k.name]) && accessSlope(read.from, k.name) === 1) {
      return rowCall((row) =>
        this.addressAt(read.from, [
          [k.name, k0],
          [m.name, add(m0, row)],
        ]),
      );
    }
    const panel = number(this.leftBytes);
    if (read !== undefined && isFree(read.from, [m.name, k.name]) && accessSlope(read.from, m.name) === 1) {
      packPanels(code, depth, plan.rows, shape.rows, this.leftBytes, this.left, (at) =>
        this.addressAt(read.from, [
          [m.name, m0],
          [k.name, add(k0, at)],
        ]),
      );
      return (number_) => `(call $micro_panel ${add(this.left, multiply(number_, panel))}`;
    }
    const lineBytes = number(4 * extent(k));
    code.for('m', number(0), plan.rows, 1, (row) => {
      this.computeLine(plan.multiply.left, m.name, add(m0, row), code.let('line', 'i32', add(this.left, multiply(row, lineBytes))));
    });
    return rowCall((row) => add(this.left, multiply(row, lineBytes)));
  }

  private multiplyBlock(depth: Expression, call: (panel: Expression, firstRow: Expression) => string): void {
    const { code, plan, shape } = this;
    const panels = code.let('panels', 'i32', `(i32.div_u ${add(plan.rows, number(shape.rows - 1))} ${number(shape.rows)})`);
    code.for('panel', number(0), panels, 1, (panel) => {
      const first = code.let('first', 'i32', multiply(panel, number(shape.rows)));
      const head = call(panel, first);
      const row = code.let('c', 'i32', add(this.accumulators, multiply(first, number(this.rowBytes))));
      code.for('n', number(0), plan.width, shape.columns, (n) => {
        const b = add(this.right, multiply(`(i32.shr_u ${n} (i32.const ${Math.log2(shape.columns)}))`, number(this.panelBytes)));
        code.line(`${head} ${b} ${add(row, multiply(n, number(4)))} ${depth} ${number(this.rowBytes)})`);
      });
    });
  }

  /** The statements after the loop, row by row along n. */
  private finish(epilogue: readonly Statement[]): void {
    const { code, indices, plan } = this;
    const { m } = plan;
    const body = epilogue.map((s) =>
      s.is === 'read' || s.is === 'map' ? { ...s, axes: s.axes.filter(({ name }) => name !== m.name) } : s,
    );
    const m0 = code.let('base', 'i32', indices.value(m.base));
    code.for('m', number(0), plan.rows, 1, (row) => {
      const pointer = code.let('line', 'i32', add(this.accumulators, multiply(row, number(this.rowBytes))));
      indices.with(m.name, code.let(m.name, 'i32', add(m0, row)), () => {
        const lanes = new Lanes(indices, this.scratch, plan.n);
        this.scratch.within(() => lanes.run(body, new Map([[plan.accumulator.tile, { pointer, element: 'f32' }]])));
      });
    });
  }
}

/** Nothing that could fail, a guard or an id that may lie outside, depends on these axes. */
function isFree(access: Access, axes: readonly string[]): boolean {
  const parts = [...access.terms.filter((term) => 'ids' in term && term.size !== undefined), ...(access.where ?? [])];
  return parts.every((part) => axes.every((axis) => !partMentions(part, axis)));
}
