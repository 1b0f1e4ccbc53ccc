/**
 * The form `tiles`: a contraction over panels in workgroup memory. The block's tile is spread over 8 x 8 threads, each with a small tile
 * of accumulators; k is walked 16 at a time, in the order of the text, so every element has one accumulator and ascending k.
 */
import type { Index, Statement, TileAxis } from '../../values/kernel.ts';
import { pointOf, type Scope } from './point.ts';
import { literal, type Printer, threads } from './printer.ts';

type Loop = Extract<Statement, { is: 'loop' }>;
type Multiply = Extract<Statement, { is: 'multiply' }>;
type Accumulator = Extract<Statement, { is: 'tile' }>;

const across = 8;
const panelDepth = 16;

interface Panels {
  readonly accumulator: Accumulator;
  readonly multiply: Multiply;
  readonly m: TileAxis;
  readonly n: TileAxis;
  readonly k: TileAxis;
}

export function printTiles(printer: Printer, body: readonly Statement[]): string[] {
  const loop = body.find((s): s is Loop => s.is === 'loop')!;
  const panels = panelsOf(body, loop);
  const [rows, columns] = [extent(panels.m), extent(panels.n)].map((size) => Math.ceil(size / across));
  const before = body.slice(0, body.indexOf(loop));
  const after = body.slice(body.indexOf(loop) + 1);
  for (const s of before) if (s.is === 'let') printLet(printer, s);
  printer.line('let thread_x = i32(thread % 8u);');
  printer.line('let thread_y = i32(thread / 8u);');
  printer.line(`var acc: array<f32, ${rows * columns}>;`);
  printer.block(`for (var i = 0; i < ${rows * columns}; i++)`, () => printer.line(`acc[i] = ${literal(panels.accumulator.fill, 'f32')};`));
  printLoop(printer, loop, panels, rows, columns);
  printEpilogue(printer, after, panels, rows, columns);
  return [
    `var<workgroup> left_panel: array<f32, ${extent(panels.m) * panelDepth}>;`,
    `var<workgroup> right_panel: array<f32, ${extent(panels.n) * panelDepth}>;`,
    ...(before.some(isLoaded) ? [`var<workgroup> ${loadedWord}: i32;`] : []),
  ];
}

/** What is loaded from a buffer that others write is not uniform to WGSL, and would bound no loop with barriers: one thread tells the rest. */
function printLet(printer: Printer, s: Extract<Statement, { is: 'let' }>): void {
  if (!isLoaded(s)) {
    printer.declare(s.index, printer.index(s.value));
    return;
  }
  printer.line(`if (thread == 0u) { ${loadedWord} = ${printer.index(s.value)}; }`);
  printer.declare(s.index, `workgroupUniformLoad(&${loadedWord})`);
}
const loadedWord = 'loaded_word';
function isLoaded(s: Statement): boolean {
  const loads = (index: Index): boolean => typeof index === 'object' && ('load' in index || index.a.some(loads));
  return s.is === 'let' && loads(s.value);
}

function extent(axis: TileAxis): number {
  if (axis.extent === 'whole') throw new RangeError(`axis ${axis.name} of a contraction tile has no fixed extent`);
  return axis.extent;
}

function panelsOf(body: readonly Statement[], loop: Loop): Panels {
  const multiply = loop.body.find((s): s is Multiply => s.is === 'multiply')!;
  const accumulator = body.find((s): s is Accumulator => s.is === 'tile' && s.tile === multiply.into)!;
  const [m, n] = accumulator.axes;
  const inner = loop.body.flatMap((s) => (s.is === 'read' || s.is === 'map' ? s.axes : []));
  const k = inner.find((axis) => axis.name !== m.name && axis.name !== n.name)!;
  return { accumulator, multiply, m, n, k };
}

function printLoop(printer: Printer, loop: Loop, panels: Panels, rows: number, columns: number): void {
  const counter = printer.name(loop.index);
  const [from, to] = [printer.index(loop.from), printer.index(loop.to)];
  printer.block(`for (var ${counter} = ${from}; ${counter} < ${to}; ${counter} += ${loop.step})`, () => {
    printer.names.set(loop.index, counter);
    for (const s of loop.body) if (s.is === 'let') printer.declare(s.index, printer.index(s.value));
    const base = printer.index(panels.k.base);
    const end = `${base} + ${printer.count(panels.k)}`;
    printer.block(`for (var k0 = ${base}; k0 < ${end}; k0 += ${panelDepth})`, () => {
      printPanel(printer, 'left_panel', panels.m, panels, loop.body, panels.multiply.left);
      printPanel(printer, 'right_panel', panels.n, panels, loop.body, panels.multiply.right);
      printer.line('workgroupBarrier();');
      printMultiply(printer, panels, rows, columns);
      printer.line('workgroupBarrier();');
    });
  });
}

/** All threads fill panel[i][k] = tile value at (outer base + i, k0 + k), zero outside. */
function printPanel(printer: Printer, panel: string, outer: TileAxis, { k }: Panels, body: readonly Statement[], tile: string): void {
  const size = extent(outer) * panelDepth;
  printer.block(`for (var e = i32(thread); e < ${size}; e += ${threads})`, () => {
    printer.declare(outer.name, `${printer.index(outer.base)} + e / ${panelDepth}`);
    printer.declare(k.name, `k0 + e % ${panelDepth}`);
    printer.line('var element = 0.0;');
    printer.block(`if (${inside(printer, outer)} && ${inside(printer, k)})`, () => {
      printer.line(`element = ${pointOf(printer, body, new Map(), [tile]).get(tile)!.text};`);
    });
    printer.line(`${panel}[e] = element;`);
  });
}

function inside(printer: Printer, axis: TileAxis): string {
  const local = `${printer.index(axis.name)} - ${printer.index(axis.base)} < ${axis.extent}`;
  return `${printer.index(axis.name)} < ${printer.index(axis.size)} && ${local}`;
}

function printMultiply(printer: Printer, { m, n }: Panels, rows: number, columns: number): void {
  printer.block(`for (var k = 0; k < ${panelDepth}; k++)`, () => {
    for (let r = 0; r < rows; r++) {
      const row = `min(thread_y + ${r * across}, ${extent(m) - 1})`;
      printer.line(`let l${r} = left_panel[${row} * ${panelDepth} + k];`);
    }
    for (let c = 0; c < columns; c++) {
      const column = `min(thread_x + ${c * across}, ${extent(n) - 1})`;
      printer.line(`let r${c} = right_panel[${column} * ${panelDepth} + k];`);
      for (let r = 0; r < rows; r++) printer.line(`acc[${r * columns + c}] = fma(l${r}, r${c}, acc[${r * columns + c}]);`);
    }
  });
}

/** The statements after the loop, at every element that the thread holds. */
function printEpilogue(printer: Printer, after: readonly Statement[], panels: Panels, rows: number, columns: number): void {
  const { m, n, accumulator } = panels;
  for (const s of after) if (s.is === 'let') printer.declare(s.index, printer.index(s.value));
  printer.block(`for (var r = 0; r < ${rows}; r++)`, () => {
    printer.block(`for (var c = 0; c < ${columns}; c++)`, () => {
      printer.declare(m.name, `${printer.index(m.base)} + thread_y + r * ${across}`);
      printer.declare(n.name, `${printer.index(n.base)} + thread_x + c * ${across}`);
      printer.block(`if (${inside(printer, m)} && ${inside(printer, n)})`, () => {
        const scope: Scope = new Map([[accumulator.tile, { text: `acc[r * ${columns} + c]`, element: 'f32' }]]);
        pointOf(
          printer,
          after.filter((s) => s.is !== 'let'),
          scope,
          [],
        );
      });
    });
  });
}
