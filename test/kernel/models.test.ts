/** Whole training steps of models in the corpus: kernels, interpreted in f64, give the losses, gradients and states of `reference`. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import { check, stepPrograms } from '../../compiler/index.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Program, Source } from '../../compiler/values/program.ts';
import { inOrder } from '../../compiler/values/program.ts';
import { elements } from '../../compiler/values/shape.ts';
import { randomArray, randomInts } from '../program/run.ts';
import { checkProgram } from './check.ts';

const corpus = (path: string) => readFileSync(new URL(`../corpus/${path.replace('./', '')}`, import.meta.url), 'utf8');
const text = `edition 1
use bert { Bert }
use t5 { T5 }
use "./models.bond" { CharGpt, ConvNet }
variant Dense of CharGpt(vocab = 6, width = 8, heads = 2, depth = 2, inner = 12, context = 5) {}
variant Cores of CharGpt(vocab = 6, width = 8, heads = 2, depth = 2, inner = 12, context = 5) {
  decompose block[*].{query, key, value, mix} as mpo[4*2, 2*4](b = 2)
  decompose block[*].up as mpo[4*3, 2*4](b = 3)
  decompose block[*].down as mpo[2*4, 4*3](b = 3)
  decompose embed as mpo[padded 4*2, 4*2](b = 2)
}
variant TinyBert of Bert(vocab = 7, width = 8, heads = 2, depth = 1, inner = 6, context = 5, classes = 3) {}
variant TinyT5 of T5(vocab = 7, width = 8, heads = 2, e = 3, depth = 1, inner = 6, buckets = 4) {}
model Looked(vocab = 12, width = 16) {
  axis batch, time
  input ids[batch, time] in vocab, next[batch, time] in vocab
  embed: [vocab, width] ~ normal(0.3)
  up: linear[width -> width]
  head: linear[width -> vocab](biased = false)
  loss next_token {
    x = embed[ids]
    next_token = mean(cross_entropy[vocab](head(x + relu(up(x))), next))
  }
}
model TinyMixture(width = 8, inner = 16, classes = 3) {
  axis batch, time
  input x[batch, time, width], label[batch] in classes
  ffn: mixture[width, expert = 4, pick = 2](body = mlp[width, inner], router = switch(balance = 0.01, capacity = 1.25))
  cores: mlp[width, inner]
  last: linear[width -> classes]
  loss task {
    y = x + ffn(x)
    task = mean(cross_entropy[classes](last(mean[time](y + cores(y))), label))
  }
}
variant TinyMpoe of TinyMixture {
  wrap cores in mixture[width, expert = 3, pick = 1](router = switch(balance = 0.01))
  decompose cores.each[*].up as mpo[4*2*2, 2*2*2](b = 4)
  decompose cores.each[*].down as mpo[2*2*2, 2*2*4](b = 4)
  share central of cores.each[x].{up, down} over x
  train central of cores with probability 0.5
}
variant TinyConv of ConvNet(channels = 2, wide = 3, rows = 3, cols = 4, classes = 3) {}
`;
const cases: readonly (readonly [variant: string, loss: string])[] = [
  ['Dense', 'next_token'],
  ['Cores', 'next_token'],
  ['TinyBert', 'masked'],
  ['TinyT5', 'translate'],
  ['TinyConv', 'task'],
  ['TinyMixture', 'task'],
  ['TinyMpoe', 'task'],
  ['Looked', 'next_token'],
];

function modelOf(name: string): Model {
  const result = check({ file: 'tiny.bond', text, load: corpus, name });
  if (result.model === undefined) throw new Error(result.diagnostics.map(({ code, message }) => `${code} ${message}`).join('\n'));
  return result.model;
}

/** Ids and bits in range, gains near 1, second moments positive, host scalars below 1. */
function valuesOf(model: Model, program: Program): Map<string, Float64Array> {
  const values = new Map<string, Float64Array>();
  program.nodes.forEach(({ operation, attributes, type }, k) => {
    if (operation !== 'source') return;
    const { kind, name } = attributes as Source;
    const count = elements(type.axes);
    const parameter = model.parameters.find(({ names }) => names[0] === name);
    const input = model.inputs.find((own) => own.name === name);
    const below = input?.index === undefined ? 2 : (model.axes[input.index].size as number);
    if (type.dtype !== 'real') values.set(name, type.axes.length === 0 ? Float64Array.of(1) : randomInts(count, below, k + 1));
    else if (type.axes.length === 0) values.set(name, Float64Array.of(0.3));
    else if (kind === 'state') values.set(name, randomArray(count, k + 1, 0.1).map(Math.abs));
    else
      values.set(
        name,
        randomArray(count, k + 1, 0.5).map((x) => x + (parameter?.init.law.is === 'ones' ? 1 : 0)),
      );
  });
  return values;
}

for (const [variant, loss] of cases) {
  test(`${variant}, loss ${loss}`, () => {
    const model = modelOf(variant);
    const open = model.axes.filter(({ size }) => typeof size !== 'number');
    const sizes = Object.fromEntries(open.map(({ name }) => [name, name === 'batch' ? 2 : 5]));
    const parameters = model.parameters.filter(({ update }) => !update.frozen).map(({ id }) => id);
    const optimiser: StepOptions['optimiser'] = { kind: 'adamw', clip: true, groups: [{ name: 'all', parameters }] };
    const entries = [{ name: loss, weight: 1 }];
    const steps: readonly StepOptions[] = [
      { entries, sizes, mode: 'train', optimiser },
      { entries, sizes, mode: 'train', optimiser, accumulate: 3 },
      { entries, sizes, mode: 'train', phase: 'gradients' },
      { entries, sizes, mode: 'eval' },
    ];
    for (const options of steps) for (const part of inOrder(stepPrograms(model, options))) checkProgram(part, valuesOf(model, part));
  });
}

test.run();
