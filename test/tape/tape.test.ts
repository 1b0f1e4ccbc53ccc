/** The tape: equal to the whole program, control flow on values, versions, memory, errors. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Builder } from '../../compiler/program/builder.ts';
import { differentiate } from '../../compiler/program/differentiate.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { pickFrom, valuesFor } from '../../compiler/program/random-program.ts';
import { evaluate } from '../../compiler/values/evaluate.ts';
import type { Id } from '../../compiler/values/program.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { CallError } from '../../runtime/tape/functions.ts';
import type { Handle } from '../../runtime/tape/handle.ts';
import { TapeError } from '../../runtime/tape/record.ts';
import { axis, real } from '../program/gradients.ts';
import { distance } from '../program/numbers.ts';
import { argumentsOf, descent, functionNames, inline, resultsOf, sessionWith, WIDTH } from './functions.ts';

/** A call of a sequence: arguments are positions among the values so far. */
interface Call {
  readonly name: string;
  readonly of: readonly number[];
}
function sequence(seed: number): { batch: number; inputs: Float64Array[]; calls: Call[] } {
  const pick = pickFrom(seed);
  const batch = pick.integer(1, 3);
  const inputs = [0, 1].map(() => valuesFor(real(axis('b', batch), axis('w', WIDTH)), pick));
  const names = functionNames.filter((name) => name !== 'loss' && name !== 'dropout');
  let count = inputs.length;
  const calls = Array.from({ length: pick.integer(1, 7) }, (): Call => {
    const name = pick.of(names);
    const of = argumentsOf(name).map(() => (pick.boolean() ? count - 1 : pick.integer(0, count - 1)));
    count += resultsOf(name).length;
    return { name, of };
  });
  return { batch, inputs, calls: [...calls, { name: 'loss', of: [count - 1] }] };
}

/** Loss and gradients of w, v of the sequence as one program. */
function whole({ batch, inputs, calls }: ReturnType<typeof sequence>, parameters: Map<string, Float64Array>): Map<string, Float64Array> {
  const builder = new Builder(table);
  const type = real(axis('batch', batch), axis('width', WIDTH));
  const values: Id[] = inputs.map((_, k) => builder.source({ kind: 'input', name: `x${k}`, rate: 'batch' }, type));
  for (const { name, of } of calls) {
    const results = inline(
      builder,
      name,
      of.map((k) => values[k]),
    );
    for (const key of resultsOf(name)) values.push(results[key]);
  }
  const program = builder.program('whole', [{ kind: 'result', name: 'loss', value: values[values.length - 1] }]);
  const wanted = ['w', 'v'].filter((name) => program.nodes.some((node) => (node.attributes as { name?: string }).name === name));
  const joint = differentiate(program, table, { wanted: wanted.map((name) => `parameter ${name}`), loss: 'loss' }).program;
  const read = ({ name }: { name: string }) => parameters.get(name) ?? inputs[Number(name.slice(1))];
  return new Map(evaluate(joint, table, read, { seed: [0, 0], tick: 0 }).map(({ output, value }) => [output.name, value.data]));
}

test('1,000 sequences of calls equal the whole program', async () => {
  const { session, values: parameters } = sessionWith(1);
  let largest = 0;
  for (let seed = 0; seed < 1000; seed++) {
    const made = sequence(seed);
    const expected = whole(made, parameters);
    session.zeroGradients();
    const loss = await session.tape(async () => {
      const values: Handle[] = made.inputs.map((data) => session.tensor(data, [made.batch, WIDTH]));
      for (const { name, of } of made.calls) {
        const results = session.call(name, Object.fromEntries(argumentsOf(name).map((key, k) => [key, values[of[k]]])));
        for (const key of resultsOf(name)) values.push(results[key]);
      }
      const last = values[values.length - 1];
      session.backward(last);
      return last.read();
    });
    assert.ok(distance(loss, expected.get('loss')!) <= 1e-12, `loss of sequence ${seed}`);
    for (const name of ['w', 'v']) {
      const found = await session.readMember(`${name}.gradient`);
      assert.ok(distance(found, expected.get(name) ?? new Float64Array(found.length)) <= 1e-12, `gradient of ${name} of sequence ${seed}`);
      largest = Math.max(largest, ...found.map(Math.abs));
    }
  }
  assert.ok(largest > 0.1);
});

test('a loop whose length depends on a value that was read trains', async () => {
  const { session } = sessionWith(3);
  const update = descent();
  const x = valuesFor(real(axis('b', 4), axis('w', WIDTH)), pickFrom(9));
  const lengths: number[] = [];
  const losses: number[] = [];
  for (let step = 0; step < 60; step++) {
    await session.tape(async () => {
      let h = session.tensor(x, [4, WIDTH]);
      let length = 0;
      let loss: Handle;
      do {
        h = session.call('layer', { x: h }).value;
        loss = session.call('loss', { x: h }).value;
        length++;
      } while ((await loss.read())[0] > 0.5 && length < 8);
      lengths.push(length);
      losses.push((await loss.read())[0]);
      session.backward(loss);
    });
    await session.update(update, { rate: 0.05 });
  }
  assert.ok(new Set(lengths).size > 1, `lengths ${lengths}`);
  assert.ok(losses[59] < 0.5 && losses[59] < losses[0], `losses ${losses}`);
});

test('an update between forward and backward is an error with both places', async () => {
  const { session } = sessionWith(1);
  const update = descent();
  const failed = await session
    .tape(() => {
      const { value } = session.call('layer', { x: session.tensor([1, 2, 3], [1, WIDTH]) });
      const loss = session.call('loss', { x: value }).value;
      void session.update(update, { rate: 0.1 });
      session.backward(loss);
    })
    .catch((error: unknown) => error);
  assert.instance(failed, TapeError);
  const { message } = failed as TapeError;
  assert.match(
    message,
    /backward needs w as it was when layer was called at \S+tape\.test\.ts:\d+:\d+, but it was changed at \S+tape\.test\.ts:\d+:\d+/,
  );
  const lines = [...message.matchAll(/tape\.test\.ts:(\d+):/g)].map((match) => Number(match[1]));
  assert.is(lines[1] - lines[0], 2);
  session.write('w', new Float64Array(WIDTH * WIDTH));
  await session.tape(() => session.backward(session.call('loss', { x: session.tensor([1, 2, 3], [1, WIDTH]) }).value));
});

test('a parameter that the record did not read may change', async () => {
  const { session } = sessionWith(1);
  await session.tape(() => {
    const { value } = session.call('loss', { x: session.tensor([1, 2, 3], [1, WIDTH]) });
    session.write('w', new Float64Array(WIDTH * WIDTH));
    session.backward(value);
  });
});

test('gradients add up until an update sets them back, and equal calls reuse their memory', async () => {
  const { session } = sessionWith(2);
  const once = async () => {
    await session.tape(() => {
      const { value } = session.call('layer', { x: session.tensor([1, -2, 0.5], [1, WIDTH]) });
      session.backward(session.call('loss', { x: value }).value);
    });
    return session.readMember('w.gradient');
  };
  const first = await once();
  const spaces = session.slabs.count;
  const second = await once();
  assert.is(session.slabs.count, spaces);
  assert.ok(
    distance(
      second,
      first.map((g) => 2 * g),
    ) < 1e-15,
  );
  await session.update(descent(), { rate: 0 });
  assert.ok((await session.readMember('w.gradient')).every((g) => g === 0));
  await session.release();
  assert.is(session.slabs.count, 0);
});

test('dropout draws anew at each call, and backward sees the mask of its forward', async () => {
  const { session } = sessionWith(4);
  const x = new Float64Array(8 * WIDTH).fill(1);
  await session.tape(async () => {
    const [a, b] = [0, 1].map(() => session.call('dropout', { x: session.tensor(x, [8, WIDTH]) }).value);
    const [one, two] = [await a.read(), await b.read()];
    assert.not.equal(one, two);
    assert.ok([...one].every((value) => value === 0 || value === 2));
    const h = session.call('layer', { x: session.tensor(x, [8, WIDTH]) }).value;
    const dropped = session.call('dropout', { x: h }).value;
    session.backward(session.call('loss', { x: dropped }).value);
    const [before, after] = [await h.read(), await dropped.read()];
    // d loss / d v = sum over kept rows of 2 (2 h) 2 (1 - h^2)
    const expected = Float64Array.from({ length: WIDTH }, (_, j) => {
      let sum = 0;
      for (let k = j; k < before.length; k += WIDTH) if (after[k] !== 0) sum += 8 * before[k] * (1 - before[k] ** 2);
      return sum;
    });
    assert.ok(distance(await session.readMember('v.gradient'), expected) < 1e-12);
  });
});

test('what does not fit is refused where it is written', async () => {
  const { session } = sessionWith(1);
  const x = () => session.tensor(new Float64Array(2 * WIDTH), [2, WIDTH]);
  const refused: [() => unknown, RegExp][] = [
    [() => session.call('layers', { x: x() }), /there is no function layers; there are layer, product/],
    [() => session.call('layer', {}), /layer takes the input x: real\[batch width:3\], which is not given/],
    [() => session.call('layer', { x: session.tensor([1, 2], [1, 2]) }), /x is real\[batch width:3\], given is real\[axis0:1 axis1:2\]/],
    [() => session.call('layer', { x: session.tensor([1, 2, 3], [1, WIDTH], 'int') }), /x is real\[batch width:3\], given is int/],
    [() => session.call('product', { x: x(), y: session.tensor([1, 2, 3], [1, WIDTH]) }), /batch is 2 in x and 1 in y/],
    [() => session.tensor([1, 2], [3]), /has 3 elements, given are 2/],
    [() => session.write('w', [1]), /w is real\[width:3 out:3\], given are 1/],
    [() => session.write('u', [1]), /no parameter or state u/],
  ];
  let kept: Handle | undefined;
  await session.tape(() => {
    for (const [act, message] of refused) {
      assert.throws(act, (error: Error) => error instanceof CallError && message.test(error.message), String(message));
    }
    kept = session.call('layer', { x: x() }).value;
    const scalar = session.call('loss', { x: kept }).value;
    const misuse: [() => unknown, RegExp][] = [
      [() => session.backward(kept!), /starts from one real number, or a real result and its cotangent; value is real\[batch:2 width:3\]/],
      [() => session.backward(session.tensor([1], [])), /starts from a result of a call on this tape/],
      [() => [0, 1].map(() => session.backward(scalar)), /loss, called at \S+, was replayed already/],
    ];
    for (const [act, message] of misuse) assert.throws(act, (error: Error) => error instanceof TapeError && message.test(error.message));
  });
  assert.throws(() => session.call('layer', { x: x() }), /outside of a tape/);
  assert.throws(() => session.backward(kept!), /outside of a tape/);
  const late = await kept!.read().catch((error: Error) => error.message);
  assert.match(String(late), /value of layer \(\S+\) is of a tape that has ended; read it inside/);
  await session.tape(async () => {
    assert.throws(() => session.call('loss', { x: kept! }), /x of loss is of a tape that has ended/);
    const nested = await session.tape(() => 0).catch((error: Error) => error.message);
    assert.match(String(nested), /one tape at a time/);
  });
});

test('a failure of the engine reaches the reader and the end of the tape, and the next tape works', async () => {
  const inner = referenceEngine(table);
  let broken = true;
  const engine: Engine = {
    name: inner.name,
    host: inner.host,
    allocate: (count) => inner.allocate(count),
    release: (space) => inner.release(space),
    write: (space, offset, data, dtype) => inner.write(space, offset, data, dtype),
    copy: (from, fromOffset, to, toOffset, length) => inner.copy(from, fromOffset, to, toOffset, length),
    read: (space, offset, length, dtype) => inner.read(space, offset, length, dtype),
    usage: () => inner.usage(),
    needs: inner.needs,
    close: () => inner.close(),
    load: (executable) => (broken ? Promise.reject(new Error('the device is lost')) : inner.load(executable)),
  };
  const { session } = sessionWith(1, engine);
  const x = session.tensor([1, 2, 3], [1, WIDTH]);
  let read = '';
  const ended = await session
    .tape(async () => {
      const { value } = session.call('loss', { x });
      await value.read().catch((error: Error) => {
        read = error.message;
      });
    })
    .catch((error: Error) => error.message);
  assert.is(read, 'the device is lost');
  assert.is(ended, 'the device is lost');
  broken = false;
  assert.equal([...(await session.tape(() => session.call('loss', { x }).value.read()))], [14]);
});

test.run();
