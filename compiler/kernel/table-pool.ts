/** The contents of the space `tables`: offset tables and literal constants, equal ones stored once. */
import { aligned } from '../values/aligned.ts';
import type { TableRun } from '../values/kernel.ts';
import { offsetsOf } from '../values/tables.ts';

export class TablePool {
  readonly runs: TableRun[] = [];
  private readonly known = new Map<string, number>();
  size = 0;

  /** Offset of the table of all positions of digits. */
  offsets(steps: NonNullable<TableRun['steps']>): number {
    const key = `offsets ${steps.join(' ')}`;
    return this.known.get(key) ?? this.keep(key, { dtype: 'i32', values: offsetsOf(steps), steps });
  }

  /** Offset of a run of numbers. */
  add(dtype: 'f32' | 'i32', values: readonly number[]): number {
    const key = `${dtype} ${values.join()}`;
    return this.known.get(key) ?? this.keep(key, { dtype, values });
  }

  private keep(key: string, run: Omit<TableRun, 'offset'>): number {
    const offset = this.size;
    this.runs.push({ offset, ...run });
    this.known.set(key, offset);
    this.size = aligned(offset + run.values.length);
    return offset;
  }
}
