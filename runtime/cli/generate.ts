/** `bondsmith generate`: text from a trained model of text, one character at a time. */
import { resolve } from 'node:path';
import type { Words } from '../../compiler/values/random.ts';
import { generateText, promptFor } from '../api/generate.ts';
import type { Context } from './context.ts';
import { command, Problem } from './context.ts';
import { threadsOption, withEngine } from './engines.ts';
import type { Values } from './options.ts';
import { count, flag, number, seed, text } from './options.ts';
import type { Trained } from './trained.ts';
import { openTrained, valuesOf } from './trained.ts';

const options = {
  prompt: text('<text>', 'what the text begins with (default: a line break, or a character drawn by the seed)'),
  length: count('<count>', 'characters to write (default 300)', { least: 1 }),
  temperature: number('<number>', 'below 1 more certain, above 1 more varied, 0 the likeliest (default 0.8)', { least: 0 }),
  top: count('<count>', 'choose among so many likeliest characters (default: all)', { least: 1 }),
  seed: seed('another seed gives another text (default 1)'),
  last: flag('the weights of the last step, not those of the lowest validation loss'),
  threads: threadsOption,
  json: flag('print {"prompt", "text"}'),
};

export const generateCommand = command({
  name: 'generate',
  argument: '<run>',
  summary: 'Write text with a trained model of text',
  options,
  examples: ['bondsmith generate runs/mpo --prompt "Call me" --length 500'],
  run: async ([folder], given, context) => run(folder, given, { ...context, threads: given.threads }),
});

async function run(folder: string, given: Values<typeof options>, context: Context): Promise<number> {
  const { last, json, ...how } = given;
  const trained = openTrained(context, resolve(folder), last ? 'last' : 'best');
  // Line breaks of two characters: the first alone would overwrite the line.
  const streams = !json && trained.vocabulary?.characters.includes('\r') === false;
  const { prompt, text } = await written(context, trained, { ...how, ...(streams ? { write: context.out } : {}) });
  context.out(json ? `${JSON.stringify({ prompt, text })}\n` : `${streams ? '' : prompt + text}\n`);
  return 0;
}

interface Writing {
  readonly prompt?: string | undefined;
  readonly length?: number | undefined;
  readonly temperature?: number | undefined;
  readonly top?: number | undefined;
  readonly seed?: Words | undefined;
  /** Hears the prompt, then each character. */
  write?(text: string): void;
}

/** What a run on a text writes. Throws Problem where the run has no vocabulary, and as `generateText`. */
export async function written(context: Context, trained: Trained, how: Writing): Promise<{ prompt: string; text: string }> {
  const { model, settings, vocabulary, record, folder } = trained;
  if (vocabulary === undefined) throw new Problem(`${folder} was trained on tensors, not on a text; there is nothing to write`);
  const { length = 300, temperature = 0.8, top, seed: words = [1, 0], write } = how;
  const prompt = promptFor(how.prompt, vocabulary, words);
  write?.(prompt);
  const common = { model, values: valuesOf(trained), vocabulary, prompt, sizes: record.sizes };
  const text = await withEngine(context, settings, (engine) =>
    generateText({ ...common, engine, length, temperature, top, seed: words, write }),
  );
  return { prompt, text };
}
