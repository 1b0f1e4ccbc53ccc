/**
 * What `bondsmith build --target pytorch` writes: texts that a person reviews, names that go both ways, and what is refused. That torch
 * agrees with the reference is shown by `cases.ts` and `check_pytorch.py`, which need Python: docs/pytorch.md has the figures.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bondName, namesOf } from '../../compiler/export/pytorch/names.ts';
import { rolled } from '../../compiler/export/pytorch/rolled.ts';
import { printPytorch } from '../../compiler/index.ts';
import { modelOf } from '../check/program.ts';
import { smallProgram, workplace } from '../cli/command.ts';
import { matchSnapshot } from '../snapshot.ts';
import { corpusCases } from './cases.ts';

const golden = new URL('golden/', import.meta.url);
const charGpt = readFileSync(new URL('../../examples/char-gpt/char-gpt.bond', import.meta.url), 'utf8');
const classesIn = (text: string) => text.slice(text.indexOf('\nclass ') + 1);

test('a transformer of operators: one class a layer, a loop over the blocks, cores in the planned order', () => {
  matchSnapshot(golden, 'char-gpt-bond8', printPytorch(modelOf(charGpt, 'Bond8')).model);
});
test('the loop that trains it', () => {
  matchSnapshot(golden, 'char-gpt-bond8-train', printPytorch(modelOf(charGpt, 'Bond8')).training);
});
for (const { name, model } of corpusCases(['Mpoe', 'BlockSparse', 'Filters', 'BertLokr', 'Tera'])) {
  test(`${name}: experts, masks, windows, adapters`, () => matchSnapshot(golden, name, classesIn(printPytorch(model).model)));
}

test('the same text on every run', () => {
  const model = modelOf(charGpt, 'Bond8');
  assert.equal(printPytorch(model), printPytorch(modelOf(charGpt, 'Bond8')));
});

test('names of tensors go to torch and back, those of Python and of nn.Module too', () => {
  const model = modelOf(`edition 1
model Odd(width = 4) {
  axis batch
  input lambda[batch, width]
  train, state_dict: [width] ~ zeros
  block[forward in 1..2] { class: [width] ~ ones }
  forward(lambda[batch, width]) -> yield[batch, width] {
    yield = lambda * train + state_dict + block[1].class + block[2].class
  }
  loss size = mean(forward(lambda) ^ 2)
}`);
  const names = namesOf(model);
  const paths = model.parameters.map(({ names: [own] }) => names.attributeOf(own));
  assert.equal(paths, ['train_', 'state_dict_', 'block.1.class_', 'block.2.class_']);
  assert.is(bondName('block.2.up.weight.T.1_2'), 'block[2].up.weight.T[1, 2]');
  const { model: text } = printPytorch(model);
  for (const line of ["'train_': 'train',", "'block.1.class_': 'block[1].class',", 'def forward(self, lambda_):'])
    assert.ok(text.includes(line), line);
});

test('equal lines for member after member become a loop, others stay', () => {
  const of = (k: number) => [`y = self.block['${k}'].norm(x)`, `x = x + self.block['${k}'].up(y)`];
  assert.equal(rolled(['x = start', ...of(1), ...of(2), ...of(3), 'return x'], ['start']), [
    'x = start',
    'for k in range(1, 4):',
    '    block = self.block[str(k)]',
    '    y = block.norm(x)',
    '    x = x + block.up(y)',
    'return x',
  ]);
  const skipping = [...of(1), ...of(3)];
  assert.equal(rolled(skipping, []), skipping);
});

test('a folder that an earlier build made is written over, one that is not ours is not touched', async () => {
  const work = workplace();
  try {
    const file = work.write('small.bond', smallProgram);
    const ran = await work.run('build', file, '--variant', 'Small', '--target', 'pytorch', '--out', work.path('torch'));
    assert.is(ran.code, 0, ran.err);
    for (const name of ['model.py', 'train.py', 'README.md', 'weights.safetensors', 'bondsmith.json'])
      assert.ok(existsSync(work.path(`torch/${name}`)), name);
    assert.is((await work.run('build', file, '--variant', 'Small', '--target', 'pytorch', '--out', work.path('torch'))).code, 0);

    writeFileSync(work.path('model.py'), 'print("mine")\n');
    const foreign = await work.run('build', file, '--variant', 'Small', '--target', 'pytorch', '--out', work.folder);
    assert.is(foreign.code, 1);
    assert.match(foreign.err, /has model.py, which no build has written/);
    assert.is(readFileSync(work.path('model.py'), 'utf8'), 'print("mine")\n');
  } finally {
    work.remove();
  }
});

test.run();
