/** What a body that is being written has so far: axes, values with their axes, and the declarations that statements asked for. */
import type { Random } from '../random.ts';

export interface Value {
  readonly name: string;
  readonly axes: readonly string[];
}

/** Of axes: one, small primes, tails of vectors and of tiles (multiples of 4, 8 and 16, and one beside them). */
const extents = [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 19] as const;
/** Elements of a value at the utmost, so that a program takes milliseconds. */
const LARGEST = 3000;

export class Writer {
  readonly random: Random;
  /** Sizes by name; `batch` is open. */
  readonly axes = new Map<string, number>();
  readonly inputs: string[] = [];
  readonly members: string[] = [];
  readonly definitions = new Map<string, string>();
  readonly lines: string[] = [];
  readonly values: Value[] = [];
  private readonly unread = new Set<Value>();
  private count = 0;

  constructor(random: Random) {
    this.random = random;
    this.axes.set('batch', this.of([1, 2, 3, 5]));
    this.axes.set('classes', this.of([1, 2, 3, 5, 11]));
    for (const name of ['a', 'b', 'c', 'd']) this.axes.set(name, this.of(extents));
  }
  of<T>(list: readonly T[]): T {
    return list[this.random(list.length)];
  }
  one(times: number): boolean {
    return this.random(times) === 0;
  }
  size(axes: readonly string[]): number {
    return axes.reduce((product, axis) => product * this.axes.get(axis.replaceAll("'", ''))!, 1);
  }
  fits(axes: readonly string[]): boolean {
    return this.size(axes) <= LARGEST;
  }
  /** A name that nothing has. */
  fresh(letter: string): string {
    return `${letter}${++this.count}`;
  }
  /** A value for which `good` holds, rather one that nothing reads yet. */
  read(good: (value: Value) => boolean = () => true): Value | undefined {
    const fine = this.values.filter(good);
    const open = fine.filter((value) => this.unread.has(value));
    if (fine.length === 0) return undefined;
    const found = open.length > 0 && !this.one(4) ? this.of(open) : this.of(fine);
    this.unread.delete(found);
    return found;
  }
  /** One statement that makes a value of these axes. */
  make(axes: readonly string[], right: string, listed = false): Value {
    const value = { name: this.fresh('v'), axes };
    this.lines.push(`${value.name}${listed ? `[${axes.join(', ')}]` : ''} = ${right}`);
    return this.keep(value);
  }
  /** A value that stands there already. */
  keep(value: Value): Value {
    this.values.push(value);
    this.unread.add(value);
    return value;
  }
  leftOver(): Value[] {
    const found = [...this.unread];
    this.unread.clear();
    return found;
  }
  /** A dense weight of the model. */
  weight(axes: readonly string[]): Value {
    const name = this.fresh('w');
    const law = this.of([`normal(1 / sqrt(${this.size(axes)}))`, 'uniform(-0.5, 0.5)', 'normal(0.3)', 'ones', 'xavier']);
    this.members.push(`${name}: [${axes.join(', ')}] ~ ${law === 'xavier' && axes.length < 2 ? 'zeros' : law}`);
    return { name, axes };
  }
  /** A member and its name. */
  member(letter: string, text: string): string {
    const name = this.fresh(letter);
    this.members.push(`${name}: ${text}`);
    return name;
  }
}

/** Axes of the model that a value may be about. */
export const inner = ['a', 'b', 'c', 'd'] as const;
/** Items of a list that another has too, in the order of the first. */
export const without = (axes: readonly string[], gone: readonly string[]): string[] => axes.filter((axis) => !gone.includes(axis));
