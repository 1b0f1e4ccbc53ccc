/** Values of index expressions, for the interpreter and for launches. */
import type { Index, Kernel } from './kernel.ts';

/** Numbers by name: arguments and what is bound so far. */
type Names = ReadonlyMap<string, number>;

/** Number of blocks that a kernel's grid has with these arguments. */
export function blocksOf(kernel: Pick<Kernel, 'args' | 'grid'>, args: readonly number[]): number {
  const names = new Map(kernel.args.map((name, k) => [name, args[k]]));
  return kernel.grid.reduce((product, { blocks }) => product * indexValue(blocks, names, []), 1);
}

/** Throws RangeError for a name that has no value. */
export function indexValue(index: Index, names: Names, buffers: readonly Float64Array[]): number {
  if (typeof index === 'number') return index;
  if (typeof index === 'string') {
    const value = names.get(index);
    if (value === undefined) throw new RangeError(`index ${index} has no value`);
    return value;
  }
  if ('load' in index) return buffers[index.load][indexValue(index.at, names, buffers)];
  const [x, y] = index.a.map((a) => indexValue(a, names, buffers));
  switch (index.f) {
    case 'add':
      return x + y;
    case 'mul':
      return x * y;
    case 'min':
      return Math.min(x, y);
    case 'max':
      return Math.max(x, y);
    case 'div':
      return Math.floor(x / y);
    case 'mod':
      return x % y;
    case 'ceildiv':
      return Math.ceil(x / y);
  }
}
