/**
 * Smaller programs that still fail. Of a text: definitions, statements and lines go, and numbers become less, for as long as the checker
 * accepts what is left and the check fails. Of a program without a text: forms and outputs go, and nodes become inputs with their values.
 */
import { table } from '../../compiler/index.ts';
import { evaluate } from '../../compiler/values/evaluate.ts';
import type { Tensor } from '../../compiler/values/operation.ts';
import type { Node, Program, Source } from '../../compiler/values/program.ts';
import { context, type Form, type Instance } from './instance.ts';
import { modelOf, type Solved, settled, solved } from './instantiate.ts';

/** Whether the program still fails, and so may stand in the place of the larger one. */
export type Fails = (candidate: Solved) => boolean;

// of a text ----------------------------------------------------------------------------------------------------------------

/** From a program that fails; how many smaller ones were tried is what `fails` has seen. */
export function shrinkText(from: Solved, fails: Fails): Solved {
  const { instance } = from;
  const source = instance.source!;
  let best = from;
  const attempt = (text: string): boolean => {
    const candidate = accepted(text);
    if (candidate === undefined || !fails(candidate)) return false;
    best = candidate;
    return true;
  };
  const accepted = (text: string): Solved | undefined => {
    if (!text.includes(` ${source.name}`)) return undefined;
    try {
      const { dense: _, ...rest } = source;
      return settled(instance.sort as 'written', instance.seed, instance.size, { ...rest, text, model: modelOf(text, source.name) });
    } catch {
      return undefined;
    }
  };
  for (let before = ''; before !== best.instance.source!.text; ) {
    before = best.instance.source!.text;
    for (const part of partsOf(before)) attempt(without(best.instance.source!.text, part));
    for (const number of numbersOf(best.instance.source!.text)) attempt(number);
  }
  return best;
}

/** Pieces that may go, the largest first: what a pair of braces closes with the line that opens it, then single lines. */
function partsOf(text: string): string[] {
  const lines = text.split('\n');
  const blocks = lines.flatMap((line, from) => {
    const open = depth(line);
    if (open <= 0) return [];
    let [to, level] = [from, open];
    while (level > 0 && ++to < lines.length) level += depth(lines[to]);
    return [lines.slice(from, to + 1).join('\n')];
  });
  return [...blocks.sort((a, b) => b.length - a.length), ...lines.filter((line) => line.trim() !== '' && depth(line) === 0)];
}
const depth = (line: string): number => (line.match(/\{/g)?.length ?? 0) - (line.match(/\}/g)?.length ?? 0);
const without = (text: string, part: string): string => text.replace(`${part}\n`, '');

/** Texts with one number less: each whole number above 1 becomes 1, 2 or one less. */
function* numbersOf(text: string): Generator<string> {
  for (const match of text.matchAll(/(?<![\w.])\d+(?![\w.])/g)) {
    const value = Number(match[0]);
    for (const less of new Set([1, 2, value - 1])) {
      if (less >= 1 && less < value) yield text.slice(0, match.index) + less + text.slice(match.index + match[0].length);
    }
  }
}

// of a program -------------------------------------------------------------------------------------------------------------

export function shrinkProgram(from: Solved, fails: Fails): Solved {
  let best = from;
  const attempt = (forms: readonly Form[], values: Instance['values']): boolean => {
    const candidate = solved({ ...best.instance, forms, values });
    if (!fails(candidate)) return false;
    best = candidate;
    return true;
  };
  for (const form of best.instance.forms) if (attempt([form], best.instance.values)) break;
  for (let before = -1; before !== sizeOf(best.instance); ) {
    before = sizeOf(best.instance);
    for (const form of best.instance.forms) {
      for (const output of form.program.outputs) {
        const now = best.instance.forms.find(({ name }) => name === form.name)!;
        const outputs = now.program.outputs.filter((own) => own !== output);
        if (outputs.length > 0) attempt(changed(best.instance.forms, now, swept({ ...now.program, outputs })), best.instance.values);
      }
      for (let id = form.program.nodes.length - 1; id >= 0; id--) {
        const now = best.instance.forms.find(({ name }) => name === form.name)!;
        const cut = cutAt(now.program, id, best.instance.values);
        if (cut !== undefined) attempt(changed(best.instance.forms, now, cut.program), new Map([...best.instance.values, cut.value]));
      }
    }
  }
  return best;
}
const sizeOf = ({ forms }: Instance) => forms.reduce((sum, { program }) => sum + program.nodes.length, 0);
const changed = (forms: readonly Form[], form: Form, program: Program) => forms.map((own) => (own === form ? { ...form, program } : own));

/** The node as an input that has its value; nothing where it is a leaf already. */
function cutAt(
  program: Program,
  id: number,
  values: Instance['values'],
): { readonly program: Program; readonly value: readonly [string, Tensor] } | undefined {
  const node = program.nodes[id];
  if (node === undefined || node.inputs.length === 0) return undefined;
  let value: Tensor | undefined;
  evaluate(
    program,
    table,
    ({ name }) => values.get(name)!.data,
    context,
    (at, found) => {
      if (at === id) value = found;
    },
  );
  const name = `cut${id}`;
  if (value === undefined || values.has(name)) return undefined;
  const source: Source = { kind: 'input', name, rate: 'batch' };
  const leaf: Node = { operation: 'source', inputs: [], attributes: { ...source, type: node.type }, type: node.type, origin: node.origin };
  const rounded = { type: node.type, data: node.type.dtype === 'real' ? value.data.map(Math.fround) : value.data };
  return { program: swept({ ...program, nodes: program.nodes.with(id, leaf) }), value: [name, rounded] };
}

/** Without the nodes that no output needs. */
function swept({ nodes, outputs, name }: Program): Program {
  const needed = new Set<number>(outputs.map(({ value }) => value));
  for (let id = nodes.length - 1; id >= 0; id--) if (needed.has(id)) for (const input of nodes[id].inputs) needed.add(input);
  const kept = [...nodes.keys()].filter((id) => needed.has(id));
  const now = new Map(kept.map((id, k) => [id, k]));
  return {
    name,
    nodes: kept.map((id) => ({ ...nodes[id], inputs: nodes[id].inputs.map((input) => now.get(input)!) })),
    outputs: outputs.map((output) => ({ ...output, value: now.get(output.value)! })),
  };
}
