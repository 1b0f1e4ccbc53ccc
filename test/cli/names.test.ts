/** Names that every object of JavaScript has, as axes, options, inputs, members, families, results, losses, metrics, cores, bonds and roles: a whole run with them. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { gaussian } from '../weights/networks.ts';
import { workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());

const program = work.write(
  'names.bond',
  `edition 1
topology valueOf[toString, constructor](hasOwnProperty, isPrototypeOf = 2) {
  core __proto__ (toString, hasOwnProperty)
  core __defineGetter__ (hasOwnProperty, constructor)
  role toLocaleString: __proto__
}
model M(constructor = 8, hasOwnProperty = 2, valueOf = 0.5) {
  axis propertyIsEnumerable, toString = 4
  input __proto__[propertyIsEnumerable, constructor], isPrototypeOf[propertyIsEnumerable] in toString
  prototype: linear[constructor -> toString]
  __defineGetter__[toLocaleString in 1..hasOwnProperty]: linear[toString -> toString]
  group { watch, __lookupGetter__: linear[toString -> toString] }
  fn hasOwn(__proto__[propertyIsEnumerable, constructor]) -> toLocaleString[propertyIsEnumerable, toString] {
    y = prototype(__proto__)
    for b in __defineGetter__ { y = y + relu(b(y)) * valueOf }
    toLocaleString = group.watch(group.__lookupGetter__(y))
  }
  loss __lookupSetter__ = mean(cross_entropy[toString](hasOwn(__proto__), isPrototypeOf))
  metric __defineSetter__ = mean(argmax[toString](hasOwn(__proto__)) == isPrototypeOf)
}
variant V(eval = 2) of M {
  decompose prototype as valueOf(hasOwnProperty = eval)
  freeze group.watch, toLocaleString of prototype
}
`,
);

test('20 steps, resumed, evaluated, merged, asked and built for PyTorch', async () => {
  const rows = { name: '__proto__', shape: [64, 8], data: Float32Array.from(gaussian([64, 8], 1).data) };
  const list = [rows, { name: 'isPrototypeOf', shape: [64], data: Int32Array.from({ length: 64 }, (_, k) => k % 4) }];
  files.replace(work.path('data.safetensors'), encodeTensors(list));
  assert.equal([...openTensors(files, work.path('data.safetensors')).tensors.keys()].sort(), ['__proto__', 'isPrototypeOf']);
  const run = work.path('run');
  const data = work.path('data.safetensors');
  const settings = ['--set', 'constructor=8', '--set', 'eval=2', '--loss', '__lookupSetter__'];
  const trained = await work.run('train', program, '--variant', 'V', ...settings, '--data', data, '--out', run, '--steps', '20');
  assert.is(trained.code, 0, trained.err);
  assert.match(trained.out + trained.err, /__defineSetter__/);
  const resumed = await work.run('train', '--resume', run, '--steps', '25');
  assert.is(resumed.code, 0, resumed.err);
  const evaluated = await work.run('eval', run);
  assert.match(evaluated.out, /__lookupSetter__ \d/);
  const merged = await work.run('merge', run, '--out', work.path('dense.safetensors'));
  assert.is(merged.code, 0, merged.err);
  const names = [...openTensors(files, work.path('dense.safetensors')).tensors.keys()];
  assert.is(names.length, 10);
  assert.ok(names.includes('group.__lookupGetter__.weight') && names.includes('__defineGetter__[2].offset'));
  files.replace(work.path('rows.safetensors'), encodeTensors([rows]));
  const predicted = await work.run('predict', run, '--data', work.path('rows.safetensors'), '--out', work.path('answers.safetensors'));
  assert.is(predicted.code, 0, predicted.err);
  assert.equal(openTensors(files, work.path('answers.safetensors')).tensors.get('toLocaleString')?.shape, [64, 4]);
  const built = await work.run('build', run, '--target', 'pytorch', '--out', work.path('torch'));
  assert.is(built.code, 0, built.err);
  const python = readFileSync(work.path('torch/model.py'), 'utf8');
  for (const name of ['__proto__', '__defineGetter__', 'hasOwn']) assert.match(python, new RegExp(name));
});

test.run();
