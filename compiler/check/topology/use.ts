/** What a topology is put on. */
import type { Label, Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Names } from '../static.ts';

/** An axis of the tensor; `said` tells where its size comes from, as in `vocab = 32128`. */
export interface GivenAxis {
  readonly name: string;
  readonly size: number;
  readonly said?: Label;
}
/** A use of a topology: on which axes, and what the names of the place of use stand for. */
export interface TopologyUse {
  readonly topology: tree.Topology;
  readonly reference: tree.Reference;
  readonly axes: readonly GivenAxis[];
  readonly names: Names;
  /** Where the decomposed tensor is declared. */
  readonly declared: Place;
}
