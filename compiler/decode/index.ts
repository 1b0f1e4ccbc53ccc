/**
 * Text token by token: from a function that scores every position of a text, one that scores new positions alone and goes on from what it
 * kept of those before. What the text does not change (an encoder, its keys and values) is a second function, called once.
 */
import { hash } from '../values/hash.ts';
import type { AxisId, Entry, Model, ModelAxis, ModelInput } from '../values/model.ts';
import { dependenceOf, NotKept } from './dependence.ts';
import { FIRST, NEW, rewrite } from './rewrite.ts';

export { FIRST, NEW, NotKept };

/** A function that writes: which input is the text, along which axis, and where the scores of a token stand. */
export interface Writer {
  readonly entry: Entry;
  readonly text: ModelInput;
  readonly time: AxisId;
}
export interface Decoder {
  /**
   * Functions `next`, from the text, `FIRST` and what was given, to the scores of `NEW` positions from the first on, and `given`, where
   * there is something that the text does not change. Both are called with the sizes of the original, and a size of the axis `NEW`.
   */
  readonly model: Model;
  readonly hasGiven: boolean;
  /** Scores at position t are of the token at t + ahead: 1, or 0 where the function itself looks one token back. */
  readonly ahead: 0 | 1;
}

/**
 * Every function with an input text[batch, time] in vocab and the one result scores[batch, time, vocab], in the order of the model. Other
 * inputs do not lie along its time.
 */
export function writersOf(model: Model): Writer[] {
  return model.entries.flatMap((entry) => {
    const [result, ...others] = entry.eval.results;
    if (entry.kind !== 'function' || others.length > 0) return [];
    const { axes } = entry.eval.statements[result.value];
    const isText = ({ axes: own, index }: ModelInput) => own.length === 2 && index !== undefined && [...own, index].join() === axes.join();
    const [text, ...more] = entry.inputs.filter(isText);
    if (text === undefined || more.length > 0) return [];
    const [batch, time] = text.axes;
    const isOpen = (axis: AxisId) => typeof model.axes[axis].size !== 'number';
    const alone = entry.inputs.every((input) => input === text || !input.axes.includes(time));
    return isOpen(batch) && isOpen(time) && alone ? [{ entry, text, time }] : [];
  });
}

/** Throws NotKept where later tokens change what stands at earlier positions, or positions have no time of their own. */
export function decoderOf(model: Model, { entry, text, time }: Writer): Decoder {
  const [result] = entry.eval.results;
  const dependence = dependenceOf(model, entry.eval, result.value, text.name, time);
  const fresh: ModelAxis = { id: model.axes.length, name: NEW, size: { open: model.axes.length }, products: [] };
  const { next, given } = rewrite(model, entry, text, time, fresh.id, dependence);
  const entries = given === undefined ? [next] : [next, given];
  const digest = hash(`${model.digest} next ${entry.name}`);
  return {
    model: { ...model, digest, axes: [...model.axes, fresh], entries },
    hasGiven: given !== undefined,
    ahead: dependence.reach < 0 ? 0 : 1,
  };
}
