/**
 * Long sums with few results become two works: partial sums of pieces, and the sum of the partials in order. The number of pieces is a
 * function of the shape alone, never of threads or timing, so the order of additions is part of the meaning (chain law).
 */
import type { Target } from '../values/target.ts';
import { rowShape } from './cluster.ts';
import { type Digit, type DigitSum, type Form, sizeOf } from './form.ts';
import type { Entry, Graph, Value } from './graph.ts';
import { type Loop, type LoopAccess, substituteLoop } from './loop.ts';
import { prune } from './simplify.ts';
import type { Template, Templates } from './template.ts';
import { tileShape } from './tile-shape.ts';

export function splitLongSums(graph: Graph, templates: Templates, target: Target): Graph {
  const values: Value[] = [...graph.values];
  const lengths = new Map<Template, Pieces | undefined>();
  const lengthOf = (loop: Loop): Pieces | undefined => {
    if (loop.combine !== 'sum' || loop.reduced.length === 0) return undefined;
    const { template } = templates.of(loop);
    if (!lengths.has(template)) lengths.set(template, pieceLength(template.loop, target));
    return lengths.get(template);
  };
  const works = graph.works.flatMap((entry): Entry[] => {
    const { work } = entry;
    const length = work.is === 'loop' ? lengthOf(work) : undefined;
    if (length === undefined || work.is !== 'loop') return [entry];
    const { total, pieces } = length;
    const { element } = values[work.write.value];
    const partial = values.push({ element, size: sizeOf(work.kept) * pieces }) - 1;
    const parts = split(work, partial, pieces, Math.ceil(total / pieces));
    return parts.map((loop) => ({ ...entry, work: { is: 'loop', ...loop } }));
  });
  return { values, works };
}

/** Terms along the index that is cut, and the number of pieces. */
interface Pieces {
  readonly total: number;
  readonly pieces: number;
}
/** Undefined where the sum stays whole. */
function pieceLength(loop: Loop, target: Target): Pieces | undefined {
  if (loop.write.lookups.length > 0 || loop.rows !== undefined) return undefined;
  const tiles = tileShape([loop], target);
  const rows = tiles === undefined ? rowShape([loop], target) : undefined;
  const form = tiles === undefined ? rows?.form : 'tiles';
  if (form === undefined) return undefined;
  const cut = tiles?.k ?? (rows!.inner.length > 0 || rows!.vector === undefined ? rows!.inner : [rows!.vector]);
  const total = sizeOf(cut);
  const { long, few, length, most } = target.pieces[form];
  if (total < long || sizeOf(loop.kept) > few) return undefined;
  return { total, pieces: Math.min(most, Math.ceil(total / length)) };
}

function split(loop: Loop, partial: number, pieces: number, length: number): [Loop, Loop] {
  const piece: Digit = { size: pieces };
  const size = sizeOf(loop.kept);
  const rowMajor = (digits: readonly Digit[], first: Digit): Form => {
    const terms = new Map<Digit, number>([[first, size]]);
    digits.reduceRight((stride, digit) => {
      terms.set(digit, stride);
      return stride * digit.size;
    }, 1);
    return { terms, plus: 0 };
  };
  const place = (at: Form): LoopAccess => ({ value: partial, at, lookups: [], where: [] });
  const sum: Loop = {
    ...loop,
    kept: [...loop.kept, piece],
    after: [],
    finish: { is: 'read', operand: 0 },
    write: place(rowMajor(loop.kept, piece)),
    chunk: { piece, length },
  };
  const fresh = new Map<Digit, DigitSum>(loop.kept.map((digit) => [digit, [{ digit: { size: digit.size }, factor: 1 }]]));
  const other = substituteLoop(loop, fresh);
  const last: Digit = { size: pieces };
  const total: Loop = {
    ...other,
    reduced: [last],
    reads: [place(rowMajor(other.kept, last))],
    value: { is: 'read', operand: 0 },
    used: undefined,
  };
  return [prune(sum), prune(total)];
}
