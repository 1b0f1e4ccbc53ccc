/** Cutting joint programs: both halves together compute what the whole computes, and save what the rule says. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileFunction } from '../../compiler/index.ts';
import { Builder } from '../../compiler/program/builder.ts';
import { differentiate } from '../../compiler/program/differentiate.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { accumulate, cut } from '../../compiler/program/passes/cut.ts';
import { randomProgram } from '../../compiler/program/random-program.ts';
import { apply, read } from '../../compiler/program/scalar.ts';
import type { Program, Source } from '../../compiler/values/program.ts';
import { complaintsAboutCut } from '../../compiler/values/verify-cut.ts';
import { complaintsAbout } from '../../compiler/values/verify-program.ts';
import { axis, real } from '../program/gradients.ts';
import { distance, run } from '../program/numbers.ts';

const kindsOf = (program: Program) =>
  program.nodes
    .flatMap((node) => (node.operation === 'source' ? [(node.attributes as Source).kind] : []))
    .filter((kind) => kind === 'saved');

test('forward and backward of random programs give what the joint program gives', () => {
  for (let seed = 0; seed < 100; seed++) {
    const { program, values, wanted } = randomProgram(seed, 8);
    const joint = differentiate(program, table, { wanted }).program;
    const { forward, backward } = cut(joint, table);
    assert.equal(complaintsAbout(forward, table, 'lowered'), [], `forward of seed ${seed}`);
    assert.equal(complaintsAbout(backward, table, 'lowered'), [], `backward of seed ${seed}`);
    assert.equal(complaintsAboutCut(forward, backward), [], `seed ${seed}`);
    const all = new Map(values).set('loss', Float64Array.of(0.5));
    const whole = run(joint, all);
    const first = run(forward, values);
    for (const [key, data] of first) if (key.startsWith('saved ')) all.set(key.slice('saved '.length), data);
    const both = new Map([...first, ...run(backward, all)]);
    for (const [key, data] of whole) assert.ok(distance(both.get(key)!, data) <= 1e-12, `seed ${seed}: ${key}`);
  }
});

test('scores of attention and of a vocabulary are computed again: nothing is saved that has time twice, or time and vocabulary', () => {
  const corpus = readFileSync(new URL('../corpus/models.bond', import.meta.url), 'utf8');
  const text = `edition 1
    use "./models.bond" { CharGpt }
    variant Tiny of CharGpt(vocab = 64, width = 16, heads = 2, depth = 2, inner = 32, context = 64) {}`;
  const { model } = check({ file: 'tiny.bond', text, load: () => corpus, name: 'Tiny' });
  const { forward, backward } = compileFunction(model!, 'next_token', { batch: 2, time: 64 }, 'train');
  const saved = [...forward.places].flatMap(([key, { type }]) => (key.startsWith('saved ') ? [type.axes.map(({ size }) => size)] : []));
  assert.ok(saved.length > 10);
  assert.equal(
    saved.filter((sizes) => sizes.filter((size) => size === 64).length > 1),
    [],
  );
  const products = backward!.program.nodes.filter(
    ({ operation, inputs, origin }) => operation === 'contract' && inputs.length > 1 && origin.again,
  );
  // The first value comes of a table that is smaller than it.
  assert.equal([...new Set(products.map(({ origin }) => origin.path))].sort(), [
    '',
    'block[1].up',
    'block[1].value',
    'block[2].up',
    'head',
  ]);
});

test('maps are computed again from what is saved, results of contractions are saved', () => {
  const builder = new Builder(table);
  const [b, i, o] = [axis('b', 8), axis('i', 4), axis('o', 4)];
  const x = builder.source({ kind: 'input', name: 'x', rate: 'batch' }, real(b, i));
  const w = builder.source({ kind: 'parameter', name: 'w', rate: 'update' }, real(i, o));
  const letters = [b, i, o];
  const operands = [
    [0, 1],
    [1, 2],
  ];
  const h = builder.add('contract', [x, w], { letters, operands, result: [0, 2] });
  const whole = [0, 1];
  const relu = apply('max', read(0), { is: 'number', value: 0 });
  const a = builder.add('map', [h], { domain: [b, o], reads: [whole], value: relu });
  const y = builder.add('map', [a], { domain: [b, o], reads: [whole], value: apply('mul', read(0), read(0)) });
  const program = builder.program('layer', [{ kind: 'result', name: 'y', value: y }]);
  const joint = differentiate(program, table, { wanted: ['parameter w', 'input x'] }).program;
  const { forward, backward } = cut(joint, table);
  const saved = forward.outputs.filter((output) => output.kind === 'saved');
  assert.equal(
    saved.map((output) => forward.nodes[output.value].operation),
    ['contract'],
  );
  assert.equal(kindsOf(backward), ['saved']);
  assert.ok(backward.nodes.some((node) => node.operation === 'map' && node.origin.again));
  const adding = accumulate(backward, new Set(['w']), table);
  assert.equal(
    adding.outputs.map((output) => `${output.kind} ${output.name}`),
    ['gradient x', 'state w.gradient'],
  );
  assert.equal(complaintsAbout(adding, table, 'lowered'), []);
});

test('a map of two large contractions is saved itself', () => {
  const builder = new Builder(table);
  const [b, i] = [axis('b', 8), axis('i', 2)];
  const x = builder.source({ kind: 'input', name: 'x', rate: 'batch' }, real(b, i));
  const sums = [2, 3].map(() =>
    builder.add('contract', [x, x], {
      letters: [b, i],
      operands: [
        [0, 1],
        [0, 1],
      ],
      result: [0],
    }),
  );
  const product = builder.add('map', sums, { domain: [b], reads: [[0], [0]], value: apply('mul', read(0), apply('exp', read(1))) });
  const w = builder.source({ kind: 'parameter', name: 'w', rate: 'update' }, real(b));
  const y = builder.add('contract', [product, w], { letters: [b], operands: [[0], [0]], result: [] });
  const program = builder.program('product', [{ kind: 'result', name: 'y', value: y }]);
  const { forward } = cut(differentiate(program, table, { wanted: ['parameter w'] }).program, table);
  const saved = forward.outputs.filter((output) => output.kind === 'saved');
  assert.equal(
    saved.map((output) => output.value),
    [product],
  );
});

test('the verifier of cuts finds what is missing or idle', () => {
  const { program, wanted } = randomProgram(1, 8);
  const { forward, backward } = cut(differentiate(program, table, { wanted }).program, table);
  const without = { ...forward, outputs: forward.outputs.filter((output) => output.kind !== 'saved') };
  assert.match(complaintsAboutCut(without, backward).join('\n'), /backward reads saved 0:\S+, which forward does not give/);
  const more = { ...forward, outputs: [...forward.outputs, { kind: 'saved', name: 'more', value: 0 } as const] };
  assert.equal(complaintsAboutCut(more, backward), ['saved more is never read']);
});

test.run();
