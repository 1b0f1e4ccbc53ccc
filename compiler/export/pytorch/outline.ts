/**
 * A body is a flat list into which the calls of layers were inlined; each statement remembers its layer. Here the calls are found again:
 * statements of one layer that follow each other become a call, with the values that it reads and those that others read of it.
 */
import type { Body, Expression, ValueId } from '../../values/body.ts';
import type { Model, Path } from '../../values/model.ts';
import { readsOf } from '../../values/reads.ts';

export interface Call {
  /** Of the layer's instance. */
  readonly path: Path;
  readonly items: readonly Item[];
  readonly inputs: readonly ValueId[];
  readonly outputs: readonly ValueId[];
}
/** A statement, or a call. */
export type Item = ValueId | Call;
export const isCall = (item: Item): item is Call => typeof item !== 'number';

/** Values that are written again wherever they are read: a number, a weight, the size of an axis. */
export const isFree = (e: Expression): boolean => e.is === 'number' || e.is === 'weight' || e.is === 'size';

/** `results`: what is read from outside. `known`: values that are there already, whose statements are not needed. */
export function outline(model: Model, body: Body, results: readonly ValueId[], known: ReadonlySet<ValueId> = new Set()): readonly Item[] {
  const { statements } = body;
  const needed = new Set<ValueId>();
  const pending = [...results];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (needed.has(id)) continue;
    needed.add(id);
    if (!known.has(id)) pending.push(...readsOf(statements[id].expression));
  }
  const order = [...needed].filter((id) => !known.has(id) && !isFree(statements[id].expression)).sort((a, b) => a - b);
  const layers = new Set(model.layers.filter(({ of }) => of !== 'group').map(({ path }) => path));
  const outside = (own: ReadonlySet<ValueId>) => [
    ...results,
    ...[...needed].filter((id) => !own.has(id) && !known.has(id)).flatMap((id) => readsOf(statements[id].expression)),
  ];

  /** Ids of one layer or below, `from` on in `ids`. */
  const grouped = (ids: readonly ValueId[], at: Path): Item[] => {
    const items: Item[] = [];
    for (let k = 0; k < ids.length; ) {
      const path = childOf(statements[ids[k]].path, at, layers);
      if (path === undefined) {
        items.push(ids[k++]);
        continue;
      }
      let end = k;
      while (end < ids.length && isBelow(statements[ids[end]].path, path)) end++;
      const run = ids.slice(k, end);
      const inner = grouped(run, path);
      k = end;
      if (!standsAlone(run, path)) {
        items.push(...inner);
        continue;
      }
      const own = new Set(run);
      const read = run.flatMap((id) => readsOf(statements[id].expression));
      const inputs = [...new Set(read)].filter((id) => !own.has(id) && !isFree(statements[id].expression));
      const readOutside = new Set(outside(own));
      items.push({ path, items: inner, inputs, outputs: run.filter((id) => readOutside.has(id)) });
    }
    return items;
  };
  /** Weights of other layers and draws of open sizes that no input has are the caller's business. */
  const standsAlone = (run: readonly ValueId[], path: Path): boolean => {
    const own = new Set(run);
    const read = run.flatMap((id) => [id, ...readsOf(statements[id].expression)]);
    const foreign = read.some((id) => {
      const { expression } = statements[id];
      return expression.is === 'weight' && !model.weights[expression.weight].path.startsWith(`${path}.`);
    });
    if (foreign || run.some((id) => statements[id].expression.is === 'input')) return false;
    const inputs = read.filter((id) => !own.has(id));
    const rootOf = (axis: number) => {
      const { size } = model.axes[axis];
      return typeof size === 'number' ? undefined : size.open;
    };
    const given = new Set(inputs.flatMap((id) => statements[id].axes.map(rootOf)));
    const asked = read.flatMap((id) => [...sizesAsked(statements[id].expression), ...statements[id].axes]).map(rootOf);
    return inputs.some((id) => !isFree(statements[id].expression)) && asked.every((root) => root === undefined || given.has(root));
  };
  return grouped(order, '');
}

function sizesAsked(e: Expression): readonly number[] {
  if (e.is === 'size' || e.is === 'position') return [e.axis];
  return e.is === 'refit' ? e.moves.flatMap((move) => (move.is === 'split' ? move.into : move.is === 'merge' ? move.axes : [])) : [];
}

const isBelow = (path: Path, layer: Path): boolean => path === layer || path.startsWith(`${layer}.`);

/** The outermost layer strictly below `at` that `path` lies in. */
function childOf(path: Path, at: Path, layers: ReadonlySet<Path>): Path | undefined {
  if (path === at) return undefined;
  const start = at === '' ? 0 : at.length + 1;
  for (let end = start; end <= path.length; end++) {
    if (end < path.length && path[end] !== '.') continue;
    const prefix = path.slice(0, end);
    if (prefix !== at && layers.has(prefix) && isBelow(path, prefix)) return prefix;
  }
  return undefined;
}
