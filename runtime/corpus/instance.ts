/** One program of the corpus with everything that is needed to run it, and what it should give. */
import type { Model } from '../../compiler/values/model.ts';
import type { Context, Tensor } from '../../compiler/values/operation.ts';
import type { Program, Source, Type } from '../../compiler/values/program.ts';
import type { Dense } from './composed/compose.ts';

/** `written`: a model whose body was drawn; `composed`: a known model under statements that were drawn; `operations`: a program without a text. */
export const sorts = ['written', 'composed', 'operations'] as const;
export type Sort = (typeof sorts)[number];

/** What is run with random numbers of this seed at this tick. */
export const context: Context = { seed: [1, 2], tick: 0 };

/** A program to run; several may be other forms of one, which give the same. */
export interface Form {
  /** `eval forward`, `train wrong`, `built forward`. */
  readonly name: string;
  /** The form whose outputs these are in other words: its own name, but for what no pass has seen yet. */
  readonly gives: string;
  readonly program: Program;
}

export interface Instance {
  readonly sort: Sort;
  readonly seed: number;
  /** That was asked for. */
  readonly size: number;
  /** Absent: operations alone. */
  readonly source?: Written;
  readonly forms: readonly Form[];
  /** By name of a source: parameters and inputs, numbers that f32 holds. */
  readonly values: ReadonlyMap<string, Tensor>;
}

/** A text and what the checker made of it. */
export interface Written {
  readonly text: string;
  /** The model or variant that is meant. */
  readonly name: string;
  readonly model: Model;
  /** Of open axes. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Of composed programs: the model without statements, where its weights can be merged from the variant's. */
  readonly dense?: Dense;
  /** Kinds of statements in their order, of composed programs. */
  readonly statements: readonly string[];
}

/** What a program reads, by name, in its order. */
export function sourcesOf(program: Program): readonly { readonly source: Source; readonly type: Type }[] {
  return program.nodes.flatMap(({ operation, attributes, type }) =>
    operation === 'source' ? [{ source: attributes as Source, type }] : [],
  );
}
