/**
 * The tree of layer instances that a model becomes, and what is known before anything runs. An instance holds static values (its options),
 * and a layer that is handed over as an option remembers the instance in which it was written: the two types are one recursion.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { AxisId, Path, WeightId } from '../values/model.ts';

export interface Instance {
  /** '' for the model. */
  path: Path;
  /** Undefined for a group `block[l in 1..depth] { ... }`: members without a body of its own. */
  declaration?: tree.Layer;
  /** Of the declaration or group: where `forward` and functions are found. */
  readonly items: readonly tree.Item[];
  readonly place: Place;
  /** Formal axis names to the axes of the model. */
  readonly axes: Map<string, AxisId>;
  /** Static options and lets, by name. */
  readonly options: Map<string, StaticValue>;
  readonly members: Map<string, MemberNode>;
  /** Members declared with `if`, by name: a use must stand under that condition. */
  readonly conditional: Map<string, tree.Member>;
  /** Where free names of the declaration are looked up: the enclosing instance for groups, undefined otherwise. */
  readonly outer?: Instance;
  /** The statement that put it in the place of another layer, or around it. */
  changed?: { readonly by: 'wrap' | 'replace'; readonly place: Place; readonly body: tree.Variant };
}
export type MemberNode =
  | { readonly is: 'instance'; instance: Instance }
  | { readonly is: 'weight'; weight: WeightId }
  /** Row-major over the ranges; index values count from `from`. */
  | {
      readonly is: 'family';
      readonly ranges: readonly { readonly from: number; readonly to: number }[];
      readonly items: MemberNode[];
      /** Untied: the name without an index means the member of this loop variable's value. */
      readonly over?: { readonly name: string; readonly place: Place };
    }
  /** Declared `if condition` and the condition is false: using it is an error that shows both places. */
  | { readonly is: 'absent'; readonly place: Place }
  /** What is wrong with it has been reported; nothing more is said of it. */
  | { readonly is: 'error' };
/** What is known before anything runs. `tuple` of numbers for exact bonds. `layer` is a layer with options given in part. */
export type StaticValue =
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'tuple'; readonly items: readonly number[] }
  /** A pointwise function of the language has no declaration. */
  | { readonly is: 'function'; readonly name: string; readonly declaration?: tree.Fn }
  /** `brackets` and `args` are what is given already; they are evaluated in `scope`. */
  | {
      readonly is: 'layer';
      readonly name: string;
      readonly declaration: tree.Layer;
      readonly brackets?: tree.Brackets;
      readonly args?: tree.Arguments;
      readonly scope?: Instance;
      /** An instance that exists (wrapped): its first use takes it over, the others copy it. */
      readonly existing?: { readonly instance: Instance; taken: boolean };
    }
  | {
      readonly is: 'topology';
      readonly name: string;
      readonly declaration: tree.Topology;
      /** What is given already, later over earlier, each with the names that it is written in. */
      readonly given: readonly { readonly brackets?: tree.Brackets; readonly args?: tree.Arguments; readonly names: StaticNames }[];
    };

/** As Names of static.ts, which evaluates expressions to static values. */
export interface StaticNames {
  get(name: string, place: Place): StaticValue | undefined;
  known(): readonly string[];
}
