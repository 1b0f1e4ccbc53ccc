/** What every nest must satisfy: the form in which operations say what they compute. */
import type { Nest, NestAccess } from './kernel.ts';
import type { Type } from './program.ts';
import { elements } from './shape.ts';

/**
 * Throws Error where an index is unknown, a reduced one enters the write, the epilogue reads along one, or an access leaves its buffer: of
 * an access with guards or lookups only the part inside of them must stay in it.
 */
export function verifyNest(nest: Nest, inputs: readonly Type[], result: Type, name: string): void {
  const sizes = new Map(nest.domain.map(({ index, axis }) => [index, axis.size]));
  const reduced = new Set(nest.domain.flatMap(({ index, role }) => (role === 'reduced' ? [index] : [])));
  const fail = (what: string): never => {
    throw new Error(`nest of ${name}: ${what}`);
  };
  const check = (access: NestAccess, where: string, kept: boolean): void => {
    const buffer = access.buffer < 0 ? result : inputs[access.buffer];
    if (buffer === undefined) fail(`${where} is input ${access.buffer}, there are ${inputs.length}`);
    for (const { terms } of [access, ...access.where]) {
      for (const index of Object.keys(terms)) {
        if (!sizes.has(index)) fail(`${where} walks the index ${index}, which is not in the domain`);
        if (kept && reduced.has(index)) fail(`${where} walks the reduced index ${index}`);
      }
    }
    for (const { ids } of access.lookups) {
      check(ids, `ids of ${where}`, false);
      if (inputs[ids.buffer].dtype !== 'int') fail(`ids of ${where} are ${inputs[ids.buffer].dtype}`);
    }
    if (access.where.length > 0 || [...sizes.values()].includes(0)) return;
    const { low, high } = rangeOf(access, sizes);
    const looked = access.lookups.reduce((sum, { stride, size }) => sum + stride * (size - 1), 0);
    if (low < 0 || high + looked >= elements(buffer.axes)) fail(`${where} meets ${low} to ${high + looked} of ${elements(buffer.axes)}`);
  };
  nest.reads.forEach((access, k) => {
    check(access, `read ${k}`, false);
  });
  nest.after.forEach((access, k) => {
    check(access, `epilogue read ${k}`, true);
  });
  check(nest.write, 'the write', nest.write.lookups.length === 0);
  if (nest.combine === 'none' && reduced.size > 0) fail('it has reduced indices and nothing that combines them');
}

/** Smallest and largest offset without lookups. */
function rangeOf({ terms, plus }: NestAccess, sizes: ReadonlyMap<string, number>): { low: number; high: number } {
  const ends = Object.entries(terms).map(([index, stride]) => stride * (sizes.get(index)! - 1));
  const sum = (pick: (end: number) => number) => ends.reduce((total, end) => total + pick(end), plus);
  return { low: sum((end) => Math.min(0, end)), high: sum((end) => Math.max(0, end)) };
}
