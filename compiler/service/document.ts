/**
 * One text as an editor holds it: its names, what is wrong with it, what the checker knows of its places. All functions of this room read a
 * Document; none changes it.
 */
import type { Diagnostic, Place, Sources } from '../../grammar/diagnostic.ts';
import { Before } from '../check/before.ts';
import { type Fact, Facts, type PlacedFact } from '../check/facts.ts';
import { check } from '../check/index.ts';
import type { Model } from '../values/model.ts';
import { type Load, Project } from './project.ts';

export interface Document {
  readonly file: string;
  readonly text: string;
  readonly project: Project;
  /** Of this file and of those that it imports. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
  readonly facts: readonly PlacedFact[];
  readonly names: { readonly models: readonly string[]; readonly variants: readonly string[] };
  /** The model that a variant is of, every weight one tensor, as if what stands at `without` did not; undefined where that is wrong too. */
  denseModel(name: string, without: Place): Model | undefined;
  /** What would be wrong with the file if its text were this one. */
  diagnosticsOf(text: string): readonly Diagnostic[];
}

/** The texts of one file, one after the other: what did not change is not checked again. */
export class Editor {
  readonly file: string;
  private readonly load: Load;
  private readonly before = new Before();

  constructor(file: string, load: Load) {
    this.file = file;
    this.load = load;
  }

  /** Models, variants, layers and functions that were checked so far, those that were remembered not counted. */
  get checked(): number {
    return this.before.checked;
  }

  open(text: string): Document {
    const { file, load } = this;
    const facts = new Facts();
    const { diagnostics, sources, names } = check({ file, text, load, facts, before: this.before });
    const models = new Map<string, Model | undefined>();
    const denseModel = (name: string, { from, to }: Place) => {
      const key = `${name} ${from} ${to}`;
      const rest = `${text.slice(0, from)}${' '.repeat(to - from)}${text.slice(to)}`;
      if (!models.has(key)) models.set(key, check({ file, text: rest, load, name, dense: true }).model);
      return models.get(key);
    };
    const project = new Project(file, text, load);
    const diagnosticsOf = (other: string) => check({ file, text: other, load, before: this.before }).diagnostics;
    return { file, text, project, diagnostics, sources, facts: facts.all(), names, denseModel, diagnosticsOf };
  }
}

/** Facts of one kind at a place. */
export function factAt<Kind extends Fact['is']>(
  { facts }: Document,
  { file, from, to }: Place,
  kind: Kind,
): Extract<Fact, { is: Kind }> | undefined {
  const found = facts.find(({ place, fact }) => fact.is === kind && place.from === from && place.to === to && place.file === file);
  return found?.fact as Extract<Fact, { is: Kind }> | undefined;
}

/** Of one kind, within the document itself. */
export function factsOf<Kind extends Fact['is']>(
  { facts, file }: Document,
  kind: Kind,
): { readonly place: Place; readonly fact: Extract<Fact, { is: Kind }> }[] {
  return facts.filter(({ place, fact }) => fact.is === kind && place.file === file) as ReturnType<typeof factsOf<Kind>>;
}
