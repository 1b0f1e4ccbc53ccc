/**
 * Where a number stopped being finite. The steps since the last state that was kept are run again, which gives the same bits, and the step that broke is
 * evaluated node by node on the host with the state that it started from.
 */
import { table } from '../../compiler/index.ts';
import { evaluate } from '../../compiler/values/evaluate.ts';
import type { Context, Tensor } from '../../compiler/values/operation.ts';
import type { Node, Program, Source } from '../../compiler/values/program.ts';
import type { Words } from '../../compiler/values/random.ts';
import { elements } from '../../compiler/values/shape.ts';
import type { Place } from '../../grammar/diagnostic.ts';
import type { State, TrainSession } from './session.ts';

/** Largest single-precision number: beyond it an f32 engine has infinity. */
const LARGEST = 3.4028234663852886e38;

export interface Diagnosis {
  /** Steps done before the broken one, which is number `step` + 1. */
  readonly step: number;
  readonly node: Node;
  /** The first value that is not finite, or that single precision cannot hold. */
  readonly value: number;
}
export interface DiagnosisRequest {
  readonly session: TrainSession;
  /** The step whose results were not finite, and an earlier one with the state before it. */
  readonly broken: number;
  readonly marked: number;
  readonly state: State;
  readonly seed: Words;
  readonly accumulate: number;
  /** An f32 engine: overflow counts. */
  readonly single: boolean;
}

/** Undefined where the evaluation in f64 finds nothing, as with an engine that is wrong. The session ends in an earlier state. */
export async function diagnose(request: DiagnosisRequest): Promise<Diagnosis | undefined> {
  const { session, broken, marked, state } = request;
  session.restore((name) => state.get(name));
  let before = state;
  for (let step = marked; step < broken; step++) {
    await session.step(step);
    const after = await session.state();
    if (firstNotFinite(after) !== undefined) return scan(request, step, before);
    before = after;
  }
  return scan(request, broken, before);
}

/** A member of the state that holds a value that is not finite, and the value. */
export function firstNotFinite(state: State): readonly [name: string, value: number] | undefined {
  for (const [name, values] of state) {
    const at = placeNotFinite(values);
    if (at >= 0) return [name, values[at]];
  }
  return undefined;
}

/** Numbers looked at together: their sum of zeros is 0, or something in them is not finite. */
const BLOCK = 4096;
/** Of the first number that is not finite, or -1. Runs over every value of a model at each checkpoint: no call for each of them. */
export function placeNotFinite(values: ArrayLike<number>): number {
  const { length } = values;
  for (let from = 0; from < length; from += BLOCK) {
    const to = Math.min(length, from + BLOCK);
    let zeros = 0;
    for (let k = from; k < to; k++) zeros += values[k] * 0;
    if (zeros === 0) continue;
    for (let k = from; k < to; k++) if (!Number.isFinite(values[k])) return k;
  }
  return -1;
}

/** All parts of the step in their order, on its micro-batches. */
function scan({ session, seed, accumulate, single }: DiagnosisRequest, step: number, state: State): Diagnosis | undefined {
  /** What parts hand on: folded values and sums. */
  const carried = new Map<string, Float64Array>();
  for (let micro = 0; micro < accumulate; micro++) {
    const { compiled, inputs, bits, constants } = session.inputsOf(step, micro);
    const { frozen, begin, batch, end } = compiled;
    const parts = [...(micro === 0 ? [frozen, begin] : []), batch, ...(micro === accumulate - 1 ? [end] : [])];
    const read = ({ kind, name }: Source, type: Tensor['type']): Float64Array => {
      if (kind === 'input' && Object.hasOwn(bits, name)) return Float64Array.of(bits[name] ? 1 : 0);
      const values = carried.get(`${kind} ${name}`) ?? (kind === 'input' ? inputs.get(name) : (state.get(name) ?? constants.get(name)));
      return values === undefined ? new Float64Array(elements(type.axes)) : Float64Array.from(values);
    };
    for (const part of parts) {
      const found = part && scanPart(part.program, read, { seed, tick: step * accumulate + micro }, single, carried);
      if (found !== undefined) return { step, ...found };
    }
  }
  return undefined;
}

/** Thrown by the visitor to end the evaluation at the first node that is not finite. */
class Found extends Error {
  readonly id: number;
  readonly value: number;
  constructor(id: number, value: number) {
    super('found');
    this.id = id;
    this.value = value;
  }
}

function scanPart(
  program: Program,
  read: (source: Source, type: Tensor['type']) => Float64Array,
  context: Context,
  single: boolean,
  carried: Map<string, Float64Array>,
) {
  try {
    const results = evaluate(program, table, read, context, (id, { data }) => {
      const value = data.find((entry) => !Number.isFinite(entry) || (single && Math.abs(entry) > LARGEST));
      if (value !== undefined) throw new Found(id, value);
    });
    for (const { output, value } of results)
      if (output.kind === 'folded' || output.kind === 'sum') carried.set(`${output.kind} ${output.name}`, value.data);
  } catch (error) {
    if (error instanceof Found) return { node: program.nodes[error.id], value: error.value };
    throw error;
  }
  return undefined;
}

/** `exp in block[1].attn (forward) gave Infinity`. */
function describeNode({ node, value }: Diagnosis): string {
  const source = node.operation === 'source' ? ` ${(node.attributes as Source).name}` : '';
  const where = node.origin.path === '' ? '' : ` in ${node.origin.path}`;
  return `${node.operation}${source}${where} (${node.origin.section}) gave ${value}`;
}

/** Where it began, in words. */
export function firstText(found: Diagnosis | undefined, describePlace?: (place: Place) => string): string {
  if (found === undefined) return 'evaluated in double precision the step is finite';
  const { place } = found.node.origin;
  const at = place === undefined || describePlace === undefined ? '' : ` at ${describePlace(place)}`;
  return `first in step ${found.step + 1}: ${describeNode(found)}${at}`;
}
