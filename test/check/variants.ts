/** Variants of the tests: of the corpus, or written over its models; and what is asked of the tensors they resolve to. */
import * as assert from 'uvu/assert';
import type { Model, Parameter } from '../../compiler/values/model.ts';
import { complaintsAboutModel } from '../../compiler/values/verify-model.ts';
import { corpusText, modelOf } from './program.ts';

export const load = (path: string) => corpusText(path.replace(/^\.\//, ''));
type Set = Readonly<Record<string, number>>;

/** A variant of the corpus. */
export function corpus(name: string, set: Set = {}, source?: ReadonlySet<string>): Model {
  const model = modelOf(corpusText('variants.bond'), name, { load, set, ...(source ? { source } : {}) });
  assert.equal(complaintsAboutModel(model), [], name);
  return model;
}

/** The last variant of a text over the models of the corpus. */
export function variant(text: string, set: Set = {}, source?: ReadonlySet<string>): Model {
  const name = /variant (\w+)[^\n]*of/.exec(text.slice(text.lastIndexOf('variant ')))![1]!;
  const models =
    'edition 1\nuse bert { Bert }\nuse albert { Albert }\nuse gpt2 { Gpt2 }\nuse "./models.bond" { ImageMlp, CharGpt, ConvNet }\n';
  const model = modelOf(models + text, name, { load, set, ...(source ? { source } : {}) });
  assert.equal(complaintsAboutModel(model), []);
  return model;
}

export const entries = ({ legs }: Parameter): number => legs.reduce((product, { size }) => product * size, 1);
export const count = (model: Model, when: (parameter: Parameter) => boolean = () => true): number =>
  model.parameters.filter(when).reduce((sum, parameter) => sum + entries(parameter), 0);
/** Not of the heads that pre-training alone uses. */
export const isTuned = ({ names: [name] }: Parameter): boolean => !/^(guess|follow)\.|^offset$/.test(name);
export const trainable = (model: Model): number => count(model, (parameter) => !parameter.update.frozen && isTuned(parameter));
export const freeNames = (model: Model): string[] => model.parameters.filter(({ update }) => !update.frozen).map(({ names }) => names[0]!);
export const weightOf = (model: Model, path: string) => model.weights.find((weight) => weight.path === path)!;
export function named(model: Model, name: string): Parameter {
  const found = model.parameters.find(({ names }) => names.includes(name));
  assert.ok(found, `no tensor ${name}; there are ${model.parameters.map(({ names }) => names[0]).join(' ')}`);
  return found;
}
