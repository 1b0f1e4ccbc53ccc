/** What all forms of the WGSL printer share: lines with indentation, names of indices, tiles with their element types, addresses. */
import type { Access, Element, Index, Kernel, SpaceName, Term, TileAxis } from '../../values/kernel.ts';
import { webgpu } from '../../values/target.ts';

/** Threads of a workgroup; one workgroup computes one block of the grid. */
export const { threads } = webgpu();

/** A tile at a point is one WGSL value. */
export interface Value {
  readonly text: string;
  readonly element: Element;
}

export class Printer {
  readonly kernel: Kernel;
  /** The space that each buffer lies in: buffers of one space share a binding, since a dispatch may not bind one buffer twice for writing. */
  readonly spaces: readonly SpaceName[];
  readonly lines: string[] = [];
  readonly names = new Map<string, string>();
  private depth = 0;
  private fresh = 0;

  constructor(kernel: Kernel, spaces: readonly SpaceName[]) {
    this.kernel = kernel;
    this.spaces = spaces;
  }

  line(text: string): void {
    this.lines.push(`${'  '.repeat(this.depth)}${text}`);
  }

  /** `head {`, the lines of `body`, `}`. */
  block(head: string, body: () => void): void {
    this.line(`${head} {`);
    this.depth++;
    body();
    this.depth--;
    this.line('}');
  }

  /** An identifier that no other has; WGSL has no dots or primes. */
  name(hint: string): string {
    return `${hint.replace(/[^A-Za-z0-9]/g, '_')}_${this.fresh++}`;
  }

  /** Declares an index of the kernel under a WGSL name. */
  declare(index: string, value: string): void {
    const name = this.name(index);
    this.names.set(index, name);
    this.line(`let ${name} = ${value};`);
  }

  index(index: Index): string {
    if (typeof index === 'number') return index < 0 ? `(${index}i)` : `${index}i`;
    if (typeof index === 'string') {
      const name = this.names.get(index);
      if (name === undefined) throw new RangeError(`kernel ${this.kernel.key}: index ${index} has no value`);
      return name;
    }
    if ('load' in index) return `bitcast<i32>(${this.element(index.load, this.index(index.at))})`;
    const [x, y] = index.a.map((a) => this.index(a));
    switch (index.f) {
      case 'add':
        return `(${x} + ${y})`;
      case 'mul':
        return `(${x} * ${y})`;
      case 'div':
        return `(${x} / ${y})`;
      case 'mod':
        return `(${x} % ${y})`;
      case 'ceildiv':
        return `((${x} + ${y} - 1i) / ${y})`;
      default:
        return `${index.f}(${x}, ${y})`;
    }
  }

  /** The 32 bits at an element offset of a kernel's buffer. */
  element(buffer: number, offset: string): string {
    return `space_${this.spaces[buffer]}[base_${buffer} + ${offset}]`;
  }

  /** `inside`: conditions under which the access happens; `offset`: its element. Loads ids into variables on the way. */
  address(access: Access): { inside: string[]; offset: string } {
    const inside = (access.where ?? []).map(({ value, size }) => {
      const place = this.index(value);
      return `${place} >= 0i && ${place} < ${this.index(size)}`;
    });
    const parts = access.terms.map((term) => this.term(term, inside));
    return { inside, offset: parts.length === 0 ? '0i' : parts.join(' + ') };
  }

  private term(term: Term, inside: string[]): string {
    if ('ids' in term) {
      const id = this.load(term.ids, 'i32', 'id', []);
      if (term.size !== undefined) inside.push(`${id} >= 0i && ${id} < ${this.index(term.size)}`);
      return `${id} * ${this.index(term.stride)}`;
    }
    if ('table' in term) {
      const tables = this.kernel.buffers.findIndex(({ name }) => name === 'tables');
      return `bitcast<i32>(${this.element(tables, `${this.index(term.table)} + ${this.index(term.index)}`)})`;
    }
    if (term.stride === 1) return this.index(term.index);
    return `${this.index(term.index)} * ${this.index(term.stride)}`;
  }

  /** Declares a variable with the value read, `outside` where a guard or one of the further conditions fails. */
  load(access: Access, element: Element, hint: string, further: readonly string[]): string {
    const name = this.name(hint);
    this.line(`var ${name} = ${literal(access.outside ?? 0, element)};`);
    const { inside, offset } = this.address(access);
    const read = `${name} = bitcast<${element}>(${this.element(access.buffer, offset)});`;
    const conditions = [...further, ...inside];
    if (conditions.length === 0) this.line(read);
    else this.block(`if (${conditions.join(' && ')})`, () => this.line(read));
    return name;
  }

  store(access: Access, value: Value, add: boolean): void {
    const { inside, offset } = this.address(access);
    const place = this.element(access.buffer, offset);
    const sum = add ? `bitcast<${value.element}>(${place}) + ${value.text}` : value.text;
    const write = `${place} = bitcast<u32>(${sum});`;
    if (inside.length === 0) this.line(write);
    else this.block(`if (${inside.join(' && ')})`, () => this.line(write));
  }

  /** Elements of an axis that one block covers, counted from its base. */
  count(axis: TileAxis): string {
    const rest = `(${this.index(axis.size)} - ${this.index(axis.base)})`;
    return axis.extent === 'whole' ? rest : `min(${axis.extent}i, ${rest})`;
  }
}

/**
 * A literal of the element type. WGSL has no infinities, and refuses constants that overflow or are subnormal: the greatest number stands for
 * the former, the bits for the latter.
 */
export function literal(value: number, element: Element): string {
  if (element === 'i32')
    return value <= -(2 ** 31) ? 'i32(-2147483647 - 1)' : value < 0 ? `i32(${Math.trunc(value)})` : `${Math.trunc(value)}i`;
  if (Math.abs(value) > LARGEST) return literal(Math.sign(value) * LARGEST, element);
  const rounded = Math.fround(value);
  if (rounded !== 0 && Math.abs(rounded) < 2 ** -126) return `bitcast<f32>(0x${bitsOf(rounded).toString(16)}u)`;
  const shortest = Object.is(value, -0) ? '-0.0' : String(rounded);
  return `f32(${/[.e]/.test(shortest) ? shortest : `${shortest}.0`})`;
}

/** Of f32. */
const LARGEST = 3.4028234663852886e38;
function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}
