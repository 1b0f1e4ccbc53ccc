/**
 * Loads and stores of four neighbouring elements along a vector axis. Contiguous accesses are one instruction at a pointer computed
 * before the loop; what does not move along the axis is loaded into all lanes; everything else goes lane by lane. Tails touch no element
 * beyond the axis and pass through the same vector arithmetic as the body.
 */
import type { Access, Element, TileAxis } from '../../values/kernel.ts';
import { add, type Code, type Expression, get, known, multiply, number } from './code.ts';
import { accessSlope, type Indices, mentions, partMentions } from './indices.ts';

/** Where a chunk stands: byte offset of its first element from the axis' base, which vector of the chunk, valid lanes of a tail. */
export interface Spot {
  readonly bytes: Expression;
  readonly vector: number;
  readonly valid?: Expression;
}
/** An access prepared before the loop over its axis. */
export interface Prepared {
  load(spot: Spot): Expression;
  store(spot: Spot, value: Expression, sum: boolean): void;
}

const splat = (element: Element, value: Expression) => `(${element}x4.splat ${value})`;
const literal = (element: Element, value: number) => (element === 'i32' ? number(value) : `(f32.const ${Math.fround(value)})`);

/** Global position of the first lane of a spot. */
export function positionOf(code: Code, base: Expression, { bytes, vector }: Spot): Expression {
  return code.let('at', 'i32', add(add(base, `(i32.shr_u ${bytes} (i32.const 2))`), number(4 * vector)));
}

export function prepare(indices: Indices, access: Access, element: Element, axis: TileAxis): Prepared {
  const { code } = indices;
  const along = accessSlope(access, axis.name);
  const fixed = [...access.terms.filter((term) => 'ids' in term), ...(access.where ?? [])].every((part) => !partMentions(part, axis.name));
  const base = code.let('base', 'i32', indices.value(axis.base));
  if (!fixed || (along !== 0 && along !== 1)) return byLane(indices, access, element, axis, base);
  const { elements, ok } = indices.with(axis.name, base, () => indices.offset(access, () => true));
  const inside = code.let('ok', 'i32', ok);
  const pointer = code.let('pointer', 'i32', indices.address(access.buffer, elements));
  const outside = literal(element, access.outside ?? 0);
  if (along === 0) return standing(code, element, pointer, inside, outside);
  return contiguous(code, element, pointer, inside, outside);
}

function guarded(type: string, ok: Expression, value: Expression, otherwise: Expression): Expression {
  return known(ok) === 1 ? value : `(if (result ${type}) ${ok} (then ${value}) (else ${otherwise}))`;
}

/** One element for all positions; as a write, the last lane wins, which only a scalar tile asks for. */
function standing(code: Code, element: Element, pointer: Expression, ok: Expression, outside: Expression): Prepared {
  const load = () => guarded('v128', ok, `(v128.load32_splat ${pointer})`, splat(element, outside));
  return {
    load,
    store: (_, value, sum) => {
      const whole = sum ? `(${element}x4.add ${load()} ${value})` : value;
      code.when(ok, () => code.line(`(v128.store32_lane 0 ${pointer} ${whole})`));
    },
  };
}

function contiguous(code: Code, element: Element, pointer: Expression, ok: Expression, outside: Expression): Prepared {
  const place = ({ bytes, vector, valid }: Spot) => {
    const start = add(pointer, bytes);
    return valid === undefined
      ? { start, offset: vector === 0 ? '' : `offset=${16 * vector} ` }
      : { start: add(start, number(16 * vector)), offset: '' };
  };
  const load = (spot: Spot) => {
    const { start, offset } = place(spot);
    const value = spot.valid === undefined ? `(v128.load ${offset}${start})` : `(call $load_partial ${start} ${spot.valid})`;
    return guarded('v128', ok, value, splat(element, outside));
  };
  return {
    load,
    store: (spot, value, sum) => {
      const whole = sum ? `(${element}x4.add ${load(spot)} ${value})` : value;
      const { start, offset } = place(spot);
      code.when(ok, () => {
        if (spot.valid === undefined) code.line(`(v128.store ${offset}${start} ${whole})`);
        else code.line(`(call $store_partial ${start} ${whole} ${spot.valid})`);
      });
    },
  };
}

/** One element, of the type that the access has, where the indices stand. */
export function loadElement(indices: Indices, access: Access, element: Element): Expression {
  const { elements, ok } = indices.offset(access, () => true);
  const load = `(${element}.load ${indices.address(access.buffer, elements)})`;
  return guarded(element, ok, load, literal(element, access.outside ?? 0));
}

function byLane(indices: Indices, access: Access, element: Element, axis: TileAxis, base: Expression): Prepared {
  const { code } = indices;
  const each = (spot: Spot, visit: (lane: number, pointer: Expression, ok: Expression) => void) => {
    const first = positionOf(code, base, spot);
    for (let lane = 0; lane < 4; lane++) {
      // Lanes beyond a tail repeat its last element; they are not stored.
      const shift =
        spot.valid === undefined || lane === 0 ? number(lane) : indices.extremum('min', number(lane), add(spot.valid, number(-1)));
      const at = code.let('at', 'i32', add(first, shift));
      const { elements, ok } = indices.with(axis.name, at, () => indices.offset(access, () => true));
      visit(lane, code.let('pointer', 'i32', indices.address(access.buffer, elements)), code.let('ok', 'i32', ok));
    }
  };
  const outside = literal(element, access.outside ?? 0);
  const load = (spot: Spot) => {
    const name = code.fresh('lanes', 'v128');
    each(spot, (lane, pointer, ok) => {
      const value = guarded(element, ok, `(${element}.load ${pointer})`, outside);
      code.set(name, lane === 0 ? splat(element, value) : `(${element}x4.replace_lane ${lane} ${get(name)} ${value})`);
    });
    return get(name);
  };
  return {
    load,
    store: (spot, value, sum) => {
      const named = code.let('value', 'v128', value);
      each(spot, (lane, pointer, ok) => {
        const part = `(${element}x4.extract_lane ${lane} ${named})`;
        const whole = sum ? `(${element}.add (${element}.load ${pointer}) ${part})` : part;
        const reached = spot.valid === undefined ? ok : code.let('ok', 'i32', bothOf(ok, `(i32.gt_s ${spot.valid} ${number(lane)})`));
        code.when(reached, () => code.line(`(${element}.store ${pointer} ${whole})`));
      });
    },
  };
}

function bothOf(a: Expression, b: Expression): Expression {
  return known(a) === 1 ? b : `(i32.and ${a} ${b})`;
}

/** The four global positions of a spot, or one uniform index in all lanes. */
export function coordinateOf(
  indices: Indices,
  index: Parameters<Indices['value']>[0],
  axis: TileAxis | undefined,
  spot: Spot | undefined,
): Expression {
  const { code } = indices;
  if (axis === undefined || spot === undefined || !mentions(index, axis.name)) return `(i32x4.splat ${indices.value(index)})`;
  if (index !== axis.name) throw new Error(`a coordinate along ${axis.name} is neither uniform nor the axis itself`);
  const first = positionOf(code, indices.value(axis.base), spot);
  return `(i32x4.add (i32x4.splat ${first}) ${code.ints(0, 1, 2, 3)})`;
}

/** Bytes of one tile of an axis in scratch memory, whole vectors of sixteen elements. */
export function tileBytes(indices: Indices, axis: TileAxis): Expression {
  if (axis.extent !== 'whole') return number(4 * 16 * Math.ceil(axis.extent / 16));
  const count = indices.inside(axis);
  return multiply(`(i32.and ${add(count, number(15))} ${number(-16)})`, number(4));
}

/** Functions that the loads and stores of tails call. */
export const partialFunctions = `
  (func $load_partial (param $p i32) (param $n i32) (result v128)
    (local $v v128)
    (if (i32.ge_s (local.get $n) (i32.const 4)) (then (return (v128.load (local.get $p)))))
    (if (i32.lt_s (local.get $n) (i32.const 2)) (then (return (v128.load32_zero (local.get $p)))))
    (local.set $v (v128.load64_zero (local.get $p)))
    (if (i32.eq (local.get $n) (i32.const 2)) (then (return (local.get $v))))
    (v128.load32_lane offset=8 2 (local.get $p) (local.get $v)))
  (func $store_partial (param $p i32) (param $v v128) (param $n i32)
    (if (i32.ge_s (local.get $n) (i32.const 4)) (then (v128.store (local.get $p) (local.get $v)) (return)))
    (if (i32.lt_s (local.get $n) (i32.const 2)) (then (v128.store32_lane 0 (local.get $p) (local.get $v)) (return)))
    (v128.store64_lane 0 (local.get $p) (local.get $v))
    (if (i32.eq (local.get $n) (i32.const 3)) (then (v128.store32_lane offset=8 2 (local.get $p) (local.get $v)))))`;
