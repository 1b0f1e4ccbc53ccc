/** The files that a program consists of, each with its tree and what its names mean. */
import type { Place } from '../../grammar/diagnostic.ts';
import type { Parsed } from '../../grammar/parse.ts';
import type * as tree from '../../grammar/tree.ts';
import { join, parsedOnce, type Unread } from '../check/scope.ts';
import { models, std } from '../std/index.ts';
import { declareItems } from './declare.ts';
import { type Definition, Scope } from './definition.ts';
import type { Node } from './nodes.ts';
import { resolveItems } from './resolve.ts';
import type { Listener } from './resolver.ts';

/** Reads the text of a file that another names in `use`. */
export type Load = (path: string, from: string) => string | Unread | undefined;

export interface Use {
  readonly place: Place;
  readonly definition: Definition;
}

/** Of one file: what each of its names means, and what is seen where. */
export class Table implements Listener {
  readonly file: string;
  readonly text: string;
  readonly parsed: Parsed;
  /** Items, then what is imported, then the standard library. */
  readonly scope: Scope;
  readonly uses: Use[] = [];
  readonly regions: { readonly place: Place; readonly scope: Scope }[] = [];
  private readonly byPlace = new Map<number, Use>();

  constructor(file: string, text: string, prelude: Scope | undefined) {
    this.file = file;
    this.text = text;
    this.parsed = parsedOnce(text, file);
    this.scope = new Scope(prelude);
  }

  get tree(): tree.File {
    return this.parsed.file;
  }

  use(place: Place, definition: Definition): void {
    const known = this.byPlace.get(place.from);
    if (known?.place.to === place.to) return;
    const use = { place, definition };
    this.byPlace.set(place.from, use);
    this.uses.push(use);
  }

  region({ place }: Node, scope: Scope): void {
    this.regions.push({ place, scope });
  }

  /** The use whose name stands at an offset, its end included. */
  useAt(offset: number): Use | undefined {
    const touching = this.uses.filter(({ place }) => place.from <= offset && offset <= place.to);
    return touching.find(({ place }) => offset < place.to) ?? touching[0];
  }

  /** The innermost scope around an offset. */
  scopeAt(offset: number): Scope {
    const around = this.regions.filter(({ place }) => place.from <= offset && offset <= place.to);
    return around.reduce((best, each) => (each.place.to - each.place.from <= best.place.to - best.place.from ? each : best), {
      place: { file: this.file, from: 0, to: Number.POSITIVE_INFINITY },
      scope: this.scope,
    }).scope;
  }
}

/** A file and what it imports. */
export class Project {
  readonly main: Table;
  private readonly opened = new Map<string, Table>();
  private readonly load: Load;

  constructor(file: string, text: string, load: Load) {
    this.load = load;
    this.main = this.open(file, text, library());
  }

  /** Of the files of the program, the standard library apart. */
  tables(): Table[] {
    return [...this.opened.values()];
  }

  /** Of a file of the program, the standard library included. */
  tableOf(file: string): Table | undefined {
    return this.opened.get(file) ?? libraryTables.get(file);
  }

  private open(file: string, text: string, prelude: Scope | undefined): Table {
    const table = new Table(file, text, prelude);
    this.opened.set(file, table);
    for (const use of table.tree.uses) this.import(table, use);
    declareItems(table.tree.items, table.scope);
    resolveItems(table, table.tree.items, table.scope);
    return table;
  }

  private import(table: Table, use: tree.Use): void {
    const from = this.imported(table, use);
    for (const { name, as } of use.names) {
      const found = from?.scope.names.get(name.name);
      if (found === undefined) continue;
      table.use(name.place, found);
      if (as !== undefined) table.use(as.place, found);
      table.scope.define({ ...found, name: (as ?? name).name });
    }
  }

  private imported(table: Table, { from }: tree.Use): Table | undefined {
    if ('module' in from) {
      const name = from.module.map((part) => part.name).join('.');
      if (name.startsWith('std.')) return libraryTables.get(`std/${name.slice(4)}.bond`);
      const text = models.get(name);
      return text === undefined ? undefined : opened(`std/models/${name}.bond`, text, library());
    }
    const file = join(table.file, from.path);
    const known = this.opened.get(file);
    if (known !== undefined) return known;
    const text = this.load(from.path, table.file);
    return typeof text === 'string' ? this.open(file, text, library()) : undefined;
  }
}

const libraryTables = new Map<string, Table>();
let prelude: Scope | undefined;

/** A file of the library, which never changes. */
function opened(file: string, text: string, scope: Scope | undefined): Table {
  const known = libraryTables.get(file);
  if (known !== undefined) return known;
  const table = new Table(file, text, scope);
  libraryTables.set(file, table);
  declareItems(table.tree.items, table.scope);
  resolveItems(table, table.tree.items, table.scope);
  return table;
}

/** What stands behind the names of every file. */
function library(): Scope {
  if (prelude !== undefined) return prelude;
  prelude = new Scope();
  // All files of it see each other.
  const tables = [...std].map(([module, text]) => {
    const table = new Table(`std/${module}.bond`, text, prelude);
    libraryTables.set(table.file, table);
    declareItems(table.tree.items, table.scope);
    for (const definition of table.scope.names.values()) prelude!.define(definition);
    return table;
  });
  for (const table of tables) resolveItems(table, table.tree.items, table.scope);
  return prelude;
}
