/** `explain --dump`: every stage and every pass by name, for a model and a variant; refused programs give their errors instead. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { passes } from '../../compiler/program/passes/index.ts';
import { smallProgram, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const file = work.write('small.bond', smallProgram);
const dump = (stage: string, ...more: string[]) =>
  work.run('explain', file, '--variant', 'Mpo', '--dump', stage, '--size', 'batch=2', ...more);

/** What each stage must show of the variant. */
const stages: Readonly<Record<string, RegExp>> = {
  tree: /"is": ?"model"|"variants?"/,
  check: /up\.weight\.T\[1\].*\n.*up\.weight\.T\[2\]/,
  plan: /^plan {2}.*batch 2.*\n {2}.*macs [\d,]+ forward/,
  program: /# forward[\s\S]*# backward[\s\S]*# update[\s\S]*state up\.weight\.T\[1\]\.m/,
  kernels: /^kernel [0-9a-f]{16}[\s\S]*\nspaces {2}[\s\S]*\n {2}wave 0 /,
  wat: /^;; kernel [0-9a-f]{16}\n[\s\S]*f32x4/,
  wgsl: /^\/\/ kernel [0-9a-f]{16} on [a-z ]+\n[\s\S]*@compute @workgroup_size/,
};

for (const [stage, expected] of Object.entries(stages)) {
  test(`--dump ${stage}`, async () => {
    const { code, out, err } = await dump(stage);
    assert.is(code, 0, err);
    assert.match(out, expected);
    assert.is((await dump(stage)).out, out, 'the same again');
  });
}

test('--dump after=PASS, for every pass, and the last is the program', async () => {
  const texts: string[] = [];
  for (const name of ['build', ...passes.map((pass) => pass.name)]) {
    const { code, out, err } = await dump(`after=${name}`);
    assert.is(code, 0, err);
    assert.match(out, /^program [\s\S]*# forward/);
    texts.push(out);
  }
  assert.is(texts.at(-1), (await dump('program')).out);
  assert.ok(!texts[0].includes('# backward') && texts.at(-1)!.includes('# backward'));
});

test('an evaluation and a model dump as well', async () => {
  const evaluation = await dump('program', '--eval');
  assert.is(evaluation.code, 0, evaluation.err);
  assert.match(evaluation.out, /^program Mpo frozen\n[\s\S]*\n {2}folded (\S*) %\d+\n\nprogram Mpo\n[\s\S]*source folded \1 frozen/);
  assert.ok(!evaluation.out.includes('# backward'));
  const model = await work.run('explain', file, '--variant', 'Small', '--dump', 'check');
  assert.match(model.out, /up\.weight /);
});

test('--config gives the optimiser, its groups, and micro-batches', async () => {
  const config = (value: unknown) => work.write('settings.json', JSON.stringify(value));
  const sgd = config({ optimiser: { kind: 'sgd', momentum: 0.5 }, groups: { up: { rate: 0.1 } } });
  const { out } = await dump('program', '--config', sgd);
  assert.match(out, /state up\.weight\.T\[1\]\.momentum/);
  assert.match(out, /source input rate\/up /);
  assert.match(
    (await dump('program', '--config', config({ accumulate: 4 }))).out,
    /^program Mpo begin\n[\s\S]*\nprogram Mpo\n[\s\S]*\n {2}sum .*\n\nprogram Mpo end\n/,
  );
  const wrong = await dump('program', '--config', config({ optimizer: {} }));
  assert.is(wrong.code, 1);
  assert.match(wrong.err, /optimizer/);
});

test('other stages and passes are refused by naming those that there are', async () => {
  for (const [stage, expected] of [
    ['soul', /no stage soul; a model has check, .* and after=PASS, a file its tree/],
    ['after=want', /no pass want; there are build, simplify, .*binarise/],
    ['after=', /no pass/],
  ] as const) {
    const { code, out, err } = await dump(stage);
    assert.is(code, 1);
    assert.is(out, '');
    assert.match(err, expected);
  }
});

test('a program that is refused gives its errors, for any stage', async () => {
  const broken = work.write('broken.bond', smallProgram.replace('x + relu(up(x))', 'x + relu(upp(x))'));
  for (const stage of [...Object.keys(stages), 'after=build']) {
    const { code, out, err } = await work.run('explain', broken, '--variant', 'Mpo', '--dump', stage);
    assert.is(code, 1, stage);
    assert.is(out, '', stage);
    assert.match(err, /upp/);
    assert.match(err, /1 error in/);
  }
  const cut = work.write('cut.bond', smallProgram.slice(0, 300));
  assert.is((await work.run('explain', cut, '--variant', 'Small', '--dump', 'tree')).code, 1);
});

test.run();
