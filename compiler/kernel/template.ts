/**
 * Loops that are alike up to the values that they read and write. A network of many layers has few kinds of loops, so whatever can be said
 * about one without knowing its values (its shape, whether it fits another, its kernel) is found once for all of its kind. A template is a
 * loop whose values and streams are slots, numbered in order of first use; digits are its own.
 */
import type { Scalar } from '../values/program.ts';
import type { Digit, Form } from './form.ts';
import { type Loop, type LoopAccess, mapDigits, mapValues, type ValueId } from './loop.ts';

export interface Template {
  readonly id: number;
  readonly loop: Loop;
}
/** What stands in the slots of a template, or of several that were joined. */
export interface Slots {
  readonly values: readonly ValueId[];
  readonly streams: readonly string[];
}

export interface Instance {
  readonly template: Template;
  readonly slots: Slots;
}

export class Templates {
  private readonly known = new Map<string, Template>();
  private readonly found = new WeakMap<Loop, Instance>();
  private readonly scalars = new WeakMap<Scalar, string>();

  of(loop: Loop): Instance {
    const before = this.found.get(loop);
    if (before !== undefined) return before;
    const values = new Numbers<ValueId>();
    const streams = new Numbers<string>();
    const text = this.textOf(loop, values, streams);
    const known = this.known.get(text) ?? {
      id: this.known.size,
      loop: inSlots(
        loop,
        (value) => values.of(value),
        (stream) => streams.of(stream),
      ),
    };
    this.known.set(text, known);
    const instance = { template: known, slots: { values: values.all, streams: streams.all } };
    this.found.set(loop, instance);
    return instance;
  }

  /** Equal for equal structure: every number of the loop stands in it. */
  private textOf(loop: Loop, values: Numbers<ValueId>, streams: Numbers<string>): string {
    const digits = new Numbers<Digit>();
    const digit = (own: Digit) => `${digits.of(own)}:${own.size}`;
    const form = ({ terms, plus }: Form) => {
      let text = `${plus}`;
      for (const [own, stride] of terms) text += `+${digit(own)}*${stride}`;
      return text;
    };
    const place = ({ value, at, lookups, where }: LoopAccess): string => {
      let text = `${values.of(value)}[${form(at)}`;
      for (const { ids, stride, size, inside } of lookups) text += `?${place(ids)}*${stride}<${size}${inside ? '!' : ''}`;
      for (const guard of where) text += `&${form(guard.at)}<${guard.size}`;
      return `${text}]`;
    };
    const parts = [loop.kept.map(digit).join(), loop.reduced.map(digit).join(), loop.combine];
    parts.push(this.scalar(loop.value), this.scalar(loop.finish));
    parts.push(loop.reads.map(place).join(), loop.after.map(place).join(), place(loop.write), loop.coordinates.map(form).join());
    parts.push(loop.keys.map(({ stream, row, column }) => `${streams.of(stream)} ${form(row)} ${form(column)}`).join());
    if (loop.whole) parts.push('whole');
    if (loop.chunk !== undefined) parts.push(`chunk ${digit(loop.chunk.piece)} ${loop.chunk.length}`);
    if (loop.within !== undefined) parts.push(`within ${loop.within.map(form).join()}`);
    if (loop.rows !== undefined) parts.push(`rows ${digit(loop.rows.group)} ${digit(loop.rows.row)} ${values.of(loop.rows.start)}`);
    if (loop.used !== undefined) parts.push(`used ${digit(loop.used.digit)} ${values.of(loop.used.start)}`);
    return parts.join(';');
  }
  private scalar(value: Scalar): string {
    const known = this.scalars.get(value) ?? JSON.stringify(value);
    this.scalars.set(value, known);
    return known;
  }
}

/** Things in order of first use. */
class Numbers<T> {
  readonly all: T[] = [];
  private readonly known = new Map<T, number>();
  of(thing: T): number {
    const known = this.known.get(thing);
    if (known !== undefined) return known;
    this.known.set(thing, this.all.length);
    return this.all.push(thing) - 1;
  }
}

function inSlots(loop: Loop, value: (own: ValueId) => number, stream: (own: string) => number): Loop {
  const slotted = mapValues(loop, value);
  return { ...slotted, keys: slotted.keys.map((key) => ({ ...key, stream: String(stream(key.stream)) })) };
}

/** The same loops on digits of their own, with slots renamed: so that they can stand beside others of the same template. */
export function apart(loops: readonly Loop[], values: readonly number[], streams: readonly number[]): Loop[] {
  const fresh = new Map<Digit, Digit>();
  const digit = (own: Digit): Digit => {
    const known = fresh.get(own) ?? { size: own.size };
    fresh.set(own, known);
    return known;
  };
  return loops.map((loop) =>
    inSlots(
      mapDigits(loop, digit),
      (slot) => values[slot],
      (slot) => streams[Number(slot)],
    ),
  );
}

/** Where the slots of a second set go in the union of both, the first one's staying where they are. */
export function union(
  first: Slots,
  second: Slots,
): { readonly slots: Slots; readonly values: readonly number[]; readonly streams: readonly number[] } {
  const values = new Numbers<ValueId>();
  const streams = new Numbers<string>();
  for (const value of first.values) values.of(value);
  for (const stream of first.streams) streams.of(stream);
  const into = { values: second.values.map((value) => values.of(value)), streams: second.streams.map((stream) => streams.of(stream)) };
  return { slots: { values: values.all, streams: streams.all }, ...into };
}
