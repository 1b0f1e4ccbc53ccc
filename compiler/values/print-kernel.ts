/**
 * The text of a kernel: what `--dump kernels` shows, what goldens hold and what the kernel's key is the hash of. It holds structure only;
 * whoever builds a kernel names buffers, arguments and tiles by their role, so equal structure gives equal text.
 */
import { hash } from './hash.ts';
import type { Access, Index, Kernel, RandomKey, Statement, Term, TileAxis } from './kernel.ts';
import type { Scalar } from './program.ts';
import { printNumber } from './scalar.ts';

/** The kernel's key: 16 hexadecimal digits. */
export function kernelKey(kernel: Omit<Kernel, 'key'>): string {
  return hash(printBody(kernel));
}

/** `kernel KEY`, then the canonical text. */
export function printKernel(kernel: Kernel): string {
  return `kernel ${kernel.key} ${printBody(kernel)}`;
}

/** Form, buffers, arguments, grid and statements; two spaces for each level. */
function printBody(kernel: Omit<Kernel, 'key'>): string {
  const buffers = kernel.buffers.map(({ name, element, use }) => `${name}:${element}:${use}`).join(' ');
  const grid = kernel.grid.map(({ index, blocks }) => `${index} = ${printIndex(blocks)}`).join(', ');
  const names = kernel.buffers.map(({ name }) => name);
  const lines = [`${kernel.form} buffers ${buffers} args ${kernel.args.join(' ')}`, `  grid ${grid}`];
  print(kernel.body, '  ');
  return lines.join('\n');

  function print(body: readonly Statement[], indent: string): void {
    for (const statement of body) {
      lines.push(indent + printStatement(statement, names));
      if (statement.is === 'loop') print(statement.body, `${indent}  `);
    }
  }
}

function printStatement(s: Statement, buffers: readonly string[]): string {
  switch (s.is) {
    case 'let':
      return `let ${s.index} = ${printIndex(s.value, buffers)}`;
    case 'loop':
      return `loop ${s.index} = ${printIndex(s.from, buffers)} to ${printIndex(s.to, buffers)} step ${s.step}`;
    case 'tile':
      return `tile ${s.tile}${printAxes(s.axes)} ${s.element} = ${printNumber(s.fill)}`;
    case 'read':
      return `read ${s.tile}${printAxes(s.axes)} = ${printAccess(s.from, buffers)}`;
    case 'map':
      return `map ${s.tile}${printAxes(s.axes)} ${s.element} = ${printValue(s.value, s.tiles, s.coordinates, s.keys)}`;
    case 'multiply':
      return `multiply ${s.into} += ${s.left} . ${s.right}`;
    case 'fold':
      return `fold ${s.tile} ${s.element} = ${s.combine} over ${s.over} of ${s.source} lanes ${s.lanes}`;
    case 'accumulate':
      return `accumulate ${s.into} ${s.combine}= ${s.source}`;
    case 'write':
      return `write ${printAccess(s.to, buffers)} ${s.add ? '+=' : '='} ${s.tile}`;
    case 'arg-top':
      return `arg-top ${s.tile}${printAxes([s.axis])} over ${s.over} of ${s.source}`;
    case 'group':
      return `group ${s.gives} ${buffers[s.to]} of ${buffers[s.keys]} n ${printIndex(s.n)} groups ${printIndex(s.groups)} with ${buffers[s.scratch]}`;
    case 'largest':
      return `largest ${printIndex(s.count)} of ${buffers[s.of]} n ${printIndex(s.n)} to ${buffers[s.to]} with ${buffers[s.scratch]}`;
  }
}

function printAxes(axes: readonly TileAxis[]): string {
  return `[${axes.map((axis) => `${axis.name}:${axis.extent}@${printIndex(axis.base)}<${printIndex(axis.size)}`).join(' ')}]`;
}

function printAccess(access: Access, buffers: readonly string[]): string {
  const where = (access.where ?? []).map(({ value, size }) => `${printIndex(value, buffers)} < ${printIndex(size, buffers)}`);
  const outside = access.outside ? ` else ${printNumber(access.outside)}` : '';
  const at = access.terms.map((term) => printTerm(term, buffers)).join(' + ');
  return `${buffers[access.buffer]}[${at}]${where.length > 0 ? ` where ${where.join(', ')}` : ''}${outside}`;
}

function printTerm(term: Term, buffers: readonly string[]): string {
  if ('ids' in term) {
    const bound = term.size === undefined ? '' : `?${printIndex(term.size)}`;
    return `${printAccess(term.ids, buffers)}${bound} * ${printIndex(term.stride)}`;
  }
  if ('table' in term) return `${term.table}(${printIndex(term.index)})`;
  return term.stride === 1 ? printIndex(term.index) : `${printIndex(term.index)} * ${printIndex(term.stride)}`;
}

/** `add(mul(g, 48), m)`; loads as `load name[...]`. */
function printIndex(index: Index, buffers: readonly string[] = []): string {
  if (typeof index === 'number' || typeof index === 'string') return String(index);
  if ('load' in index) return `load ${buffers[index.load]}[${printIndex(index.at, buffers)}]`;
  return `${index.f}(${index.a.map((a) => printIndex(a, buffers)).join(', ')})`;
}

function printValue(value: Scalar, tiles: readonly string[], coordinates: readonly Index[], keys: readonly RandomKey[]): string {
  const print = (part: Scalar): string => {
    switch (part.is) {
      case 'read':
        return tiles[part.operand];
      case 'number':
      case 'size':
        return printNumber(part.value);
      case 'coordinate':
        return `@${printIndex(coordinates[part.axis])}`;
      case 'random': {
        const key = keys[Number(part.stream)];
        return `random(${key.key0} ${key.key1}, ${printIndex(key.row)}, ${printIndex(key.column)})`;
      }
      case 'apply':
        return `${part.f}(${part.a.map(print).join(', ')})`;
    }
  };
  return print(value);
}
