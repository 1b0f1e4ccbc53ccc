/**
 * Files and their names. A file sees its own definitions, what it imports by name, and behind both the standard library (a prelude of
 * lowest priority). Imports are explicit, acyclic and never passed on.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import { type Parsed, parse } from '../../grammar/parse.ts';
import type * as tree from '../../grammar/tree.ts';
import { models, std } from '../std/index.ts';
import { Bindings } from './bindings.ts';
import { duplicatesIn } from './duplicates.ts';
import type { StaticValue } from './instance.ts';
import { isPointwise } from './pointwise.ts';
import { attempt, diagnostic, refuse } from './refuse.ts';
import { listed, meant, type Report } from './report.ts';
import { evaluate, type Names } from './static.ts';

export interface Entry {
  readonly item: tree.FileItem;
  /** Where the name came into this file: its definition or its import. */
  readonly place: Place;
}
export interface FileScope {
  readonly file: string;
  readonly tree: tree.File;
  readonly names: Map<string, Entry>;
  readonly lets: Bindings;
}
/** A file that is there and cannot be read. */
export interface Unread {
  readonly why: string;
}
export interface Request {
  readonly file: string;
  readonly text: string;
  /** The text of an imported file, or undefined where there is none. */
  load(path: string, from: string): string | Unread | undefined;
}

const editions = [1];

export class Program {
  readonly sources = new Map<string, string>();
  readonly main: FileScope;
  /** Layers and functions that some model used: their bodies are checked. */
  readonly used = new Set<tree.Layer | tree.Fn>();
  /** Items that define a name twice: what they mean is not known, and nothing more is said of them. */
  readonly ambiguous = new Set<tree.FileItem>();
  private readonly files = new Map<string, FileScope>();
  private readonly prelude = new Map<string, Entry>();
  private readonly report: Report;

  constructor(request: Request, report: Report) {
    this.report = report;
    for (const [module, text] of std) {
      const scope = this.open(`std/${module}.bond`, text, request, []);
      for (const [name, entry] of scope.names) this.prelude.set(name, entry);
    }
    this.main = this.open(request.file, request.text, request, []);
    const { edition } = this.main.tree;
    if (edition === undefined && !report.failed) report.take([withoutEdition(request.file)]);
    if (edition && !editions.includes(edition.value)) {
      attempt(report, () =>
        refuse({
          code: 'B110',
          message: `edition ${edition.value} is not known`,
          at: edition.place,
          label: 'unknown',
          hint: `known editions: ${editions.join(', ')}`,
        }),
      );
    }
  }

  get edition(): number {
    return this.main.tree.edition?.value ?? editions[editions.length - 1];
  }

  /** The file that a node of the tree stands in. */
  scopeOf(place: Place): FileScope {
    return this.files.get(place.file) ?? this.main;
  }

  /** What `name` means in a file. */
  find(scope: FileScope, name: string): Entry | undefined {
    return scope.names.get(name) ?? this.prelude.get(name);
  }

  namesIn(scope: FileScope, kind?: tree.FileItem['kind']): string[] {
    const all = [...scope.names, ...this.prelude].filter(([, entry]) => kind === undefined || entry.item.kind === kind);
    return [...new Set(all.map(([name]) => name))];
  }

  /** The item of the kind wanted; refuses unknown names and other kinds. */
  expect<Kind extends tree.FileItem['kind']>(scope: FileScope, name: tree.Identifier, kind: Kind): Extract<tree.FileItem, { kind: Kind }> {
    const entry = this.find(scope, name.name);
    const known = this.namesIn(scope, kind);
    const choice = `${kind === 'fn' ? 'functions' : kind === 'topology' ? 'topologies' : `${kind}s`} in scope: ${listed(known)}`;
    if (entry === undefined) {
      return refuse({
        code: 'B101',
        message: `there is no ${kind === 'fn' ? 'function' : kind} \`${name.name}\``,
        at: name.place,
        label: 'unknown',
        hint: meant(name.name, known, choice),
      });
    }
    if (entry.item.kind === kind) return entry.item as Extract<tree.FileItem, { kind: Kind }>;
    return refuse({
      code: 'B106',
      message: `${name.name} is a ${kindOf(entry.item)}, a ${kind === 'fn' ? 'function' : kind} is expected`,
      at: name.place,
      label: `a ${kindOf(entry.item)}`,
      also: [{ place: entry.item.name.place, text: 'defined here' }],
      hint: choice,
    });
  }

  /** The value of a `let` of a file. */
  valueOf(item: tree.Let): StaticValue {
    return this.scopeOf(item.place).lets.get(item.name.name)!;
  }

  /** Static names of a file: lets, layers, topologies, functions, also those of the language. */
  names(scope: FileScope): Names {
    return {
      get: (name) => {
        const item = this.find(scope, name)?.item;
        if (item?.kind === 'let') return this.valueOf(item);
        if (item?.kind === 'layer') return { is: 'layer', name, declaration: item };
        if (item?.kind === 'fn') return { is: 'function', name, declaration: item };
        if (item?.kind === 'topology') return { is: 'topology', name, declaration: item, given: [] };
        return isPointwise(name) ? { is: 'function', name } : undefined;
      },
      known: () => [...scope.names].filter(([, { item }]) => item.kind === 'let').map(([name]) => name),
    };
  }

  private open(file: string, text: string, request: Request, opening: readonly tree.Use[]): FileScope {
    this.sources.set(file, text);
    const parsed = parsedOnce(text, file);
    this.report.take(parsed.diagnostics);
    const scope: FileScope = { file, tree: parsed.file, names: new Map(), lets: new Bindings() };
    this.files.set(file, scope);
    for (const use of parsed.file.uses) attempt(this.report, () => this.import(scope, use, request, opening));
    for (const item of parsed.file.items) {
      const fresh = attempt(this.report, () => define(scope, item.name, { item, place: item.name.place }));
      const duplicates = parsed.diagnostics.length > 0 ? [] : duplicatesIn(item);
      this.report.take(duplicates);
      if (duplicates.length > 0) this.ambiguous.add(item);
      if (fresh && item.kind === 'let') scope.lets.define(item.name, () => evaluate(item.value, this.names(scope)));
    }
    return scope;
  }

  private import(scope: FileScope, use: tree.Use, request: Request, opening: readonly tree.Use[]): void {
    const from = this.target(scope, use, request, [...opening, use]);
    for (const { name, as } of use.names) {
      const entry = from.names.get(name.name);
      const place = (as ?? name).place;
      attempt(this.report, () => {
        if (entry !== undefined && entry.item.place.file === from.file) return define(scope, as ?? name, { item: entry.item, place });
        const known = [...from.names].filter(([, { item }]) => item.place.file === from.file).map(([key]) => key);
        const hint = meant(name.name, known, `it defines ${listed(known)}`);
        return refuse({ code: 'B108', message: `${from.file} does not define \`${name.name}\``, at: name.place, label: 'unknown', hint });
      });
    }
  }

  /** A module of the standard library: one that is always there, or one of models, opened when it is first named. */
  private module({ module, place }: { readonly module: readonly tree.Identifier[]; readonly place: Place }, request: Request): FileScope {
    const name = module.map((part) => part.name).join('.');
    const file = name.startsWith('std.') ? `std/${name.slice(4)}.bond` : `${MODELS}${name}.bond`;
    const known = this.files.get(file);
    if (known) return known;
    const text = models.get(name);
    if (text !== undefined) return this.open(file, text, request, []);
    const all = [...models.keys(), ...[...std.keys()].map((each) => `std.${each}`)];
    const hint = meant(name, all) ?? `modules: ${all.join(', ')}`;
    return refuse({ code: 'B107', message: 'there is no such module', at: place, label: 'unknown', hint });
  }

  private target(scope: FileScope, use: tree.Use, request: Request, opening: readonly tree.Use[]): FileScope {
    if ('module' in use.from) return this.module(use.from, request);
    const { path, place } = use.from;
    const file = join(scope.file, path);
    const cycle =
      file === request.file
        ? 0
        : opening.findIndex((other) => join(other.place.file, 'path' in other.from ? other.from.path : '') === file);
    if (cycle >= 0 && (file === request.file || cycle < opening.length - 1)) {
      const others = opening
        .slice(cycle, -1)
        .map((other) => ({ place: other.from.place, text: `imports ${'path' in other.from ? other.from.path : ''}` }));
      return refuse({
        code: 'B104',
        message: 'imports form a cycle',
        at: place,
        label: `imports ${path}`,
        also: others,
        hint: 'move what both need to a third file',
      });
    }
    const known = this.files.get(file);
    if (known) return known;
    const text = request.load(path, scope.file);
    if (typeof text === 'string') return this.open(file, text, request, opening);
    const label = text === undefined ? 'not found' : text.why;
    return refuse({ code: 'B107', message: `the file ${path} cannot be read`, at: place, label, hint: `looked for ${file}` });
  }
}

const MODELS = 'std/models/';
const mostParsed = 32;
const parsedBefore = new Map<string, { readonly text: string; readonly parsed: Parsed }>();
/**
 * What is imported is parsed again only where its text is another: trees are never changed, and small programs take longer to read the
 * standard library than themselves.
 */
export function parsedOnce(text: string, file: string): Parsed {
  const known = parsedBefore.get(file);
  if (known?.text === text) return known.parsed;
  const parsed = parse(text, file);
  parsedBefore.delete(file);
  if (parsedBefore.size >= mostParsed) parsedBefore.delete(parsedBefore.keys().next().value!);
  parsedBefore.set(file, { text, parsed });
  return parsed;
}

function withoutEdition(file: string) {
  const newest = editions[editions.length - 1];
  return diagnostic({
    code: 'W7',
    severity: 'note',
    message: `no edition is stated; the newest, ${newest}, is taken`,
    at: { file, from: 0, to: 0 },
    label: 'here',
    hint: `begin the file with \`edition ${newest}\``,
  });
}

function kindOf(item: tree.FileItem): string {
  if (item.kind === 'layer') return item.model ? 'model' : 'layer';
  return item.kind === 'fn' ? 'function' : item.kind;
}

function define(scope: FileScope, name: tree.Identifier, entry: Entry): true {
  const first = scope.names.get(name.name);
  if (first === undefined) {
    scope.names.set(name.name, entry);
    return true;
  }
  const imported = first.place !== first.item.name.place;
  return refuse({
    code: 'B103',
    message: `\`${name.name}\` is defined twice`,
    at: entry.place,
    label: 'second',
    also: [{ place: first.place, text: imported ? 'imported here' : 'first' }],
    hint: imported ? `\`use ... { ${name.name} as Other }\`` : 'rename one of the two',
  });
}

/** The path of a file as seen from another file, without `.` and `..`. */
export function join(from: string, path: string): string {
  if (path.startsWith('/')) return path;
  const parts = from.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
