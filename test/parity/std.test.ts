/**
 * Functions and layers of the standard library against PyTorch: outputs, and gradients of what comes in. test/fixtures/std/make.py made
 * the results; values come from one integer hash that stands in both.
 */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkText, modelOf, rendered } from '../check/program.ts';
import { evaluation } from '../program/build.ts';
import { largestDifference, run, verifiedStep } from '../program/run.ts';
import { hashed } from './hashed.ts';

interface Run {
  readonly name: string;
  readonly kind: 'rows' | 'loss' | 'label' | 'image';
  readonly shape: readonly number[];
  readonly y: readonly number[];
  readonly gradient: readonly number[];
}
const fixture: { readonly runs: readonly Run[] } = JSON.parse(readFileSync(new URL('../fixtures/std/std.json', import.meta.url), 'utf8'));

/** Functions whose rows are told their axis, and those of single values. */
const overAxis = ['log_softmax', 'kl_divergence', 'cosine_similarity'];
const layers: Readonly<Record<string, string>> = {
  group_norm: 'group_norm[channels, row, col](groups = 2)',
  instance_norm: 'instance_norm[channels, row, col]',
};

function rowProgram({ name, kind, shape }: Run): string {
  const axes = shape.length === 1 ? 'rows' : 'rows, classes';
  const call = `${name}${kind === 'label' || overAxis.includes(name) ? '[classes]' : ''}`;
  const second = { rows: '', loss: ', target', label: `, @rows mod classes`, image: '' }[kind];
  return `edition 1
model M(rows = 5, classes = 4) {
  input slope[${axes}], target[rows, classes]
  x: [rows, classes] ~ zeros
  fn f(target[rows, classes]) -> y[${axes}] { y = ${call}(x${second}) }
  loss l = sum(f(target) * slope)
}`;
}

function imageProgram({ name, shape }: Run): string {
  const [, maps, high, wide] = shape;
  const pool = name.endsWith('_pool');
  const [, layer, options = ''] = /^(\w+)(\(.*\))?$/.exec(name)!;
  const strided = layer === 'strided_conv';
  const kernel = layer!.endsWith('conv') ? `${layer}[channels -> maps, row, col${strided ? ', high, wide' : ''}]${options}` : '';
  const used = layers[name] ?? (pool ? `${name}[row, col, high, wide]` : kernel);
  const result =
    layers[name] !== undefined ? 'channels, row, col' : pool ? 'channels, high, wide' : strided ? 'maps, high, wide' : 'maps, row, col';
  return `edition 1
model M(batch = 2, channels = 4, maps = ${maps}, tall = 5, row = ${pool ? 4 : 5}, col = 6, high = ${high}, wide = ${wide}) {
  input slope[batch, ${result}]
  x: [batch, channels, tall, col] ~ zeros
  part: ${used}
  fn f(slope[batch, ${result}]) -> y[batch, ${result}] { y = part(x[tall = @row]) }
  loss l = sum(f(slope) * slope)
}`;
}

for (const one of fixture.runs) {
  test(`${one.name}: outputs and gradients`, () => {
    const model = modelOf(one.kind === 'image' ? imageProgram(one) : rowProgram(one));
    const size = (legs: readonly { size: number }[]) => legs.reduce((product, leg) => product * leg.size, 1);
    const streams: Readonly<Record<string, number>> = { x: 1, 'part.weight': 3, 'part.offset': 4 };
    const given = model.parameters.map(({ names: [name], legs }) => {
      const norm = name === 'part.gain' ? 1 : 0;
      return [name, streams[name] === undefined ? new Float64Array(size(legs)).fill(norm) : hashed(streams[name], size(legs))] as const;
    });
    const target = hashed(2, 20).map((value) => (value + 1) / 2);
    const values = { ...Object.fromEntries(given), target, slope: hashed(9, one.y.length) };
    const apart = largestDifference(run(verifiedStep(model, evaluation('f')), values)['result f'], one.y);
    assert.ok(apart < 1e-11, `outputs differ by ${apart}`);
    const step = verifiedStep(model, { entries: [{ name: 'l', weight: 1 }], sizes: {}, mode: 'train', phase: 'gradients' });
    const slopes = largestDifference(run(step, values)['gradient x'], one.gradient);
    assert.ok(slopes < 1e-11, `gradients differ by ${slopes}`);
  });
}

test('a strided convolution is two windows, and says what the result has to be where it is another', () => {
  const strided = fixture.runs.find(({ name }) => name === 'strided_conv')!;
  const { nodes } = verifiedStep(modelOf(imageProgram(strided)), evaluation('f'));
  assert.is(nodes.filter(({ operation }) => operation === 'window').length, 2);
  const wrong = checkText(imageProgram(strided).replace('high = 3', 'high = 4'));
  assert.match(rendered(wrong), /high is \(row \+ 2 \* padding - dilation \* \(size - 1\) - 1\) div stride \+ 1/);
});

test.run();
