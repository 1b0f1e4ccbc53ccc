/** The plan of each layer in `explain`: trees, costs, comparisons, equal layers once, pictures. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { smallProgram, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const file = work.write('small.bond', smallProgram);
const deep = work.write(
  'deep.bond',
  `edition 1
model Deep(width = 64, depth = 6) {
  axis batch
  input x[batch, width], y[batch, width]
  up[l in 1..depth]: linear[width -> width]
  forward(x[batch, width]) -> z[batch, width] {
    z = x
    for u in up {
      z = relu(u(z))
    }
  }
  loss squares = mean((forward(x) - y) * (forward(x) - y))
}
variant Mpo(bond = 4) of Deep { decompose up[*] as mpo[4*4*4, 4*4*4](b = bond) }
variant Frozen of Mpo { freeze central of up[*] }
`,
);
const explain = (...argv: string[]) => work.run('explain', ...argv);

test('--json: every contraction of a layer once, with its tree, its costs and what they are against', async () => {
  const { code, out, err } = await explain(file, '--variant', 'Mpo', '--json', '--size', 'batch=16', '--size', 'time=16');
  assert.is(code, 0, err);
  const { plans, sizes } = JSON.parse(out);
  assert.equal(sizes, { batch: 16, time: 16 });
  assert.equal(
    plans.map(({ path, count }: { path: string; count: number }) => [path, count]),
    [
      ['up', 1],
      ['head', 1],
    ],
  );
  for (const plan of plans) {
    const { operands, shapes, ssa_path, against } = plan;
    assert.is(operands.length, 3);
    assert.equal([ssa_path.length, shapes.length], [2, 5]);
    assert.is(plan.training_macs, 3 * plan.macs);
    for (const key of ['predicted_seconds', 'bytes', 'peak_bytes', 'kept_bytes']) assert.ok(plan[key] > 0, key);
    assert.ok(plan.optimal);
    for (const other of [against.left_to_right, against.fewest_macs])
      assert.ok(plan.predicted_seconds <= other.predicted_seconds * (1 + 1e-9));
    assert.ok(against.fewest_macs.training_macs <= plan.training_macs);
    assert.is(against.dense.training_macs, 3 * against.dense.macs);
  }
  const [up] = plans;
  assert.is(up.against.dense.macs, 256 * 16 * 16);
});

test('equal layers stand once with their number; what is frozen is computed once, and its plan is another', async () => {
  const text = (await explain(deep, '--variant', 'Mpo')).out;
  assert.match(text, /contracted, at batch 8:\nup\[1\].*\n {2}\[batch 8, out1 4, out2 4, out3 4\]\n {2}├─ /);
  assert.match(text, /and 4 more like it/);
  assert.match(
    text,
    /\n {2}other ways:\n {4}the dense weight .* macs, [\d.]+ times (more|fewer); [\d.]+ us, [\d.]+ times (slower|faster)\n/,
  );
  assert.match(text, /\n {4}left to right .* macs/);
  assert.match(text, /\n {4}the fewest macs .* macs/);
  const record = async (variant: string) => JSON.parse((await explain(deep, '--variant', variant, '--json')).out).plans;
  const [first, rest] = await record('Mpo');
  // Nobody wants the gradient of the input, so the first layer is planned alone.
  assert.equal([first.count, rest.count], [1, 5]);
  assert.ok(first.training_macs < rest.training_macs);
  const frozen = await record('Frozen');
  assert.ok(frozen.at(-1).training_macs < rest.training_macs);
});

test('where the halves of a wide layer are large, its weight is rebuilt: that took two thirds of the time in the step', async () => {
  const wide = work.write(
    'wide.bond',
    `edition 1
model Wide(n = 1024) {
  axis batch
  input x[batch, n], y[batch, n]
  up: linear[n -> n](biased = false)
  loss apart = mean((up(x) - y) ^ 2)
}
variant Mpo(b = 8) of Wide { decompose up as mpo[4^5, 4^5](b = b) }
`,
  );
  const [plan] = JSON.parse((await explain(wide, '--variant', 'Mpo', '--json', '--size', 'batch=1024')).out).plans;
  assert.ok(plan.ssa_path.at(-1).includes(plan.operands.indexOf('x')), JSON.stringify(plan.ssa_path));
});

test('--eval plans the value alone; a model in one piece has no plans', async () => {
  const [up] = JSON.parse((await explain(deep, '--variant', 'Mpo', '--json', '--eval')).out).plans;
  assert.is(up.training_macs, up.macs);
  assert.is(up.kept_bytes, 0);
  const dense = await explain(deep, '--variant', 'Deep', '--json');
  assert.equal(JSON.parse(dense.out).plans, []);
  assert.not.match((await explain(deep, '--variant', 'Deep')).out, /contracted, at/);
});

test('the profile decides, and one that is none is refused', async () => {
  const coefficients = { macs: 1e-9, read: 0, written: 1, launch: 0 };
  const wrong = work.write('gpu.json', JSON.stringify({ name: 'gpu', engine: 'webgpu', coefficients }));
  const { code, err } = await explain(deep, '--variant', 'Mpo', '--machine', wrong);
  assert.is(code, 1);
  assert.match(err, /of engine webgpu, the engine here is wasm/);
});

test('--svg draws every tree once, as tents or bands', async () => {
  const path = work.path('trees.svg');
  assert.is((await explain(deep, '--variant', 'Mpo', '--svg', path)).code, 0);
  const tents = readFileSync(path, 'utf8');
  assert.is(tents.match(/<svg /g)?.length, 3);
  assert.match(tents, /and 4 more like it/);
  assert.is((await explain(deep, '--variant', 'Mpo', '--svg', path, '--draw', 'bands')).code, 0);
  assert.not.equal(readFileSync(path, 'utf8'), tents);
  assert.is((await explain(deep, '--variant', 'Mpo', '--svg', path, '--draw', 'cube')).code, 2);
});

test('sizes that do not fit are said, and the rest is explained all the same', async () => {
  const { code, out } = await explain(file, '--variant', 'Mpo', '--size', 'time=99');
  assert.is(code, 0);
  assert.match(out, /not planned at these sizes: .*; give others with --size/);
});
test.run();
