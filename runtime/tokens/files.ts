/**
 * What a folder says of its tokenizer: `tokenizer.json` with `tokenizer_config.json`, or what both are built from where the folder has the
 * older files (`vocab.txt`; `vocab.json` with `merges.txt`).
 */
import { FileProblem, type Files, readText } from '../checkpoint/files.ts';
import { bytePairs, wordPieces } from './build.ts';

export type Json = Readonly<Record<string, unknown>>;
/** Two objects, as the hubs write them. */
export interface TokenizerFiles {
  readonly tokenizer: Json;
  readonly config: Json;
}

export const TOKENIZER = 'tokenizer.json';
export const TOKENIZER_CONFIG = 'tokenizer_config.json';
const MOST = 2 ** 27;

/** Undefined where the folder has none. Throws FileProblem. */
export function readTokenizerFiles(files: Files, folder: string): TokenizerFiles | undefined {
  const at = (name: string) => `${folder}/${name}`;
  const has = (name: string) => files.size(at(name)) !== undefined;
  const config = { ...(has(TOKENIZER_CONFIG) ? objectIn(files, at(TOKENIZER_CONFIG)) : {}), ...specialTokens(files, at) };
  if (has(TOKENIZER)) return { tokenizer: objectIn(files, at(TOKENIZER)), config };
  if (has('vocab.json') && has('merges.txt')) {
    const kind = config.tokenizer_class ?? (has('config.json') ? objectIn(files, at('config.json')).model_type : undefined);
    const merges = readText(files, at('merges.txt'), MOST).split(/\r?\n/);
    return {
      tokenizer: bytePairs(vocabulary(files, at('vocab.json')), merges, config, /roberta/i.test(String(kind)), at('merges.txt')),
      config,
    };
  }
  if (has('vocab.txt')) {
    const lines = readText(files, at('vocab.txt'), MOST).split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return { tokenizer: wordPieces(lines, config, at('vocab.txt')), config };
  }
  if (has('spiece.model') || has('sentencepiece.bpe.model') || has('tokenizer.model'))
    throw new FileProblem(
      folder,
      `it has a SentencePiece model alone, which is not read here. Convert it once: python -c "from transformers import AutoTokenizer as T; T.from_pretrained('.').save_pretrained('.')" writes ${TOKENIZER}`,
    );
  return undefined;
}

/** A folder that has it stands alone. Throws FileProblem. */
export function writeTokenizerFiles(files: Files, folder: string, { tokenizer, config }: TokenizerFiles): void {
  for (const [name, value] of [
    [TOKENIZER, tokenizer],
    [TOKENIZER_CONFIG, config],
  ] as const)
    files.replace(`${folder}/${name}`, [new TextEncoder().encode(`${JSON.stringify(value)}\n`)]);
}

/** Older folders say them in a file of their own. */
function specialTokens(files: Files, at: (name: string) => string): Json {
  const path = at('special_tokens_map.json');
  return files.size(path) === undefined ? {} : objectIn(files, path);
}

function vocabulary(files: Files, path: string): Record<string, number> {
  const found = objectIn(files, path);
  const wrong = Object.entries(found).find(([, id]) => !Number.isSafeInteger(id) || Number(id) < 0);
  if (wrong !== undefined)
    throw new FileProblem(path, `${JSON.stringify(wrong[0])} is ${JSON.stringify(wrong[1])}, expected a whole number from 0 on`);
  return found as Record<string, number>;
}

function objectIn(files: Files, path: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(readText(files, path, MOST));
  } catch (error) {
    if (error instanceof FileProblem) throw error;
    throw new FileProblem(path, `it is not JSON (${(error as Error).message})`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new FileProblem(path, 'it is no object in braces');
}
