/**
 * Contraction with lookups, long sums, rows, random words and AdamW run on a Vulkan driver at two sizes from one set of pipelines and
 * agree with the reference: code is keyed by structure, sizes are data.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileStep, table } from '../../compiler/index.ts';
import type { Executable, OptimiserSpec } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { normals, streamKey } from '../../compiler/values/random.ts';
import type { Engine, Values } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { webgpuEngine } from '../../runtime/engine/webgpu/engine.ts';
import { worstError } from '../kernel/launch.ts';
import { gpuTests } from './device.ts';
import '../verified.ts';

/** Losses are sums: the divisor of a mean over an open axis is a number in the text of the kernel that divides. */
const programs = {
  'contraction with lookups': `
    model M(vocab = 40, width = 12) {
      axis batch, time <= 64
      input ids[batch, time] in vocab, next[batch, time] in vocab
      table: [vocab, width] ~ normal(0.5)
      head: linear[width -> vocab]
      loss l = sum(cross_entropy[vocab](head(table[ids]), next)) / 50
    }`,
  'long sums': `
    model M(width = 5) {
      axis batch, time <= 4096
      input x[batch, time, width]
      scale: [width] ~ normal(1)
      loss l = sum((scale * x) ^ 2) / 1000
    }`,
  'rows: softmax and layer norm': `
    model M(width = 8) {
      axis batch, time <= 128
      input x[batch, time, width]
      norm: layer_norm[width]
      up: linear[width -> width]
      fn scores(x[batch, time, width]) -> o[batch, time, width] {
        y = norm(x)
        k[batch, time', width] = up(y)
        s[batch, time, time'] = y * k
        a = softmax[time'](s where @time' <= @time)
        o[batch, time, width] = a * k
      }
      loss l = sum(scores(x) ^ 2) / 500
    }`,
  'random: dropout': `
    model M(width = 9) {
      axis batch, time <= 128
      input x[batch, time, width]
      up: linear[width -> width]
      loss l = sum(dropout(up(x), 0.4) ^ 2) / 500
    }`,
} as const;

function modelOf(text: string): Model {
  const { model, diagnostics } = check({ file: 'm.bond', text: `edition 1\n${text}`, load: () => undefined, name: 'M' });
  assert.ok(model, diagnostics.map(({ message }) => message).join('\n'));
  return model!;
}

function stepOf(model: Model, sizes: Readonly<Record<string, number>>): Executable {
  const optimiser: OptimiserSpec = {
    kind: 'adamw',
    clip: true,
    groups: [{ name: 'all', parameters: model.parameters.map(({ id }) => id) }],
  };
  return compileStep(model, { entries: [{ name: 'l', weight: 1 }], sizes, mode: 'train', optimiser }).batch;
}

const scalars: Readonly<Record<string, number>> = { 'rate/all': 1e-2, 'decay/all': 0.01, clip: 1, correction1: 0.1, correction2: 0.001 };

/** Two steps; the loss, and every parameter and moment afterwards. */
async function run(engine: Engine, executable: Executable): Promise<Map<string, Values>> {
  const { layout, places } = executable;
  const sizes = { persistent: layout.size, inputs: executable.sizes.inputs, results: executable.sizes.results };
  const spaces = {
    persistent: engine.allocate(sizes.persistent),
    inputs: engine.allocate(sizes.inputs),
    results: engine.allocate(sizes.results),
  };
  const spaceOf = (name: string) => spaces[name as keyof typeof spaces];
  for (const [key, { name, type, address }] of places) {
    if (address.space !== 'inputs' && !key.startsWith('parameter ')) continue;
    const noise = normals(streamKey([5, 6], name, 0), 1, address.length);
    const given = scalars[name];
    const values = type.dtype === 'real' ? noise : noise.map((x) => Math.floor(Math.abs(x) * 997) % 40);
    engine.write(spaceOf(address.space), address.offset, given === undefined ? values : [given], type.dtype);
  }
  const bound = (await engine.load(executable)).bind(spaces);
  for (const tick of [0, 1]) bound.run({ seed: [7, 8], tick });
  const found = new Map<string, Values>();
  for (const [key, { type, address }] of places) {
    if (!/^(parameter|state|result) /.test(key)) continue;
    found.set(key, await engine.read(spaceOf(address.space), address.offset, address.length, type.dtype));
  }
  return found;
}

/** Grows by the label of every pipeline that the device makes from now on. */
function pipelinesMade(device: GPUDevice): string[] {
  const made: string[] = [];
  const create = device.createComputePipelineAsync.bind(device);
  device.createComputePipelineAsync = (descriptor) => {
    made.push(descriptor.label ?? '');
    return create(descriptor);
  };
  return made;
}

const onGpu = await gpuTests();
for (const [name, text] of Object.entries(programs)) {
  onGpu(name, async ({ device }) => {
    const made = pipelinesMade(device);
    const model = modelOf(text);
    const engine = webgpuEngine(device);
    const long = name === 'long sums';
    const sizes = long
      ? [
          { batch: 2, time: 1500 },
          { batch: 3, time: 2777 },
        ]
      : [
          { batch: 2, time: 24 },
          { batch: 3, time: 37 },
        ];
    for (const [turn, size] of sizes.entries()) {
      const executable = stepOf(model, size);
      made.length = 0;
      const found = await run(engine, executable);
      assert.is(turn === 0 ? made.length > 0 : made.length, turn === 0 ? true : 0, 'a second size makes no pipeline');
      const expected = await run(referenceEngine(table), executable);
      for (const [key, values] of expected) {
        // At the first steps of Adam an update is the sign of the gradient: 1e-3 of the rate allows for gradients near 0.
        const worst = worstError(values, found.get(key)!);
        assert.ok(worst < 2e-4, `${key}: ${worst}`);
      }
    }
  });
}

test.run();
