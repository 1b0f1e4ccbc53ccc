/** The contents of the space `tables`: offset tables and literal constants, equal ones stored once. */
import type { Schedule } from '../values/kernel.ts';

const ALIGNMENT = 16;

export class TablePool {
  readonly runs: { offset: number; dtype: 'f32' | 'i32'; values: readonly number[] }[] = [];
  private readonly known = new Map<string, number>();
  size = 0;

  /** Offset of an i32 table; equal names stand for equal tables. */
  offsets(name: string, values: () => readonly number[]): number {
    return this.known.get(`offsets ${name}`) ?? this.keep(`offsets ${name}`, 'i32', values());
  }

  /** Offset of a run of numbers. */
  add(dtype: 'f32' | 'i32', values: readonly number[]): number {
    const key = `${dtype} ${values.join()}`;
    return this.known.get(key) ?? this.keep(key, dtype, values);
  }

  private keep(key: string, dtype: 'f32' | 'i32', values: readonly number[]): number {
    const offset = this.size;
    this.runs.push({ offset, dtype, values });
    this.known.set(key, offset);
    this.size = Math.ceil((offset + values.length) / ALIGNMENT) * ALIGNMENT;
    return offset;
  }

  tables(): Schedule['tables'] {
    return this.runs;
  }
}
