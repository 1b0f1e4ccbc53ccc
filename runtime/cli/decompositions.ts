/** What became of given weights, for people and for the record of a run. */

import type { decomposedRecord } from '../checkpoint/record.ts';
import type { Read } from '../checkpoint/schema.ts';
import type { Initial } from '../weights/initialise.ts';

export type DecomposedRecord = Read<typeof decomposedRecord>;

export function decompositionRecords({ decompositions, together }: Pick<Initial, 'decompositions' | 'together'>): DecomposedRecord {
  return {
    weights: decompositions.map(({ path, report: { bonds, error, outputError, near } }) => ({
      path,
      bonds: bonds.map(({ size }) => size),
      error,
      ...(outputError === undefined ? {} : { outputError, near: near! }),
    })),
    together: together.map(({ joint: _, ...one }) => one),
  };
}

/** A line for each weight, with both errors where it was decomposed by its inputs, and for each statement that chose bonds together. */
export function decompositionText({ weights, together }: DecomposedRecord): string[] {
  const number = (value: number) => value.toExponential(2);
  const lines = weights.map(({ path, bonds, error, outputError, near }) => {
    const of = near === 'inputs' ? 'its outputs' : 'the loss to second order';
    const outputs = outputError === undefined ? '' : `, of ${of} ${number(outputError)}`;
    return `${path}: bonds ${bonds.join(', ')}, relative error ${number(error)}${outputs}`;
  });
  const chosen = together.map(({ weights: count, entries, dense, loss, least }) => {
    const bound = least === undefined ? '' : `; no choice of so many entries has less than ${number(least)}`;
    const share = `${entries.toLocaleString('en')} of ${dense.toLocaleString('en')} entries (${((100 * entries) / dense).toPrecision(3)} %)`;
    return `bonds of ${count} weights chosen together: ${share}, expected error ${number(loss)}${bound}`;
  });
  return [...lines, ...chosen];
}
