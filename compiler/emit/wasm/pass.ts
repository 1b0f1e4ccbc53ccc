/**
 * One pass over the vector axis: pointwise statements and the folds that need no result of this pass. Sixteen elements a turn as four
 * vectors, then single vectors. Values live in locals; tiles that a later pass reads are stored to scratch memory on the way.
 */
import type { Element, Statement, TileAxis } from '../../values/kernel.ts';
import { coordinateOf, type Prepared, prepare, type Spot } from './access.ts';
import { add, type Code, type Expression, get, number, subtract } from './code.ts';
import { blockBytes, combine, Fold } from './fold.ts';
import type { Indices } from './indices.ts';
import { emitScalar, type Leaves, type Value } from './scalar.ts';

type Map_ = Extract<Statement, { is: 'map' }>;

/** A tile in memory: element j of the axis lies at pointer + 4 j. */
export interface Kept {
  readonly pointer: Expression;
  readonly element: Element;
}
/** What a pass finds: scalars of the row in all lanes, tiles of earlier passes in memory, reads that are made again where needed. */
export interface Tiles {
  readonly scalars: ReadonlyMap<string, Value>;
  readonly kept: ReadonlyMap<string, Kept>;
  readonly again: ReadonlyMap<string, Extract<Statement, { is: 'read' }>>;
}

export class Pass {
  readonly folds: Fold[] = [];
  private readonly indices: Indices;
  private readonly code: Code;
  private readonly axis: TileAxis;
  private readonly tiles: Tiles;
  private readonly keep: ReadonlyMap<string, Kept>;
  private readonly prepared = new Map<Statement, Prepared>();
  /** Values at the vectors of this turn: tile, then vector. */
  private readonly values = new Map<string, Value[]>();

  constructor(indices: Indices, axis: TileAxis, tiles: Tiles, keep: ReadonlyMap<string, Kept>) {
    this.indices = indices;
    this.code = indices.code;
    this.axis = axis;
    this.tiles = tiles;
    this.keep = keep;
  }

  run(items: readonly Statement[], count: Expression): void {
    const { code } = this;
    for (const s of items)
      if (s.is === 'read' || s.is === 'write') this.access(s, s.is === 'read' ? s.element : this.elementOf(s.tile, items));
    for (const s of this.tiles.again.values()) this.access(s, s.element);
    const folds = new Map(items.filter((s) => s.is === 'fold').map((s) => [s, new Fold(code, s)] as const));
    this.folds.push(...folds.values());
    const serial = items.some((s) => s.is === 'loop');
    const bytes = code.fresh('bytes', 'i32');
    code.set(bytes, number(0));
    const end = code.let('end', 'i32', `(i32.shl ${count} (i32.const 2))`);
    const turn = (spots: readonly Spot[]) => {
      this.values.clear();
      for (const s of items) this.statement(s, spots, folds);
      for (const [tile, { pointer }] of this.keep) {
        for (const [k, spot] of spots.entries()) {
          const value = this.values.get(tile)?.[k];
          if (value !== undefined) code.line(`(v128.store offset=${16 * spot.vector} ${add(pointer, spot.bytes)} ${value.code})`);
        }
      }
    };
    const sixteens = (until: Expression) =>
      code.while(`(i32.le_s ${add(get(bytes), number(64))} ${until})`, () => {
        const spots = [0, 1, 2, 3].map((vector) => ({ bytes: get(bytes), vector }));
        if (serial) turn(spots);
        else for (const spot of spots) turn([spot]);
        code.set(bytes, add(get(bytes), number(64)));
      });
    const blocked = [...folds.values()].filter((fold) => fold.isBlocked);
    if (blocked.length === 0) sixteens(end);
    else {
      // Whole blocks of a long sum, then what is left; a row of one block, as most are, runs once.
      const block = code.fresh('block', 'i32');
      const setBlock = () => code.set(block, this.indices.extremum('min', end, add(get(bytes), number(blockBytes))));
      setBlock();
      code.while(`(i32.le_s ${add(get(bytes), number(64))} ${end})`, () => {
        sixteens(get(block));
        code.when(`(i32.lt_s ${get(block)} ${end})`, () => {
          for (const fold of blocked) fold.endBlock();
          setBlock();
        });
      });
    }
    code.while(`(i32.lt_s ${get(bytes)} ${end})`, () => {
      const valid = code.let('valid', 'i32', `(i32.shr_u ${subtract(end, get(bytes))} (i32.const 2))`);
      turn([{ bytes: get(bytes), vector: 0, valid }]);
      code.set(bytes, add(get(bytes), number(16)));
    });
  }

  private elementOf(tile: string, items: readonly Statement[]): Element {
    for (const s of items) if ((s.is === 'tile' || s.is === 'read' || s.is === 'map') && s.tile === tile) return s.element;
    const outer = this.tiles.kept.get(tile)?.element ?? this.tiles.again.get(tile)?.element ?? this.tiles.scalars.get(tile)?.kind;
    return outer === 'i32' || outer === 'mask' ? 'i32' : 'f32';
  }

  private access(s: Extract<Statement, { is: 'read' | 'write' }>, element: Element): Prepared {
    const made = prepare(this.indices, s.is === 'read' ? s.from : s.to, element, this.axis);
    this.prepared.set(s, made);
    return made;
  }

  private statement(s: Statement, spots: readonly Spot[], folds: ReadonlyMap<Statement, Fold>): void {
    const { code } = this;
    switch (s.is) {
      case 'let':
        this.indices.bind(s.index, code.let(s.index, 'i32', this.indices.value(s.value)));
        return;
      case 'tile': {
        const start = s.element === 'i32' ? code.ints(s.fill) : code.floats(s.fill);
        this.values.set(
          s.tile,
          spots.map(() => ({ kind: s.element, code: code.copy(s.tile, 'v128', start) })),
        );
        return;
      }
      case 'read': {
        const from = this.prepared.get(s)!;
        this.values.set(
          s.tile,
          spots.map((spot) => ({ kind: s.element, code: code.let(s.tile, 'v128', from.load(spot)) })),
        );
        return;
      }
      case 'map':
        this.values.set(
          s.tile,
          spots.map((spot, k) => ({ kind: s.element, code: code.let(s.tile, 'v128', this.map(s, spot, k)) })),
        );
        return;
      case 'accumulate':
        for (const [k, spot] of spots.entries()) {
          const into = this.value(s.into, spot, k);
          const kind = into.kind === 'i32' ? 'i32' : 'f32';
          code.set(into.code.slice('(local.get '.length, -1), combine(s.combine, kind, into.code, this.value(s.source, spot, k).code));
        }
        return;
      case 'write':
        for (const [k, spot] of spots.entries()) this.prepared.get(s)!.store(spot, this.value(s.tile, spot, k).code, s.add === true);
        return;
      case 'fold':
        for (const [k, spot] of spots.entries()) folds.get(s)!.add(this.value(s.source, spot, k).code, spot);
        return;
      case 'loop':
        code.for(s.index, this.indices.value(s.from), this.indices.value(s.to), s.step, (index) => {
          this.indices.with(s.index, index, () => this.inner(s.body, spots, folds));
        });
        return;
      default:
        throw new Error(`${s.is} is not pointwise`);
    }
  }

  /** Addresses inside a serial loop depend on its index. */
  private inner(body: readonly Statement[], spots: readonly Spot[], folds: ReadonlyMap<Statement, Fold>): void {
    for (const s of body) {
      if (s.is === 'read' || s.is === 'write') this.access(s, s.is === 'read' ? s.element : this.elementOf(s.tile, body));
      this.statement(s, spots, folds);
    }
  }

  private value(tile: string, spot: Spot, k: number): Value {
    const known = this.values.get(tile)?.[k] ?? this.tiles.scalars.get(tile);
    if (known !== undefined) return known;
    const again = this.tiles.again.get(tile);
    const kept = this.tiles.kept.get(tile);
    if (again === undefined && kept === undefined) throw new Error(`tile ${tile} is read before it is written`);
    const load =
      again !== undefined
        ? this.prepared.get(again)!.load(spot)
        : `(v128.load offset=${16 * spot.vector} ${add(kept!.pointer, spot.bytes)})`;
    const value: Value = { kind: again?.element ?? kept!.element, code: this.code.let(tile, 'v128', load) };
    const all = this.values.get(tile) ?? [];
    all[k] = value;
    this.values.set(tile, all);
    return value;
  }

  private map(s: Map_, spot: Spot, k: number): Expression {
    return emitMap(this.indices, s, this.axis, spot, (tile) => this.value(tile, spot, k));
  }
}

/** The value of a map at a spot of the axis, or of a scalar map where there is none. */
export function emitMap(
  indices: Indices,
  s: Map_,
  axis: TileAxis | undefined,
  spot: Spot | undefined,
  tile: (name: string) => Value,
): Expression {
  const { code } = indices;
  const leaves: Leaves = {
    read: (operand) => tile(s.tiles[operand]),
    coordinate: (which) => coordinateOf(indices, s.coordinates[which], axis, spot),
    random: (stream) => {
      const key = s.keys[stream];
      return { key, row: coordinateOf(indices, key.row, axis, spot), column: coordinateOf(indices, key.column, axis, spot) };
    },
    argument: (name) => indices.argument(name),
  };
  return emitScalar(code, s.value, s.element, leaves);
}
