/** `bondsmith generate`: text from a trained model of text, or from a published checkpoint, one token at a time. */
import { resolve } from 'node:path';
import type { Model } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import type { Alphabet } from '../api/alphabet.ts';
import { alphabetOf } from '../api/alphabet.ts';
import type { Generated } from '../api/generate.ts';
import { generateText } from '../api/generate.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import { command, Problem } from './context.ts';
import type { EngineSettings } from './engines.ts';
import { DEFAULT_ENGINE, engineOption, shippedProfile, threadsOption, withEngine } from './engines.ts';
import { isTrained, partsOf, readTokenizer } from './load.ts';
import type { Values } from './options.ts';
import { count, flag, number, seed, text } from './options.ts';
import { holdsRun } from './settings.ts';
import { openTrained, valuesOf } from './trained.ts';

const options = {
  prompt: text('<text>', 'what the text begins with, or what another is made of (default: as texts of the model begin)'),
  length: count('<count>', 'tokens to write, which are characters where the model was trained on a text (default 300)', { least: 1 }),
  temperature: number('<number>', 'below 1 more certain, above 1 more varied, 0 the likeliest (default 0.8)', { least: 0 }),
  top: count('<count>', 'choose among so many likeliest tokens (default: all)', { least: 1 }),
  seed: seed('another seed gives another text (default 1)'),
  last: flag('the weights of the last step, not those of the lowest validation loss'),
  engine: engineOption,
  threads: threadsOption,
  json: flag('print {"prompt", "text", "tokens", "perSecond"}'),
};

export const generateCommand = command({
  name: 'generate',
  argument: '<run>',
  summary: 'Write text with a trained model of text, or with a published checkpoint',
  options,
  examples: [
    'bondsmith generate runs/mpo --prompt "Call me" --length 500',
    'bondsmith generate t5-small --prompt "translate English to German: Good morning." --temperature 0',
  ],
  run: async ([target], given, context) => run(target, given, { ...context, engine: given.engine, threads: given.threads }),
});

async function run(target: string, given: Values<typeof options>, context: Context): Promise<number> {
  const { json, threads: _, engine: __, ...more } = given;
  const written = await writeText(context, target, { ...more, write: json ? undefined : wholeBreaks(context.out) });
  const { prompt, text: told, tokens, perSecond, whole } = written;
  context.out(json ? `${JSON.stringify({ prompt, text: told, tokens, perSecond: Number(perSecond.toPrecision(3)) })}\n` : '\n');
  if (whole !== undefined) context.err(`note: the whole text was computed again for each token: ${whole}\n`);
  if (perSecond > 0) context.err(`${tokens} tokens, ${perSecond.toPrecision(3)} tokens per second\n`);
  return 0;
}

/** Line breaks of two characters come whole: the first of them alone would overwrite the line. */
function wholeBreaks(write: (text: string) => void): (text: string) => void {
  let held = '';
  return (text) => {
    const all = held + text;
    held = all.endsWith('\r') ? '\r' : '';
    write(held === '' ? all : all.slice(0, -1));
  };
}

export interface WriteOptions {
  readonly prompt?: string;
  /** The most tokens, default 300. */
  readonly length?: number;
  /** Divides the scores, default 0.8; 0 takes the likeliest. */
  readonly temperature?: number;
  readonly top?: number;
  readonly seed?: Words;
  readonly last?: boolean;
  /** Sees the text as it grows, the prompt first where the text goes on from it. */
  write?(text: string): void;
}

/** Throws Problem where there is nothing to write with, and as `generateText`. */
export async function writeText(context: Context, target: string, options: WriteOptions): Promise<Generated> {
  const { prompt, length = 300, temperature = 0.8, top, seed: words = [1, 0], last = false, write } = options;
  const { settings, ...own } = openWriter(context, target, last);
  return withEngine(context, settings, (engine) =>
    generateText({ engine, ...own, prompt, length, temperature, top, seed: words, now: context.now, write }),
  );
}

interface Opened {
  readonly model: Model;
  readonly values: readonly HostTensor[];
  readonly alphabet: Alphabet;
  readonly sizes: Readonly<Record<string, number>>;
  readonly settings: EngineSettings;
}

function openWriter(context: Context, target: string, last: boolean): Opened {
  const at = resolve(target);
  const lacks = (why: string) => new Problem(`${target} ${why}; there is nothing to write`);
  if (holdsRun(context.files, at) || !isTrained(context, at)) {
    const trained = openTrained(context, at, last ? 'last' : 'best');
    const { model, settings, record } = trained;
    const alphabet = alphabetOf(record.vocabulary, () => readTokenizer(context, at));
    if (alphabet === undefined) throw lacks('was trained on tensors, not on a text');
    return { model, values: valuesOf(trained), alphabet, sizes: record.sizes, settings };
  }
  const { model, values, vocabulary, tokenizer, sizes = {} } = partsOf(context, at);
  const alphabet = alphabetOf(vocabulary, tokenizer);
  if (alphabet === undefined) throw lacks('has no tokenizer');
  const settings = { engine: DEFAULT_ENGINE, profile: shippedProfile(DEFAULT_ENGINE), config: { memory: 0 } };
  return { model, values, alphabet, sizes, settings };
}
