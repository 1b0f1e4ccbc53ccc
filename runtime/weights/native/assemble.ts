/**
 * Just enough of a WebAssembly assembler for the kernels beside it: code is lists of bytes that nest, so an expression reads like the
 * instruction it is. Encoding: WebAssembly core specification 2.0, chapter 5.
 */
export type Code = readonly (number | Code)[];

const I32 = 0x7f;
const F64 = 0x7c;
const V128 = 0x7b;
const types = { i32: I32, f64: F64, v128: V128 } as const;
export type ValueType = keyof typeof types;

function unsigned(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >>> 7;
  return rest === 0 ? [low] : [low | 0x80, ...unsigned(rest)];
}

function signed(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const last = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return last ? [low] : [low | 0x80, ...signed(rest)];
}

/** One function: its parameters come first among the locals. */
export class Routine {
  readonly #locals: ValueType[] = [];
  readonly parameters: readonly ValueType[];
  readonly name: string;
  readonly result?: ValueType;
  body: Code = [];

  constructor(name: string, parameters: readonly ValueType[], result?: ValueType) {
    this.name = name;
    this.parameters = parameters;
    this.result = result;
  }

  /** A new local, set to 0. */
  local(type: ValueType): number {
    this.#locals.push(type);
    return this.parameters.length + this.#locals.length - 1;
  }

  bytes(): number[] {
    const locals = this.#locals.map((type) => [1, types[type]]);
    const code = [...unsigned(locals.length), ...locals.flat(), ...flatten(this.body), 0x0b];
    return [...unsigned(code.length), ...code];
  }
}

function flatten(code: Code): number[] {
  const result: number[] = [];
  const walk = (part: Code): void => {
    for (const item of part) {
      if (typeof item === 'number') result.push(item);
      else walk(item);
    }
  };
  walk(code);
  return result;
}

const binary =
  (...opcode: number[]) =>
  (a: Code, b: Code): Code => [a, b, opcode];
const unary =
  (...opcode: number[]) =>
  (a: Code): Code => [a, opcode];

export const get = (local: number): Code => [0x20, unsigned(local)];
export const set = (local: number, value: Code): Code => [value, 0x21, unsigned(local)];
export const i32 = {
  of: (value: number): Code => [0x41, signed(value)],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  /** Signed: a difference of counts may be below 0. */
  less: binary(0x48),
};
export const f64 = {
  of: (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)],
  load: (at: Code, offset = 0): Code => [at, 0x2b, 3, unsigned(offset)],
  store: (at: Code, value: Code, offset = 0): Code => [at, value, 0x39, 3, unsigned(offset)],
  add: binary(0xa0),
  sub: binary(0xa1),
  mul: binary(0xa2),
  div: binary(0xa3),
  max: binary(0xa5),
  /** The size of the first with the sign of the second. */
  signOf: binary(0xa6),
  root: unary(0x9f),
  size: unary(0x99),
  less: binary(0x63),
  atMost: binary(0x65),
};
/** Two numbers of 64 bits. */
export const pair = {
  load: (at: Code, offset = 0): Code => [at, 0xfd, 0x00, 3, unsigned(offset)],
  both: (at: Code, offset = 0): Code => [at, 0xfd, 0x0a, 3, unsigned(offset)],
  store: (at: Code, value: Code, offset = 0): Code => [at, value, 0xfd, 0x0b, 3, unsigned(offset)],
  splat: unary(0xfd, 0x14),
  zero: [0xfd, 0x0c, ...new Array<number>(16).fill(0)] as Code,
  add: binary(0xfd, 0xf0, 0x01),
  sub: binary(0xfd, 0xf1, 0x01),
  mul: binary(0xfd, 0xf2, 0x01),
  /** The two added. */
  sum: (local: number): Code => f64.add([get(local), 0xfd, 0x21, 0], [get(local), 0xfd, 0x21, 1]),
};
/** `body` at least once, and again while `condition`. */
export const repeat = (body: Code, condition: Code): Code => [0x03, 0x40, body, condition, 0x0d, 0, 0x0b];
export const when = (condition: Code, body: Code): Code => [condition, 0x04, 0x40, body, 0x0b];
/** `body` for `local` from its value while it is below `end`, in steps of `step`. */
export const walk = (local: number, end: Code, step: Code, body: Code): Code =>
  when(i32.less(get(local), end), repeat([body, set(local, i32.add(get(local), step))], i32.less(get(local), end)));

/** A module with one memory, exported as `memory`, and these functions under their names. */
export function assemble(routines: readonly Routine[]): Uint8Array<ArrayBuffer> {
  const section = (id: number, items: readonly (readonly number[])[]) => {
    const content = [...unsigned(items.length), ...items.flat()];
    return [id, ...unsigned(content.length), ...content];
  };
  const text = (name: string) => [name.length, ...new TextEncoder().encode(name)];
  const signature = ({ parameters, result }: Routine) => [
    0x60,
    parameters.length,
    ...parameters.map((type) => types[type]),
    ...(result === undefined ? [0] : [1, types[result]]),
  ];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, routines.map(signature)),
    ...section(
      3,
      routines.map((_, k) => unsigned(k)),
    ),
    ...section(5, [[0, 1]]),
    ...section(7, [[...text('memory'), 2, 0], ...routines.map(({ name }, k) => [...text(name), 0, ...unsigned(k)])]),
    ...section(
      10,
      routines.map((routine) => routine.bytes()),
    ),
  ]);
}
