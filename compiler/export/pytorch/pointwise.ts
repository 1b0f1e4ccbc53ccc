/** Functions of values at one position: operators of Python where it has them, functions of torch, and numbers that are known here. */
import type { Pointwise, ValueId } from '../../values/body.ts';
import type { AxisId } from '../../values/model.ts';
import { type Code, call, infix, literal, NAME, within } from './python.ts';
import { aligned, axesOf, NotSayable, type Scope } from './scope.ts';

const functions: Readonly<Partial<Record<Pointwise, string>>> = {
  abs: 'torch.abs',
  floor: 'torch.floor',
  exp: 'torch.exp',
  log: 'torch.log',
  sqrt: 'torch.sqrt',
  tanh: 'torch.tanh',
  erf: 'torch.erf',
  sin: 'torch.sin',
  cos: 'torch.cos',
  sigmoid: 'torch.sigmoid',
  relu: 'F.relu',
  gelu: 'F.gelu',
  silu: 'F.silu',
  real: 'real',
};
/** Functions of numbers, which torch has for tensors only. */
const ofNumbers: Readonly<Partial<Record<Pointwise, (x: number, y: number) => number>>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  neg: (x) => -x,
  pow: (x, y) => x ** y,
  abs: Math.abs,
  floor: Math.floor,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  sin: Math.sin,
  cos: Math.cos,
  real: (x) => x,
  max: (x, y) => Math.max(x, y),
  min: (x, y) => Math.min(x, y),
};

export function pointwise(scope: Scope, f: Pointwise, of: readonly ValueId[], axes: readonly AxisId[]): Code {
  const known = of.map((id) => numberOf(scope, id));
  const onNumbers = ofNumbers[f];
  if (onNumbers !== undefined && known.every((value) => value !== undefined)) return literal(onNumbers(known[0]!, known[1] ?? 0));
  const args = of.map((id) => aligned(scope.code(id), axesOf(scope, id), axes));
  const [a, b, c] = args;
  const scalars = args.every(({ scalar }) => scalar);
  switch (f) {
    case 'neg':
      return { text: `-${within(a, 7)}`, strength: 7, ...(scalars ? { scalar: true } : {}) };
    case 'not':
      return { text: `~${within(a, 7)}`, strength: 7 };
    case 'pow':
      return { text: `${within(a, NAME)} ** ${within(b, NAME)}`, strength: 8, ...(scalars ? { scalar: true } : {}) };
    case 'min':
    case 'max': {
      if (scalars) return { ...call(f, a.text, b.text), scalar: true };
      if (a.scalar || b.scalar) {
        const [tensor, number] = a.scalar ? [b, a] : [a, b];
        return { text: `${within(tensor, NAME)}.clamp(${f === 'max' ? 'min' : 'max'}=${number.text})`, strength: NAME };
      }
      return call(f === 'max' ? 'torch.maximum' : 'torch.minimum', a.text, b.text);
    }
    case 'select':
      return call('torch.where', ...[a, b, c].map(({ text }) => text));
    case 'stop':
      return { text: `${within(a, NAME)}.detach()`, strength: NAME };
    case 'gelu_tanh':
      return call('F.gelu', a.text, "approximate='tanh'");
    case 'int':
      return a.scalar ? { ...call('int', a.text), scalar: true } : { text: `${within(a, NAME)}.long()`, strength: NAME };
    case 'real':
      return a.scalar ? a : call('real', a.text);
  }
  const operator = b === undefined ? undefined : infix(f, a, b);
  if (operator !== undefined) return operator;
  const own = functions[f];
  if (own === undefined) throw new NotSayable(`the function ${f}`);
  return call(own, a.scalar ? `torch.tensor(${a.text}, device=${scope.device()})` : a.text);
}

/** A number that is known when the code is written. */
export function numberOf(scope: Scope, id: ValueId): number | undefined {
  const { expression: e } = scope.body.statements[id];
  if (e.is === 'number') return e.value;
  if (e.is === 'size') {
    const { size } = scope.model.axes[e.axis];
    return typeof size === 'number' ? size : undefined;
  }
  if (e.is !== 'apply') return undefined;
  const f = ofNumbers[e.f];
  const args = e.of.map((of) => numberOf(scope, of));
  return f === undefined || args.some((arg) => arg === undefined) ? undefined : f(args[0]!, args[1] ?? 0);
}
export const isNumber = (scope: Scope, id: ValueId): boolean => numberOf(scope, id) !== undefined;
