/**
 * Products that look up a table for each row: grouped kernels, forward and for both gradients, mean what the program means, and compute
 * the rows that there are and no others.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Kernel, Launch } from '../../compiler/values/kernel.ts';
import { checkProgram } from './check.ts';
import { routed, type Shape, shapes, valuesOf } from './routed.ts';

/** What launches multiplied, in multiply-adds, and in how many tiles: the grouped ones, or all. */
function observed(shape: Shape, favoured: (row: number) => number, all = false): { macs: number; tiles: number }[] {
  const program = routed(shape);
  const found = new Map<Launch, { macs: number; tiles: number }>();
  const schedule = checkProgram(program, valuesOf(program, favoured), (launch, { rows, columns, depth }) => {
    const { macs, tiles } = found.get(launch) ?? { macs: 0, tiles: 0 };
    found.set(launch, { macs: macs + rows * columns * depth, tiles: tiles + 1 });
  });
  const chosen = schedule.launches.filter((launch) => found.has(launch) || isGrouped(schedule.kernels[launch.kernel]));
  const grouped = chosen.filter((launch) => all || isGrouped(schedule.kernels[launch.kernel]));
  return grouped.map((launch) => found.get(launch) ?? { macs: 0, tiles: 0 });
}
const isGrouped = ({ form, grid }: Kernel) => form === 'tiles' && grid[0].index === 'g';
const everywhere = () => -1;
const work = ({ rows, pick, width, out, beside = 1 }: Shape) => rows.reduce((n, size) => n * size, 1) * pick * width * out * beside;

for (const [name, shape] of Object.entries(shapes)) {
  test(`${name}: values and gradients of reference, one launch each, no row too many`, () => {
    const found = observed(shape, everywhere);
    assert.is(found.length, 3);
    for (const { macs } of found) assert.is(macs, work(shape));
  });
}

test('experts without rows: none of their tiles is multiplied', () => {
  const shape: Shape = { experts: 6, rows: [100], pick: 1, width: 12, out: 16 };
  const all = observed(shape, () => 4);
  assert.equal(
    all.map(({ macs }) => macs),
    [work(shape), work(shape), work(shape)],
  );
  // 100 rows are three tiles of 48; the gradient by the table is one tile that walks the rows.
  assert.equal(
    all.map(({ tiles }) => tiles),
    [3, 3, 1],
  );
  const two = observed(shape, (row) => (row < 40 ? 1 : 5));
  assert.equal(
    two.map(({ tiles }) => tiles),
    [1 + 2, 1 + 2, 2],
  );
});

test('a table made of cores is rebuilt for groups with rows alone, and so is the gradient by a core of its own', () => {
  const shape: Shape = { experts: 6, rows: [60], pick: 1, width: 12, out: 16, bond: 8 };
  const table = shape.out * shape.width * 8;
  // Forward, by x and by the table: the rows; the table and the core of each expert: the groups; the shared core sums over all groups.
  for (const [groups, favoured] of [[2, (row: number) => (row < 20 ? 1 : 5)] as const, [1, () => 3] as const]) {
    const macs = observed(shape, favoured, true).map((own) => own.macs);
    const expected = [work(shape), work(shape), work(shape), groups * table, groups * table, 6 * table];
    assert.equal(
      macs.toSorted((a, b) => a - b),
      expected.toSorted((a, b) => a - b),
    );
  }
});

test('small tables are read where they lie', () => {
  assert.is(observed({ experts: 3, rows: [20], pick: 1, width: 4, out: 4 }, everywhere).length, 0);
});

test('ids that may lie outside: the gradient by the table is grouped, rows without a table are 0 in the others', () => {
  const shape: Shape = { experts: 5, rows: [40], pick: 2, width: 9, out: 11, given: true };
  const inside = valuesOf(routed(shape))
    .get('ids')!
    .filter((id) => id >= 0 && id < 5).length;
  assert.ok(inside < 80);
  const found = observed(shape, everywhere);
  assert.equal(
    found.map(({ macs }) => macs),
    [inside * 9 * 11],
  );
});

test.run();
