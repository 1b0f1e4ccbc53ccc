/**
 * The corpus that `bondsmith corpus` writes, which is the accepted corpus of our own tests too: programs with counts and values, each with
 * all oracles; the table of features and its gate; refused programs; files and their readers; shrinking.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import { schemaText } from '../../packages/corpus/pack.ts';
import { programs } from '../../packages/corpus/reader.ts';
import { universe } from '../../runtime/corpus/features.ts';
import { generate } from '../../runtime/corpus/generate.ts';
import { oracleNames } from '../../runtime/corpus/oracles/index.ts';
import { programSchema } from '../../runtime/corpus/program-json.ts';
import { complaintAbout, faults, refusedOf } from '../../runtime/corpus/refused.ts';
import { FeatureTable } from '../../runtime/corpus/table.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { workplace } from '../cli/command.ts';
import { figure, isLong, times } from '../long.ts';
import '../verified.ts';

const work = workplace();
test.after(() => work.remove());

/** What few programs have: looked for in a long run, where there are enough of them. */
const rare = [
  'construct nested',
  'function floor',
  'statement tie cores',
  'topology lokr',
  'topology peps',
  'topology gram',
  'topology conv_cp',
];

test('programs with counts and values, on which all oracles agree; each feature has one', async () => {
  const engine = await wasmEngine();
  const table = new FeatureTable();
  const count = times(120, 1500);
  let accepted = 0;
  for await (const { name, files, wrong } of generate(
    { seed: 0, count, size: 5, oracles: oracleNames, engine: async () => engine },
    table,
  )) {
    assert.is(wrong, undefined, name);
    if (!name.startsWith('programs/')) continue;
    accepted++;
    const about = JSON.parse(Buffer.concat([...files.get('about.json')!]).toString());
    if (about.counts !== undefined) assert.ok(about.counts.entries > 0 && about.counts.dense > 0, name);
    v.parse(programSchema, JSON.parse(Buffer.concat([...files.get('program.json')!]).toString()));
  }
  engine.close();
  assert.is(accepted, count);
  assert.equal(
    table.gaps(oracleNames).filter((feature) => isLong || !rare.includes(feature)),
    [],
  );
  figure('programs of the corpus on which all oracles agree', accepted);
});

test('the rows of the table are all constructs of the grammar', () => {
  const trees = ['tree.ts', 'tree-expression.ts', 'tree-variant.ts'].map((file) =>
    readFileSync(new URL(`../../grammar/${file}`, import.meta.url), 'utf8'),
  );
  const kinds = new Set(
    trees
      .join('\n')
      .match(/readonly kind: ('[\w-]+'( \| '[\w-]+')*)/g)!
      .flatMap((found) => found.match(/'([\w-]+)'/g)!.map((word) => word.slice(1, -1))),
  );
  // `permute` needs given weights, which no program here has; a text stands where a message is, or in an error.
  const apart = ['file', 'permute', 'text'];
  const wanted = [...kinds].filter((kind) => !apart.includes(kind)).sort();
  assert.equal(
    universe
      .filter((row) => row.startsWith('construct '))
      .map((row) => row.slice(10))
      .sort(),
    wanted,
  );
});

test('programs that must be refused are, with the code and at the place of their mistake', () => {
  const seen = new Map<string, number>();
  for (let seed = 0; seed < times(28, 1400); seed++) {
    const refused = refusedOf(seed, 4);
    assert.is(complaintAbout(refused), undefined, `${refused.fault}\n${refused.text}`);
    seen.set(refused.fault, (seen.get(refused.fault) ?? 0) + 1);
  }
  assert.equal([...seen.keys()].sort(), Object.keys(faults).sort());
});

test('the command writes what its reader reads, and the same again', async () => {
  const write = (name: string, ...more: string[]) =>
    work.run('corpus', '--count', '3', '--size', '3', '--seed', '2', '--out', work.path(name), ...more);
  const [first, second] = [await write('one', '--targets', 'kernels,wat,wgsl,pytorch,onnx'), await write('two')];
  assert.is(first.code, 0, first.err);
  assert.is(second.code, 0, second.err);
  const [one, two] = ['one', 'two'].map((name) => [...programs(work.path(name))]);
  assert.is(one.length, 3);
  assert.equal(one, two);
  for (const { name, text, program, expected, weights, inputs } of one) {
    assert.is(text === undefined, name.endsWith('operations'));
    for (const { gives, outputs } of program.forms)
      for (const { kind, name: own } of outputs) assert.ok(expected.has(`${gives}/${kind} ${own}`));
    assert.ok(weights.size + inputs.size > 0);
  }
  const file = (name: string) => readFileSync(work.path(`one/programs/${one.find((own) => own.name.endsWith('written'))!.name}/${name}`));
  assert.match(file('model.py').toString(), /class \w+\(nn\.Module\)/);
  assert.ok(file('forward/model.onnx').length > 100 && file('forward/test_data_set_0/output_0.pb').length > 4);
  assert.match(file('wrong.wat').toString(), /;; kernel /);
});

test('a folder that is there is not touched', async () => {
  writeFileSync(work.path('mine'), 'mine');
  const { code, err } = await work.run('corpus', '--out', work.path('mine'));
  assert.is(code, 1);
  assert.match(err, /is there already; name a new folder, nothing was touched/);
  assert.is(readFileSync(work.path('mine'), 'utf8'), 'mine');
});

test('shrink leaves what still fails', async () => {
  const command = `sh -c '! grep -q tanh "$0/program.json"'`;
  for (const name of ['000002-written', '000002-operations']) {
    const folder = work.path(`two/programs/${name}`);
    const { code, out, err } = await work.run('corpus', 'shrink', folder, '--check', command);
    assert.is(code, 0, err);
    const [small, whole] = /: (\d+) nodes of (\d+)/.exec(out)!.slice(1).map(Number);
    assert.ok(small < whole / 2, out);
    assert.match(readFileSync(`${folder}-small/program.json`, 'utf8'), /"tanh"/);
  }
  const fine = await work.run('corpus', 'shrink', work.path('two/programs/000002-written'), '--check', 'true', '--out', work.path('none'));
  assert.match(fine.err, /ends with 0 on .* itself: there is nothing to shrink/);
});

test('the schema of programs is current', () => {
  const file = readFileSync(new URL('../../packages/corpus/program.schema.json', import.meta.url), 'utf8');
  assert.equal(JSON.parse(file), JSON.parse(schemaText()));
});

test.run();
