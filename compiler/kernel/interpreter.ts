/**
 * The meaning of kernels and schedules in f64, statement by statement and element by element. It knows no back end: where a kernel run
 * here equals `reference` and the same kernel printed as code does not, the printer is wrong; else the kernel is.
 */

import { indexValue } from '../values/index-value.ts';
import type { Access, Index, Kernel, Launch, Schedule, SpaceName, Statement, Term, TileAxis } from '../values/kernel.ts';
import type { Scalar } from '../values/program.ts';
import { streamKey, wordAt } from '../values/random.ts';
import { applyFunction, fallingOrder } from '../values/scalar.ts';
import { at, combine, each, fold, multiply, type Names, type Tile } from './interpreter-tiles.ts';

/** Every space of a schedule, one f64 per element (ints and bits too). */
export type Spaces = Readonly<Record<SpaceName, Float64Array>>;
/** Spaces of the schedule's sizes, tables filled. Spaces that outlive a schedule (persistent, inputs, ...) may be replaced by the caller. */
export function spacesOf(schedule: Schedule): Spaces {
  const make = (name: SpaceName) => new Float64Array(schedule.sizes[name]);
  const tables = make('tables');
  for (const run of schedule.tables) tables.set(run.values, run.offset);
  return {
    persistent: make('persistent'),
    inputs: make('inputs'),
    results: make('results'),
    saved: make('saved'),
    folded: make('folded'),
    scratch: make('scratch'),
    tables,
  };
}

/** Told of every product of two tiles: of which launch, and how many rows, columns and terms were really inside. */
export type Observer = (launch: Launch, product: { readonly rows: number; readonly columns: number; readonly depth: number }) => void;

/** Runs all launches in order. Gates are host bits by name, 1 where absent. */
export function interpret(
  schedule: Schedule,
  spaces: Spaces,
  context: { readonly seed: readonly [number, number]; readonly tick: number },
  gates: ReadonlyMap<string, number> = new Map(),
  observe: Observer = () => undefined,
): void {
  for (const launch of schedule.launches) {
    if (launch.gate !== undefined && gates.get(launch.gate) === 0) continue;
    const args = [...launch.args];
    for (const { stream, arg } of launch.keys) [args[arg], args[arg + 1]] = streamKey(context.seed, stream, context.tick);
    const buffers = launch.buffers.map(({ space, offset, length }) => spaces[space].subarray(offset, offset + length));
    const kernel = schedule.kernels[launch.kernel];
    for (let block = 0; block < launch.blocks; block++) runBlock(kernel, args, buffers, block, (product) => observe(launch, product));
  }
}

/** One block of the grid. Throws where an address leaves its buffer. */
export function runBlock(
  kernel: Kernel,
  args: readonly number[],
  buffers: readonly Float64Array[],
  block: number,
  multiplied: State['multiplied'] = () => undefined,
): void {
  const names = new Map(kernel.args.map((name, k) => [name, args[k]]));
  let rest = block;
  for (const { index, blocks } of kernel.grid.toReversed()) {
    const count = indexValue(blocks, names, buffers);
    names.set(index, rest % count);
    rest = Math.floor(rest / count);
  }
  run(kernel.body, { kernel, names, buffers, tiles: new Map(), multiplied });
}

interface State {
  readonly kernel: Kernel;
  readonly names: Map<string, number>;
  readonly buffers: readonly Float64Array[];
  readonly tiles: Map<string, Tile>;
  readonly multiplied: (product: Parameters<Observer>[1]) => void;
}

function run(body: readonly Statement[], state: State): void {
  for (const statement of body) execute(statement, state);
}

function execute(s: Statement, state: State): void {
  const { names, buffers, tiles } = state;
  const index = (value: Index) => indexValue(value, names, buffers);
  switch (s.is) {
    case 'let':
      names.set(s.index, index(s.value));
      return;
    case 'loop': {
      const to = index(s.to);
      for (let i = index(s.from); i < to; i += s.step) run(s.body, { ...state, names: names.set(s.index, i) });
      return;
    }
    case 'tile':
      tiles.set(
        s.tile,
        fill(s.axes, state, () => s.fill),
      );
      return;
    case 'read':
      tiles.set(
        s.tile,
        fill(s.axes, state, (inner) => {
          const at = address(s.from, inner, state);
          return at === undefined ? (s.from.outside ?? 0) : at.buffer[at.offset];
        }),
      );
      return;
    case 'map':
      tiles.set(s.tile, mapTile(s, state));
      return;
    case 'multiply': {
      const [into, left, right] = [s.into, s.left, s.right].map((tile) => tiles.get(tile)!);
      multiply(into, left, right);
      const [rows, columns] = into.axes.map(({ count }) => count);
      state.multiplied({ rows, columns, depth: left.axes[1].count });
      return;
    }
    case 'fold':
      tiles.set(s.tile, fold(tiles.get(s.source)!, s.over, s.combine, s.lanes));
      return;
    case 'accumulate': {
      const into = tiles.get(s.into)!;
      const from = tiles.get(s.source)!;
      each(into.axes, names, (inner, position) => {
        into.values[position] = combine(s.combine, into.values[position], at(from, inner));
      });
      return;
    }
    case 'write': {
      const tile = tiles.get(s.tile)!;
      each(tile.axes, names, (inner, position) => {
        const to = address(s.to, inner, state);
        if (to !== undefined) to.buffer[to.offset] = tile.values[position] + (s.add ? to.buffer[to.offset] : 0);
      });
      return;
    }
    case 'arg-top': {
      const order = [...tiles.get(s.source)!.values.entries()].sort(([i, x], [j, y]) => fallingOrder(x, y) || i - j);
      tiles.set(
        s.tile,
        fill([s.axis], state, (inner) => order[inner.get(s.axis.name)!][0]),
      );
      return;
    }
    case 'group':
      group(s, index, buffers);
      return;
    case 'largest':
      largest(s, index, buffers);
      return;
  }
}

/** A tile of the part of the axes that lies inside their sizes. */
function fill(axes: readonly TileAxis[], state: State, value: (names: Names) => number): Tile {
  const spans = axes.map((axis) => {
    const from = indexValue(axis.base, state.names, state.buffers);
    const size = indexValue(axis.size, state.names, state.buffers);
    const count = axis.extent === 'whole' ? size - from : Math.min(axis.extent, size - from);
    return { name: axis.name, from, count: Math.max(0, count) };
  });
  const values = new Float64Array(spans.reduce((product, { count }) => product * count, 1));
  each(spans, state.names, (names, position) => {
    values[position] = value(names);
  });
  return { axes: spans, values };
}

function mapTile(s: Extract<Statement, { is: 'map' }>, state: State): Tile {
  const operands = s.tiles.map((name) => state.tiles.get(name)!);
  return fill(s.axes, state, (names) => {
    const index = (value: Index) => indexValue(value, names, state.buffers);
    const value = (part: Scalar): number => {
      switch (part.is) {
        case 'read':
          return at(operands[part.operand], names);
        case 'number':
        case 'size':
          return part.value;
        case 'coordinate':
          return index(s.coordinates[part.axis]);
        case 'random': {
          const key = s.keys[Number(part.stream)];
          return wordAt([names.get(key.key0)!, names.get(key.key1)!], index(key.row), index(key.column));
        }
        case 'apply':
          if (part.f === 'select') return value(part.a[0]) !== 0 ? value(part.a[1]) : value(part.a[2]);
          return applyFunction(part.f, part.a.map(value));
      }
    };
    return value(s.value);
  });
}

function group(s: Extract<Statement, { is: 'group' }>, index: (value: Index) => number, buffers: readonly Float64Array[]): void {
  const [n, groups] = [index(s.n), index(s.groups)];
  const keys = buffers[s.keys].subarray(0, n);
  const place = (key: number) => (key >= 0 && key < groups ? key : groups);
  const next = buffers[s.scratch].subarray(0, groups + 1).fill(0);
  for (const key of keys) if (place(key) < groups) next[key + 1]++;
  for (let g = 0; g < groups; g++) next[g + 1] += next[g];
  if (s.gives === 'start') buffers[s.to].set(next);
  else
    keys.forEach((key, i) => {
      buffers[s.to][next[place(key)]++] = i;
    });
}

function largest(s: Extract<Statement, { is: 'largest' }>, index: (value: Index) => number, buffers: readonly Float64Array[]): void {
  const values = buffers[s.of].subarray(0, index(s.n));
  const order = Array.from(values.keys()).sort((i, j) => fallingOrder(values[i], values[j]) || i - j);
  buffers[s.to].fill(0, 0, values.length);
  for (const position of order.slice(0, index(s.count))) buffers[s.to][position] = 1;
}

/** Buffer and offset, or undefined where a guard or an id fails. */
function address(access: Access, names: Names, state: State): { buffer: Float64Array; offset: number } | undefined {
  for (const { value, size } of access.where ?? []) {
    const place = indexValue(value, names, state.buffers);
    if (place < 0 || place >= indexValue(size, names, state.buffers)) return undefined;
  }
  let offset = 0;
  for (const term of access.terms) {
    const part = termOf(term, names, state);
    if (part === undefined) return undefined;
    offset += part;
  }
  const buffer = state.buffers[access.buffer];
  if (offset < 0 || offset >= buffer.length) {
    const { name } = state.kernel.buffers[access.buffer];
    throw new RangeError(`kernel ${state.kernel.key}: element ${offset} of buffer ${name}, which has ${buffer.length}`);
  }
  return { buffer, offset };
}

function termOf(term: Term, names: Names, state: State): number | undefined {
  if ('ids' in term) {
    const place = address(term.ids, names, state);
    const id = place === undefined ? (term.ids.outside ?? 0) : place.buffer[place.offset];
    if (term.size !== undefined && (id < 0 || id >= indexValue(term.size, names, state.buffers))) return undefined;
    return id * indexValue(term.stride, names, state.buffers);
  }
  const index = indexValue(term.index, names, state.buffers);
  if (!('table' in term)) return index * indexValue(term.stride, names, state.buffers);
  const tables = state.kernel.buffers.findIndex(({ name }) => name === 'tables');
  return state.buffers[tables][names.get(term.table)! + index];
}
