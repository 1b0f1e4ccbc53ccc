/**
 * A file of published tensors seen under the names of a model: fused matrices as their parts, transposed ones turned, what is tied once.
 * The checker and everything after it see a file of ours.
 */
import { FileProblem } from '../files.ts';
import type { StoredTensor, TensorFile } from '../safetensors.ts';
import type { NameMap, TensorRule } from './family.ts';

/** One published tensor and what it is here. */
export interface Placed {
  readonly stored: StoredTensor;
  /** Names of ours, in the order of the parts; none: it says nothing of the model. */
  readonly names: readonly string[];
  readonly transposed: boolean;
  /** It repeats a tensor that another one gives, where that is there. */
  readonly tied: boolean;
}

/** Where each tensor of a file belongs; undefined for those that no rule knows. */
export function placeTensors(file: Pick<TensorFile, 'tensors'>, map: NameMap): ReadonlyMap<string, Placed | undefined> {
  const rules = Object.entries(map.tensors).map(([pattern, rule]) => ({ match: matcher(pattern, map.prefix), rule }));
  const placed = new Map<string, Placed | undefined>();
  for (const stored of file.tensors.values()) {
    let found: Placed | undefined;
    for (const { match, rule } of rules) {
      const numbers = match(modern(stored.name));
      if (numbers === undefined) continue;
      found = placedBy(stored, rule, numbers);
      break;
    }
    placed.set(stored.name, found);
  }
  return placed;
}

/** Norms of checkpoints before 2019 have `gamma` and `beta`. */
function modern(name: string): string {
  return name.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias');
}

type Numbers = ReadonlyMap<string, number>;

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `h.{l}.ln_1.weight` against `h.3.ln_1.weight` gives l = 3. */
function matcher(pattern: string, prefix: string): (name: string) => Numbers | undefined {
  const free = pattern.startsWith('~');
  const letters: string[] = [];
  const body = (free ? pattern.slice(1) : pattern)
    .split(/(\{\w+\})/)
    .map((piece) => {
      if (!/^\{\w+\}$/.test(piece)) return literal(piece);
      letters.push(piece.slice(1, -1));
      return '(0|[1-9]\\d{0,5})';
    })
    .join('');
  const expression = new RegExp(`^${free && prefix !== '' ? `(?:${literal(prefix)})?` : ''}${body}$`);
  return (name) => {
    const found = expression.exec(name);
    return found === null ? undefined : new Map(letters.map((letter, k) => [letter, Number(found[k + 1])]));
  };
}

/** `block[{l+1}].norm1.gain` with l = 3 is `block[4].norm1.gain`. */
function filled(pattern: string, numbers: Numbers): string {
  return pattern.replace(/\{(\w+)(?:\+(\d+))?\}/g, (_, letter: string, more = '0') => String((numbers.get(letter) ?? 0) + Number(more)));
}

/** Whether a tensor of ours, or one that it is decomposed into, is of the body that every checkpoint of a family has. */
export function belongsTo({ tensors, heads }: NameMap, name: string): boolean {
  if (heads.some((head) => name === head || name.startsWith(`${head}.`))) return false;
  const patterns = Object.values(tensors).flatMap((rule) => {
    if (rule === null) return [];
    if (typeof rule === 'string') return [rule];
    return 'parts' in rule ? rule.parts : (rule.or ?? []);
  });
  return patterns.some((pattern) => {
    const body = pattern
      .split(/\{\w+(?:\+\d+)?\}/)
      .map(literal)
      .join('\\d+');
    return new RegExp(`^${body}(?:\\.[A-Z].*)?$`).test(name);
  });
}

function placedBy(stored: StoredTensor, rule: TensorRule, numbers: Numbers): Placed {
  if (rule === null) return { stored, names: [], transposed: false, tied: false };
  if (typeof rule === 'string') return { stored, names: [filled(rule, numbers)], transposed: false, tied: false };
  if ('tied' in rule) return { stored, names: [filled(rule.or ?? rule.tied, numbers)], transposed: false, tied: rule.or === undefined };
  return { stored, names: rule.parts.map((part) => filled(part, numbers)), transposed: rule.transposed, tied: false };
}

/** Our shape of each part of a published tensor. Throws FileProblem where it cannot be parted so. */
export function partShape(path: string, { stored, names, transposed }: Placed): number[] {
  const shape = [...stored.shape];
  const refuse = (message: string) => new FileProblem(path, `tensor ${stored.name} has shape [${stored.shape.join(', ')}], ${message}`);
  if (transposed && shape.length !== 2) throw refuse('a matrix is expected');
  if (transposed) shape.reverse();
  if (names.length > 1 && (shape.length === 0 || shape[0] % names.length !== 0))
    throw refuse(`which does not part into ${names.length}: ${names.join(', ')}`);
  if (names.length > 1) shape[0] /= names.length;
  return shape;
}

/** Columns as rows. */
export function turned(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column];
  return result;
}

/** What is tied here must be equal in the file. */
function refuseOther(file: TensorFile, again: StoredTensor, first: StoredTensor, values: Float64Array): void {
  const other = file.read(again.name);
  if (other.length === values.length && other.every((value, k) => value === values[k])) return;
  throw new FileProblem(file.path, `its tensors ${first.name} and ${again.name} differ, and are one in the model`);
}

/**
 * The file under our names. What no rule knows keeps its own name, so that it is told as left over. Throws FileProblem where two tensors
 * would be one of ours, or a fused one does not part.
 */
export function renamed(file: TensorFile, map: NameMap): TensorFile {
  const placed = placeTensors(file, map);
  const tensors = new Map<string, StoredTensor>();
  const sources = new Map<string, { readonly from: Placed; readonly part: number }>();
  const put = (name: string, tensor: StoredTensor, from: Placed, part: number) => {
    const before = sources.get(name);
    if (before !== undefined)
      throw new FileProblem(file.path, `its tensors ${before.from.stored.name} and ${from.stored.name} are both ${name}`);
    tensors.set(name, tensor);
    sources.set(name, { from, part });
  };
  const all = [...placed];
  for (const [name, one] of all) {
    if (one === undefined) tensors.set(name, file.tensors.get(name)!);
    if (one === undefined || one.tied) continue;
    for (const [part, own] of one.names.entries()) put(own, { ...one.stored, name: own, shape: partShape(file.path, one) }, one, part);
  }
  // What is tied gives its tensor only where the file keeps it nowhere else.
  for (const [, one] of all) {
    if (one?.tied !== true || sources.has(one.names[0])) continue;
    put(one.names[0], { ...one.stored, name: one.names[0] }, one, 0);
  }
  const read = (name: string): Float64Array => {
    const source = sources.get(name);
    if (source === undefined) return file.read(name);
    const { stored, names, transposed } = source.from;
    const values = file.read(stored.name);
    for (const [, one] of all)
      if (one?.tied === true && one.names[0] === name && one.stored !== stored) refuseOther(file, one.stored, stored, values);
    const whole = transposed ? turned(values, stored.shape[0], stored.shape[1]) : values;
    const each = whole.length / names.length;
    return names.length === 1 ? whole : whole.slice(source.part * each, (source.part + 1) * each);
  };
  return { path: file.path, tensors, metadata: file.metadata, checked: file.checked, read };
}
