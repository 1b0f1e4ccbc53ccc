/**
 * Texts as the numbers of tokens and back. Normalising, cutting into words and pieces, and the templates of special tokens are those of
 * @huggingface/tokenizers; lengths, filling and masks are here, since that library leaves them to its user.
 */
import { Tokenizer as Published } from '@huggingface/tokenizers';
import { BondsmithError } from '../../grammar/error.ts';
import { FileProblem } from '../checkpoint/files.ts';
import { tokenIn } from './build.ts';
import type { Json, TokenizerFiles } from './files.ts';

/** A text or a pair of texts. */
export type Text = string | readonly [string, string];
/** One row: `part` is 0 in the first text and 1 in the second, where the tokenizer tells them apart. */
export interface Tokens {
  readonly ids: readonly number[];
  readonly part: readonly number[];
  /** Tokens that were left out because the row would have been too long. */
  readonly cut: number;
}
/** Rows of one length: `real` is 0 where a row is filled up. */
export interface TokenRows {
  readonly ids: Int32Array;
  readonly part: Int32Array;
  readonly real: Int32Array;
  readonly length: number;
}
/** A text cannot be said in tokens as asked. */
export class TokenError extends BondsmithError {
  constructor(message: string) {
    super('tokens', message);
    this.name = 'TokenError';
  }
}

export class Tokenizer {
  readonly files: TokenizerFiles;
  /** What rows are filled with. */
  readonly pad: number;
  /** After which a text is over; undefined where there is no such token. */
  readonly end: number | undefined;
  /** One more than the greatest number of a token. */
  readonly size: number;
  readonly #own: Published;

  /** `path`: whose files they are, for messages. Throws FileProblem where they are no tokenizer that is known here. */
  constructor(files: TokenizerFiles, path: string) {
    this.files = files;
    const { tokenizer, config } = files;
    this.size = 1 + greatestId(tokenizer, path);
    const plain = Object.entries(config).map(([key, value]) => [key, tokenIn(config, key) ?? value] as const);
    try {
      this.#own = new Published({ added_tokens: [], ...tokenizer }, Object.fromEntries(plain));
    } catch (error) {
      throw new FileProblem(path, `it is no tokenizer that is known here: ${(error as Error).message}`);
    }
    const idOf = (key: string) => {
      const token = tokenIn(config, key);
      return token === undefined ? undefined : this.#own.token_to_id(token);
    };
    this.end = idOf('eos_token');
    this.pad = idOf('pad_token') ?? 0;
  }

  /**
   * A text with its special tokens. Longer than `most`, the longer text of a pair loses its end first, then both. Throws TokenError where
   * not even the special tokens fit.
   */
  encode(text: Text, most = Number.POSITIVE_INFINITY): Tokens {
    const [first, second] = typeof text === 'string' ? [text, undefined] : text;
    const a = this.#pieces(first);
    const b = second === undefined ? undefined : this.#pieces(second);
    const room = most - this.#framed([], b === undefined ? undefined : []).tokens.length;
    if (room < 0) throw new TokenError(`${most} tokens have no room for a text beside the special tokens`);
    const [left, right] = fairShares(a.length, b?.length ?? 0, room);
    const { tokens, types } = this.#framed(a.slice(0, left), b?.slice(0, right));
    return { ids: tokens.map((token) => this.#idOf(token)), part: types, cut: a.length + (b?.length ?? 0) - left - right };
  }

  /** A text without special tokens. */
  plain(text: string): number[] {
    return this.#pieces(text).map((token) => this.#idOf(token));
  }

  /** Text of tokens, special ones left out. */
  decode(ids: readonly number[]): string {
    return ids.length === 0 ? '' : this.#own.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false });
  }

  /** Rows filled up to the longest, or to `length`. */
  rows(all: readonly Tokens[], length = all.reduce((most, { ids }) => Math.max(most, ids.length), 1)): TokenRows {
    const [ids, part, real] = [0, 0, 0].map(() => new Int32Array(all.length * length));
    ids.fill(this.pad);
    all.forEach((row, k) => {
      ids.set(row.ids, k * length);
      part.set(row.part, k * length);
      real.fill(1, k * length, k * length + row.ids.length);
    });
    return { ids, part, real, length };
  }

  #pieces(text: string): string[] {
    const { post_processor: frame } = this.#own;
    // Without the frame, which takes an empty second text for none.
    this.#own.post_processor = null;
    try {
      return this.#own.tokenize(text);
    } finally {
      this.#own.post_processor = frame;
    }
  }

  #framed(a: readonly string[], b: readonly string[] | undefined): { tokens: string[]; types: number[] } {
    const { post_processor: frame } = this.#own;
    const made = frame?.post_process([...a], b === undefined ? null : [...b], true) ?? { tokens: [...a, ...(b ?? [])] };
    // One that adds nothing hands the pair back beside the first text.
    const beside = 'tokens_pair' in made ? ((made.tokens_pair as string[] | null) ?? []) : [];
    const tokens = [...made.tokens, ...beside];
    // RoBERTa has one type for both texts.
    const types = (this.files.tokenizer.post_processor as Json | null)?.type === 'RobertaProcessing' ? undefined : made.token_type_ids;
    return { tokens, types: types ?? tokens.map(() => 0) };
  }

  #idOf(token: string): number {
    const id = this.#own.token_to_id(token) ?? this.#own.model?.unk_token_id;
    if (id !== undefined) return id;
    throw new TokenError(`${JSON.stringify(token)} is not in the vocabulary of the tokenizer, which has no token for what is unknown`);
  }
}

/** Refuses a tokenizer with more tokens than the model has rows for. */
export function checkFits(tokenizer: Tokenizer, vocab: number, path: string): void {
  if (tokenizer.size <= vocab) return;
  throw new FileProblem(
    path,
    `its tokenizer has tokens up to ${tokenizer.size - 1}, the model's vocab is ${vocab}: it is the tokenizer of another model`,
  );
}

/** How much of each text stays: the longer one is cut first, and where that is not enough both have the same, an odd one the longer. */
export function fairShares(a: number, b: number, room: number): [number, number] {
  if (a + b <= room) return [a, b];
  const half = Math.floor(room / 2);
  if (a <= b) return a <= half ? [a, room - a] : [half, room - half];
  return b <= half ? [room - b, b] : [room - half, half];
}

function greatestId({ model, added_tokens: added }: Json, path: string): number {
  const vocab = typeof model === 'object' && model !== null ? (model as Json).vocab : undefined;
  const ids = Array.isArray(vocab) ? [vocab.length - 1] : typeof vocab === 'object' && vocab !== null ? Object.values(vocab) : [];
  const more = Array.isArray(added)
    ? added.map((token) => (typeof token === 'object' && token !== null ? (token as Json).id : undefined))
    : [];
  let most = -1;
  for (const id of [...ids, ...more]) {
    if (!Number.isSafeInteger(id) || Number(id) < 0 || Number(id) >= 2 ** 31)
      throw new FileProblem(path, `a token has the number ${JSON.stringify(id) ?? '(none)'}, expected a whole number from 0 on`);
    most = Math.max(most, Number(id));
  }
  if (most < 0) throw new FileProblem(path, 'its tokenizer has no vocabulary');
  return most;
}
