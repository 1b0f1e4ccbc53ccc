/**
 * Where the named values of a program lie: parameters and states where the layout says, the rest one after another in its space. Only
 * names, kinds and shapes enter, never the order of nodes, so that a program and its kernels agree without talking.
 */
import { aligned } from '../values/aligned.ts';
import type { Allocation, Layout } from '../values/executable.ts';
import type { SpaceName } from '../values/kernel.ts';
import type { Output, Program, Source, Type } from '../values/program.ts';
import { elements, printType, sameShape } from '../values/shape.ts';

const spaces: Readonly<Record<Source['kind'] | Output['kind'], SpaceName>> = {
  parameter: 'persistent',
  state: 'persistent',
  input: 'inputs',
  cotangent: 'inputs',
  saved: 'saved',
  folded: 'folded',
  sum: 'folded',
  result: 'results',
  gradient: 'results',
};

export interface Allocations {
  readonly places: ReadonlyMap<string, Allocation>;
  /** Elements that each space needs. */
  readonly sizes: Readonly<Record<SpaceName, number>>;
}

/** What programs that run one after another have in common: the halves of a function on the tape, the parts of a step. */
const common: Readonly<Record<'halves' | 'step', readonly SpaceName[]>> = {
  halves: ['inputs', 'saved'],
  step: ['inputs', 'results', 'folded'],
};

/**
 * Places by `KIND NAME`. A state output lies at its source, which may be a parameter. `before` is what ran first on the same spaces: what
 * both name lies at one place. Throws Error for a parameter or state that the layout lacks or has in another shape.
 */
export function placesOf(program: Program, layout: Layout, before?: Allocations, as: keyof typeof common = 'halves'): Allocations {
  const sizes: Record<SpaceName, number> = { persistent: layout.size, inputs: 0, results: 0, saved: 0, folded: 0, scratch: 0, tables: 0 };
  if (before !== undefined) for (const space of common[as]) sizes[space] = before.sizes[space];
  const places = new Map<string, Allocation>();
  const members = new Map(layout.members.map((member) => [member.name, member]));
  const place = (kind: Source['kind'] | Output['kind'], name: string, type: Type) => {
    const key = `${kind} ${name}`;
    if (places.has(key)) return;
    const space = spaces[kind];
    if (space === 'persistent') {
      const member = members.get(name);
      if (member === undefined) throw new Error(`${key} of ${program.name} is not in the layout`);
      if (!sameShape(member.type, type)) throw new Error(`${key} is ${printType(type)}, the layout has ${printType(member.type)}`);
      places.set(key, member);
      return;
    }
    const known = before?.places.get(key);
    if (known !== undefined && common[as].includes(space)) {
      places.set(key, known);
      return;
    }
    const length = elements(type.axes);
    places.set(key, { name, type, address: { space, offset: sizes[space], length } });
    sizes[space] = aligned(sizes[space] + length);
  };
  for (const node of program.nodes) {
    if (node.operation !== 'source') continue;
    const { kind, name } = node.attributes as Source;
    place(kind, name, node.type);
  }
  for (const output of program.outputs) place(output.kind, output.name, program.nodes[output.value].type);
  return { places, sizes };
}
