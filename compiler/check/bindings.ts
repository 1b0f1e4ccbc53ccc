/**
 * The definitions of one level of names: the options and lets of a variant, of a layer, of a file. A name has one definition, which is
 * evaluated when somebody first asks for it; so definitions see each other whatever their order, across the levels of a chain too.
 */
import { type Diagnostic, type Place, Refused } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { StaticValue } from './instance.ts';
import { diagnostic, refuse } from './refuse.ts';

interface Definition {
  readonly place: Place;
  readonly compute: () => StaticValue;
  state: StaticValue | 'open' | 'busy';
}

export class Bindings {
  private readonly definitions = new Map<string, Definition>();

  /** Refuses a second definition (B103). */
  define(name: tree.Identifier, compute: () => StaticValue): void {
    const first = this.definitions.get(name.name);
    if (first !== undefined) throw new Refused([twice(name, first.place)]);
    this.definitions.set(name.name, { place: name.place, compute, state: 'open' });
  }

  /** Undefined where the level does not define the name. Refuses what depends on itself (B105). */
  get(name: string): StaticValue | undefined {
    const definition = this.definitions.get(name);
    if (definition === undefined) return undefined;
    if (definition.state === 'busy') {
      return refuse({ code: 'B105', message: `\`${name}\` depends on itself`, at: definition.place, label: 'here' });
    }
    if (definition.state !== 'open') return definition.state;
    definition.state = 'busy';
    try {
      const value = definition.compute();
      definition.state = value;
      return value;
    } finally {
      if (definition.state === 'busy') definition.state = 'open';
    }
  }

  /** For hints: without those whose values are being looked for. */
  *keys(): Generator<string> {
    for (const [name, { state }] of this.definitions) if (state !== 'busy') yield name;
  }

  /** Everything evaluated, in order of definition. */
  all(): Map<string, StaticValue> {
    return new Map([...this.keys()].map((name) => [name, this.get(name)!]));
  }
}

/** Refuses names that are there already, all of them in one go (B103). */
export function distinct(names: Iterable<tree.Identifier>): void {
  const first = new Map<string, tree.Identifier>();
  const again = [...names].filter((name) => {
    const known = first.has(name.name);
    if (!known) first.set(name.name, name);
    return known;
  });
  if (again.length > 0) throw new Refused(again.map((name) => twice(name, first.get(name.name)!.place)));
}

function twice(name: tree.Identifier, first: Place): Diagnostic {
  const also = [{ place: first, text: 'first' }];
  return diagnostic({ code: 'B103', message: `\`${name.name}\` is defined twice`, at: name.place, label: 'second', also });
}
