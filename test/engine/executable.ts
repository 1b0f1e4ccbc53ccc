/** An executable without kernels, enough for the reference engine, of a program alone. */

import { placesOf } from '../../compiler/program/places.ts';
import type { Executable, Layout } from '../../compiler/values/executable.ts';
import type { Program, Source } from '../../compiler/values/program.ts';
import { elements } from '../../compiler/values/shape.ts';

/** Parameters and states of the programs in order of first occurrence, one after another. */
export function layoutFor(programs: readonly Program[]): Layout {
  const members: Layout['members'][number][] = [];
  let size = 0;
  for (const node of programs.flatMap((program) => program.nodes)) {
    const { kind, name } = node.attributes as Source;
    if (node.operation !== 'source' || (kind !== 'parameter' && kind !== 'state')) continue;
    if (members.some((member) => member.name === name)) continue;
    const length = elements(node.type.axes);
    members.push({ name, type: node.type, address: { space: 'persistent', offset: size, length } });
    size += length;
  }
  return { members, size };
}

/** `before`: what runs first on the same spaces. */
export function executableFor(program: Program, layout: Layout, gates: readonly string[] = [], before?: Executable): Executable {
  const { places, sizes } = placesOf(program, layout, before);
  const schedule = { kernels: [], launches: [], sizes, tables: [], lives: [], nodes: [], checksum: '' };
  return { key: program.name, name: program.name, program, sizes, schedule: () => schedule, layout, places, gates };
}
