/** In which interval every value of a body lies, at given sizes of the axes: a proof that indices lie in their axes. */
import type { Body, Entry, Expression, Pointwise } from './body.ts';
import type { AxisId, Model } from './model.ts';

export interface Between {
  readonly low: number;
  readonly high: number;
}
type SizeOf = (axis: AxisId) => number;
const anything: Between = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
const truth: Between = { low: 0, high: 1 };
/** What a maximum or minimum over nothing is (see body.ts). */
const nothing: Between = { low: -1e30, high: 1e30 };

/** Every open axis at one position, and at its most or at a size of its own. */
export function sampleSizes({ axes }: Model): SizeOf[] {
  const at = (open: (axis: AxisId, max: number | undefined) => number): SizeOf => {
    return (axis) => {
      const { size } = axes[axis]!;
      return typeof size === 'number' ? size : open(size.open, size.max);
    };
  };
  return [at(() => 1), at((axis, max) => max ?? 1000 + axis), at((axis, max) => Math.min(max ?? Number.POSITIVE_INFINITY, 2 + axis))];
}

/** By value. */
export function intervalsOf(entry: Entry, body: Body, sizeOf: SizeOf): Between[] {
  const known: Between[] = [];
  for (const { expression, type } of body.statements) known.push(type === 'bool' ? truth : between(entry, expression, known, sizeOf));
  return known;
}

function between(entry: Entry, e: Expression, known: readonly Between[], sizeOf: SizeOf): Between {
  const within = (axis: AxisId): Between => ({ low: 0, high: sizeOf(axis) - 1 });
  switch (e.is) {
    case 'input': {
      const index = entry.inputs.find(({ name }) => name === e.name)?.index;
      return index === undefined ? anything : within(index);
    }
    case 'number':
      return { low: e.value, high: e.value };
    case 'size':
      return { low: sizeOf(e.axis), high: sizeOf(e.axis) };
    case 'position':
      return within(e.axis);
    case 'apply':
      return applied(
        e.f,
        e.of.map((value) => known[value]!),
      );
    case 'reduce':
      if (e.combine !== 'max' && e.combine !== 'min') return anything;
      return e.where === undefined ? known[e.of]! : hull([known[e.of]!, nothing]);
    case 'refit':
      return known[e.of]!;
    case 'lookup':
      return hull([e.of, ...e.at.flatMap((item) => item.else ?? [])].map((value) => known[value]!));
    case 'stack':
      return hull(e.of.map((value) => known[value]!));
    case 'join':
      return hull(e.parts.map((part) => known[part.of]!));
    case 'window':
      return hull([known[e.of]!, { low: 0, high: 0 }]);
    case 'top':
      return e.gives === 'index' ? within(e.over) : known[e.of]!;
    case 'earlier':
      return { low: 0, high: Number.POSITIVE_INFINITY };
    case 'draw':
      return truth;
    default:
      return anything;
  }
}

function hull(all: readonly Between[]): Between {
  return { low: Math.min(...all.map(({ low }) => low)), high: Math.max(...all.map(({ high }) => high)) };
}

function applied(f: Pointwise, operands: readonly Between[]): Between {
  const [a = anything, b = anything] = operands;
  switch (f) {
    case 'add':
      return { low: a.low + b.low, high: a.high + b.high };
    case 'sub':
      return { low: a.low - b.high, high: a.high - b.low };
    case 'neg':
      return { low: -a.high, high: -a.low };
    case 'mul':
      return corners(a, b, (x, y) => (x === 0 || y === 0 ? 0 : x * y));
    case 'div':
      return b.low > 0 && Number.isFinite(b.high) ? corners(a, b, (x, y) => x / y) : anything;
    case 'idiv':
      return b.low > 0 && Number.isFinite(b.high) ? corners(a, b, (x, y) => Math.floor(x / y)) : anything;
    case 'mod':
      return b.low > 0 ? { low: 0, high: b.high - 1 } : anything;
    case 'min':
      return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) };
    case 'max':
      return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) };
    case 'abs':
      return { low: a.low > 0 ? a.low : a.high < 0 ? -a.high : 0, high: Math.max(Math.abs(a.low), Math.abs(a.high)) };
    case 'floor':
    case 'int':
      return { low: Math.floor(a.low), high: Math.floor(a.high) };
    case 'log':
      return {
        low: a.low > 0 ? Math.log(a.low) : Number.NEGATIVE_INFINITY,
        high: a.high > 0 ? Math.log(a.high) : Number.NEGATIVE_INFINITY,
      };
    case 'select':
      return hull(operands.slice(1));
    case 'stop':
    case 'real':
      return a;
    default:
      return anything;
  }
}

function corners(a: Between, b: Between, f: (x: number, y: number) => number): Between {
  const all = [a.low, a.high].flatMap((x) => [b.low, b.high].map((y) => f(x, y)));
  return { low: Math.min(...all), high: Math.max(...all) };
}
