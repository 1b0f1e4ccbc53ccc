/**
 * The axes of a model under construction. An axis is an id; names are for people. Beside what the Model keeps, the checker must know
 * where an axis was declared, which axis of the caller a formal axis stands for, and which axis bounds an open one.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type { AxisId, ModelAxis, Size } from '../values/model.ts';

export interface AxisInfo {
  readonly place: Place;
  /** The axis of the caller that a formal axis is bound to. */
  readonly actual?: AxisId;
  /** `time <= context`: the axis whose positions include those of this one. */
  readonly bound?: AxisId;
}
interface DraftAxis extends ModelAxis {
  readonly products: AxisId[][];
}

export class AxisTable {
  readonly axes: DraftAxis[] = [];
  readonly info: AxisInfo[] = [];
  private readonly memo = new Map<string, AxisId>();

  /** `key`: axes of the members of a family that agree in everything are one axis. */
  declare(name: string, size: Size | 'open', info: AxisInfo, key?: string): AxisId {
    const known = key === undefined ? undefined : this.memo.get(key);
    if (known !== undefined) return known;
    const id = this.axes.length;
    this.axes.push({ id, name, size: size === 'open' ? { open: id } : size, products: [] });
    this.info.push(info);
    if (key !== undefined) this.memo.set(key, id);
    return id;
  }

  /** Bounds an open axis that was just declared. */
  bound(axis: AxisId, max: number, by?: AxisId): void {
    this.axes[axis] = { ...this.axes[axis], size: { open: axis, max } };
    if (by !== undefined) this.info[axis] = { ...this.info[axis], bound: by };
  }

  factorise(axis: AxisId, factors: AxisId[]): void {
    const { products } = this.axes[axis];
    if (!products.some((known) => sameAxes(known, factors))) products.push(factors);
  }

  /** The axis with `count` more primes, made when it is first asked for. */
  prime(axis: AxisId, count: number): AxisId {
    let at = axis;
    for (let k = 0; k < count; k++) at = this.primeOnce(at);
    return at;
  }

  private primeOnce(axis: AxisId): AxisId {
    const { name, size } = this.axes[axis];
    const { actual, bound, place } = this.info[axis];
    const info = { place, bound, ...(actual === undefined ? {} : { actual: this.primeOnce(actual) }) };
    const id = this.declare(`${name}'`, size, info, `prime ${axis}`);
    if (this.axes[id].primeOf === undefined) this.axes[id] = { ...this.axes[id], primeOf: this.base(axis) };
    return id;
  }

  base(axis: AxisId): AxisId {
    return this.axes[axis].primeOf ?? axis;
  }

  sameFamily(a: AxisId, b: AxisId): boolean {
    return this.base(a) === this.base(b);
  }

  /** The outermost axis that a formal axis stands for. */
  root(axis: AxisId): AxisId {
    const { actual } = this.info[axis];
    return actual === undefined ? axis : this.root(actual);
  }

  /** Declared factorisations; a primed axis has those of its base. */
  products(axis: AxisId): readonly (readonly AxisId[])[] {
    return this.axes[axis].products.concat(this.axes[axis].primeOf === undefined ? [] : this.axes[this.base(axis)].products);
  }

  name(axis: AxisId): string {
    return this.axes[axis].name;
  }

  size(axis: AxisId): Size {
    return this.axes[axis].size;
  }

  /** `64`, `open`, `open, at most 512`. */
  sizeText(axis: AxisId): string {
    const size = this.size(axis);
    return typeof size === 'number' ? String(size) : size.max === undefined ? 'open' : `open, at most ${size.max}`;
  }

  /** `batch, time, width`. */
  list(axes: readonly AxisId[]): string {
    return axes.map((axis) => this.name(axis)).join(', ');
  }

  /** Elements of a tensor of these axes, an open axis counted as one. */
  elements(axes: readonly AxisId[]): number {
    return axes.reduce((product, axis) => {
      const size = this.size(axis);
      return product * (typeof size === 'number' ? size : 1);
    }, 1);
  }
}

function sameAxes(a: readonly AxisId[], b: readonly AxisId[]): boolean {
  return a.length === b.length && a.every((axis, k) => axis === b[k]);
}

export function sameSize(a: Size, b: Size): boolean {
  return typeof a === 'number' || typeof b === 'number' ? a === b : a.open === b.open;
}
