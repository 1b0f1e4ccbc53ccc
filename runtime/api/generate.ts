/** Text from a model of text, one token at a time: what follows a prompt, or what is made of it where the model reads one text and writes another. */
import { writersOf } from '../../compiler/index.ts';
import type { Model, ModelInput } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { streamKey, uniformOf, wordAt } from '../../compiler/values/random.ts';
import type { Engine } from '../engine/engine.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Alphabet } from './alphabet.ts';
import { FunctionError } from './call.ts';
import type { ScorerRequest } from './scorer.ts';
import { openScorer } from './scorer.ts';

export interface GenerateRequest {
  readonly engine: Engine;
  readonly model: Model;
  /** By parameter id. */
  readonly values: readonly HostTensor[];
  readonly alphabet: Alphabet;
  /** Undefined: as the alphabet begins. */
  readonly prompt?: string;
  /** The most tokens that are written. */
  readonly length: number;
  /** Divides the scores before the softmax; 0 takes the greatest. */
  readonly temperature: number;
  readonly top?: number;
  readonly seed: Words;
  /** Sizes that the model was trained with: how far back it looks. Where there are none, as far as it can. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Milliseconds. */
  readonly now: () => number;
  /** Sees the text as it grows, the prompt first where the text goes on from it. */
  write?(text: string): void;
}
export interface Generated {
  /** What the text went on from; '' where it is another text. */
  readonly prompt: string;
  readonly text: string;
  readonly tokens: number;
  /** After the first, which waits for the prompt; 0 where there was no second. */
  readonly perSecond: number;
  /** Why the whole function was run for each token, where it was. */
  readonly whole?: string;
}

/**
 * Throws FunctionError where the model has no function from text[batch, time] in vocab to scores[batch, time, vocab], and what the alphabet
 * throws where it cannot say the prompt.
 */
export async function generateText(request: GenerateRequest): Promise<Generated> {
  const { alphabet, prompt, seed, length, now } = request;
  const plan = planOf(request.model);
  const begun = prompt === undefined || prompt === '' ? alphabet.begin(seed) : alphabet.encode(prompt);
  const ids = plan.source === undefined ? [...begun] : [];
  const window = new Window();
  const scorer = await openScorer(scorerRequest(request, plan, begun));
  try {
    const told = plan.source === undefined ? (prompt ?? alphabet.decode(ids)) : '';
    const write = request.write ?? (() => undefined);
    write(told);
    const text = new Growing(alphabet, write);
    let [tokens, from] = [0, now()];
    for (; tokens < length; tokens++) {
      if (tokens === 1) from = now();
      const scores = await scorer.scores(window.of(ids, scorer.most));
      const id = choose(scores, alphabet.count, request, uniformOf(wordAt(streamKey(seed, 'generate', tokens), 0, 0)));
      if (id === alphabet.end) break;
      ids.push(id);
      text.add(id);
    }
    const seconds = (now() - from) / 1000;
    const perSecond = tokens > 1 && seconds > 0 ? (tokens - 1) / seconds : 0;
    return { prompt: told, text: text.end(), tokens, perSecond, ...(scorer.whole === undefined ? {} : { whole: scorer.whole }) };
  } finally {
    scorer.release();
  }
}

interface Plan {
  readonly writer: ScorerRequest['writer'];
  /** The text that another is made of: its tokens, and which of them are real. */
  readonly source?: { readonly ids: ModelInput; readonly real?: ModelInput };
}

/** The first function that scores the tokens of a text, alone or of a text that is made of another. */
function planOf(model: Model): Plan {
  for (const writer of writersOf(model)) {
    const others = writer.entry.inputs.filter((input) => input !== writer.text);
    if (others.length === 0) return { writer };
    const ids = others.find(({ index, axes }) => index === writer.text.index && axes.length === 2 && axes[0] === writer.text.axes[0]);
    if (ids === undefined) continue;
    const [real, ...more] = others.filter((input) => input !== ids);
    const isMask = real === undefined || (real.type === 'bool' && real.axes.join() === ids.axes.join());
    if (isMask && more.length === 0) return { writer, source: { ids, real } };
  }
  throw new FunctionError(
    `${model.name} has no function from ids[batch, time] in vocab to scores[batch, time, vocab], so it cannot write text`,
  );
}

function scorerRequest(
  { engine, model, values, sizes, length }: GenerateRequest,
  { writer, source }: Plan,
  begun: readonly number[],
): ScorerRequest {
  const { name, size } = model.axes[writer.time];
  const needed = source === undefined ? begun.length + length : length + 1;
  const context = sizes[name] ?? (typeof size === 'number' ? size : size.max) ?? needed;
  const given = new Map<string, ArrayLike<number>>();
  const own: Record<string, number> = { [model.axes[writer.text.axes[0]].name]: 1, [name]: context };
  if (source !== undefined) {
    own[model.axes[source.ids.axes[1]].name] = begun.length;
    given.set(source.ids.name, begun);
    if (source.real !== undefined)
      given.set(
        source.real.name,
        begun.map(() => 1),
      );
  }
  return { engine, model, values, writer, sizes: own, given, needed, first: source === undefined ? begun.length : 0 };
}

/** The last tokens of a text that is longer than what a model sees: when they are as many as it sees, the earlier half goes. */
class Window {
  #from = 0;

  of(ids: readonly number[], most: number): readonly number[] {
    if (ids.length - this.#from > most) this.#from = ids.length - Math.max(1, Math.floor(most / 2));
    return ids.slice(this.#from);
  }
}

/** Tells what was added as soon as it is certain: the bytes of a character, and a line break of two, may lie in several tokens. */
class Growing {
  readonly #alphabet: Alphabet;
  readonly #write: (text: string) => void;
  readonly #ids: number[] = [];
  #told = '';

  constructor(alphabet: Alphabet, write: (text: string) => void) {
    this.#alphabet = alphabet;
    this.#write = write;
  }
  add(id: number): void {
    this.#ids.push(id);
    const text = this.#alphabet.decode(this.#ids);
    if (!/[\ufffd\r]$/.test(text)) this.#tell(text);
  }
  end(): string {
    this.#tell(this.#alphabet.decode(this.#ids));
    return this.#told;
  }
  #tell(text: string): void {
    if (text.length > this.#told.length) this.#write(text.slice(this.#told.length));
    this.#told = text;
  }
}

/** The id at quantile `u` of the distribution, ties to the lower id. */
function choose(
  scores: ArrayLike<number>,
  count: number,
  { temperature, top }: Pick<GenerateRequest, 'temperature' | 'top'>,
  u: number,
): number {
  const all = Array.from({ length: Math.min(count, scores.length) }, (_, id) => id);
  if (temperature === 0 || top === 1) return all.reduce((best, id) => (scores[id] > scores[best] ? id : best), 0);
  const kept = all.sort((a, b) => scores[b] - scores[a] || a - b).slice(0, top ?? all.length);
  const weights = kept.map((id) => Math.exp((scores[id] - scores[kept[0]]) / temperature));
  let left = u * weights.reduce((sum, weight) => sum + weight, 0);
  for (let k = 0; k < kept.length; k++) {
    left -= weights[k];
    if (left < 0) return kept[k];
  }
  return kept[kept.length - 1];
}
