/**
 * From the programs of one model for several sizes to one whose sizes are open: each number that the sizes change becomes a function of
 * them. Throws NotSized where too few programs are alike, or a number follows no law.
 */
import { sameCount } from '../values/count.ts';
import type { Program } from '../values/program.ts';
import type { Count } from '../values/sized.ts';
import { Laws, NotSized } from './laws.ts';

export interface OpenProgram {
  /** For one of the samples. */
  readonly program: Program;
  /** Names of the open axes; powers of a `Count` are in this order. */
  readonly open: readonly string[];
  /** What the number that an object of the program has under this key is at any sizes. */
  size(holder: object, key: string): Count;
}
interface ProgramSample {
  /** In the order of the open axes. */
  readonly sizes: readonly number[];
  readonly program: Program;
}

/** Samples beyond what a law of two terms needs; no more are made than tell quadratic laws apart, and one. */
const fewest = (axes: number) => axes + 2;
const enough = (axes: number) => ((axes + 1) * (axes + 2)) / 2 + 1;
/** Under these an attribute has a number of elements or a place among them. */
const SIZED = new Set(['size', 'value', 'from', 'before', 'count', 'groups']);

/** `points`: sizes in the order of the open axes, for which `make` gives the program. */
export function fitProgram(
  open: readonly string[],
  points: readonly (readonly number[])[],
  make: (sizes: readonly number[]) => Program,
): OpenProgram {
  const alike = firstAlike(points, make);
  if (open.length > 0 && alike.length < fewest(open.length))
    throw new NotSized(`programs for sizes beside each other are not the same (${alike.length} of ${points.length} are alike)`);
  const counts = new Fit(new Laws(alike.map(({ sizes }) => sizes)));
  const [{ program }] = alike;
  for (const [id, node] of program.nodes.entries()) {
    const all = alike.map((sample) => sample.program.nodes[id]);
    counts.visit(
      all.map(({ attributes, type }) => [attributes, type]),
      `%${id} ${node.operation}`,
    );
  }
  return { program, open, size: (holder, key) => counts.size(holder, key) };
}

function firstAlike(points: readonly (readonly number[])[], make: (sizes: readonly number[]) => Program): readonly ProgramSample[] {
  const groups = new Map<string, ProgramSample[]>();
  let best: ProgramSample[] = [];
  for (const sizes of points) {
    const program = make(sizes);
    const form = formOf(program);
    const own = [...(groups.get(form) ?? []), { sizes, program }];
    groups.set(form, own);
    if (own.length > best.length) best = own;
    if (best.length >= enough(sizes.length)) break;
  }
  return best;
}

/** Equal where all but sizes is equal. */
function formOf({ nodes, outputs }: Program): string {
  const text = (value: unknown) => JSON.stringify(value, (key, own) => (typeof own === 'number' && SIZED.has(key) ? 0 : own));
  return text([nodes.map(({ operation, inputs, attributes, type }) => [operation, inputs, attributes, type]), outputs]);
}

class Fit {
  readonly #laws: Laws;
  readonly #known = new Map<object, Map<string, Count>>();
  constructor(laws: Laws) {
    this.#laws = laws;
  }
  /** The same place in all programs. */
  visit(values: readonly unknown[], where: string): void {
    const [first] = values;
    if (typeof first !== 'object' || first === null) return;
    for (const [key, own] of Object.entries(first)) {
      const all = values.map((value) => (value as Record<string, unknown>)[key]);
      if (typeof own !== 'number') this.visit(all, where);
      else if (SIZED.has(key)) this.#found(first, key, all as number[], where);
    }
  }
  #found(holder: object, key: string, values: readonly number[], where: string): void {
    const count = this.#laws.count(values, `${key} of ${where}`);
    const own = this.#known.get(holder) ?? new Map<string, Count>();
    const before = own.get(key);
    if (before !== undefined && !sameCount(before, count)) throw new NotSized(`${key} of ${where} has two laws`);
    this.#known.set(holder, own.set(key, count));
  }
  size(holder: object, key: string): Count {
    return this.#known.get(holder)?.get(key) ?? (holder as Record<string, number>)[key];
  }
}
