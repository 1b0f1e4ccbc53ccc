/** Data from tensors: checked against the inputs, every example once an epoch, the last tenth held out. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { examplesOf, tensorFeed } from '../../runtime/data/tensors.ts';
import { imageModel, modelWith } from './models.ts';

const count = 25;
const image = Float64Array.from({ length: count * 2 }, (_, k) => k);
const label = Int32Array.from({ length: count }, (_, k) => k % 3);
const tensors = (change: Record<string, { shape: number[]; data: ArrayLike<number> }> = {}) =>
  new Map(Object.entries({ image: { shape: [count, 2], data: image }, label: { shape: [count], data: label }, ...change }));
const examples = examplesOf(imageModel, tensors(), 'd.safetensors');

test('every training example once an epoch, in an order of its own', () => {
  const feed = tensorFeed({ model: imageModel, examples, batch: 5, seed: [3, 0] });
  assert.is(feed.batchesPerEpoch, 4);
  const epoch = (number: number) =>
    Array.from({ length: 4 }, (_, k) => {
      const { image: rows, label: labels } = feed.train(number * 4 + k);
      return Array.from({ length: 5 }, (_, row) => {
        assert.is(rows[row * 2 + 1], rows[row * 2] + 1);
        assert.is(labels[row], (rows[row * 2] / 2) % 3);
        return rows[row * 2] / 2;
      });
    }).flat();
  const first = epoch(0);
  assert.is(new Set(first).size, 20);
  assert.ok(first.every((example) => example < 23));
  assert.not.equal(epoch(1), first);
  assert.equal(epoch(0), first);
});

test('validation: the last tenth, or a file of its own', () => {
  const own = tensorFeed({ model: imageModel, examples, batch: 5, seed: [3, 0] }).validation;
  assert.equal(own.sizes, { batch: 2 });
  assert.equal([own.rows, own.perBatch, own.axis], [2, 2, 'batch']);
  assert.equal([...(own.batch(0, 2).image as Float64Array)], [46, 47, 48, 49]);
  // Behind the last row it comes again.
  assert.equal([...(own.batch(1, 2).image as Float64Array)], [48, 49, 48, 49]);
  const other = tensorFeed({ model: imageModel, examples, held: examples, batch: 5, seed: [3, 0] }).validation;
  assert.equal([other.rows, other.perBatch], [25, 5]);
});

test('refusals name tensor, shape, place and value', () => {
  const refuses = (change: Parameters<typeof tensors>[0], reason: RegExp) =>
    assert.throws(() => examplesOf(imageModel, tensors(change), 'd.safetensors'), reason);
  refuses({ image: { shape: [count, 3], data: new Float64Array(75) } }, /d.safetensors: tensor image has shape \[25, 3\], but rows is 2/);
  refuses({ label: { shape: [24], data: new Int32Array(24) } }, /tensor label has shape \[24\], but batch is 25/);
  refuses({ label: { shape: [count, 1], data: label } }, /the input is label\[batch\] in classes/);
  refuses({ label: { shape: [count], data: label.map((value) => value + 1) } }, /label has 3 at element 2.*\(classes is 3\)/);
  refuses({ label: { shape: [count], data: new Float64Array(count).fill(0.5) } }, /label has 0.5 at element 0/);
  refuses({ image: { shape: [count, 2], data: new Float64Array(50).fill(Number.NaN) } }, /image has NaN at element 0/);
  assert.throws(() => tensorFeed({ model: imageModel, examples, batch: 24, seed: [0, 0] }), /24 is more than the 23 examples/);
  const fixed = modelWith([['rows', 2]], [{ name: 'image', axes: [0], type: 'real' }]);
  assert.throws(() => examplesOf(fixed, tensors(), 'd'), /must begin with one open axis; they are image\[rows\]/);
});

test.run();
