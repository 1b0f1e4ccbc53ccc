/** Where a name is defined, where it is used, and another name in its place. */

import type { Place } from '../../grammar/diagnostic.ts';
import { BondsmithError } from '../../grammar/error.ts';
import { reserved } from '../../grammar/tokens.ts';
import { type Definition, withoutPrimes } from './definition.ts';
import type { Document } from './document.ts';
import type { Project } from './project.ts';

export interface Edit {
  readonly place: Place;
  readonly text: string;
}
export interface Renamed {
  readonly edits: readonly Edit[];
  /** What changes beside the text: names in checkpoints. */
  readonly warning?: string;
}
/** The new name cannot be; the message says why. */
export class RenameError extends BondsmithError {
  constructor(message: string) {
    super('rename', message);
    this.name = 'RenameError';
  }
}

export function definitionAt({ project }: Document, offset: number): Definition | undefined {
  return project.main.useAt(offset)?.definition;
}

const isSame = (a: Place, b: Place): boolean => a.file === b.file && a.from === b.from && a.to === b.to;

/** All uses of the name at an offset, its definition among them, in the files of these documents. */
export function references(document: Document, offset: number, others: readonly Document[] = []): Place[] {
  const definition = definitionAt(document, offset);
  if (definition === undefined) return [];
  const found = [document, ...others].flatMap(({ project }) => usesOf(project, definition));
  return found.filter((place, k) => found.findIndex((other) => isSame(place, other)) === k);
}

function usesOf(project: Project, { place }: Definition): Place[] {
  const own = project.tables().flatMap(({ uses }) => uses.filter((use) => isSame(use.definition.place, place)));
  return own.map((use) => use.place).sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.from - b.from));
}

/** What is in the standard library, or no name, is not renamed. */
export function renameable(document: Document, offset: number): Place | undefined {
  const use = document.project.main.useAt(offset);
  if (use === undefined || use.definition.place.file.startsWith('std/') || textAt(document, use.definition.place) === 'forward')
    return undefined;
  return use.place;
}

function textAt({ project }: Document, { file, from, to }: Place): string {
  return project.tableOf(file)?.text.slice(from, to) ?? '';
}

/** Throws RenameError. */
export function rename(document: Document, offset: number, name: string, others: readonly Document[] = []): Renamed {
  if (renameable(document, offset) === undefined) throw new RenameError('there is no name of yours here');
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new RenameError(`\`${name}\` is no name: letters, digits and _, not a digit first`);
  if ((reserved as readonly string[]).includes(name)) throw new RenameError(`\`${name}\` is a word of the language`);
  const definition = definitionAt(document, offset)!;
  if (definition.name === name) return { edits: [] };
  const all = [document, ...others];
  const text = (place: Place) => all.map((each) => textAt(each, place)).find((found) => found !== '') ?? '';
  // `use "./m.bond" { Foo as Bar }`: what is called Bar stays.
  const own = text(definition.place);
  const places = references(document, offset, others).filter((place) => withoutPrimes(text(place)) === own);
  refuseTaken(all, places, definition, name);
  const edits = places.map((place) => ({ place, text: `${name}${text(place).slice(own.length)}` }));
  const stored = definition.kind === 'member' || definition.kind === 'core' || definition.kind === 'part' || definition.kind === 'term';
  return stored ? { edits, warning: `checkpoints that have it call it \`${own}\`` } : { edits };
}

/** Another definition of that name would be meant where this one is used, or this one where that is. */
function refuseTaken(documents: readonly Document[], places: readonly Place[], definition: Definition, name: string): void {
  for (const { project } of documents) {
    for (const table of project.tables()) {
      const here = places.filter(({ file }) => file === table.file);
      const scopes = [...here.map(({ from }) => table.scopeAt(from)), ...(definition.within === undefined ? [] : [definition.within])];
      const taken = scopes.map((scope) => scope.find(name)).find((found) => found !== undefined);
      if (taken !== undefined && here.length > 0 && !taken.place.file.startsWith('std/'))
        throw new RenameError(`\`${name}\` is taken: it is a ${taken.kind} already`);
    }
  }
}
