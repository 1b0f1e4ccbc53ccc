/** The programs of the corpus, each from its sort, its seed and a size. */
import { builtProgram, check, differentiated, randomProgram, stepProgram, verifyAfter } from '../../compiler/index.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Tensor } from '../../compiler/values/operation.ts';
import type { Program } from '../../compiler/values/program.ts';
import { type Composed, compose } from './composed/compose.ts';
import { expectedOf, sensitivity } from './expected.ts';
import { drawInputs, drawWeights } from './inputs.ts';
import { type Form, type Instance, type Sort, sourcesOf, type Written } from './instance.ts';
import { randomFrom } from './random.ts';
import { write } from './written/model.ts';

/** `size`: about how many statements, or operations. The same seed, sort and size give the same program for ever. */
export function instanceOf(sort: Sort, seed: number, size: number): Solved {
  if (sort === 'operations') return solved(operationsOf(seed, size));
  return settled(sort, seed, size, sort === 'composed' ? composed(compose(seed, size)) : write(seed, size));
}

/** With what it gives, and how far single precision may be away from that. */
export interface Solved {
  readonly instance: Instance;
  readonly expected: ReadonlyMap<string, Tensor>;
  readonly single: number;
}
/** Single precision has seven digits: results may be away by thirty of its roundings as they go on through the program. */
export function solved(instance: Instance): Solved {
  const expected = expectedOf(instance);
  return { instance, expected, single: Math.max(2e-5, 30 * sensitivity(instance, expected, randomFrom(instance.seed))) };
}
/** Values are drawn until none of them stands at a jump, such as two scores of which the greater is taken; at most eight times. */
export function settled(sort: Exclude<Sort, 'operations'>, seed: number, size: number, source: Written): Solved {
  for (let draw = 0; ; draw++) {
    const found = solved(written(sort, seed, size, source, draw));
    if (found.single < 1e-2 || draw === 7) return found;
  }
}

/** From a text, with values of the seed: what `shrink` and readers of texts of their own use too. Throws Error where it is refused. */
export function written(sort: Exclude<Sort, 'operations'>, seed: number, size: number, source: Written, draw: number): Instance {
  const random = randomFrom(seed * 31 + 7 + draw * 1009);
  const { model, values: weights } = drawWeights(source.model, seed + draw * 2 ** 20, random);
  const inputs = drawInputs(model, source.sizes, random);
  const forms = formsOf(model, source.sizes);
  return { sort, seed, size, source: { ...source, model }, forms, values: withHostValues(forms, new Map([...weights, ...inputs])) };
}

/** What the checker makes of a text that stands alone. Throws Error with the first message where it is refused. */
export function modelOf(text: string, name: string): Model {
  const { model, diagnostics } = check({ file: 'program.bond', text, name, load: () => undefined });
  const wrong = diagnostics.find(({ severity }) => severity === 'error');
  if (model === undefined || wrong !== undefined) throw new Error(`${wrong?.code} ${wrong?.message}\n${text}`);
  return model;
}

/** Each entry that reads the model's inputs, in evaluation, as it is built and after all passes; each loss in training, with its gradients. */
function formsOf(model: Model, sizes: Readonly<Record<string, number>>): Form[] {
  const known = new Set(model.inputs.map(({ name }) => name));
  const entries = model.entries.filter(({ inputs }) => inputs.every(({ name }) => known.has(name)));
  return entries.flatMap(({ name, kind }): Form[] => {
    const options: StepOptions = { entries: [{ name, weight: 1 }], sizes, mode: 'eval' };
    const trained: StepOptions = { ...options, mode: 'train', phase: 'gradients' };
    const train = `train ${name}`;
    return [
      { name: `built ${name}`, gives: `eval ${name}`, program: builtProgram(model, options) },
      { name: `eval ${name}`, gives: `eval ${name}`, program: stepProgram(model, options, verifyAfter) },
      ...(kind === 'loss' ? [{ name: train, gives: train, program: stepProgram(model, trained, verifyAfter) }] : []),
    ];
  });
}

/** Host scalars of the first step: ramps begin at their first value, all gates are open. */
function withHostValues(forms: readonly Form[], values: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const all = new Map(values);
  for (const { source, type } of forms.flatMap(({ program }) => sourcesOf(program))) {
    if (all.has(source.name)) continue;
    const first = /^ramp\/(-?\d+):/.exec(source.name)?.[1];
    if (first !== undefined) all.set(source.name, { type, data: Float64Array.of(Number(first)) });
    else if (source.name.startsWith('gate/')) all.set(source.name, { type, data: Float64Array.of(1) });
  }
  return all;
}

function composed({ text, model, base, dense, drawn, last }: Composed): Written {
  const kinds = drawn.flatMap(({ kind, refused }) => (refused === undefined ? [kind] : []));
  const sizes = sizesOf(dense, base);
  const merges = !kinds.some((kind) => ['wrap', 'untie', 'replace'].includes(kind));
  return { text, name: last, model, sizes, dense: { model: dense, merges }, statements: kinds };
}

/** The open axes of a model at the sizes of its base. */
export function sizesOf(model: Model, { batch, open }: Composed['base']): Record<string, number> {
  return Object.fromEntries(
    model.axes.flatMap(({ id, name, size }) => (typeof size === 'number' || size.open !== id ? [] : [[name, open[name] ?? batch]])),
  );
}

function operationsOf(seed: number, size: number): Instance {
  const { program, values, wanted } = randomProgram(seed, size);
  const types = new Map(sourcesOf(program).map(({ source, type }) => [source.name, type]));
  const joint: Program = differentiated(program, wanted);
  return {
    sort: 'operations',
    seed,
    size,
    forms: [
      { name: 'eval', gives: 'eval', program },
      { name: 'train', gives: 'train', program: joint },
    ],
    values: new Map([...values].map(([name, data]) => [name, { type: types.get(name)!, data }])),
  };
}
