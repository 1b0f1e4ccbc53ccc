/** Tiles of the kernel interpreter: f64 values over named axes. */
import { type Combine, combineStart } from '../values/kernel.ts';

export type Names = ReadonlyMap<string, number>;
/** The part of a tile that lies inside its sizes: global position of the first element and number of elements along each axis. */
export interface Tile {
  readonly axes: readonly { readonly name: string; readonly from: number; readonly count: number }[];
  readonly values: Float64Array;
}

/** Visits all positions row-major; the axis names stand for global positions. */
export function each(axes: Tile['axes'], names: Names, visit: (names: Names, position: number) => void): void {
  const inner = new Map(names);
  let position = 0;
  const walk = (depth: number) => {
    if (depth === axes.length) visit(inner, position++);
    else {
      const { name, from, count } = axes[depth];
      for (let i = 0; i < count; i++) {
        inner.set(name, from + i);
        walk(depth + 1);
      }
    }
  };
  walk(0);
}

/** Element of a tile at the global positions in `names`. */
export function at(tile: Tile, names: Names): number {
  const position = tile.axes.reduce((sum, { name, from, count }) => sum * count + (names.get(name)! - from), 0);
  return tile.values[position];
}

/** into[m n] += left[m k] . right[k n]. */
export function multiply(into: Tile, left: Tile, right: Tile): void {
  const [rows, columns] = into.axes.map(({ count }) => count);
  const inner = left.axes[1].count;
  for (let m = 0; m < rows; m++)
    for (let n = 0; n < columns; n++)
      for (let k = 0; k < inner; k++) into.values[m * columns + n] += left.values[m * inner + k] * right.values[k * columns + n];
}

/** Combines along one axis, as the statement `fold` says. */
export function fold(source: Tile, over: string, how: Combine, lanes: number): Tile {
  const axis = source.axes.findIndex(({ name }) => name === over);
  const { count } = source.axes[axis];
  const inner = source.axes.slice(axis + 1).reduce((product, span) => product * span.count, 1);
  const outer = source.axes.slice(0, axis).reduce((product, span) => product * span.count, 1);
  const values = new Float64Array(outer * inner);
  for (let place = 0; place < values.length; place++) {
    const partial = new Float64Array(lanes).fill(combineStart(how, 'f32'));
    const from = Math.floor(place / inner) * count * inner + (place % inner);
    for (let j = 0; j < count; j++) partial[j % lanes] = combine(how, partial[j % lanes], source.values[from + j * inner]);
    for (let h = lanes / 2; h >= 1; h /= 2) for (let i = 0; i < h; i++) partial[i] = combine(how, partial[i], partial[i + h]);
    values[place] = partial[0];
  }
  return { axes: source.axes.filter((_, k) => k !== axis), values };
}

/** One step of a combination. */
export function combine(how: Combine, x: number, y: number): number {
  switch (how) {
    case 'sum':
      return x + y;
    case 'max':
      return Math.max(x, y);
    case 'min':
      return Math.min(x, y);
    case 'any':
      return x !== 0 || y !== 0 ? 1 : 0;
  }
}
