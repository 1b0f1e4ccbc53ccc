/** For every operation of the table, from its `sample`: gradient, gradient of the gradient, nest, print. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Builder } from '../../compiler/program/builder.ts';
import { differentiate } from '../../compiler/program/differentiate.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { inline } from '../../compiler/program/passes/inline.ts';
import { pickFrom, sampleProgram, valuesFor } from '../../compiler/program/random-program.ts';
import { apply, read } from '../../compiler/program/scalar.ts';
import type { Tensor } from '../../compiler/values/operation.ts';
import type { Program } from '../../compiler/values/program.ts';
import { runNest } from './nest.ts';
import { context, differences, distance, run } from './numbers.ts';

/** The result times fixed random weights, tanh'ed so that the second derivative of linear operations is not 0. */
function withLoss(program: Program, seed: number): { program: Program; weights: Float64Array } {
  const builder = new Builder(table, program.nodes, { path: 'loss', section: 'forward' });
  const y = program.outputs[0].value;
  const type = builder.type(y);
  const whole = [...type.axes.keys()];
  const w = builder.source({ kind: 'input', name: 'weights', rate: 'batch' }, type);
  const product = builder.add('map', [y, w], {
    domain: type.axes,
    reads: [whole, whole],
    value: apply('mul', read(1), apply('tanh', read(0))),
  });
  const loss = builder.add('contract', [product], { letters: type.axes, operands: [whole], result: [] });
  return { program: builder.program('loss', [{ kind: 'result', name: 'loss', value: loss }]), weights: valuesFor(type, pickFrom(seed)) };
}

const smooth = [...table.values()].filter((operation) => operation.gradient !== 'none');
for (const { name } of smooth) {
  test(`${name}: gradient and its gradient agree with differences`, () => {
    for (let seed = 0; seed < 40; seed++) {
      const sampled = sampleProgram(name, pickFrom(seed));
      if (sampled.program.nodes.at(-1)!.type.dtype !== 'real') continue;
      const { program, weights } = withLoss(sampled.program, seed);
      const values = new Map(sampled.values).set('weights', weights);
      const wanted = program.nodes.flatMap((node) => {
        const source = node.attributes as { kind: string; name: string };
        return node.operation === 'source' && node.type.dtype === 'real' && source.name !== 'weights' ? [`input ${source.name}`] : [];
      });
      const first = differentiate(program, table, { wanted, loss: 'loss' });
      const gradients = run(first.program, values);
      for (const key of wanted) {
        const x = values.get(key.slice('input '.length))!;
        const expected = differences(() => run(program, values).get('result loss')![0], x);
        const found = gradients.get(`gradient ${key.slice('input '.length)}`) ?? new Float64Array(x.length);
        assert.ok(distance(found, expected) < 1e-7, `seed ${seed}, ${key}: ${found} against ${expected}`);
      }
      secondOrder(first.program, values, wanted, seed);
    }
  });
}

/** The sum of all gradient elements, differentiated again. */
function secondOrder(joint: Program, values: Map<string, Float64Array>, wanted: readonly string[], seed: number): void {
  const builder = new Builder(table, joint.nodes);
  const sums = joint.outputs.flatMap((output) => {
    if (output.kind !== 'gradient') return [];
    const { axes } = builder.type(output.value);
    return [builder.add('contract', [output.value], { letters: axes, operands: [[...axes.keys()]], result: [] })];
  });
  if (sums.length === 0) return;
  const value = sums.slice(1).reduce((sum, _, k) => apply('add', sum, read(k + 1)), read(0));
  const total = builder.add('map', sums, { domain: [], reads: sums.map(() => []), value });
  const program = builder.program('second', [{ kind: 'result', name: 'total', value: total }]);
  const second = differentiate(program, table, { wanted, loss: 'total' });
  const gradients = run(second.program, values);
  for (const key of wanted) {
    const name = key.slice('input '.length);
    const x = values.get(name)!;
    const expected = differences(() => run(program, values).get('result total')![0], x);
    const found = gradients.get(`gradient ${name}`) ?? new Float64Array(x.length);
    assert.ok(distance(found, expected) < 1e-6, `second order, seed ${seed}, ${key}: ${found} against ${expected}`);
  }
}

for (const operation of table.values()) {
  if (operation.name === 'call') continue;
  test(`${operation.name}: its nest computes what reference computes`, () => {
    let compared = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { program, values } = sampleProgram(operation.name, pickFrom(seed));
      const node = program.nodes.at(-1)!;
      const inputs = node.inputs.map((id): Tensor => {
        const { type, attributes } = program.nodes[id];
        return { type, data: values.get((attributes as { name: string }).name)! };
      });
      const lowered = operation.lower(
        node.attributes,
        inputs.map((input) => input.type),
      );
      const expected = run(program, values).get('result y')!;
      if (lowered === 'view') assert.equal(expected, inputs[0].data);
      else if (lowered !== 'leaf' && 'domain' in lowered) {
        assert.ok(distance(runNest(lowered, inputs, node.type), expected) < 1e-13, `seed ${seed}`);
      } else continue;
      compared++;
    }
    const special = ['source', 'constant', 'arg-top', 'group', 'largest'].includes(operation.name);
    assert.is(compared, special ? 0 : 60);
  });
}

test('calls refuse to be lowered; inlined, they and their gradients keep their values', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { program, values } = sampleProgram('call', pickFrom(seed));
    const node = program.nodes.at(-1)!;
    assert.throws(() => table.get('call')!.lower(node.attributes, []), /sample must be inlined/);
    const { program: lossy, weights } = withLoss(program, seed);
    values.set('weights', weights);
    const joint = differentiate(lossy, table, { wanted: ['input x0', 'input x1'], loss: 'loss' }).program;
    const whole = inline(joint, table);
    assert.ok(joint.nodes.some(({ operation }) => operation === 'call') && whole.nodes.every(({ operation }) => operation !== 'call'));
    const expected = run(joint, values);
    for (const [key, data] of run(whole, values)) assert.ok(distance(data, expected.get(key)!) < 1e-15, key);
  }
});

test('every operation prints one line', () => {
  for (const operation of table.values()) {
    const { program } = sampleProgram(operation.name, pickFrom(2));
    const node = program.nodes.at(-1)!;
    const text = operation.print(
      node.attributes,
      node.inputs.map((id) => `%${id}`),
    );
    assert.ok(text.startsWith(operation.name) && !text.includes('\n'), text);
  }
});

test('random words of a map depend on seed, stream, tick and position alone', () => {
  const domain = [
    { name: 'a', size: 3 },
    { name: 'b', size: 20 },
  ];
  const value = apply('uniform', { is: 'random', stream: 'dropout#1', rows: 1 });
  const words = table.get('map')!.reference({ domain, reads: [], value }, [], context).data;
  const turned = table.get('map')!.reference({ domain, reads: [], value }, [], { ...context, tick: 4 }).data;
  assert.ok(words.every((word) => word >= 0 && word < 1 && Number.isInteger(word * 2 ** 24)));
  assert.ok(new Set(words).size > 55);
  assert.not.equal(words, turned);
});

test.run();
