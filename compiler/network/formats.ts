/**
 * Networks and paths as other tools write them. A network has named letters: our own form is `{"inputs": [["a", "b"], ...], "output":
 * [...], "size": {"a": 4, ...}}`; opt_einsum has an equation and shapes, cotengra inputs, output and size_dict. A path is a list of
 * positions: linear, where operands are taken out of the list and the result is put at its end, or in single static assignment. Steps of one operand renumber what follows.
 */

import { byName } from '../values/named.ts';
import type { Network } from '../values/plan.ts';
import { checkNetwork, checkSteps, NetworkError } from './check.ts';
import type { Steps } from './tree.ts';

export interface NamedNetwork {
  readonly network: Network;
  /** Names of the letters, by position in `sizes`. */
  readonly letters: readonly string[];
  /** A tree that came with it. */
  readonly steps?: Steps;
}
export type Path = readonly (readonly number[])[];
export interface OptEinsumForm {
  readonly equation: string;
  readonly shapes: readonly (readonly number[])[];
}
export interface CotengraForm {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
  readonly size_dict: Readonly<Record<string, number>>;
}

/** A network from parsed JSON in any of the three forms, with `path` or `ssa_path` if it has one. Throws NetworkError with the place. */
export function readNetwork(value: unknown): NamedNetwork {
  if (!isRecord(value)) throw new NetworkError(`expected an object with inputs, output and size, found ${kindOf(value)}`);
  const named = 'equation' in value ? fromEquation(value) : fromInputs(value);
  const count = named.network.inputs.length;
  if ('ssa_path' in value) return { ...named, steps: stepsOfSsa(pathOf(value.ssa_path, 'ssa_path'), count) };
  if ('path' in value) return { ...named, steps: stepsOfLinear(pathOf(value.path, 'path'), count) };
  return named;
}

function fromInputs(value: Readonly<Record<string, unknown>>): NamedNetwork {
  const sizes = value.size ?? value.size_dict;
  if (!Array.isArray(value.inputs))
    throw new NetworkError(`inputs: expected a list with the letters of each operand, found ${kindOf(value.inputs)}`);
  const inputs = value.inputs.map((list: unknown, k) => namesOf(list, `inputs[${k}]`));
  const output = namesOf(value.output ?? [], 'output');
  if (isRecord(sizes)) return named(inputs, output, byName(sizes));
  if (Array.isArray(value.shapes)) return named(inputs, output, sizesOfShapes(inputs, value.shapes));
  throw new NetworkError(`size: expected an object with the size of each letter, found ${kindOf(sizes)}`);
}

/** `ab,bc->ac` with a shape for each operand; without `->` the output has the letters that stand once, sorted. */
function fromEquation({ equation, shapes }: Readonly<Record<string, unknown>>): NamedNetwork {
  if (typeof equation !== 'string') throw new NetworkError(`equation: expected text as "ab,bc->ac", found ${kindOf(equation)}`);
  if (!Array.isArray(shapes)) throw new NetworkError(`shapes: expected a list with the shape of each operand, found ${kindOf(shapes)}`);
  const [left, right, ...more] = equation.replace(/\s/g, '').split('->');
  if (more.length > 0 || equation.includes('.'))
    throw new NetworkError(`equation "${equation}": expected letters, commas and one ->, no ellipsis`);
  const inputs = left.split(',').map((part) => [...part]);
  const all = inputs.flat();
  const output = right === undefined ? [...new Set(all)].filter((name) => all.indexOf(name) === all.lastIndexOf(name)).sort() : [...right];
  return named(inputs, output, sizesOfShapes(inputs, shapes));
}

function sizesOfShapes(inputs: readonly (readonly string[])[], shapes: readonly unknown[]): ReadonlyMap<string, unknown> {
  if (shapes.length !== inputs.length) throw new NetworkError(`shapes: ${shapes.length} for ${inputs.length} operands`);
  const sizes = new Map<string, unknown>();
  inputs.forEach((letters, k) => {
    const shape = shapes[k];
    if (!Array.isArray(shape) || shape.length !== letters.length) {
      const found = Array.isArray(shape) ? `${shape.length} sizes` : kindOf(shape);
      throw new NetworkError(`shapes[${k}]: expected a size for each of ${letters.length} letters, found ${found}`);
    }
    letters.forEach((letter, at) => {
      const size: unknown = shape[at];
      const before = sizes.get(letter) ?? size;
      if (before !== size)
        throw new NetworkError(`shapes[${k}]: letter ${letter} has size ${String(size)} here and ${String(before)} before`);
      sizes.set(letter, size);
    });
  });
  return sizes;
}

function named(inputs: readonly (readonly string[])[], output: readonly string[], sizes: ReadonlyMap<string, unknown>): NamedNetwork {
  const letters = [...new Set([...inputs.flat(), ...output])];
  const place = new Map(letters.map((letter, k) => [letter, k]));
  const positions = (list: readonly string[]) => list.map((letter) => place.get(letter)!);
  const own = letters.map((letter) => sizes.get(letter));
  // Not yet numbers all of them: that is what is checked.
  const network = { inputs: inputs.map(positions), output: positions(output), sizes: own as number[] };
  checkNetwork(network, letters);
  return { network, letters };
}

function namesOf(value: unknown, place: string): string[] {
  if (typeof value === 'string') return [...value];
  if (!Array.isArray(value)) throw new NetworkError(`${place}: expected a list of letters, found ${kindOf(value)}`);
  return value.map((name: unknown, k) => {
    if (typeof name !== 'string' && typeof name !== 'number')
      throw new NetworkError(`${place}[${k}]: expected a letter, found ${kindOf(name)}`);
    return String(name);
  });
}

function pathOf(value: unknown, place: string): Path {
  if (!Array.isArray(value)) throw new NetworkError(`${place}: expected a list of steps, found ${kindOf(value)}`);
  // numpy.einsum_path puts its name before the steps.
  const steps: readonly unknown[] = value[0] === 'einsum_path' ? value.slice(1) : value;
  return steps.map((step, k) => {
    if (!Array.isArray(step)) throw new NetworkError(`${place}[${k}]: expected a list of positions, found ${kindOf(step)}`);
    return step.map((position: unknown, at) => {
      if (typeof position === 'number') return position;
      throw new NetworkError(`${place}[${k}][${at}]: expected a position, found ${kindOf(position)}`);
    });
  });
}

/**
 * Steps in single static assignment; a step of more than two operands is taken from the left. A step of one operand (a trace, a sum, a
 * transposition, as cotengra writes them where it simplifies) joins nothing, but what it makes has a number of its own.
 */
export function stepsOfSsa(path: Path, count: number): Steps {
  // Positions of the path to ours: a step of several operands makes several of ours, a step of one makes none.
  const made: (number | undefined)[] = Array.from({ length: count }, (_, k) => k);
  const steps: [number, number][] = [];
  path.forEach((step, k) => {
    if (step.length === 0) throw new NetworkError(`step ${k} of the path joins no operands; expected one or more`);
    const values = step.map((position) => {
      const value = Number.isSafeInteger(position) ? made[position] : undefined;
      if (value === undefined) {
        const why = position in made ? ', which an earlier step has used' : `; there are operands 0 to ${made.length - 1} then`;
        throw new NetworkError(`step ${k} of the path joins ${position}${why}`);
      }
      made[position] = undefined;
      return value;
    });
    const last = values.reduce((a, b) => {
      steps.push(a < b ? [a, b] : [b, a]);
      return count + steps.length - 1;
    });
    made.push(last);
  });
  checkSteps(steps, count);
  return steps;
}

/** Steps of a linear path. */
export function stepsOfLinear(path: Path, count: number): Steps {
  const list = Array.from({ length: count }, (_, k) => k);
  const ssa = path.map((step, k) => {
    const taken = step.map((position) => {
      const value = Number.isSafeInteger(position) ? list[position] : undefined;
      if (value !== undefined) return value;
      throw new NetworkError(`step ${k} of the path joins position ${position}; the list has positions 0 to ${list.length - 1} then`);
    });
    if (new Set(step).size < step.length) throw new NetworkError(`step ${k} of the path joins a position with itself`);
    for (const position of [...step].sort((a, b) => b - a)) list.splice(position, 1);
    list.push(count + k);
    return taken;
  });
  return stepsOfSsa(ssa, count);
}

/** The linear form of a tree; `[[0]]` for one operand. */
export function linearPath(steps: Steps, count: number): number[][] {
  if (count === 1) return [[0]];
  // Position of a value in the list: how many values below it are left. A tree of counts would be quicker; ten thousand operands do without.
  const list = Array.from({ length: count }, (_, k) => k);
  return steps.map(([a, b], k) => {
    const [first, second] = [search(list, Math.min(a, b)), search(list, Math.max(a, b))];
    list.splice(second, 1);
    list.splice(first, 1);
    list.push(count + k);
    return [first, second];
  });
}
/** Values in the list ascend. */
function search(list: readonly number[], value: number): number {
  let [low, high] = [0, list.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As opt_einsum takes it: each letter one character. */
export function toOptEinsum({ network, letters }: NamedNetwork): OptEinsumForm {
  const single = letters.every((letter) => [...letter].length === 1 && !',->. '.includes(letter));
  const symbol = (letter: number) => (single ? letters[letter] : symbolOf(letter));
  const text = (list: readonly number[]) => list.map(symbol).join('');
  return {
    equation: `${network.inputs.map(text).join(',')}->${text(network.output)}`,
    shapes: network.inputs.map((list) => list.map((letter) => network.sizes[letter])),
  };
}
/** Letters a to z, A to Z, then characters from 192 on that are no surrogates. */
function symbolOf(letter: number): string {
  if (letter < 26) return String.fromCharCode(97 + letter);
  if (letter < 52) return String.fromCharCode(65 + letter - 26);
  const code = 192 + letter - 52;
  return String.fromCodePoint(code < 0xd800 ? code : code + 0x800);
}

/** As cotengra takes it. */
export function toCotengra({ network, letters }: NamedNetwork): CotengraForm {
  const names = (list: readonly number[]) => list.map((letter) => letters[letter]);
  return {
    inputs: network.inputs.map(names),
    output: names(network.output),
    size_dict: Object.fromEntries(letters.map((letter, k) => [letter, network.sizes[k]])),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || Array.isArray(value)) return value === null ? 'null' : 'a list';
  return typeof value === 'object' ? 'an object' : `${typeof value === 'string' ? 'text' : `a ${typeof value}`} ${JSON.stringify(value)}`;
}
