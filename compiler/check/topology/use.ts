/** What a topology is put on. */
import type { Label, Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { StaticValue } from '../instance.ts';
import type { Program } from '../scope.ts';
import type { Names } from '../static.ts';

/** An axis of the tensor; `said` tells where its size comes from, as in `vocab = 32128`. `counts`: its size is the number of members of a family. */
export interface GivenAxis {
  readonly name: string;
  readonly size: number;
  readonly counts?: true;
  readonly said?: Label;
}
/** Brackets and arguments of a topology, with the names that they are written in. */
export interface Applied {
  readonly brackets?: tree.Brackets | undefined;
  readonly args?: tree.Arguments | undefined;
  readonly names: Names;
}
/** A use of a topology: on which axes, and what the names of the place of use stand for. */
export interface TopologyUse {
  readonly topology: tree.Topology;
  readonly reference: tree.Reference;
  /** What an option of kind topology was given with: `how = ring(b = 4)`. The reference comes over it. */
  readonly before?: readonly Applied[];
  readonly axes: readonly GivenAxis[];
  readonly names: Names;
  /** Where the decomposed tensor is declared. */
  readonly declared: Place;
  /** Where topologies are looked up by name. */
  readonly program: Program;
  /** Of a topology within others: the sizes of the legs that each of its axes is the product of, and those around it, outermost first. */
  readonly stated?: readonly (readonly number[])[];
  readonly around?: readonly tree.Topology[];
}

/** The topology that a reference names: an option or a `let` that stands for one, or one of the file. Refuses others (B101, B106). */
export function resolveTopology(
  program: Program,
  reference: tree.Reference,
  names: Names,
): Pick<TopologyUse, 'topology' | 'reference' | 'names' | 'before' | 'program'> {
  const { name, place } = reference.name;
  const value = names.known().includes(name) ? names.get(name, place) : undefined;
  if (value?.is === 'topology') return { program, topology: value.declaration, reference, names, before: value.given };
  return { program, topology: program.expect(program.scopeOf(reference.place), reference.name, 'topology'), reference, names };
}

/** All that a topology was applied to, later over earlier. */
export function appliedIn({ before, reference, names }: TopologyUse): Applied[] {
  return [...(before ?? []), { brackets: reference.brackets, args: reference.args, names }];
}

/** The factor lists as they are written, if they are. */
export function listsOf(use: TopologyUse): { readonly brackets: tree.Brackets; readonly names: Names } | undefined {
  const written = appliedIn(use).findLast(({ brackets }) => brackets !== undefined);
  return written && { brackets: written.brackets!, names: written.names };
}

/** A topology as the value of an option: by name, or applied in part, `ring(b = 4)`. Undefined where the expression is none. */
export function topologyValue(program: Program, expression: tree.Expression, names: Names): StaticValue | undefined {
  const [applied, args] = expression.kind === 'call' ? [expression.of, expression.args] : [expression, undefined];
  const [name, brackets] = applied.kind === 'bracketed' ? [applied.of, applied.brackets] : [applied, undefined];
  if (name.kind !== 'identifier') return undefined;
  const part = { ...(brackets === undefined ? {} : { brackets }), ...(args === undefined ? {} : { args }) };
  const { topology, before = [] } = resolveTopology(program, { kind: 'reference', place: expression.place, name }, names);
  return { is: 'topology', name: topology.name.name, declaration: topology, given: [...before, { ...part, names }] };
}
