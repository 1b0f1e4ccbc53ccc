/** Folders as the hubs ship them: read whole or refused whole, and written back as they were. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeContext, nodeFiles } from '../../runtime/cli/host.ts';
import { compile, load, publish, train } from '../../runtime/index.ts';
import '../verified.ts';

const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bondsmith-hub-'));
test.after(() => rmSync(folder, { recursive: true }));
const files = nodeFiles();
const quiet = { ...nodeContext(), out: () => undefined, err: () => undefined };

/** A copy of a fixture that is changed. */
function copyOf(name: string, as: string): string {
  const to = join(folder, as);
  cpSync(join(fixtures, name), to, { recursive: true });
  return to;
}
function edit(at: string, change: (config: Record<string, unknown>) => void): void {
  const path = join(at, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  change(config);
  writeFileSync(path, JSON.stringify(config));
}
type Stored = { name: string; shape: readonly number[]; data: Float64Array; type: 'F32' };
function rewrite(at: string, change: (tensors: Stored[]) => Stored[]): void {
  const path = join(at, 'model.safetensors');
  const file = openTensors(files, path);
  const tensors = [...file.tensors.values()].map(({ name, shape }) => ({ name, shape, data: file.read(name), type: 'F32' as const }));
  files.replace(path, encodeTensors(change(tensors), file.metadata));
}
async function refusal(at: string): Promise<string> {
  try {
    await load(at);
  } catch (error) {
    return (error as Error).message;
  }
  throw new assert.Assertion({ message: `${at} was loaded` } as never);
}

for (const name of readdirSync(fixtures).sort()) {
  test(`${name} is written back byte for byte`, async () => {
    const out = join(folder, `again-${name}`);
    publish(await load(fixtures + name), { like: fixtures + name, out });
    for (const file of ['config.json', 'model.safetensors']) {
      assert.ok(readFileSync(join(out, file)).equals(readFileSync(join(fixtures, name, file))), file);
    }
  });
}

test('one weight that changed changes its tensor alone, transposed and fused as published', async () => {
  const model = await load(`${fixtures}gpt2`);
  const key = model.weights.get('block[2].attn.key.weight')!;
  model.setWeight(
    'block[2].attn.key.weight',
    key.data.map((value, k) => (k === 33 ? 7 : value)),
  );
  const out = join(folder, 'changed');
  publish(model, { like: `${fixtures}gpt2`, out });
  const [before, after] = [`${fixtures}gpt2`, out].map((at) => openTensors(files, join(at, 'model.safetensors')));
  for (const name of before.tensors.keys()) {
    const [old, now] = [before.read(name), after.read(name)];
    const changed = [...now.keys()].filter((k) => now[k] !== old[k]);
    // Row 1, column 1 of the key: in the published matrix row 1, column 32 + 1 of 96.
    assert.equal(changed, name === 'transformer.h.1.attn.c_attn.weight' ? [96 + 33] : [], name);
  }
});

test('shards of an index are one model, and are written as shards', async () => {
  const at = copyOf('bert', 'sharded');
  const file = openTensors(files, join(at, 'model.safetensors'));
  const names = [...file.tensors.keys()];
  const map: Record<string, string> = {};
  for (const [k, part] of [names.slice(0, 11), names.slice(11)].entries()) {
    const shard = `model-0000${k + 1}-of-00002.safetensors`;
    const tensors = part.map((name) => ({ name, shape: file.tensors.get(name)!.shape, data: file.read(name), type: 'F32' as const }));
    files.replace(join(at, shard), encodeTensors(tensors, file.metadata));
    for (const name of part) map[name] = shard;
  }
  rmSync(join(at, 'model.safetensors'));
  const index = join(at, 'model.safetensors.index.json');
  writeFileSync(index, JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }));
  const [model, whole] = [await load(at), await load(`${fixtures}bert`)];
  for (const [name, { data }] of whole.weights) assert.equal(model.weights.get(name)!.data, data, name);
  const out = join(folder, 'sharded-again');
  publish(model, { like: at, out });
  for (const name of [...new Set(Object.values(map)), 'model.safetensors.index.json'])
    assert.ok(readFileSync(join(out, name)).equals(readFileSync(join(at, name))), name);

  rmSync(join(at, 'model-00002-of-00002.safetensors'));
  assert.match(await refusal(at), /the shard model-00002-of-00002.safetensors is not there/);
  writeFileSync(index, JSON.stringify({ weight_map: {} }));
  assert.match(await refusal(at), /it names no tensor/);
  writeFileSync(index, JSON.stringify({ weight_map: { a: '../../secret.safetensors' } }));
  assert.match(await refusal(at), /expected a .safetensors file of the same folder/);
});

test('pickles are refused with what to do', async () => {
  const at = copyOf('bert', 'pickled');
  rmSync(join(at, 'model.safetensors'));
  assert.match(await refusal(at), /there is neither model.safetensors nor model.safetensors.index.json/);
  writeFileSync(join(at, 'pytorch_model.bin'), 'x');
  assert.match(await refusal(at), /pytorch_model.bin, a pickle: .*save_pretrained/);
});

test('configurations that cannot be said here are refused, all reasons at once', async () => {
  const at = copyOf('bert', 'strange');
  edit(at, (config) => {
    config.hidden_act = 'mish';
    config.is_decoder = true;
    config.hidden_size = 'wide';
  });
  const message = await refusal(at);
  assert.match(message, /hidden_act is "mish"; known are gelu/);
  assert.match(message, /is_decoder is true; Bert has false/);
  assert.match(message, /hidden_size is "wide", expected a number/);
  edit(at, (config) => {
    config.model_type = 'mamba';
  });
  assert.match(await refusal(at), /model_type is "mamba"; known are albert, bert, distilbert, gpt2, llama, roberta/);
});

test('missing, left over and misshapen tensors are one table, and nothing is loaded', async () => {
  const lacking = copyOf('bert', 'lacking');
  rewrite(lacking, (tensors) => tensors.filter(({ name }) => !name.includes('layer.1.attention.self.query.weight')));
  assert.match(await refusal(lacking), /lacks tensors that every Bert has[\s\S]*block\[2\]\.attn\.query\.weight +\[32, 32\] +- +missing/);
  const other = copyOf('bert', 'misshapen');
  edit(other, (config) => {
    config.intermediate_size = 64;
  });
  assert.match(await refusal(other), /other shapes than Bert takes[\s\S]*block\[1\]\.ffn\.up\.weight +\[64, 32\] +\[48, 32\] +misshapen/);
  const twice = copyOf('bert', 'twice');
  rewrite(twice, (tensors) => [
    ...tensors,
    { ...tensors.find(({ name }) => name === 'bert.embeddings.LayerNorm.weight')!, name: 'embeddings.LayerNorm.gamma' },
  ]);
  assert.match(await refusal(twice), /its tensors .* and .* are both norm.gain/);
  const untied = copyOf('gpt2', 'untied');
  rewrite(untied, (tensors) => {
    const table = tensors.find(({ name }) => name === 'transformer.wte.weight')!;
    return [...tensors, { ...table, name: 'lm_head.weight', data: table.data.map((value) => -value) }];
  });
  assert.match(await refusal(untied), /transformer.wte.weight and lm_head.weight differ, and are one in the model/);
});

test('norms called gamma and beta, and names without their prefix, are known', async () => {
  const at = copyOf('bert', 'old');
  rewrite(at, (tensors) =>
    tensors.map((tensor) => ({
      ...tensor,
      name: tensor.name
        .replace(/^bert\./, '')
        .replace(/LayerNorm.weight$/, 'LayerNorm.gamma')
        .replace(/LayerNorm.bias$/, 'LayerNorm.beta'),
    })),
  );
  const [old, now] = [await load(at), await load(`${fixtures}bert`)];
  for (const [name, { data }] of now.weights) assert.equal(old.weights.get(name)!.data, data, name);
});

test('a variant takes weights and sizes from the folder, trains, and is published again with its new head', async () => {
  const file = join(folder, 'tuned.bond');
  writeFileSync(
    file,
    'edition 1\nuse bert { Bert }\nvariant Tuned of Bert(classes = 3) { decompose block[*].ffn.up as mpo[4*4*3, 2*4*4] }\n',
  );
  const data = join(folder, 'rows.jsonl');
  const row = (k: number) =>
    JSON.stringify({
      ...{ ids: [2, 5 + k, 7, 3], part: [0, 0, 1, 1], real: [true, true, true, k % 2 === 0], label: k % 3 },
      ...{ value: 0, truth: [1, 1, 1, 1], hidden: [false, true, false, false], random: 0 },
    });
  writeFileSync(data, Array.from({ length: 20 }, (_, k) => row(k)).join('\n'));
  const from = `${fixtures}bert`;
  const out = join(folder, 'run');
  const result = await train({ file, data, from, out, steps: 2, batch: 4, config: { losses: { task: 1 } } }, quiet);
  assert.ok(Number.isFinite(result.loss));
  const tuned = await load(out);
  assert.is(tuned.resolved.axes.find(({ name }) => name === 'width')!.size, 32, 'sizes come from the configuration');
  const to = join(folder, 'published');
  publish(tuned, { like: from, out: to, loss: 'task' });
  const config = JSON.parse(readFileSync(join(to, 'config.json'), 'utf8'));
  assert.equal([config.architectures, Object.keys(config.id2label).length], [['BertForSequenceClassification'], 3]);
  const again = openTensors(files, join(to, 'model.safetensors'));
  assert.equal(again.tensors.get('classifier.weight')!.shape, [3, 32]);
  const before = openTensors(files, join(from, 'model.safetensors'));
  const head = 'cls.seq_relationship.weight';
  assert.equal(again.read(head), before.read(head), 'what the loss does not read is as it was');
});

test('a map of names of the user reads a file of another library; without it the table proposes one', async () => {
  const file = join(folder, 'own.bond');
  writeFileSync(
    file,
    'edition 1\nmodel Own(width = 4, classes = 3) {\n  axis batch\n  input x[batch, width]\n  first: linear[width -> classes]\n  forward(x[batch, width]) -> y[batch, classes] { y = first(x) }\n}\n',
  );
  assert.ok(compile({ file }));
  const weights = join(folder, 'theirs.safetensors');
  const kernel = Float64Array.from({ length: 12 }, (_, k) => k);
  files.replace(
    weights,
    encodeTensors([
      { name: 'dense/first/kernel', shape: [4, 3], data: kernel },
      { name: 'dense/first/bias', shape: [3], data: new Float64Array(3) },
    ]),
  );
  let message = '';
  await load(file, { from: weights }).catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, /first\.weight +dense\/first\/kernel \(transposed\)[\s\S]*first\.offset +dense\/first\/bias/);
  const names = join(folder, 'names.json');
  writeFileSync(
    names,
    JSON.stringify({
      tensors: { 'dense/first/kernel': { parts: ['first.weight'], transposed: true }, 'dense/first/bias': 'first.offset' },
    }),
  );
  const model = await load(file, { from: weights, names });
  assert.equal([...model.weights.get('first.weight')!.data], [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
  writeFileSync(names, JSON.stringify({ tensors: { a: 3 } }));
  message = '';
  await load(file, { from: weights, names }).catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, /names.json has a problem/);
});

test('the classes of a published head keep their names: words are labels, and are written back', async () => {
  const names = ['yes', 'no', 'maybe'];
  const from = copyOf('bert-classes', 'named');
  edit(from, (config) => {
    config.id2label = Object.fromEntries(names.map((name, k) => [k, name]));
  });
  const model = await load(from, { engine: 'reference' });
  assert.equal(model.labels, { classes: names });
  assert.equal((await load(`${fixtures}bert-classes`, { engine: 'reference' })).labels, {}, 'numbers alone are no names');
  const rows = {
    ids: [
      [3, 4],
      [5, 6],
    ],
    part: [
      [0, 0],
      [0, 0],
    ],
    real: [
      [1, 1],
      [1, 1],
    ],
  };
  const words = await model.grad('task', { ...rows, label: ['maybe', 'yes'] });
  const numbers = await model.grad('task', { ...rows, label: [2, 0] });
  assert.is(words.loss, numbers.loss);
  const to = join(folder, 'named-again');
  publish(model, { like: `${fixtures}bert-classes`, out: to, loss: 'task' });
  assert.equal(JSON.parse(readFileSync(join(to, 'config.json'), 'utf8')).id2label, { 0: 'yes', 1: 'no', 2: 'maybe' });
});

test.run();
