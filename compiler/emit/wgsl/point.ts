/**
 * Statements at one point: on the vector axis (or inside a panel) every read, map, accumulate and write is pointwise, so a thread can
 * run a whole chain of them for its own position, with one WGSL variable for each tile.
 */
import { type Combine, combineStart, type Element, type Statement } from '../../values/kernel.ts';
import { neededFor } from '../dataflow.ts';
import { literal, type Printer, type Value } from './printer.ts';
import { printMap } from './scalar.ts';

/** The value of each tile at the point. */
export type Scope = Map<string, Value>;

/**
 * Runs the statements at the point that the printer's names stand for: all of them, or where `wanted` tiles are named only those that
 * these need (no writes). Tiles of `scope` are there already. Returns the scope at the end.
 */
export function pointOf(printer: Printer, statements: readonly Statement[], scope: Scope, wanted: readonly string[]): Scope {
  const chosen = wanted.length === 0 ? statements : neededFor(statements, wanted, scope);
  const inner: Scope = new Map(scope);
  for (const statement of chosen) printPoint(printer, statement, inner);
  return inner;
}

/** One statement; `scope` grows by the tile that it defines. */
export function printPoint(printer: Printer, s: Statement, scope: Scope): void {
  switch (s.is) {
    case 'let':
      printer.declare(s.index, printer.index(s.value));
      return;
    case 'tile': {
      const name = printer.name(s.tile);
      printer.line(`var ${name} = ${literal(s.fill, s.element)};`);
      scope.set(s.tile, { text: name, element: s.element });
      return;
    }
    case 'read':
      scope.set(s.tile, { text: printer.load(s.from, s.element, s.tile, []), element: s.element });
      return;
    case 'map': {
      const operands = s.tiles.map((tile) => tileOf(printer, scope, tile));
      const name = printer.name(s.tile);
      printer.line(`let ${name} = ${printMap(printer, s, operands)};`);
      scope.set(s.tile, { text: name, element: s.element });
      return;
    }
    case 'accumulate': {
      const into = tileOf(printer, scope, s.into);
      printer.line(`${into.text} = ${combined(s.combine, into.text, tileOf(printer, scope, s.source).text, into.element)};`);
      return;
    }
    case 'write':
      printer.store(s.to, tileOf(printer, scope, s.tile), s.add === true);
      return;
    case 'loop':
      printLoop(printer, s, (body) => {
        const inner: Scope = new Map(scope);
        for (const statement of body) printPoint(printer, statement, inner);
      });
      return;
    default:
      throw new RangeError(`kernel ${printer.kernel.key}: ${s.is} is not pointwise`);
  }
}

export function printLoop(printer: Printer, s: Extract<Statement, { is: 'loop' }>, body: (statements: readonly Statement[]) => void): void {
  const counter = printer.name(s.index);
  const [from, to] = [printer.index(s.from), printer.index(s.to)];
  printer.block(`for (var ${counter} = ${from}; ${counter} < ${to}; ${counter} += ${s.step}i)`, () => {
    printer.names.set(s.index, counter);
    body(s.body);
  });
}

function tileOf(printer: Printer, scope: Scope, tile: string): Value {
  const value = scope.get(tile);
  if (value === undefined) throw new RangeError(`kernel ${printer.kernel.key}: tile ${tile} is read before it is written`);
  return value;
}

/** One step of a combination, as WGSL. */
export function combined(how: Combine, x: string, y: string, element: Element): string {
  if (how === 'sum') return `${x} + ${y}`;
  if (how === 'any') return element === 'i32' ? `select(0i, 1i, (${x} | ${y}) != 0i)` : `select(0.0, 1.0, ${x} != 0.0 || ${y} != 0.0)`;
  return `${how}${element === 'f32' ? '_of' : ''}(${x}, ${y})`;
}

/** What a combination starts from, as in the meaning of `fold`. */
export function startOf(how: Combine, element: Element): string {
  return literal(combineStart(how, element), element);
}
