/**
 * Integer index expressions of a kernel as i32 code, and what a vector loop has to know of them: how they depend on its axis.
 */
import type { Access, Index, Kernel, TileAxis } from '../../values/kernel.ts';
import { add, both, type Code, type Expression, known, multiply, number, subtract } from './code.ts';

export class Indices {
  readonly code: Code;
  private readonly kernel: Kernel;
  private readonly bound = new Map<string, Expression>();

  constructor(code: Code, kernel: Kernel) {
    this.code = code;
    this.kernel = kernel;
  }

  bind(name: string, value: Expression): void {
    this.bound.set(name, value);
  }

  /** Names inside `body` see the binding; afterwards the old one holds again. */
  with<T>(name: string, value: Expression, body: () => T): T {
    const old = this.bound.get(name);
    this.bound.set(name, value);
    try {
      return body();
    } finally {
      if (old === undefined) this.bound.delete(name);
      else this.bound.set(name, old);
    }
  }

  /** Byte address of a buffer: the first words of the argument block. */
  buffer(position: number): Expression {
    return this.code.hoist(this.kernel.buffers[position].name, 'i32', `(i32.load offset=${4 * position} (local.get $args))`);
  }

  /** No statement of the kernel writes it. */
  isReadOnly(position: number): boolean {
    return this.kernel.buffers[position].use === 'read';
  }

  argument(name: string): Expression {
    const position = this.kernel.args.indexOf(name);
    if (position === -1) throw new Error(`kernel ${this.kernel.key}: index '${name}' is neither bound nor an argument`);
    return this.code.hoist(name, 'i32', `(i32.load offset=${4 * (this.kernel.buffers.length + position)} (local.get $args))`);
  }

  value(index: Index): Expression {
    if (typeof index === 'number') return number(index);
    if (typeof index === 'string') return this.bound.get(index) ?? this.argument(index);
    if ('load' in index) return `(i32.load ${add(this.buffer(index.load), multiply(this.value(index.at), number(4)))})`;
    const [a, b] = [this.value(index.a[0]), this.value(index.a[1])];
    switch (index.f) {
      case 'add':
        return add(a, b);
      case 'mul':
        return multiply(a, b);
      case 'min':
      case 'max':
        return this.extremum(index.f, a, b);
      case 'div':
        return this.quotient(a, b);
      case 'mod':
        return powerOfTwo(b) ? `(i32.and ${a} ${number(known(b)! - 1)})` : `(i32.rem_u ${a} ${b})`;
      case 'ceildiv':
        return this.quotient(add(a, subtract(b, number(1))), b);
    }
  }

  extremum(f: 'min' | 'max', a: Expression, b: Expression): Expression {
    const [x, y] = [known(a), known(b)];
    if (x !== undefined && y !== undefined) return number(Math[f](x, y));
    const [p, q] = [this.code.let(f, 'i32', a), this.code.let(f, 'i32', b)];
    return `(select ${p} ${q} (i32.${f === 'min' ? 'lt_s' : 'gt_s'} ${p} ${q}))`;
  }

  private quotient(a: Expression, b: Expression): Expression {
    if (known(b) === 1) return a;
    return powerOfTwo(b) ? `(i32.shr_u ${a} (i32.const ${Math.log2(known(b)!)}))` : `(i32.div_u ${a} ${b})`;
  }

  /** How many positions of the axis are inside: min(extent, size - base), at least 0. */
  inside(axis: TileAxis): Expression {
    const left = this.code.let(axis.name, 'i32', subtract(this.value(axis.size), this.value(axis.base)));
    const bounded = axis.extent === 'whole' ? left : this.extremum('min', left, number(axis.extent));
    return this.code.let(axis.name, 'i32', this.extremum('max', bounded, number(0)));
  }

  /** 1 where 0 <= value < size, by one unsigned comparison. */
  within(value: Expression, size: Expression): Expression {
    const [x, y] = [known(value), known(size)];
    if (x !== undefined && y !== undefined) return number(x >= 0 && x < y ? 1 : 0);
    return `(i32.lt_u ${value} ${size})`;
  }

  /** Element offset of the chosen terms, and whether their lookups and the chosen guards hold. */
  offset(access: Access, pick: (part: AccessTerm) => boolean): { readonly elements: Expression; readonly ok: Expression } {
    let elements = number(0);
    let ok = number(1);
    for (const term of access.terms) {
      if (!pick(term)) continue;
      if ('table' in term) {
        const tables = this.buffer(this.kernel.buffers.findIndex((buffer) => buffer.name === 'tables'));
        const at = add(this.argument(term.table), this.value(term.index));
        elements = add(elements, `(i32.load ${add(tables, multiply(at, number(4)))})`);
      } else if ('ids' in term) {
        const id = this.code.let('id', 'i32', this.id(term.ids));
        if (term.size === undefined) {
          elements = add(elements, multiply(id, this.value(term.stride)));
          continue;
        }
        const valid = this.code.let('ok', 'i32', this.within(id, this.value(term.size)));
        ok = both(ok, valid);
        elements = add(elements, multiply(`(select ${id} (i32.const 0) ${valid})`, this.value(term.stride)));
      } else {
        elements = add(elements, multiply(this.value(term.index), this.value(term.stride)));
      }
    }
    for (const guard of access.where ?? []) {
      if (pick(guard)) ok = both(ok, this.within(this.value(guard.value), this.value(guard.size)));
    }
    return { elements, ok };
  }

  private id(access: Access): Expression {
    const { elements, ok } = this.offset(access, () => true);
    const load = `(i32.load ${this.address(access.buffer, elements)})`;
    return known(ok) === 1 ? load : `(if (result i32) ${ok} (then ${load}) (else ${number(access.outside ?? 0)}))`;
  }

  address(buffer: number, elements: Expression): Expression {
    return add(this.buffer(buffer), multiply(elements, number(4)));
  }
}

export type AccessTerm = Access['terms'][number] | NonNullable<Access['where']>[number];

const powerOfTwo = (value: Expression): boolean => {
  const n = known(value);
  return n !== undefined && n > 0 && (n & (n - 1)) === 0;
};

export function mentions(index: Index, name: string): boolean {
  if (typeof index === 'number') return false;
  if (typeof index === 'string') return index === name;
  return 'load' in index ? mentions(index.at, name) : index.a.some((part) => mentions(part, name));
}

/** Whether a term or guard of an access depends on an axis. */
export function partMentions(part: AccessTerm, name: string): boolean {
  if ('value' in part) return mentions(part.value, name) || mentions(part.size, name);
  if ('ids' in part) return accessMentions(part.ids, name) || mentions(part.stride, name);
  return mentions(part.index, name) || ('stride' in part && mentions(part.stride, name));
}

function accessMentions(access: Access, name: string): boolean {
  return access.terms.some((term) => partMentions(term, name)) || (access.where ?? []).some((guard) => partMentions(guard, name));
}

/** d index / d name where it is one number, else undefined. */
export function slope(index: Index, name: string): number | undefined {
  if (!mentions(index, name)) return 0;
  if (typeof index !== 'object') return 1;
  if ('load' in index) return undefined;
  const [a, b] = index.a;
  if (index.f === 'add') {
    const [p, q] = [slope(a, name), slope(b, name)];
    return p === undefined || q === undefined ? undefined : p + q;
  }
  if (index.f !== 'mul') return undefined;
  if (typeof b === 'number') return scaled(slope(a, name), b);
  return typeof a === 'number' ? scaled(slope(b, name), a) : undefined;
}
const scaled = (value: number | undefined, factor: number) => (value === undefined ? undefined : value * factor);

/** Elements by which the address grows along an axis: a number if it is one for the whole axis. */
export function accessSlope(access: Access, name: string): number | undefined {
  let total = 0;
  for (const term of access.terms) {
    if (!partMentions(term, name)) continue;
    const along =
      'ids' in term || 'table' in term || typeof term.stride !== 'number' ? undefined : scaled(slope(term.index, name), term.stride);
    if (along === undefined) return undefined;
    total += along;
  }
  return total;
}
