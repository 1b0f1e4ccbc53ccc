/** A program as JSON for readers that share no code with ours, and the schema of it (docs/corpus.md). */
import * as v from 'valibot';
import { table } from '../../compiler/index.ts';
import type { Node, Program, Source } from '../../compiler/values/program.ts';
import type { Form } from './instance.ts';

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const axis = v.strictObject({ name: v.string(), size: whole });
const type = v.strictObject({ dtype: v.picklist(['real', 'int', 'bit']), axes: v.array(axis) });
const node = v.strictObject({
  /** A key of the table of operations in docs/reference.md. */
  operation: v.picklist([...table.keys()].filter((name) => name !== 'call')),
  /** Positions of nodes before this one. */
  inputs: v.array(whole),
  /** What the operation needs beyond its inputs, as `compiler/values/program.ts` says; no positions inside. */
  attributes: v.record(v.string(), v.unknown()),
  type,
  /** The layer that it comes from. */
  path: v.string(),
  section: v.picklist(['forward', 'backward', 'update']),
});
const output = v.strictObject({ kind: v.picklist(['result', 'gradient']), name: v.string(), value: whole });
const form = v.strictObject({
  name: v.string(),
  /** The form whose expected values these outputs have: `expected[GIVES/KIND NAME]`. */
  gives: v.string(),
  nodes: v.array(node),
  outputs: v.array(output),
});
/** What `program.json` holds. */
export const programSchema = v.strictObject({
  format: v.literal(1),
  /** Of random numbers: Threefry-2x32 with this key (docs/corpus.md). */
  seed: v.strictTuple([whole, whole]),
  tick: whole,
  forms: v.array(form),
});
export type ProgramJson = v.InferOutput<typeof programSchema>;

export function programJson(
  forms: readonly Form[],
  { seed, tick }: { readonly seed: readonly [number, number]; readonly tick: number },
): ProgramJson {
  return { format: 1, seed: [...seed], tick, forms: forms.map(({ name, gives, program }) => ({ name, gives, ...bodyOf(program) })) };
}

function bodyOf({ nodes, outputs }: Program): Pick<ProgramJson['forms'][number], 'nodes' | 'outputs'> {
  return {
    nodes: nodes.map(nodeOf),
    outputs: outputs.flatMap(({ kind, name, value }) => (kind === 'result' || kind === 'gradient' ? [{ kind, name, value }] : [])),
  };
}
function nodeOf({ operation, inputs, attributes, type: own, origin }: Node): ProgramJson['forms'][number]['nodes'][number] {
  const plain = operation === 'source' ? sourceOf(attributes as Source) : withoutType(attributes as Record<string, unknown>);
  return {
    operation,
    inputs: [...inputs],
    attributes: plain,
    type: { dtype: own.dtype, axes: own.axes.map(({ name, size }) => ({ name, size })) },
    path: origin.path,
    section: origin.section,
  };
}
const sourceOf = ({ kind, name }: Source) => ({ kind, name });
/** The type of a constant is that of its node. */
function withoutType({ type: _, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return rest;
}
