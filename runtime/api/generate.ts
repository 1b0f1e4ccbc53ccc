/** Text from a model of text, one character at a time. */
import type { Entry, Model } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { streamKey, uniformOf, wordAt } from '../../compiler/values/random.ts';
import { drawBelow, openAxis } from '../data/feed.ts';
import type { Vocabulary } from '../data/text.ts';
import type { Engine } from '../engine/engine.ts';
import { fixedRunner } from '../train/evaluate.ts';
import type { HostTensor } from '../weights/tensor.ts';
import { FunctionError } from './call.ts';

/**
 * What a text begins with where nothing is said: a line break, after which texts begin anew. Where the alphabet has none, and for the
 * empty prompt, one character drawn evenly, since a model needs something to go on from.
 */
export function promptFor(given: string | undefined, { characters }: Vocabulary, words: Words): string {
  if (given !== undefined && given !== '') return given;
  if (given === undefined && characters.includes('\n')) return '\n';
  return characters[drawBelow(words, 'generate/prompt', 0, 0, characters.length)];
}

export interface GenerateRequest {
  readonly engine: Engine;
  readonly model: Model;
  /** By parameter id. */
  readonly values: readonly HostTensor[];
  readonly vocabulary: Vocabulary;
  readonly prompt: string;
  readonly length: number;
  /** Divides the scores before the softmax; 0 takes the greatest. */
  readonly temperature: number;
  readonly top?: number;
  readonly seed: Words;
  /** Sizes of the model's open axes; the time axis limits how far back the model looks. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Sees each character as it is chosen. */
  write?(character: string): void;
}

/**
 * The text that follows the prompt. The model must have a function from ids[batch, time] to scores[batch, time, vocab] whose scores at a
 * position depend on that position and those before it. Throws FunctionError where it has none, DataError where the prompt has other characters.
 */
export async function generateText(request: GenerateRequest): Promise<string> {
  const { model, vocabulary, engine, values, sizes, seed } = request;
  const { entry, batch, time } = scoringFunction(model);
  const context = sizes[model.axes[time].name];
  const single = { ...sizes, [model.axes[batch].name]: 1 };
  const runner = await fixedRunner(engine, model, { entries: [{ name: entry.name, weight: 1 }], sizes: single, mode: 'eval' }, values);
  try {
    const ids = [...vocabulary.encode(request.prompt)];
    const count = vocabulary.characters.length;
    for (let done = 0; done < request.length; done++) {
      const window = ids.slice(-context);
      runner.set(
        entry.inputs[0].name,
        Int32Array.from({ length: context }, (_, k) => window[k] ?? 0),
      );
      runner.run({ seed, tick: 0 });
      const scores = await runner.read(entry.name);
      const width = scores.length / context;
      const last = Array.from(scores.subarray((window.length - 1) * width, (window.length - 1) * width + count));
      const id = choose(last, request, uniformOf(wordAt(streamKey(seed, 'generate', done), 0, 0)));
      ids.push(id);
      request.write?.(vocabulary.characters[id]);
    }
    return vocabulary.decode(ids.slice(-request.length));
  } finally {
    runner.release();
  }
}

function scoringFunction(model: Model): { entry: Entry; batch: number; time: number } {
  for (const entry of model.entries) {
    const [input] = entry.inputs;
    const { results, statements } = entry.eval;
    if (
      entry.kind !== 'function' ||
      entry.inputs.length !== 1 ||
      results.length !== 1 ||
      input.index === undefined ||
      input.axes.length !== 2
    )
      continue;
    const [batch, time] = input.axes;
    const open = openAxis(model, batch) !== undefined && openAxis(model, time) !== undefined;
    if (open && statements[results[0].value].axes.join() === [batch, time, input.index].join()) return { entry, batch, time };
  }
  throw new FunctionError(
    `${model.name} has no function from ids[batch, time] in vocab to scores[batch, time, vocab], so it cannot write text`,
  );
}

/** The id at quantile `u` of the distribution, ties to the lower id. */
function choose(scores: readonly number[], { temperature, top }: Pick<GenerateRequest, 'temperature' | 'top'>, u: number): number {
  const ranked = scores.map((score, id) => ({ score, id })).sort((a, b) => b.score - a.score || a.id - b.id);
  const kept = ranked.slice(0, temperature === 0 ? 1 : (top ?? ranked.length));
  const weights = kept.map(({ score }) => Math.exp((score - kept[0].score) / (temperature || 1)));
  let left = u * weights.reduce((sum, weight) => sum + weight, 0);
  for (let k = 0; k < kept.length; k++) {
    left -= weights[k];
    if (left < 0) return kept[k].id;
  }
  return kept[kept.length - 1].id;
}
