/** Functions of a model on the tape: the same loss and gradients as its step, and functions called one by one. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileStep, layoutOf, table } from '../../compiler/index.ts';
import { pickFrom, valuesFor } from '../../compiler/program/random-program.ts';
import { evaluate } from '../../compiler/values/evaluate.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { CallError } from '../../runtime/tape/functions.ts';
import { functionsOf } from '../../runtime/tape/model.ts';
import { TapeSession } from '../../runtime/tape/session.ts';
import { perceptron } from '../program/models.ts';
import { distance } from '../program/numbers.ts';

/** The perceptron with two functions more: `hide` gives [batch, hidden], `score` takes it. */
function model() {
  const maker = perceptron();
  const [batch, pixel, hidden] = [0, 1, 2];
  maker.entry('hide', 'function', (f) => f.apply('tanh', f.product([batch, hidden], f.weight(0), f.input('image', [batch, pixel]))));
  const made = maker.model();
  const [hide] = made.entries.filter((entry) => entry.name === 'hide');
  const own = { ...hide, inputs: hide.inputs.filter((input) => input.name === 'image') };
  return { ...made, entries: made.entries.map((entry) => (entry === hide ? own : entry)) };
}

const [batch, pixels] = [4, 6];
const image = valuesFor({ dtype: 'real', axes: [{ name: 'n', size: batch * pixels }] }, pickFrom(1));
const label = Float64Array.of(0, 2, 1, 2);

function start() {
  const made = model();
  const layout = layoutOf(made, undefined, true);
  const engine = referenceEngine(table);
  const session = new TapeSession({
    engine,
    functions: functionsOf(made, 'train', layout),
    persistent: engine.allocate(layout.size),
    layout,
    seed: [1, 2],
  });
  const values = new Map(
    made.parameters.map(({ names, legs }, k) => [names[0], valuesFor({ dtype: 'real', axes: legs }, pickFrom(k + 2))]),
  );
  for (const [name, data] of values) session.write(name, data);
  return { made, session, values };
}

test('loss and gradients of the tape are those of the step', async () => {
  const { made, session, values } = start();
  const { batch: step } = compileStep(made, {
    entries: [{ name: 'task', weight: 1 }],
    sizes: { batch },
    mode: 'train',
    phase: 'gradients',
  });
  const inputs = new Map([...values, ['image', image], ['label', label]] as const);
  const expected = new Map(
    evaluate(step.program, table, ({ name }) => inputs.get(name)!, { seed: [1, 2], tick: 0 }).map(({ output, value }) => [
      `${output.kind} ${output.name}`,
      value.data,
    ]),
  );
  const loss = await session.tape(() => {
    const { task } = session.call('task', { image: session.tensor(image, [batch, pixels]), label: session.tensor(label, [batch], 'int') });
    session.backward(task);
    return task.read();
  });
  assert.ok(distance(loss, expected.get('result loss')!) <= 1e-12);
  for (const name of values.keys()) {
    assert.ok(distance(await session.readMember(`${name}.gradient`), expected.get(`gradient ${name}`)!) <= 1e-12, name);
  }
});

test('a batch of another size is another table, and functions stand alone', async () => {
  const { session } = start();
  await session.tape(async () => {
    const { hide } = session.call('hide', { image: session.tensor(image, [batch, pixels]) });
    const { hide: half } = session.call('hide', { image: session.tensor(image.subarray(0, 2 * pixels), [2, pixels]) });
    const [all, some] = [await hide.read(), await half.read()];
    assert.is(all.length, batch * 4);
    assert.ok(distance(some, all.subarray(0, some.length)) <= 1e-15);
    assert.throws(
      () => session.call('hide', { image: session.tensor(label, [batch], 'int') }),
      (error: Error) => error instanceof CallError && /image is real\[batch pixel:6\], given is int\[axis0:4\]/.test(error.message),
    );
    assert.throws(() => session.call('classify', {}), /Test has no function classify; it has task, hide/);
  });
});

test.run();
