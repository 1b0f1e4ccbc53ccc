/** What a name of a program stands for: the records that the tables of names are made of. */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';

export type Kind =
  | 'model'
  | 'layer'
  | 'topology'
  | 'variant'
  | 'function'
  | 'let'
  | 'option'
  | 'axis'
  | 'member'
  | 'input'
  | 'argument'
  | 'local'
  | 'index'
  | 'core'
  | 'part'
  | 'bond'
  | 'role'
  | 'loss'
  | 'metric'
  | 'term'
  | 'module';

export interface Definition {
  readonly name: string;
  readonly kind: Kind;
  /** The name itself. */
  readonly place: Place;
  /** What is defined, with all that belongs to it. */
  readonly whole: Place;
  /** Of items of files and members: what they are made of. */
  readonly item?: tree.FileItem;
  readonly member?: tree.Member;
  readonly part?: tree.Nested;
  /** Where what a member is made of is looked up. */
  readonly within?: Scope;
  /** What has members of its own: a layer, a group, or a topology. */
  readonly inside?: Scope;
}

/** Names that are seen together. An inner scope hides names of those around it. */
export class Scope {
  readonly names = new Map<string, Definition>();
  readonly outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.outer = outer;
  }

  /** The first definition of a name stays: a second one is an error of the program, told by the checker. */
  define(definition: Definition): Definition {
    const known = this.names.get(definition.name);
    if (known !== undefined) return known;
    this.names.set(definition.name, definition);
    return definition;
  }

  find(name: string): Definition | undefined {
    for (let at: Scope | undefined = this; at !== undefined; at = at.outer) {
      const known = at.names.get(name);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  /** All that can be named here, the nearest first. */
  visible(): Definition[] {
    const seen = new Map<string, Definition>();
    for (let at: Scope | undefined = this; at !== undefined; at = at.outer)
      for (const [name, definition] of at.names) if (!seen.has(name)) seen.set(name, definition);
    return [...seen.values()];
  }
}

/** `time'` is a second axis of the size of `time`. */
export const withoutPrimes = (name: string): string => name.replace(/'+$/, '');
