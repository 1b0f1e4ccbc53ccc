/**
 * Text of one WASM function while it grows: locals, constants hoisted to its start (V8 rebuilds a v128.const at every use inside a
 * loop), and lines in order. Expressions are folded WAT strings, so that what is printed is what the goldens hold.
 */
export type Expression = string;
export type ValueType = 'i32' | 'i64' | 'f32' | 'v128';

export class Code {
  private readonly locals: string[] = [];
  private readonly prologue: string[] = [];
  private readonly hoisted = new Map<string, Expression>();
  private lines: string[] = [];
  private depth = 2;
  private count = 0;

  /** A new local; the hint makes the text readable. */
  fresh(hint: string, type: ValueType): string {
    this.count += 1;
    const name = `$${hint.replace(/[^\w.]/g, '_')}.${this.count}`;
    this.locals.push(`(local ${name} ${type})`);
    return name;
  }

  line(text: string): void {
    this.lines.push(' '.repeat(this.depth) + text);
  }

  set(name: string, value: Expression): void {
    this.line(`(local.set ${name} ${value})`);
  }

  /** Names a value; constants and locals stay what they are. */
  let(hint: string, type: ValueType, value: Expression): Expression {
    if (/^\((local\.get|i32\.const) [^ ()]+\)$/.test(value)) return value;
    return this.copy(hint, type, value);
  }

  /** A local of its own, also for a value that is a local which will change. */
  copy(hint: string, type: ValueType, value: Expression): Expression {
    const name = this.fresh(hint, type);
    this.set(name, value);
    return get(name);
  }

  /** The value of an expression without side effects and free of other locals than the parameters, computed once at the start. */
  hoist(hint: string, type: ValueType, value: Expression): Expression {
    const known = this.hoisted.get(value);
    if (known !== undefined) return known;
    const name = this.fresh(hint, type);
    this.prologue.push(`(local.set ${name} ${value})`);
    this.hoisted.set(value, get(name));
    return get(name);
  }

  floats(value: number): Expression {
    const bits = `0x${(floatBits(value) >>> 0).toString(16).padStart(8, '0')}`;
    return this.hoist('c', 'v128', `(v128.const i32x4 ${bits} ${bits} ${bits} ${bits}) (; ${Math.fround(value)} ;)`);
  }

  doubles(value: number): Expression {
    return this.hoist('c', 'v128', `(f64x2.splat (f64.const ${value}))`);
  }

  ints(...lanes: readonly number[]): Expression {
    const four = lanes.length === 1 ? [lanes[0], lanes[0], lanes[0], lanes[0]] : lanes;
    return this.hoist('c', 'v128', `(v128.const i32x4 ${four.map((lane) => lane | 0).join(' ')})`);
  }

  when(condition: Expression, body: () => void, otherwise?: () => void): void {
    if (condition === number(1)) {
      body();
      return;
    }
    this.line(`(if ${condition}`);
    this.nest('(then', body);
    if (otherwise !== undefined) this.nest('(else', otherwise);
    this.line(')');
  }

  /** while (condition) body, tested at the end so that the hot path has one jump. */
  while(condition: Expression, body: () => void): void {
    this.count += 1;
    const label = `$again.${this.count}`;
    this.line(`(if ${condition}`);
    this.nest(`(then (loop ${label}`, () => {
      body();
      this.line(`(br_if ${label} ${condition})`);
    });
    this.line('))');
  }

  /** for (i = from; i < to; i += step); the body gets the index. */
  for(hint: string, from: Expression, to: Expression, step: number, body: (index: Expression) => void): void {
    const name = this.fresh(hint, 'i32');
    this.set(name, from);
    const end = this.let('end', 'i32', to);
    this.while(`(i32.lt_s ${get(name)} ${end})`, () => {
      body(get(name));
      this.set(name, add(get(name), number(step)));
    });
  }

  private nest(open: string, body: () => void): void {
    this.line(open);
    this.depth += 1;
    body();
    this.depth -= 1;
    this.line(')');
  }

  /** All of it, to stand inside a (func ...). */
  toString(): string {
    return (
      [...this.locals, ...this.prologue].map((line) => `  ${line}`).join('\n') +
      (this.locals.length > 0 ? '\n' : '') +
      this.lines.join('\n')
    );
  }
}

const view = new DataView(new ArrayBuffer(4));
function floatBits(value: number): number {
  view.setFloat32(0, value);
  return view.getInt32(0);
}

// i32 expressions, folded where both sides are known --------------------------------------------------------------------------
export const get = (name: string): Expression => `(local.get ${name})`;
/** The local behind what `copy` or `let` gave. */
export const localOf = (value: Expression): string => value.slice('(local.get '.length, -1);
export const number = (value: number): Expression => `(i32.const ${value | 0})`;
export function known(value: Expression): number | undefined {
  const match = /^\(i32\.const (-?\d+)\)$/.exec(value);
  return match === null ? undefined : Number(match[1]);
}
export function add(a: Expression, b: Expression): Expression {
  const [x, y] = [known(a), known(b)];
  if (x !== undefined && y !== undefined) return number(x + y);
  if (x === 0) return b;
  if (y === 0) return a;
  return `(i32.add ${a} ${b})`;
}
export function subtract(a: Expression, b: Expression): Expression {
  const [x, y] = [known(a), known(b)];
  if (x !== undefined && y !== undefined) return number(x - y);
  return y === 0 ? a : `(i32.sub ${a} ${b})`;
}
export function multiply(a: Expression, b: Expression): Expression {
  const [x, y] = [known(a), known(b)];
  if (x !== undefined && y !== undefined) return number(Math.imul(x, y));
  if (x === 0 || y === 0) return number(0);
  if (x === 1) return b;
  if (y === 1) return a;
  if (y !== undefined && y > 0 && (y & (y - 1)) === 0) return `(i32.shl ${a} (i32.const ${Math.log2(y)}))`;
  return x !== undefined && y === undefined ? multiply(b, a) : `(i32.mul ${a} ${b})`;
}
/** Conjunction of conditions that are 0 or 1. */
export function both(a: Expression, b: Expression): Expression {
  if (known(a) === 1) return b;
  return known(b) === 1 ? a : `(i32.and ${a} ${b})`;
}
