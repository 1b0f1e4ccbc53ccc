/**
 * Convolutions against PyTorch's conv2d: outputs, and gradients of image, kernel and cores, for every padding, stride and dilation that
 * positions can say, with dense kernels, `conv_cp` and `conv_tucker`. test/fixtures/convolution/make.py made the results; values come from
 * one integer hash that stands in both.
 */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelOf } from '../check/program.ts';
import { evaluation } from '../program/build.ts';
import { largestDifference, run, verifiedStep } from '../program/run.ts';
import { hashed } from './hashed.ts';

interface Run {
  readonly case: string;
  readonly kernel: 'dense' | 'conv_cp' | 'conv_tucker';
  readonly shape: readonly number[];
  readonly y: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}
const fixture: { readonly runs: readonly Run[] } = JSON.parse(
  readFileSync(new URL('../fixtures/convolution/conv2d.json', import.meta.url), 'utf8'),
);

/** What stands outside the image is 0; a tap moves the position that is read. */
const cases: Readonly<Record<string, { kernel: string; axes: string; row: string; col: string }>> = {
  same: { kernel: 'high = 3, wide = 3', axes: 'r = row, c = col', row: '@r + @dr - 1 else 0', col: '@c + @dc - 1 else 0' },
  valid: { kernel: 'high = 3, wide = 2', axes: 'r = row - 2, c = col - 1', row: '@r + @dr', col: '@c + @dc' },
  full: {
    kernel: 'high = 3, wide = 2',
    axes: 'r = row + 2, c = col + 1',
    row: '@r + @dr - 2 else 0',
    col: '@c + @dc - 1 else 0',
  },
  even: { kernel: 'high = 2, wide = 2', axes: 'r = row, c = col', row: '@r + @dr - 1 else 0', col: '@c + @dc - 1 else 0' },
  strided: {
    kernel: 'high = 3, wide = 3',
    axes: 'r = (row + 1) div 2, c = col - 2',
    row: '2 * @r + @dr - 1 else 0',
    col: '@c + @dc',
  },
  dilated: {
    kernel: 'high = 3, wide = 2',
    axes: 'r = row, c = col',
    row: '@r + 2 * @dr - 2 else 0',
    col: '@c + @dc - 1 else 0',
  },
};
const uses = { dense: '', conv_cp: 'decompose w as conv_cp(r = 3)', conv_tucker: 'decompose w as conv_tucker(p = 2, q = 2)' };

function modelFor({ case: name, kernel }: Run) {
  const { kernel: sizes, axes, row, col } = cases[name];
  const text = `edition 1
model Filter(into = 2, maps = 3, row = 5, col = 4, ${sizes}) {
  axis batch = 2, dr = high, dc = wide, ${axes}
  input slope[batch, maps, r, c]
  image: [batch, into, row, col] ~ zeros
  w: [maps, into, dr, dc] ~ normal(1)
  fn filtered(slope[batch, maps, r, c]) -> y[batch, maps, r, c] {
    y[batch, maps, r, c] = w * image[row = ${row}, col = ${col}]
  }
  loss slanted = sum(filtered(slope) * slope)
}
variant Used of Filter { ${uses[kernel]} }`;
  return modelOf(text, 'Used');
}

for (const one of fixture.runs) {
  test(`${one.case}, ${one.kernel}: outputs and gradients`, () => {
    const model = modelFor(one);
    const stream = (name: string) => (name === 'image' ? 1 : 10 + Object.keys(one.gradients).indexOf(name) - 1);
    const parameters = model.parameters.map(({ names: [name], legs }) => {
      const size = legs.reduce((product, leg) => product * leg.size, 1);
      return [name, hashed(stream(name), size)] as const;
    });
    assert.equal(parameters.map(([name]) => name).sort(), Object.keys(one.gradients).sort());
    const values = { ...Object.fromEntries(parameters), slope: hashed(2, one.y.length) };
    const found = run(verifiedStep(model, evaluation('filtered')), values)['result filtered'];
    assert.ok(largestDifference(found, one.y) < 1e-11, `outputs differ by ${largestDifference(found, one.y)}`);
    const step = verifiedStep(model, { entries: [{ name: 'slanted', weight: 1 }], sizes: {}, mode: 'train', phase: 'gradients' });
    const outputs = run(step, values);
    for (const [name, expected] of Object.entries(one.gradients)) {
      const apart = largestDifference(outputs[`gradient ${name}`], expected);
      assert.ok(apart < 1e-11, `gradient of ${name} differs by ${apart}`);
    }
  });
}

test('where the result is as long as the image, both axes are read through windows', () => {
  for (const name of ['same', 'even']) {
    const model = modelFor(fixture.runs.find((one) => one.case === name)!);
    const { nodes } = verifiedStep(model, evaluation('filtered'));
    assert.is(nodes.filter(({ operation }) => operation === 'window').length, 2, name);
  }
});

test.run();
