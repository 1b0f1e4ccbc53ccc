/**
 * `node test/export/cases.ts FOLDER [NAME ...]`: every model and variant of the corpus at small sizes as a file of PyTorch, with weights,
 * as files of ONNX, inputs, and what the reference engine makes of them in f64: results of all entries, the losses in training and their gradients where
 * nothing is drawn. `check_pytorch.py FOLDER` holds torch against it, `check_onnx.py FOLDER`
 * onnxruntime.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NotSayable, printPytorch, stepProgram } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { TensorToStore } from '../../runtime/checkpoint/safetensors.ts';
import { encodeTensors } from '../../runtime/checkpoint/safetensors.ts';
import { onnxFiles } from '../../runtime/cli/build/onnx.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { modelOf } from '../check/program.ts';
import { corpusText, corpusVariants, examples, variantsText } from '../corpus/programs.ts';
import { run, type Values } from '../program/run.ts';

export interface Case {
  readonly name: string;
  readonly model: Model;
  readonly inputs: readonly TensorToStore[];
  readonly sizes: Readonly<Record<string, number>>;
}

interface Expected {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Variants of the corpus at small sizes, one batch each. */
export function corpusCases(wanted: readonly string[] = []): Case[] {
  return corpusVariants('small')
    .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
    .map(({ name, set, batch, open }) => {
      const source = name === 'Images' ? { source: new Set(['first.weight', 'second.weight']) } : {};
      const model = modelOf(variantsText('small'), name, { set, ...source, load: () => corpusText('models.bond') });
      const rows = examples(model, { set, batch, open }).map(({ name: input, shape, data }) => {
        const fixed = model.inputs.find((own) => own.name === input)!.axes.every((axis) => model.axes[axis].name !== 'batch');
        const length = fixed ? data.length : data.length / 10;
        return { name: input, shape: fixed ? shape : [shape[0] / 10, ...shape.slice(1)], data: data.slice(0, length) };
      });
      return { name, model, inputs: rows as TensorToStore[], sizes: { batch, ...open } };
    });
}

/** What other libraries should give: tensors named `eval ENTRY`, `train LOSS`, `gradient LOSS PARAMETER`; `results`: the first alone. */
export function expectationsOf({ model, inputs, sizes }: Case, weights: Values, what: 'all' | 'results' = 'all'): Expected[] {
  const values: Values = {
    ...weights,
    ...Object.fromEntries(inputs.map(({ name, data }) => [name, Float64Array.from(data as Float64Array)])),
  };
  const read = (name: string) => model.inputs.some((input) => input.name === name);
  const entries = model.entries.filter((entry) => entry.inputs.every(({ name }) => read(name)));
  const found: Expected[] = [];
  const keep = (name: string, data: Float64Array) => found.push({ name, shape: [data.length], data });
  for (const entry of entries) {
    const outputs = run(stepProgram(model, { entries: [{ name: entry.name, weight: 1 }], sizes, mode: 'eval' }), values);
    for (const { name } of entry.eval.results) {
      const key = entry.eval.results.length === 1 ? entry.name : `${entry.name}.${name}`;
      keep(`eval ${key}`, outputs[`result ${key}`]);
    }
    const draws = entry.train.statements.some(({ expression }) => expression.is === 'draw');
    if (what === 'results' || entry.kind !== 'loss' || draws) continue;
    const step = run(stepProgram(model, { entries: [{ name: entry.name, weight: 1 }], sizes, mode: 'train', phase: 'gradients' }), values);
    keep(`train ${entry.name}`, step['result loss']);
    for (const [key, data] of Object.entries(step)) if (key.startsWith('gradient ')) keep(`gradient ${entry.name} ${key.slice(9)}`, data);
  }
  if (what === 'results') return found;
  const losses = stepLosses({ name: '', model, inputs, sizes }, values);
  if (losses !== undefined) keep('steps', losses);
  return found;
}

/** Losses of ten steps of AdamW on one batch, of the first loss; undefined where something is drawn or scheduled. */
function stepLosses({ model, sizes }: Case, start: Values): Float64Array | undefined {
  const loss = model.entries.find(({ kind }) => kind === 'loss')!;
  const drawn = loss.train.statements.some(({ expression }) => expression.is === 'draw');
  if (drawn || model.schedule.length + model.gates.length > 0) return undefined;
  const parameters = model.parameters.filter(({ update }) => !update.frozen);
  const optimiser = { kind: 'adamw', clip: false, groups: [{ name: 'all', parameters: parameters.map(({ id }) => id) }] } as const;
  const program = stepProgram(model, { entries: [{ name: loss.name, weight: 1 }], sizes, mode: 'train', optimiser });
  const values: Values = { ...start };
  for (const { names } of parameters)
    for (const state of ['m', 'v']) values[`${names[0]}.${state}`] = new Float64Array(values[names[0]].length);
  return Float64Array.from({ length: 10 }, (_, k) => {
    const host = { 'rate/all': 1e-3, 'decay/all': 0.01, correction1: 1 - 0.9 ** (k + 1), correction2: 1 - 0.999 ** (k + 1) };
    for (const [name, value] of Object.entries(host)) values[name] = Float64Array.of(value);
    const outputs = run(program, values);
    for (const [key, value] of Object.entries(outputs)) if (key.startsWith('state ')) values[key.slice(6)] = value;
    return outputs['result loss'][0];
  });
}

/** What a weight is whose values a checkpoint gives. */
export function given(path: string, model: Model) {
  const weight = model.weights.find((own) => own.path === path)!;
  const shape = weight.axes.map(({ size }) => size);
  return { shape, data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(k) / 8) };
}

async function write(folder: string, one: Case): Promise<void> {
  const { model: values, values: tensors } = initialise(one.model, [7, 0], (path) => given(path, one.model));
  const own = { ...one, model: values };
  const weights = values.parameters.map(({ names, legs }, id) => ({
    name: names[0],
    shape: legs.map(({ size }) => size),
    data: tensors[id].data,
  }));
  mkdirSync(join(folder, one.name), { recursive: true });
  const file = (name: string) => join(folder, one.name, name);
  const whole = own.model.entries.map((entry) => entry.name);
  const { files } = await onnxFiles({
    model: values,
    values: tensors,
    seeded: [7, 0],
    planned: new Map(Object.entries(one.sizes)),
    entries: whole,
  });
  for (const [name, content] of files) if (name !== 'README.md') nodeFiles().replace(file(name), content);
  const { model: text, training, root } = printPytorch(values);
  writeFileSync(file('model.py'), text);
  writeFileSync(file('train.py'), training);
  nodeFiles().replace(file('weights.safetensors'), encodeTensors(weights));
  nodeFiles().replace(file('inputs.safetensors'), encodeTensors(own.inputs));
  const byName = Object.fromEntries(weights.map(({ name, data }) => [name, data]));
  nodeFiles().replace(file('expected.safetensors'), encodeTensors(expectationsOf(own, byName)));
  const results = values.entries.map(({ name, kind, inputs, eval: body }) => ({
    name,
    kind,
    inputs: inputs.map((input) => ({ name: input.name, type: input.type })),
    results: body.results.map((result) => result.name),
  }));
  writeFileSync(file('entries.json'), JSON.stringify({ root, entries: results }, null, 1));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, ...names] = process.argv.slice(2);
  for (const one of corpusCases(names)) {
    try {
      await write(folder, one);
      console.log(one.name);
    } catch (error) {
      if (!(error instanceof NotSayable)) console.log(`${one.name}: FAILED`, error);
      else console.log(`${one.name}: ${error.message}`);
    }
  }
}
