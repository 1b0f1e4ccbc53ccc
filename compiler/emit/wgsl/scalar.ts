/** Scalar expressions as WGSL. Bits are i32, 0 or 1; random words are u32. */
import type { Element, Statement } from '../../values/kernel.ts';
import type { Scalar } from '../../values/program.ts';
import { threshold } from '../../values/random.ts';
import { literal, type Printer, type Value } from './printer.ts';

type MapStatement = Extract<Statement, { is: 'map' }>;
type Apply = Extract<Scalar, { is: 'apply' }>;

const comparisons: Readonly<Record<string, string>> = { lt: '<', le: '<=', eq: '==' };
const realFunctions = new Set(['exp', 'log', 'sqrt', 'floor']);
const own: Readonly<Record<string, (x: string) => string>> = {
  tanh: (x) => `tanh_of(${x})`,
  sigmoid: (x) => `sigmoid_of(${x})`,
  erf: (x) => `erf_of(${x})`,
  sin: (x) => `circle_of(${x}, 0i)`,
  cos: (x) => `circle_of(${x}, 1i)`,
};

/** The value of a map at the point that the names stand for; `operands` are the tiles of the statement at that point. */
export function printMap(printer: Printer, map: MapStatement, operands: readonly Value[]): string {
  return new ScalarPrinter(printer, map, operands).print(map.value, map.element);
}

class ScalarPrinter {
  private readonly printer: Printer;
  private readonly map: MapStatement;
  private readonly operands: readonly Value[];

  constructor(printer: Printer, map: MapStatement, operands: readonly Value[]) {
    this.printer = printer;
    this.map = map;
    this.operands = operands;
  }

  /** `want` is the type that a bare number takes. */
  print(scalar: Scalar, want: Element): string {
    switch (scalar.is) {
      case 'read':
        return this.operands[scalar.operand].text;
      case 'number':
      case 'size':
        return literal(scalar.value, want);
      case 'coordinate':
        return this.printer.index(this.map.coordinates[scalar.axis]);
      case 'random': {
        const { key0, key1, row, column } = this.map.keys[Number(scalar.stream)];
        const [a, b, r, c] = [key0, key1, row, column].map((index) => this.printer.index(index));
        return `word_at(bitcast<u32>(${a}), bitcast<u32>(${b}), u32(${r}), u32(${c}))`;
      }
      case 'apply':
        return this.apply(scalar, want);
    }
  }

  private apply({ f, a }: Apply, want: Element): string {
    const common = a.map((part) => this.type(part)).find((type) => type !== undefined) ?? want;
    const args = (element: Element) => a.map((part) => this.print(part, element));
    const operator = { add: '+', sub: '-', mul: '*', div: '/' }[f as string];
    if (operator !== undefined) return `(${args(common).join(` ${operator} `)})`;
    if (f in comparisons) return `select(0i, 1i, ${args(common).join(` ${comparisons[f]} `)})`;
    if (realFunctions.has(f)) return `${f}(${args('f32')[0]})`;
    if (f in own) return own[f](args('f32')[0]);
    switch (f) {
      case 'neg':
        return `(-${args(common)[0]})`;
      case 'min':
      case 'max':
        return `${f}${common === 'f32' ? '_of' : ''}(${args(common).join(', ')})`;
      case 'idiv':
        return `floor_div(${args('i32').join(', ')})`;
      case 'mod':
        return `floor_mod_${common}(${args(common).join(', ')})`;
      case 'and':
        return `(${args('i32').join(' & ')})`;
      case 'or':
        return `(${args('i32').join(' | ')})`;
      case 'not':
        return `(1i - ${args('i32')[0]})`;
      case 'select':
        return this.select(a, want);
      case 'real':
        return `f32(${this.print(a[0], 'i32')})`;
      case 'int':
        return `i32(${this.print(a[0], 'f32')})`;
      case 'stop':
        return this.print(a[0], want);
      case 'uniform':
        return `(f32(${this.print(a[0], 'i32')} >> 8u) * 5.9604644775390625e-8)`;
      case 'below':
        return this.below(a[0], a[1]);
      default:
        throw new RangeError(`no WGSL for the scalar function ${f}`);
    }
  }

  private select([condition, yes, no]: readonly Scalar[], want: Element): string {
    const element = this.type(yes) ?? this.type(no) ?? want;
    return `select(${this.print(no, element)}, ${this.print(yes, element)}, ${this.print(condition, 'i32')} != 0i)`;
  }

  /** word < round(p * 2^32), in integers; 2^32 itself does not fit in 32 bits. */
  private below(word: Scalar, p: Scalar): string {
    if (p.is !== 'number') return `below_of(${this.print(word, 'i32')}, ${this.print(p, 'f32')})`;
    const limit = threshold(p.value);
    return limit >= 2 ** 32 ? '1i' : `select(0i, 1i, ${this.print(word, 'i32')} < ${limit}u)`;
  }

  private type(scalar: Scalar): Element | undefined {
    switch (scalar.is) {
      case 'read':
        return this.operands[scalar.operand].element;
      case 'coordinate':
        return 'i32';
      case 'number':
      case 'size':
      case 'random':
        return undefined;
      case 'apply':
        return this.typeOfApply(scalar);
    }
  }

  private typeOfApply({ f, a }: Apply): Element | undefined {
    if (f in comparisons || ['and', 'or', 'not', 'below', 'int', 'idiv'].includes(f)) return 'i32';
    if (realFunctions.has(f) || f in own || f === 'real' || f === 'uniform') return 'f32';
    const parts = f === 'select' ? a.slice(1) : a;
    return parts.map((part) => this.type(part)).find((type) => type !== undefined);
  }
}
