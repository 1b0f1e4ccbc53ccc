/**
 * The forms `rows`, `points` and `scatter`: statements along one vector axis, cut into passes where one needs the result of a fold of
 * the pass before. A tile that a later pass reads is kept in scratch memory, except a plain read of an input, which is read again.
 */
import type { Statement, TileAxis } from '../../values/kernel.ts';
import { defines, isPointwiseLoop, neededFor, uses } from '../dataflow.ts';
import { loadElement, tileBytes } from './access.ts';
import { add, type Code, type Expression, multiply, number } from './code.ts';
import { combine } from './fold.ts';
import type { Indices } from './indices.ts';
import { emitMap, type Kept, Pass } from './pass.ts';
import type { Scalar } from './scalar-tile.ts';
import { loadScalar, storeScalar } from './scalar-tile.ts';
import { emitTop } from './special.ts';

/** Positions that scratch memory holds beside all else. */
const MOST_PICKS = 2 ** 18;

type Read = Extract<Statement, { is: 'read' }>;

/** Scratch memory of one kernel call, handed out from a pointer upwards. */
export class Scratch {
  private readonly code: Code;
  private next: Expression;
  constructor(code: Code, start: Expression) {
    this.code = code;
    this.next = start;
  }
  reserve(bytes: Expression): Expression {
    const pointer = this.next;
    this.next = this.code.let('scratch', 'i32', add(pointer, bytes));
    return pointer;
  }
  /** What `body` reserves is free afterwards: code that may not run must not be where later code gets its pointer from. */
  within(body: () => void): void {
    const { next } = this;
    body();
    this.next = next;
  }
}

interface Scope {
  readonly scalars: Map<string, Scalar>;
  readonly kept: Map<string, Kept>;
  readonly again: Map<string, Read>;
  readonly tops: Map<string, { readonly axis: TileAxis; readonly pointer: Expression }>;
}

export class Lanes {
  private readonly indices: Indices;
  private readonly code: Code;
  private readonly scratch: Scratch;
  /** The vector axis, as the statement seen last has it. */
  private axis: TileAxis | undefined;

  constructor(indices: Indices, scratch: Scratch, axis?: TileAxis) {
    this.indices = indices;
    this.code = indices.code;
    this.scratch = scratch;
    this.axis = axis;
  }

  /** Reads and maps along one axis; the tile named lands in memory at `to`. */
  store(body: readonly Statement[], tile: string, to: Expression): void {
    const needed = neededFor(body, [tile], new Map());
    const axis = axisOf(needed);
    if (axis === undefined) throw new Error(`tile ${tile} has no vector axis`);
    const scope: Scope = { scalars: new Map(), kept: new Map(), again: new Map(), tops: new Map() };
    const scalars = needed.filter((s) => this.isScalar(s, scope, []));
    for (const s of scalars) this.scalar(s, scope, () => {}, []);
    const keep = new Map<string, Kept>([[tile, { pointer: to, element: 'f32' }]]);
    const vector = needed.filter((s) => !scalars.includes(s));
    new Pass(this.indices, axis, scope, keep).run(vector, this.indices.inside(axis));
  }

  /** A body of one of the three forms. `kept`: tiles that are in memory already (the accumulators of a contraction). */
  run(body: readonly Statement[], kept: ReadonlyMap<string, Kept> = new Map()): void {
    this.sequence(body, { scalars: new Map(), kept: new Map(kept), again: new Map(), tops: new Map() });
  }

  private sequence(body: readonly Statement[], scope: Scope): void {
    let pending: Statement[] = [];
    const flush = (after: readonly Statement[]) => {
      if (pending.length > 0) this.pass(pending, after, scope);
      pending = [];
    };
    for (const [position, s] of body.entries()) {
      const after = body.slice(position + 1);
      const waits = uses(s).some((tile) => pending.some((p) => p.is === 'fold' && p.tile === tile));
      if (waits) flush([s, ...after]);
      if (s.is === 'let') this.indices.bind(s.index, this.code.let(s.index, 'i32', this.indices.value(s.value)));
      else if (s.is === 'loop' && (axisOf(s.body) === undefined || !isPointwiseLoop(s, after))) {
        flush([s, ...after]);
        this.code.for(s.index, this.indices.value(s.from), this.indices.value(s.to), s.step, (index) => {
          this.scratch.within(() => this.indices.with(s.index, index, () => this.sequence(s.body, this.inner(scope))));
        });
      } else if (s.is === 'arg-top') {
        flush([s, ...after]);
        this.top(s, scope);
      } else if (this.isScalar(s, scope, pending)) this.scalar(s, scope, () => flush([s, ...after]), pending);
      else pending.push(s);
    }
    flush([]);
  }

  private inner(scope: Scope): Scope {
    return { scalars: new Map(scope.scalars), kept: new Map(scope.kept), again: new Map(scope.again), tops: new Map(scope.tops) };
  }

  private isScalar(s: Statement, scope: Scope, pending: readonly Statement[]): boolean {
    if (s.is === 'tile' || s.is === 'read' || s.is === 'map') return s.axes.length === 0;
    if (s.is === 'accumulate') return scope.scalars.has(s.into);
    if (s.is === 'write') return scope.tops.has(s.tile) || (scope.scalars.has(s.tile) && !pending.some((p) => defines(p).includes(s.tile)));
    return false;
  }

  private scalar(s: Statement, scope: Scope, flush: () => void, pending: readonly Statement[]): void {
    const { code, indices } = this;
    if (s.is === 'tile') {
      const start = s.element === 'i32' ? code.ints(s.fill) : code.floats(s.fill);
      scope.scalars.set(s.tile, { kind: s.element, code: code.copy(s.tile, 'v128', start) });
    } else if (s.is === 'read') {
      const buffer = s.from.buffer;
      if (pending.some((p) => p.is === 'write' && p.to.buffer === buffer)) flush();
      scope.scalars.set(s.tile, loadScalar(indices, s));
    } else if (s.is === 'map') {
      const value = emitMap(indices, s, undefined, undefined, (tile) => this.known(tile, scope));
      scope.scalars.set(s.tile, { kind: s.element, code: code.copy(s.tile, 'v128', value) });
    } else if (s.is === 'accumulate') {
      const into = this.known(s.into, scope);
      const kind = into.kind === 'i32' ? 'i32' : 'f32';
      code.set(into.code.slice('(local.get '.length, -1), combine(s.combine, kind, into.code, this.known(s.source, scope).code));
    } else if (s.is === 'write' && scope.tops.has(s.tile)) this.writeTop(s, scope);
    else if (s.is === 'write') storeScalar(indices, s, this.known(s.tile, scope));
  }

  private known(tile: string, scope: Scope): Scalar {
    const value = scope.scalars.get(tile);
    if (value === undefined) throw new Error(`scalar tile ${tile} is read before it is written`);
    return value;
  }

  private pass(items: readonly Statement[], after: readonly Statement[], scope: Scope): void {
    const axis = axisOf(items) ?? this.axis;
    if (axis === undefined) throw new Error('a pass without a vector axis');
    this.axis = axis;
    const needed = new Set(after.flatMap(uses));
    const keep = new Map<string, Kept>();
    for (const s of items) {
      if (s.is === 'fold' || s.is === 'write') continue;
      for (const tile of defines(s)) {
        if (!needed.has(tile) || keep.has(tile)) continue;
        if (s.is === 'read' && this.indices.isReadOnly(s.from.buffer)) scope.again.set(tile, s);
        else {
          const element = s.is === 'read' || s.is === 'map' || s.is === 'tile' ? s.element : 'f32';
          keep.set(tile, { pointer: this.scratch.reserve(tileBytes(this.indices, axis)), element });
        }
      }
    }
    if (items.every((s) => s.is === 'read' && scope.again.get(s.tile) === s)) return;
    const own = new Set(items.flatMap(defines));
    const again = new Map([...scope.again].filter(([tile]) => !own.has(tile) && items.some((s) => uses(s).includes(tile))));
    const pass = new Pass(this.indices, axis, { scalars: scope.scalars, kept: scope.kept, again }, keep);
    pass.run(items, this.indices.inside(axis));
    for (const [tile, kept] of keep) scope.kept.set(tile, kept);
    for (const fold of pass.folds) scope.scalars.set(fold.statement.tile, { kind: fold.statement.element, code: fold.result() });
  }

  /** Repeated selection over a row that lies in memory. */
  private top(s: Extract<Statement, { is: 'arg-top' }>, scope: Scope): void {
    const { axis, code, indices } = this;
    if (axis === undefined) throw new Error('arg-top without a vector axis');
    if (s.axis.extent === 'whole' || s.axis.extent > MOST_PICKS) throw new Error(`arg-top picks at most ${MOST_PICKS} of a row`);
    const again = scope.again.get(s.source);
    const kept = scope.kept.get(s.source);
    if (again === undefined && kept === undefined) throw new Error(`tile ${s.source} is read before it is written`);
    const { element } = (again ?? kept)!;
    const base = code.let('base', 'i32', indices.value(axis.base));
    const load = (at: Expression): Expression => {
      if (again === undefined) return `(${element}.load ${add(kept!.pointer, multiply(at, number(4)))})`;
      return indices.with(axis.name, code.let('at', 'i32', add(base, at)), () => loadElement(indices, again.from, element));
    };
    const pointer = this.scratch.reserve(tileBytes(indices, s.axis));
    emitTop(code, { element, load }, indices.inside(axis), indices.inside(s.axis), (rank, position) =>
      code.line(`(i32.store ${add(pointer, multiply(rank, number(4)))} ${position})`),
    );
    scope.tops.set(s.tile, { axis: s.axis, pointer });
  }

  private writeTop(s: Extract<Statement, { is: 'write' }>, scope: Scope): void {
    const { axis, pointer } = scope.tops.get(s.tile)!;
    new Pass(
      this.indices,
      axis,
      { scalars: scope.scalars, kept: new Map([[s.tile, { pointer, element: 'i32' }]]), again: new Map() },
      new Map(),
    ).run([s], this.indices.inside(axis));
  }
}

function axisOf(items: readonly Statement[]): TileAxis | undefined {
  for (const s of items) {
    const found = s.is === 'tile' || s.is === 'read' || s.is === 'map' ? s.axes[0] : s.is === 'loop' ? axisOf(s.body) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
