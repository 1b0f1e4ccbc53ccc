/**
 * Assignments with an index list, `o[batch, time, heads, e] = a * v`: the one place where sums are implied. Each additive term is a
 * product of factors; it is summed over the axes that it has and the left lacks, and each of those must occur in two factors or more.
 * A term of one factor is fitted to the list.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId } from '../../values/model.ts';
import { refuse } from '../refuse.ts';
import { meant } from '../report.ts';
import { type AxisListing, axisList } from './brackets.ts';
import { evaluateStaticCondition } from './choose.ts';
import type { Elaboration, Frame } from './context.ts';
import { fitAxes, refit } from './fit.ts';
import { asReal, asStatic, binary, operand, unify } from './operate.ts';
import { type StaticPart, silently, type Tensor, type Value } from './value.ts';

interface Factor {
  readonly value: Tensor;
  readonly place: Place;
}
interface Term {
  readonly factors: readonly Factor[];
  readonly divisors: readonly Factor[];
  /** The product of all static factors. */
  readonly number: number;
  readonly place: Place;
  /** Axes of a `sum[...]` around the whole product, which state what is summed. */
  readonly stated?: { readonly axes: readonly AxisId[]; readonly place: Place };
}
export interface Left extends AxisListing {
  readonly place: Place;
}

export function leftSide(to: Elaboration, frame: Frame, brackets: tree.Brackets): Left {
  return { ...axisList(to, frame, brackets), place: brackets.place };
}

/** The value of `expression` under an index list on the left. */
export function listed(to: Elaboration, frame: Frame, left: Left, expression: tree.Expression): Value {
  if (expression.kind === 'conditional') {
    return listed(to, frame, left, evaluateStaticCondition(to, frame, expression.condition) ? expression.then : expression.else);
  }
  const terms = additive(expression).map(({ sign, of }) => readTerm(to, frame, of, sign));
  const tensors = terms.filter((term) => term.factors.length + term.divisors.length > 0);
  if (terms.length > 1 || !isAlone(terms[0]!)) for (const term of tensors) refuseConditions(term);
  checkLeft(to, left, tensors, expression);
  let sum: Tensor | StaticPart | undefined;
  for (const term of terms) sum = accumulate(to, sum, termValue(to, left, term), term, expression);
  return sum ?? silently();
}

function accumulate(
  to: Elaboration,
  sum: Tensor | StaticPart | undefined,
  { value, negative }: { readonly value: Tensor | StaticPart; readonly negative: boolean },
  term: Term,
  expression: tree.Expression,
): Tensor | StaticPart {
  if (sum === undefined) {
    if (!negative) return value;
    return value.is === 'static' ? value : to.apply('neg', [value], value.type);
  }
  const operator = negative ? '-' : '+';
  if (sum.is === 'tensor' && value.is === 'tensor') {
    const [a, b] = unify(to, sum, value, term.place);
    return to.apply(negative ? 'sub' : 'add', [a, b], a.type);
  }
  const hint = () => 'state the sum in two assignments';
  const { place } = term;
  return binary(to, { operator, place, left: expression.place, right: place, hint }, sum, value) as Tensor | StaticPart;
}

/** The terms of `a * b + c - d`. */
function additive(expression: tree.Expression, sign: 1 | -1 = 1): { readonly sign: 1 | -1; readonly of: tree.Expression }[] {
  if (expression.kind === 'binary' && (expression.operator === '+' || expression.operator === '-')) {
    const right = expression.operator === '+' ? sign : sign === 1 ? -1 : 1;
    return [...additive(expression.left, sign), ...additive(expression.right, right)];
  }
  if (expression.kind === 'unary' && expression.operator === '-') return additive(expression.operand, sign === 1 ? -1 : 1);
  return [{ sign, of: expression }];
}

function readTerm(to: Elaboration, frame: Frame, expression: tree.Expression, sign: 1 | -1): Term {
  const whole = statedSum(expression);
  const inner = whole?.of ?? expression;
  const factors: Factor[] = [];
  const divisors: Factor[] = [];
  let number: number = sign;
  for (const { of, inverse } of multiplicative(inner)) {
    const value = operand(to.evaluate(of, frame), of.place);
    if (value.is === 'tensor') (inverse ? divisors : factors).push({ value, place: of.place });
    else if (value.value.is === 'number') number = inverse ? number / value.value.value : number * value.value.value;
    else refuseCondition(of.place);
  }
  const stated = whole && { axes: axisList(to, frame, whole.brackets).axes, place: whole.brackets.place };
  return { factors, divisors, number, place: expression.place, ...(stated ? { stated } : {}) };
}

/** One value, which may be a condition. */
function isAlone({ factors, divisors, number }: Term): boolean {
  return factors.length === 1 && divisors.length === 0 && number === 1;
}

function refuseConditions({ factors, divisors }: Term): void {
  for (const { value, place } of [...factors, ...divisors]) if (value.type === 'bool') refuseCondition(place);
}

function refuseCondition(at: Place): never {
  const hint = '`select(condition, x, 0)` keeps x where the condition holds';
  return refuse({ code: 'B321', message: 'sums and products take numbers, not conditions', at, label: 'true or false', hint });
}

/** `sum[e](q * k)` states the summed axes of a product. */
function statedSum(expression: tree.Expression): { readonly of: tree.Expression; readonly brackets: tree.Brackets } | undefined {
  if (expression.kind !== 'call' || expression.of.kind !== 'bracketed') return undefined;
  const { of, brackets } = expression.of;
  const [argument, ...more] = expression.args.items;
  if (of.kind !== 'identifier' || of.name !== 'sum' || more.length > 0 || expression.args.where !== undefined) return undefined;
  return argument?.value.kind === 'binary' && argument.value.operator === '*' ? { of: argument.value, brackets } : undefined;
}

function multiplicative(expression: tree.Expression, inverse = false): { readonly of: tree.Expression; readonly inverse: boolean }[] {
  if (expression.kind === 'binary' && (expression.operator === '*' || expression.operator === '/')) {
    const right = expression.operator === '/' ? !inverse : inverse;
    return [...multiplicative(expression.left, inverse), ...multiplicative(expression.right, right)];
  }
  return [{ of: expression, inverse }];
}

/** The value of a term without its sign where that is all its number. */
function termValue(to: Elaboration, left: Left, term: Term): { readonly value: Tensor | StaticPart; readonly negative: boolean } {
  if (term.factors.length + term.divisors.length === 0) return { value: asStatic({ is: 'number', value: term.number }), negative: false };
  const negative = term.number === -1;
  const scale = negative ? 1 : term.number;
  const outer = term.divisors.filter(({ value }) => value.axes.every((axis) => left.axes.includes(axis)));
  const inner = term.divisors.filter((divisor) => !outer.includes(divisor)).map((divisor) => reciprocal(to, divisor));
  const factors = [...term.factors, ...inner];
  let value: Tensor | undefined =
    factors.length === 0 ? undefined : factors.length === 1 ? fitTerm(to, left, factors[0], term) : product(to, left, factors, term);
  if (value !== undefined && scale !== 1) value = to.apply('mul', [asReal(to, value), to.number(scale, 'real')], 'real');
  for (const [k, divisor] of outer.entries()) {
    const above: Tensor = value ?? to.number(k === 0 ? scale : 1, 'real');
    value = to.apply('div', [asReal(to, above), asReal(to, divisor.value)], 'real');
  }
  return { value: value!, negative };
}

function reciprocal(to: Elaboration, { value, place }: Factor): Factor {
  return { value: to.apply('div', [to.number(1, 'real'), asReal(to, value)], 'real'), place };
}

function fitTerm(to: Elaboration, left: Left, { value, place }: Factor, term: Term): Tensor {
  const fitting = fitAxes(to.table, value.axes, left.axes);
  if (fitting.ambiguous) refuseAmbiguous(to, fitting.ambiguous, place, left.place, value);
  if (fitting.left.length > 0) {
    const missing = fitting.missing.filter((axis) => left.named.includes(axis));
    if (missing.length > 0) refuseNothingGives(to, missing, left, value, place);
    refuseOnce(to, fitting.left[0], left, place, value);
  }
  checkStated(to, left, term, []);
  return refit(to, value, fitting.moves, left.axes);
}

function product(to: Elaboration, left: Left, written: readonly Factor[], term: Term): Tensor {
  const factors = written.map((factor) => ({ ...factor, value: split(to, left, factor.value, written) }));
  const all = [...new Set(factors.flatMap(({ value }) => value.axes))];
  const summed = all.filter((axis) => !left.axes.includes(axis));
  for (const axis of summed) {
    const users = factors.filter(({ value }) => value.axes.includes(axis));
    if (users.length === 1) refuseOnce(to, axis, left, users[0].place, users[0].value);
  }
  checkStated(to, left, term, summed);
  if (summed.length > 0 && term.stated === undefined) to.sumsSilently(term.place, summed);
  const axes = left.axes.filter((axis) => all.includes(axis));
  const values = factors.map(({ value }) => asReal(to, value));
  if (summed.length === 0 && values.length === 2) return to.apply('mul', values, 'real');
  return to.tensor({ is: 'product', factors: values.map((value) => value.id) }, axes, 'real', 'product');
}

/** A factor whose axis nothing else has, and whose declared factors stand on the left: it is split as a single value is (or merged). */
function split(to: Elaboration, left: Left, value: Tensor, factors: readonly Factor[]): Tensor {
  const users = (axis: AxisId) => factors.filter((factor) => factor.value.axes.includes(axis)).length;
  const alone = value.axes.filter((axis) => !left.axes.includes(axis) && users(axis) === 1);
  if (alone.length === 0) return value;
  const { moves, left: rest, ambiguous } = fitAxes(to.table, alone, left.axes);
  const fits = rest.length === 0 && ambiguous === undefined && moves.every((move) => move.is !== 'rename');
  const into = moves.flatMap((move) => (move.is === 'split' ? move.into : move.is === 'merge' ? [move.into] : []));
  return fits && !into.some((axis) => value.axes.includes(axis)) ? refit(to, value, moves) : value;
}

function checkStated(to: Elaboration, left: Left, { stated }: Term, summed: readonly AxisId[]): void {
  if (stated === undefined) return;
  const silent = summed.filter((axis) => !stated.axes.includes(axis));
  const absent = stated.axes.filter((axis) => !summed.includes(axis));
  if (silent.length === 0 && absent.length === 0) return;
  const written = to.table.list(stated.axes);
  refuse({
    code: 'B311',
    message:
      silent.length > 0
        ? `the program states a sum over ${written}, but \`${to.table.list(silent)}\` is summed too`
        : `the program states a sum over ${written}, but \`${to.table.list(absent)}\` is not summed`,
    at: stated.place,
    label: `summed: ${to.table.list(summed) || 'nothing'}`,
    also: [{ place: left.place, text: silent.length > 0 ? `left side lacks ${to.table.list(silent)}` : `left side, which decides` }],
    hint: silent.length > 0 ? `add \`${to.table.list(silent)}\` on the left, or write \`sum[${to.table.list(summed)}]\`` : undefined,
  });
}

/** Every axis written on the left must occur in some term. */
function checkLeft(to: Elaboration, left: Left, terms: readonly Term[], expression: tree.Expression): void {
  const given = new Set<AxisId>();
  for (const { factors, divisors } of terms) {
    const all = [...factors, ...divisors].flatMap(({ value }) => value.axes);
    for (const axis of all) given.add(axis);
    if (factors.length !== 1 || divisors.length > 0) continue;
    const fitting = fitAxes(to.table, factors[0].value.axes, left.axes);
    for (const axis of left.axes) if (!fitting.missing.includes(axis)) given.add(axis);
    const missing = fitting.missing.filter((axis) => left.named.includes(axis) && !fitting.left.some((l) => to.table.sameFamily(l, axis)));
    if (terms.length === 1 && missing.length > 0 && fitting.left.length > 0 && !fitting.ambiguous) {
      refuseNothingGives(to, missing, left, factors[0].value, factors[0].place);
    }
    if (fitting.ambiguous) refuseAmbiguous(to, fitting.ambiguous, factors[0].place, left.place, factors[0].value);
  }
  const missing = left.named.filter((axis) => !given.has(axis));
  if (missing.length === 0) return;
  const kin = terms.flatMap(({ factors }) => factors).find(({ value }) => value.axes.some((axis) => to.table.sameFamily(axis, missing[0])));
  const related = kin?.value.axes.find((axis) => to.table.sameFamily(axis, missing[0]));
  refuse({
    code: 'B303',
    message: `no term has \`${to.table.list(missing)}\``,
    at: left.place,
    label: `\`${to.table.list(missing)}\` stands here`,
    also: kin
      ? [{ place: kin.place, text: `is indexed by ${to.table.name(related!)}` }]
      : [{ place: expression.place, text: 'nothing here is indexed by it' }],
    hint: kin
      ? `where this value is made, write \`${to.table.name(missing[0])}\` for \`${to.table.name(related!)}\``
      : `\`expand[${to.table.list(missing)}](x)\` repeats x along it`,
  });
}

function refuseOnce(to: Elaboration, axis: AxisId, left: Left, at: Place, value: Tensor): never {
  const name = to.table.name(axis);
  return refuse({
    code: 'B302',
    message: `\`${name}\` occurs once and is not on the left`,
    at,
    label: `only here, in ${to.shape(value.axes)}`,
    also: [{ place: left.place, text: 'left side' }],
    hint: `add \`${name}\` on the left, or sum it: \`sum[${name}](...)\``,
  });
}

function refuseNothingGives(to: Elaboration, missing: readonly AxisId[], left: Left, value: Tensor, at: Place): never {
  const { table } = to;
  const products = value.axes.flatMap((axis) => table.products(axis).map((factors) => [axis, factors] as const));
  const known = products.flatMap(([, factors]) => factors).filter((axis) => !left.axes.includes(axis));
  const wanted = missing.filter((axis) => !products.some(([, factors]) => factors.includes(axis)));
  return refuse({
    code: 'B304',
    message: `nothing gives \`${table.list(missing)}\``,
    at: left.place,
    label: `\`${table.list(missing)}\` stands here`,
    also: [
      { place: at, text: `has ${table.list(value.axes) || 'no axes'}` },
      ...products.map(([axis, factors]) => ({
        place: table.info[factors.find((f) => table.info[f].place.file === table.info[axis].place.file) ?? axis].place,
        text: `declared: ${table.name(axis)} = ${factors.map((f) => table.name(f)).join(' * ')}`,
      })),
    ],
    hint:
      known.length > 0 && wanted.length > 0
        ? `did you mean \`${table.name(known[0])}\`?`
        : meant(
            table.name(missing[0]),
            value.axes.map((a) => table.name(a)),
          ),
  });
}

export function refuseAmbiguous(
  to: Elaboration,
  ambiguous: { readonly axis: AxisId; readonly choices: readonly string[] },
  at: Place,
  list: Place,
  value: Tensor,
): never {
  const name = to.table.name(ambiguous.axis);
  return refuse({
    code: 'B307',
    message: `more than one way to \`${name}\`: ${ambiguous.choices.map((choice) => `\`${choice}\``).join(' or ')}`,
    at,
    label: `is ${to.shape(value.axes)}`,
    also: [{ place: list, text: `\`${name}\` is wanted here` }],
    hint: 'name the one you mean in an assignment with an index list',
  });
}
