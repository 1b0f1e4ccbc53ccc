/** Names that every object of JavaScript has, as axes, options, inputs, members, families, results, losses and metrics: a whole run with them. */
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
model M(constructor = 8, hasOwnProperty = 2, valueOf = 0.5) {
  axis batch, toString = 4
  input __proto__[batch, constructor], isPrototypeOf[batch, toString]
  prototype: linear[constructor -> toString]
  __defineGetter__[toLocaleString in 1..hasOwnProperty]: linear[toString -> toString]
  propertyIsEnumerable { watch, __lookupGetter__: linear[toString -> toString] }
  fn hasOwn(x[batch, constructor]) -> __proto__[batch, toString] {
    y = prototype(x)
    for b in __defineGetter__ { y = y + relu(b(y)) * valueOf }
    __proto__ = propertyIsEnumerable.watch(propertyIsEnumerable.__lookupGetter__(y))
  }
  loss __lookupSetter__ = mean((hasOwn(__proto__) - isPrototypeOf) ^ 2)
  metric __defineSetter__ = mean(abs(hasOwn(__proto__) - isPrototypeOf))
}
variant V(eval = 2) of M { decompose prototype as mpo[2*2, 2*4](b = eval)  freeze propertyIsEnumerable.watch }
`,
);

test('20 steps, resumed, evaluated and merged', async () => {
  const columns = { isPrototypeOf: [64, 4], ['__proto__']: [64, 8] };
  const list = Object.entries(columns).map(([name, shape], k) => ({ name, shape, data: Float32Array.from(gaussian(shape, k + 1).data) }));
  files.replace(work.path('data.safetensors'), encodeTensors(list));
  assert.equal([...openTensors(files, work.path('data.safetensors')).tensors.keys()].sort(), ['__proto__', 'isPrototypeOf']);
  const run = work.path('run');
  const data = work.path('data.safetensors');
  const trained = await work.run('train', program, '--variant', 'V', '--data', data, '--out', run, '--steps', '20');
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
  assert.ok(names.includes('propertyIsEnumerable.__lookupGetter__.weight') && names.includes('__defineGetter__[2].offset'));
});

test.run();
