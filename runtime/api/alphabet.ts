/** What the tokens of a text are: characters that a model was trained on, or those of a published tokenizer. */
import type { Words } from '../../compiler/values/random.ts';
import { drawBelow } from '../data/feed.ts';
import type { Vocabulary } from '../data/text.ts';
import { vocabularyOf } from '../data/text.ts';
import type { Tokenizer } from '../tokens/tokenizer.ts';

export interface Alphabet {
  /** Scores from here on are of no token. */
  readonly count: number;
  /** Behind which a text is over. */
  readonly end?: number;
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
  /** What a text begins with where nothing is given, since a model needs something to go on from. */
  begin(words: Words): number[];
}

/** Of a model that was trained on a text of these characters (none: ''), or else has a tokenizer. */
export function alphabetOf(characters = '', tokenizer: () => Tokenizer | undefined = () => undefined): Alphabet | undefined {
  if (characters !== '') return characterAlphabet(vocabularyOf(characters));
  const own = tokenizer();
  return own && tokenAlphabet(own);
}

/** A text begins with a line break, after which texts begin anew, or with a character drawn evenly where there is none. */
function characterAlphabet({ characters, encode, decode }: Vocabulary): Alphabet {
  const newline = characters.indexOf('\n');
  return {
    count: characters.length,
    encode: (text) => [...encode(text)],
    decode,
    begin: (words) => [newline >= 0 ? newline : drawBelow(words, 'generate/prompt', 0, 0, characters.length)],
  };
}

/** A text begins with its special tokens, or behind the end of another. */
function tokenAlphabet(tokenizer: Tokenizer): Alphabet {
  const { size, end } = tokenizer;
  const framed = (text: string) => {
    const { ids } = tokenizer.encode(text);
    return ids.at(-1) === end ? ids.slice(0, -1) : [...ids];
  };
  return {
    count: size,
    end,
    encode: framed,
    decode: (ids) => tokenizer.decode(ids),
    begin(words) {
      const own = framed('');
      if (own.length > 0) return own;
      return [end ?? drawBelow(words, 'generate/prompt', 0, 0, size)];
    },
  };
}
