/** The API by its page: every example runs, in the order of the page; and what bad input gets. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BondsmithError, compileFunction, load } from '../../runtime/index.ts';
import { apiExamples, imagesProgram } from './examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith api é '));
test.after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'images.bond');
writeFileSync(file, imagesProgram);

const image = Array.from({ length: 40 }, (_, k) =>
  Array.from({ length: 4 }, (_, a) => Array.from({ length: 4 }, (_, b) => Math.sin(k + 4 * a + b))),
);
const label = Int32Array.from({ length: 40 }, (_, k) => k % 2);
const small = () => load(file, { variant: 'Small', engine: 'reference' });

test('the examples of docs/api.md run', async () => {
  const script = join(folder, 'examples.ts');
  writeFileSync(script, apiExamples(new URL('../../runtime/index.ts', import.meta.url).href));
  const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: folder });
  assert.equal(stdout.split('\n').slice(0, 5), [
    'true 1',
    "1 [ 3, 2 ] [ 'dark', 'light' ]",
    "[ 'second.weight.T[1]' ]",
    'SmallAdapted [ 1, 2 ]',
    '32',
  ]);
});

test('grad is the difference quotient of the loss', async () => {
  const model = await small();
  const { loss, gradients } = await model.grad('wrong', { image, label });
  const name = 'last.weight';
  const values = Float64Array.from(model.weights.get(name)!.data);
  for (const k of [0, 7, 31]) {
    const moved = values.slice();
    moved[k] += 1e-6;
    model.setWeight(name, moved);
    const { wrong } = await model.evaluate({ image, label });
    model.setWeight(name, values);
    assert.ok(Math.abs((wrong - loss) / 1e-6 - gradients.get(name)![k]) < 1e-4, `${k}`);
  }
});

test("a vector-Jacobian product with a cotangent of one's own is the difference quotient of the function along it", async () => {
  const model = await small();
  const cotangent = Float64Array.from({ length: 80 }, (_, k) => Math.cos(3 * k));
  const tape = model.tape();
  const given = { image: { shape: [40, 4, 4], data: image.flat(2) } };
  await tape.record(() => tape.backward(tape.call('forward', given).scores, cotangent));
  const products = await tape.gradients();
  const reading = async () => {
    const { scores } = await model.call('forward', { image });
    return scores.data.reduce((sum, value, k) => sum + value * cotangent[k], 0);
  };
  const name = 'second.weight.T[1]';
  const values = Float64Array.from(model.weights.get(name)!.data);
  const before = await reading();
  for (const k of [0, 5, 11]) {
    model.setWeight(name, values.with(k, values[k] + 1e-6));
    assert.ok(Math.abs(((await reading()) - before) / 1e-6 - products.get(name)![k]) < 1e-4, `${k}`);
    model.setWeight(name, values);
  }
  for (const [wrong, reason] of [
    [undefined, /or a real result and its cotangent/],
    [[1], /its cotangent has 1 numbers/],
    [cotangent.with(3, Number.NaN), /not finite/],
  ] as const)
    await tape
      .record(() => tape.backward(tape.call('forward', given).scores, wrong))
      .then(
        () => assert.unreachable(),
        (error: Error) => assert.match(error.message, reason),
      );
  await tape.release();
});

test('a loop on the tape takes the steps of fit', async () => {
  const settings = { optimiser: { kind: 'adamw', rate: 0.02 }, clip: 0 };
  const [fitted, own] = [await small(), await small()];
  await fitted.fit({ image, label }, { steps: 4, batch: 40, validation: { image, label }, config: settings });
  const tape = own.tape({ config: settings });
  const x = { shape: [40, 4, 4], data: image.flat(2) };
  const y = { shape: [40], data: label };
  for (let step = 0; step < 4; step++) {
    await tape.record(() => tape.backward(tape.call('wrong', { image: x, label: y }).wrong));
    await tape.step();
  }
  await own.take(tape);
  await tape.release();
  for (const [name, { data }] of fitted.weights)
    own.weights.get(name)!.data.forEach((value, k) => void assert.ok(Math.abs(value - data[k]) < 1e-9, `${name} ${k}`));
});

test("errors of the tape name the caller's places; what the caller gave gets no gradient", async () => {
  const model = await small();
  const tape = model.tape();
  const given = { image: { shape: [40, 4, 4], data: image.flat(2) }, label: { shape: [40], data: label } };
  const error = await tape
    .record(async () => {
      const { wrong } = tape.call('wrong', given);
      tape.backward(tape.call('wrong', given).wrong);
      await tape.step();
      tape.backward(wrong);
    })
    .then(
      () => undefined,
      (reason: Error) => reason,
    );
  assert.instance(error, BondsmithError);
  const places = [...error!.message.matchAll(/(\w+(?:\.\w+)*\.ts):\d+:\d+/g)].map(([, name]) => name);
  assert.equal(places, ['api.test.ts', 'api.test.ts'], error!.message);
  await tape.release();
  const { resolved } = model;
  const outputs = (gradients?: readonly string[]) =>
    compileFunction(resolved, 'wrong', { batch: 4 }, 'train', { gradients }).backward!.program.outputs.map(
      ({ kind, name }) => `${kind} ${name}`,
    );
  assert.ok(outputs().includes('gradient image'));
  assert.not.ok(outputs([]).includes('gradient image'));
});

test('rows, a signal, a callback that throws: nothing is lost', async () => {
  const model = await small();
  const rows = Array.from(label, (own, k) => ({ image: image[k], label: own }));
  const stop = new AbortController();
  const options = { steps: 50, batch: 8, onStep: ({ step }: { step: number }) => void (step === 3 && stop.abort()), signal: stop.signal };
  const result = await model.fit(rows, options);
  assert.equal([result.stopped, result.step], ['interrupted', 3]);
  const before = Float64Array.from(model.weights.get('last.weight')!.data);
  const failing = () => {
    throw new Error('as planned');
  };
  const error = await model.fit(rows, { steps: 5, batch: 8, onStep: failing }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, BondsmithError);
  assert.equal([(error as BondsmithError).code, (error as BondsmithError).message], ['callback', 'a callback threw: as planned']);
  assert.not.equal([...model.weights.get('last.weight')!.data], [...before]);
});

test('bad input is refused with one class of errors', async () => {
  const model = await small();
  const fit = (data: object) => model.fit(data as never, { steps: 1, batch: 8 });
  for (const [action, code, reason] of [
    [() => fit({ image }), 'data', /there is no column label/],
    [() => fit({ image, label: label.map(() => 2) }), 'data', /label has 2 at element 0/],
    [() => fit({ image: [], label: [] }), 'data', /./],
    [() => fit({ image: [[1, 2], [3]], label }), 'data', /row 2: image has 1 values where the first row has 2/],
    [() => fit({ image: image.map(() => [[Number.NaN]]), label }), 'data', /./],
    [
      () =>
        fit({
          image,
          label: [...label]
            .map(String)
            .with(3, 'x')
            .map((one, k) => (k < 3 ? ['a', 'b', 'c'][k] : one)),
        }),
      'data',
      /different labels, classes is 2/,
    ],
    [() => model.call('nosuch', {}), 'function', /has no function nosuch; it has forward/],
    [() => model.predict({ image: [[1]] }), 'function', /image has shape \[1, 1\], expected is image\[batch, rows, cols\]/],
    [async () => model.setWeight('nosuch', []), 'weight', /no parameter nosuch/],
    [async () => model.adapt('Nosuch', { target: 'last' }), 'refused', /./],
    [() => model.fit({ image, label }, { config: { optimizer: {} } }), 'settings', /did you mean `optimiser`/],
    [() => model.generate(), 'text', /was not fitted to a text/],
    [() => load(join(folder, 'none.bond')), 'file', /no such file/],
  ] as const) {
    const error = await (action as () => Promise<unknown>)().then(
      () => undefined,
      (found: unknown) => found,
    );
    assert.instance(error, BondsmithError, String(error));
    assert.is((error as BondsmithError).code, code, String(error));
    assert.match((error as BondsmithError).message, reason);
  }
});

test.run();
