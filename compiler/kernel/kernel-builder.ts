/**
 * Writes one kernel and the arguments of one launch of it. Names come from roles and from the order of first use, so equal structure gives
 * equal text whatever the sizes; sizes, strides, offsets and tables become arguments.
 */

import { blocksOf } from '../values/index-value.ts';
import type { Access, Index, Kernel, Statement, Term } from '../values/kernel.ts';
import { kernelKey } from '../values/print-kernel.ts';
import { coefficient, type Digit, type Form } from './form.ts';
import type { Value } from './graph.ts';
import type { LoopAccess, ValueId } from './loop.ts';
import type { TablePool } from './table-pool.ts';

/** Digits that one index of the kernel walks, outermost first. */
export interface IndexGroup {
  readonly index: string;
  readonly digits: readonly Digit[];
}
/** What a buffer of a launch is bound to. */
export type Binding = ValueId | 'tables' | 'inputs';
/** A kernel with the arguments of one launch; addresses come with the memory plan. */
export interface Draft {
  readonly kernel: Kernel;
  readonly args: readonly number[];
  readonly bindings: readonly Binding[];
  readonly blocks: number;
  readonly keys: readonly { readonly stream: string; readonly arg: number }[];
  readonly node: number;
  readonly gate?: string;
}

export class KernelBuilder {
  readonly values: readonly Value[];
  readonly pool: TablePool;
  private readonly buffers: { name: string; element: 'f32' | 'i32'; use: 'read' | 'write' | 'update' }[] = [];
  private readonly bindings: Binding[] = [];
  private readonly args = new Map<string, number>();
  private readonly streams: { stream: string; name: string }[] = [];
  private tiles = 0;

  constructor(values: readonly Value[], pool: TablePool) {
    this.values = values;
    this.pool = pool;
  }

  tile(): string {
    return `t${this.tiles++}`;
  }

  /** Position of the buffer that holds a value; a state and what overwrites it are one buffer. `addressed`: scalars may share one. */
  buffer(id: ValueId, use: 'read' | 'write', addressed = false): number {
    const { home, size, element, overwrites } = this.values[id];
    const scalar = addressed && use === 'read' && size === 1 && home?.space === 'inputs';
    const binding: Binding = scalar ? 'inputs' : id;
    let position = this.bindings.findIndex((own, k) => own === binding && this.buffers[k].element === element);
    if (position < 0 && overwrites !== undefined) position = this.bindings.indexOf(overwrites);
    if (position < 0) {
      const name = scalar ? (element === 'f32' ? 'scalars' : 'scalars.int') : `b${this.buffers.length}`;
      this.buffers.push({ name, element, use });
      return this.bindings.push(binding) - 1;
    }
    if (this.buffers[position].use !== use) this.buffers[position].use = 'update';
    return position;
  }
  private tables(): void {
    if (this.bindings.includes('tables')) return;
    this.bindings.push('tables');
    this.buffers.push({ name: 'tables', element: 'i32', use: 'read' });
  }

  /** An argument of this value; the name gets a number where it is taken by another value. */
  arg(name: string, value: number): string {
    for (let k = 0; ; k++) {
      const own = k === 0 ? name : `${name}.${k}`;
      const taken = this.args.get(own);
      if (taken === undefined) this.args.set(own, value);
      if (taken === undefined || taken === value) return own;
    }
  }

  size(group: IndexGroup): number {
    return group.digits.reduce((product, digit) => product * digit.size, 1);
  }

  /** Address of a place under the given indices. */
  access(place: LoopAccess, groups: readonly IndexGroup[], use: 'read' | 'write' = 'read'): Access {
    const buffer = this.buffer(place.value, use, true);
    const { name } = this.buffers[buffer];
    const { home } = this.values[place.value];
    const terms: Term[] = [];
    if (this.bindings[buffer] === 'inputs') terms.push({ index: this.arg(`${name}.at`, home!.offset), stride: 1 });
    terms.push(...this.terms(place.at, groups, name));
    for (const { ids, stride, size, inside } of place.lookups) {
      const term = { ids: this.access(ids, groups), stride: this.stride(`${name}.id`, stride) };
      terms.push(inside ? term : { ...term, size: this.arg(`${name}.ids`, size) });
    }
    const where = place.where.map(({ at, size }) => ({ value: this.index(at, groups, `${name}.at`), size: this.arg(`${name}.to`, size) }));
    return where.length > 0 ? { buffer, terms, where } : { buffer, terms };
  }

  private stride(name: string, value: number): Index {
    return value === 1 ? 1 : this.arg(name, value);
  }

  terms(form: Form, groups: readonly IndexGroup[], name: string): Term[] {
    const terms: Term[] = [];
    for (const group of groups) {
      const stride = affineStride(form, group);
      if (stride === 0) continue;
      if (stride !== undefined) terms.push({ index: group.index, stride: this.stride(`${name}.${group.index}`, stride) });
      else {
        this.tables();
        terms.push({ index: group.index, table: this.arg(`${name}.${group.index}`, this.offsets(form, group)) });
      }
    }
    if (form.plus !== 0) terms.push({ index: this.arg(`${name}.plus`, form.plus), stride: 1 });
    return terms;
  }

  private offsets(form: Form, group: IndexGroup): number {
    const steps = group.digits.map((digit) => [digit.size, coefficient(form, digit)] as const);
    return this.pool.offsets(steps);
  }

  /** A form as an index expression: digits are cut out of a group by division where they do not lie in a row. */
  index(form: Form, groups: readonly IndexGroup[], name: string): Index {
    const sum: Index[] = [];
    const times = (index: Index, value: number, own: string) => sum.push(value === 1 ? index : call('mul', index, this.arg(own, value)));
    for (const group of groups) {
      const stride = affineStride(form, group);
      if (stride === 0) continue;
      const own = `${name}.${group.index}`;
      if (stride !== undefined) {
        times(group.index, stride, own);
        continue;
      }
      let inner = 1;
      for (const [k, digit] of [...group.digits.entries()].reverse()) {
        if (coefficient(form, digit) !== 0) {
          const divided = inner === 1 ? group.index : call('div', group.index, this.arg(`${group.index}.div`, inner));
          const cut = k === 0 ? divided : call('mod', divided, this.arg(`${group.index}.mod`, digit.size));
          times(cut, coefficient(form, digit), own);
        }
        inner *= digit.size;
      }
    }
    if (form.plus !== 0) sum.push(this.arg(`${name}.plus`, form.plus));
    return sum.length === 0 ? 0 : sum.reduce((a, b) => call('add', a, b));
  }

  /** The arguments that hold the key of a stream; numbered in order of first use. */
  key(stream: string): { key0: string; key1: string } {
    let position = this.streams.findIndex((own) => own.stream === stream);
    if (position < 0) position = this.streams.push({ stream, name: `key${this.streams.length}` }) - 1;
    const { name } = this.streams[position];
    this.args.set(`${name}.0`, 0);
    this.args.set(`${name}.1`, 0);
    return { key0: `${name}.0`, key1: `${name}.1` };
  }

  /** Ends the kernel. Buffers of nothing but arguments come out as they were met. */
  finish(form: Kernel['form'], grid: Kernel['grid'], body: readonly Statement[], node: number): Draft {
    const names = [...this.args.keys()];
    const own = { form, buffers: this.buffers.map((buffer) => ({ ...buffer })), args: names, grid, body };
    const kernel = { key: kernelKey(own), ...own };
    const args = [...this.args.values()];
    return {
      kernel,
      args,
      bindings: this.bindings,
      blocks: blocksOf(kernel, args),
      keys: this.streams.map(({ stream, name }) => ({ stream, arg: names.indexOf(`${name}.0`) })),
      node,
    };
  }
}

export function call(f: 'add' | 'mul' | 'min' | 'max' | 'div' | 'mod' | 'ceildiv', x: Index, y: Index): Index {
  return { f, a: [x, y] };
}

/** The stride by which a form walks a group, 0 where it does not; undefined where it needs a table. */
export function affineStride(form: Form, group: IndexGroup): number | undefined {
  let stride: number | undefined;
  let expected: number | undefined;
  for (const digit of [...group.digits].reverse()) {
    const own = coefficient(form, digit);
    stride ??= own;
    if (expected !== undefined && own !== expected) return undefined;
    expected = own * digit.size;
  }
  return stride ?? 0;
}
