/**
 * Normal form of products: a product followed by a sum is one contraction, and a contraction that sums nothing is a map. Before
 * planning, products of products merge, so that the planner sees the whole; afterwards a contraction keeps at most two operands.
 */
import type { Table } from '../../values/operation.ts';
import type { Contract, Id, MapOp, Program, Scalar, Subscript } from '../../values/program.ts';
import { elements } from '../../values/shape.ts';
import type { Builder } from '../builder.ts';
import { apply, isNumber, number, read, size } from '../scalar.ts';
import { MOST_READS } from './fuse-maps.ts';
import type { Factor, Factors } from './product.ts';
import { addContract } from './product.ts';
import { rewrite, usesOf } from './rewrite.ts';
import { isStatic, isZeroOutside } from './support.ts';

/** As many as the exact search takes. */
const MOST_OPERANDS = 12;

/** `planned`: trees are chosen, only what leaves two operands and sums no later than before may be merged. */
export function factor(program: Program, table: Table, planned: boolean): Program {
  const uses = usesOf(program);
  const counts: number[] = [];
  return rewrite(program, table, (node, inputs, builder, id) => {
    const made = node.operation === 'contract' ? factored(node.attributes as Contract, inputs, builder, counts, planned) : undefined;
    const result = made ?? builder.nodes.length;
    counts[result] = Math.max(counts[result] ?? 0, uses[id]);
    return made;
  });
}

/**
 * `divisors` are of the result's letters: the whole is divided after the sum, and is 0 where a `guarded` one is. It is multiplied by `scale`,
 * and divided by the number `over` and by `count`, which follows from sizes.
 */
interface Product extends Factors {
  readonly scale: number;
  readonly over: number;
  readonly count: number;
  readonly divisors: readonly Factor[];
  readonly guarded: boolean;
}
const bare = { scale: 1, over: 1, count: 1, divisors: [], guarded: false } as const;

function factored(contract: Contract, inputs: readonly Id[], builder: Builder, uses: readonly number[], planned: boolean): Id | undefined {
  const n = contract.operands.length;
  const local = (s: Subscript): Subscript => (typeof s === 'number' ? s : { ...s, ids: s.ids - n });
  const given: Product = {
    letters: contract.letters,
    operands: contract.operands.map((subscripts, k) => ({ id: inputs[k], subscripts: subscripts.map(local) })),
    ids: inputs.slice(n),
    result: contract.result.map(local),
    ...bare,
  };
  const pointwise = asMap(given, builder);
  if (pointwise !== undefined) return pointwise;
  let product = given;
  for (let k = 0; k < product.operands.length; k++) {
    const next = takeIn(product, k, builder, uses, planned);
    if (next === undefined || next.operands.length > (planned ? Math.max(2, product.operands.length) : MOST_OPERANDS)) continue;
    product = next;
    k = -1;
  }
  return product === given ? undefined : scaled(product, addContract(builder, product), builder);
}

/** Operand k replaced by the product that makes it. */
function takeIn(product: Product, k: number, builder: Builder, uses: readonly number[], planned: boolean): Product | undefined {
  const { id, subscripts } = product.operands[k];
  if (!subscripts.every((s) => typeof s === 'number')) return undefined;
  const node = builder.nodes[id];
  const inner = productOf(id, builder);
  if (inner === undefined) return undefined;
  if (planned && node.operation === 'contract' && product.operands.length > 1) return undefined;
  const alone = inner.operands.length === 1 && inner.ids.length === 0 && inner.divisors.length === 0;
  const isScaled = inner.scale !== 1 || inner.over !== 1 || inner.count !== 1;
  const moved = alone && !isScaled && inner.letters.length === inner.result.length;
  if (uses[id] > 1 && !moved) return undefined;
  if (!isPlain(inner.result)) return undefined;
  const letters = [...product.letters];
  const renamed = inner.letters.map((axis, letter) => {
    const at = inner.result.indexOf(letter);
    return at >= 0 ? (subscripts[at] as number) : letters.push(axis) - 1;
  });
  const change = (s: Subscript): Subscript =>
    typeof s === 'number' ? renamed[s] : { ...s, over: s.over.map((letter) => renamed[letter]), ids: s.ids + product.ids.length };
  const others = product.operands.filter((_, j) => j !== k);
  const operands = [
    ...product.operands.slice(0, k),
    ...inner.operands.map((operand) => ({ id: operand.id, subscripts: operand.subscripts.map(change) })),
    ...product.operands.slice(k + 1),
  ];
  const divisors = [
    ...product.divisors,
    ...inner.divisors.map((divisor) => ({ id: divisor.id, subscripts: divisor.subscripts.map(change) })),
  ];
  const late =
    inner.divisors.length === 0 ||
    (isPlain(product.result) && divisors.every((d) => d.subscripts.every((s) => product.result.includes(s))));
  if (!late || divisors.length > MOST_READS - 1) return undefined;
  const result: Product = {
    letters,
    operands,
    ids: [...product.ids, ...inner.ids],
    result: product.result,
    scale: product.scale * inner.scale,
    over: product.over * inner.over,
    count: product.count * inner.count,
    divisors,
    guarded: product.guarded || inner.guarded,
  };
  const covered = lettersOf([...operands.flatMap((o) => o.subscripts), ...product.result]);
  const broadcast = subscripts.some((s) => !covered.has(s as number) && product.letters[s as number].size > 1);
  const scaledLate = isScaled && elements(node.type.axes) < resultSize(product);
  return broadcast || scaledLate || others.length + inner.operands.length === 0 ? undefined : result;
}
const isPlain = (result: readonly Subscript[]) => result.every((s) => typeof s === 'number') && new Set(result).size === result.length;
const resultSize = (product: Product) =>
  product.result.reduce((size: number, s) => size * (typeof s === 'number' ? product.letters[s] : s.axis).size, 1);

function productOf(id: Id, builder: Builder): Product | undefined {
  const { operation, attributes, inputs } = builder.nodes[id];
  if (operation === 'contract') return contractOf(attributes as Contract, inputs);
  return operation === 'map' ? mapProduct(attributes as MapOp, inputs, builder) : undefined;
}
function contractOf({ letters, operands, result }: Contract, inputs: readonly Id[]): Product {
  const n = operands.length;
  const local = (s: Subscript): Subscript => (typeof s === 'number' ? s : { ...s, ids: s.ids - n });
  return {
    letters,
    operands: operands.map((subscripts, k) => ({ id: inputs[k], subscripts: subscripts.map(local) })),
    ids: inputs.slice(n),
    result: result.map(local),
    ...bare,
  };
}

/** A map that multiplies and divides by real reads and numbers, and does nothing else but ask for a mask that a factor obeys anyway. */
function mapProduct({ domain, reads, value }: MapOp, inputs: readonly Id[], builder: Builder): Product | undefined {
  const masked = value.is === 'apply' && value.f === 'select' && isNumber(value.a[2], 0) && isStatic(value.a[0]);
  const factors = factorsOf(masked ? value.a[1] : value);
  if (factors === undefined || factors.reads.length === 0) return undefined;
  if ([...factors.reads, ...factors.divisors].some((operand) => builder.type(inputs[operand]).dtype !== 'real')) return undefined;
  const whole = (operand: number) => reads[operand].length === domain.length && reads[operand].every((position, axis) => position === axis);
  const obeys = (operand: number) => masked && whole(operand) && isZeroOutside(builder.nodes, inputs[operand], value.a[0]);
  if (masked && !factors.reads.some(obeys)) return undefined;
  const factor = (operand: number): Factor => ({ id: inputs[operand], subscripts: reads[operand] });
  return {
    letters: domain,
    operands: factors.reads.map(factor),
    ids: [],
    result: domain.map((_, axis) => axis),
    scale: factors.scale,
    over: factors.over,
    count: factors.count,
    divisors: factors.divisors.map(factor),
    guarded: masked,
  };
}
interface FactorList {
  readonly reads: readonly number[];
  readonly divisors: readonly number[];
  readonly scale: number;
  readonly over: number;
  readonly count: number;
}
const one = { reads: [], divisors: [], scale: 1, over: 1, count: 1 } as const;
function factorsOf(value: Scalar): FactorList | undefined {
  if (value.is === 'read') return { ...one, reads: [value.operand] };
  if (value.is === 'number') return { ...one, scale: value.value };
  if (value.is === 'apply' && value.f === 'div' && value.a[1].is === 'size') {
    const divided = factorsOf(value.a[0]);
    return divided && { ...divided, count: divided.count * value.a[1].value };
  }
  if (value.is !== 'apply' || !['mul', 'neg', 'div'].includes(value.f)) return undefined;
  const [x, y] = value.a.map(factorsOf);
  if (x === undefined || (value.f !== 'neg' && y === undefined)) return undefined;
  if (value.f === 'neg') return { ...x, scale: -x.scale };
  // Nobody divides by something that is itself divided by a size.
  if (value.f === 'div' && y!.count !== 1) return undefined;
  const [above, below, times, over] =
    value.f === 'mul' ? [y!.reads, y!.divisors, y!.scale, y!.over] : [y!.divisors, y!.reads, y!.over, y!.scale];
  const numbers = { scale: x.scale * times, over: x.over * over, count: x.count * y!.count };
  const isWhole = Number.isFinite(numbers.scale) && Number.isFinite(numbers.over) && numbers.over !== 0;
  return isWhole ? { reads: [...x.reads, ...above], divisors: [...x.divisors, ...below], ...numbers } : undefined;
}

function lettersOf(subscripts: readonly Subscript[]): Set<number> {
  return new Set(subscripts.flatMap((s) => (typeof s === 'number' ? [s] : s.over)));
}

/**
 * A contraction that sums nothing multiplies point by point. A lookup in the result at letters that stand in it too (the gradient of a
 * picked score) has one source for each element: it is a comparison with the coordinate, where a scatter would have to sort.
 */
function asMap({ letters, operands, ids, result }: Factors, builder: Builder): Id | undefined {
  const plain = result.filter((s) => typeof s === 'number');
  const lookups = result.filter((s) => typeof s !== 'number');
  const factors = [...operands, ...ids.map((id, k) => ({ id, subscripts: lookups.find((lookup) => lookup.ids === k)?.over }))];
  const inside = (subscripts: readonly Subscript[] | undefined) => subscripts?.every((s) => typeof s === 'number' && plain.includes(s));
  if (new Set(plain).size < plain.length || operands.length === 0 || factors.length > 4) return undefined;
  if (!factors.every(({ subscripts }) => inside(subscripts)) || operands.some(({ id }) => builder.type(id).dtype !== 'real'))
    return undefined;
  const domain = result.map((s) => (typeof s === 'number' ? letters[s] : s.axis));
  const reads = factors.map(({ subscripts }) => subscripts!.map((s) => result.indexOf(s)));
  const product = operands.slice(1).reduce<Scalar>((all, _, k) => apply('mul', all, read(k + 1)), read(0));
  const value = lookups.reduce<Scalar>((chosen, lookup) => {
    const here = apply('eq', { is: 'coordinate', axis: result.indexOf(lookup) }, read(operands.length + lookup.ids));
    return apply('select', here, chosen, number(0));
  }, product);
  return builder.add(
    'map',
    factors.map(({ id }) => id),
    { domain, reads, value },
  );
}

/** What is left to do after the sum. */
function scaled({ scale, over, count, divisors, guarded, result }: Product, id: Id, builder: Builder): Id {
  if (scale === 1 && over === 1 && count === 1 && divisors.length === 0) return id;
  const domain = builder.type(id).axes;
  const multiplied = scale === 1 ? read(0) : apply('mul', number(scale), read(0));
  const divided = over === 1 ? multiplied : apply('div', multiplied, number(over));
  const product = count === 1 ? divided : apply('div', divided, size(count));
  const value = divisors.reduce<Scalar>((whole, _, k) => {
    const quotient = apply('div', whole, read(k + 1));
    return guarded ? apply('select', apply('eq', read(k + 1), number(0)), number(0), quotient) : quotient;
  }, product);
  const reads = [domain.map((_, axis) => axis), ...divisors.map(({ subscripts }) => subscripts.map((s) => result.indexOf(s)))];
  return builder.add('map', [id, ...divisors.map((divisor) => divisor.id)], { domain, reads, value });
}
