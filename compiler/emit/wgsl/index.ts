/**
 * A kernel as WGSL. Arguments stand in a uniform block: number of blocks, base of each buffer in its space, then the kernel's own. A
 * space is one binding of 32-bit words, however many buffers of the kernel lie in it: WebGPU forbids to bind one buffer twice in a
 * dispatch when one of them is written. Data and tables are bound for reading only, all else for both.
 */
import type { Kernel, SpaceName, Statement } from '../../values/kernel.ts';
import { printLanes } from './lanes.ts';
import { preludeOf } from './prelude.ts';
import { Printer, threads } from './printer.ts';
import { printGroup, printLargest } from './special.ts';
import { printTiles } from './tiles.ts';

/** Blocks along x; more go into y, since a dispatch has at most 65,535 workgroups in a dimension. */
export const blocksAcross = 32768;

/** The spaces of a kernel in binding order: binding k + 1 is the k-th. */
export function bindingsOf(spaces: readonly SpaceName[]): SpaceName[] {
  return [...new Set(spaces)].sort();
}
export function isWritable(space: SpaceName): boolean {
  return space !== 'tables' && space !== 'inputs';
}
/** i32 words of the uniform block, padded to whole vec4. */
export function argumentWords(kernel: Kernel): number {
  return Math.ceil((1 + kernel.buffers.length + kernel.args.length) / 4) * 4;
}

/** `spaces[k]`: where buffer k lies. Throws RangeError where the kernel is not of its form. */
export function printWgsl(kernel: Kernel, spaces: readonly SpaceName[]): string {
  const printer = new Printer(kernel, spaces);
  let declarations: string[] = [];
  const invocation = '@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32';
  printer.block(`@compute @workgroup_size(${threads}) fn main(${invocation})`, () => {
    printer.line(`let block = i32(group.x + group.y * ${blocksAcross}u);`);
    printer.line('if (block >= arguments.words[0].x) { return; }');
    kernel.buffers.forEach((_, k) => {
      printer.line(`let base_${k} = ${argument(1 + k)};`);
    });
    kernel.args.forEach((name, k) => {
      printer.declare(name, argument(1 + kernel.buffers.length + k));
    });
    printGrid(printer);
    declarations = printBody(printer, kernel.body);
  });
  const functions = preludeOf(printer.lines.join('\n'));
  return [...headOf(kernel, spaces), ...declarations, ...functions, ...printer.lines, ''].join('\n');
}

function argument(word: number): string {
  return `arguments.words[${word >> 2}].${'xyzw'[word & 3]}`;
}

function headOf(kernel: Kernel, spaces: readonly SpaceName[]): string[] {
  const bindings = bindingsOf(spaces).map((space, k) => {
    const mode = isWritable(space) ? 'read_write' : 'read';
    return `@group(0) @binding(${k + 1}) var<storage, ${mode}> space_${space}: array<u32>;`;
  });
  return [
    `struct Arguments { words: array<vec4<i32>, ${argumentWords(kernel) / 4}> }`,
    '@group(0) @binding(0) var<uniform> arguments: Arguments;',
    ...bindings,
  ];
}

function printGrid(printer: Printer): void {
  const { grid } = printer.kernel;
  const names = grid.map(({ index }) => printer.name(index));
  printer.line('var rest = block;');
  for (let k = grid.length - 1; k >= 0; k--) {
    const blocks = printer.index(grid[k].blocks);
    printer.line(`let ${names[k]} = rest % ${blocks};`);
    printer.line(`rest /= ${blocks};`);
    printer.names.set(grid[k].index, names[k]);
  }
}

function printBody(printer: Printer, body: readonly Statement[]): string[] {
  const [first] = body;
  if (first.is === 'group') return printGroup(printer, first);
  if (first.is === 'largest') return printLargest(printer, first);
  return printer.kernel.form === 'tiles' ? printTiles(printer, body) : printLanes(printer, body);
}
