/** `tokenizer.json` from the files that came before it: the words of BERT, the byte pairs of GPT-2 and RoBERTa. */
import { FileProblem } from '../checkpoint/files.ts';
import type { Json } from './files.ts';

/** A token of the configuration, which older and newer files write in two ways. */
export function tokenIn(config: Json, key: string): string | undefined {
  const value = config[key];
  if (typeof value === 'string') return value;
  const content = typeof value === 'object' && value !== null ? (value as Json).content : undefined;
  return typeof content === 'string' ? content : undefined;
}

function special(ids: ReadonlyMap<string, number>, tokens: readonly string[], path: string, more: Json = {}) {
  return [...new Set(tokens)].map((content) => {
    const id = ids.get(content);
    if (id === undefined) throw new FileProblem(path, `it has no ${content}, which texts begin, end or are filled with`);
    return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...more };
  });
}

/** One word or part of a word on each line; parts that go on a word begin with `##`. Throws FileProblem. */
export function wordPieces(lines: readonly string[], config: Json, path: string): Json {
  const ids = new Map(lines.map((line, id) => [line, id]));
  const token = (key: string, usual: string) => tokenIn(config, key) ?? usual;
  const [unknown, before, after] = [token('unk_token', '[UNK]'), token('cls_token', '[CLS]'), token('sep_token', '[SEP]')];
  const tokens = [token('pad_token', '[PAD]'), unknown, before, after];
  const mask = token('mask_token', '[MASK]');
  const added = special(ids, ids.has(mask) ? [...tokens, mask] : tokens, path);
  const one = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  const single = [one(before, 0), text('A', 0), one(after, 0)];
  return {
    version: '1.0',
    added_tokens: added,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config.tokenize_chinese_chars ?? true,
      strip_accents: config.strip_accents ?? null,
      lowercase: config.do_lower_case ?? true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, text('B', 1), one(after, 1)],
      special_tokens: Object.fromEntries([before, after].map((id) => [id, { id, ids: [ids.get(id)], tokens: [id] }])),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
  };
}

/** Pairs of bytes in the order in which they are joined. `framed`: texts stand between tokens, as RoBERTa has them. Throws FileProblem. */
export function bytePairs(
  vocab: Readonly<Record<string, number>>,
  lines: readonly string[],
  config: Json,
  framed: boolean,
  path: string,
): Json {
  const merges = lines.filter((line, k) => line !== '' && !(k === 0 && line.startsWith('#version')));
  const wrong = merges.find((line) => line.split(' ').length !== 2);
  if (wrong !== undefined) throw new FileProblem(path, `${JSON.stringify(wrong)} is no pair`);
  const ids = new Map(Object.entries(vocab));
  const [before, after] = [tokenIn(config, 'cls_token') ?? '<s>', tokenIn(config, 'sep_token') ?? '</s>'];
  const mask = tokenIn(config, 'mask_token') ?? '<mask>';
  const end = tokenIn(config, 'eos_token') ?? '<|endoftext|>';
  const names = framed ? [before, tokenIn(config, 'pad_token') ?? '<pad>', after, tokenIn(config, 'unk_token') ?? '<unk>'] : [end];
  const spaced = config.add_prefix_space === true;
  // Some configurations say that a mask takes the space before it with it.
  const said = config.mask_token as Json | string | null | undefined;
  const lstrip = typeof said === 'object' && said?.lstrip === true;
  const masks = framed && ids.has(mask) ? special(ids, [mask], path, { lstrip }) : [];
  return {
    version: '1.0',
    added_tokens: [...special(ids, names, path), ...masks],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: spaced, trim_offsets: true, use_regex: true },
    post_processor: framed
      ? {
          type: 'RobertaProcessing',
          sep: [after, ids.get(after)],
          cls: [before, ids.get(before)],
          trim_offsets: true,
          add_prefix_space: spaced,
        }
      : { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      vocab,
      merges: merges.map((line) => line.split(' ')),
    },
  };
}
