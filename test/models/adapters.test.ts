/**
 * Adapters that peft saved and layers that tltorch saved are tensors of a variant: what the model computes with them is what those libraries
 * compute. Fixtures by make_adapters.py.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/node-files.ts';
import { load } from '../../runtime/index.ts';
import { workplace } from '../cli/command.ts';
import '../verified.ts';

const folders = fileURLToPath(new URL('adapters/', import.meta.url));
const work = workplace();
test.after(() => work.remove());
const expected = (name: string) => openTensors(nodeFiles(), `${folders}${name}/expected.safetensors`);

function far(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  assert.is(found.length, wanted.length);
  return Array.from(wanted).reduce((most, value, k) => Math.max(most, Math.abs(value - found[k])), 0);
}

async function logits(model: Awaited<ReturnType<typeof load>>, name: string) {
  const file = expected(name);
  const { shape } = file.tensors.get('ids')!;
  const ids = { shape, data: Int32Array.from(file.read('ids')) };
  const ones = { shape, data: new Int32Array(ids.data.length).fill(1) };
  const zeros = { shape, data: new Int32Array(ids.data.length) };
  const [entry, inputs] = name === 'gpt2' ? ['forward', { ids }] : ['scores', { ids, real: ones, part: zeros }];
  return {
    found: Object.values(await model.call(entry as string, inputs as Record<string, typeof ids>))[0].data,
    wanted: file.read('logits'),
  };
}

for (const name of ['gpt2', 'bert-classes']) {
  test(`the LoRA adapter of ${name} alone makes a model: its base, what it adds, and the tensors that it has instead`, async () => {
    const model = await load(folders + name, { engine: 'reference' });
    assert.is(model.resolved.name, 'Adapted');
    const { found, wanted } = await logits(model, name);
    assert.ok(far(found, wanted) < 1e-6 * Math.max(...wanted.map(Math.abs)), String(far(found, wanted)));
  });
}

const lora = (statements: string) => `edition 1
use gpt2 { Gpt2 }
variant Own of Gpt2 { ${statements} }
`;
const fused = 'block[*].attn.{query, key, value}';

test('a variant of one’s own takes the tensors of an adapter by --from', async () => {
  const file = work.write(
    'own.bond',
    lora(`adapt ${fused} with low_rank(r = 3) scaled by 2  adapt block[*].ffn.up with low_rank(r = 3) scaled by 2`),
  );
  const model = await load(file, { variant: 'Own', from: `${folders}gpt2`, engine: 'reference' });
  const { found, wanted } = await logits(model, 'gpt2');
  assert.ok(far(found, wanted) < 1e-6 * Math.max(...wanted.map(Math.abs)));
});

const refusals: readonly [string, string, RegExp][] = [
  [
    'another scale',
    `adapt ${fused} with low_rank(r = 3)`,
    /scaled by 2, the variant scales it by 1: say `adapt block\[1\]\.attn\.query\.weight with low_rank\(r = 3\) scaled by 2`/,
  ],
  ['another rank', `adapt ${fused} with low_rank(r = 4) scaled by 2`, /other shapes than Own takes/],
];
for (const [name, statements, message] of refusals) {
  test(`an adapter is refused by a variant of ${name}`, async () => {
    const file = work.write('other.bond', lora(statements));
    try {
      await load(file, { variant: 'Own', from: `${folders}gpt2`, engine: 'reference' });
    } catch (error) {
      assert.match((error as Error).message, message);
      return;
    }
    assert.unreachable();
  });
}

const changed: readonly [string, Record<string, unknown>, RegExp][] = [
  ['another kind', { peft_type: 'IA3' }, /peft_type is "IA3"; LoRA is read/],
  ['magnitudes', { use_dora: true }, /use_dora is true; LoRA is read, without further parts/],
  ['a base that is not there', { base_model_name_or_path: 'gpt2-nowhere' }, /its base "gpt2-nowhere" is no folder with a config.json/],
  ['no alpha', { lora_alpha: 'two' }, /lora_alpha is "two", expected a number/],
];
for (const [name, entries, message] of changed) {
  test(`an adapter is refused: ${name}`, async () => {
    const folder = work.path(`adapter-${name.replaceAll(' ', '-')}`);
    cpSync(`${folders}gpt2`, folder, { recursive: true });
    const path = `${folder}/adapter_config.json`;
    const config = JSON.parse(readFileSync(path, 'utf8'));
    const base = fileURLToPath(new URL('fixtures/gpt2', import.meta.url));
    writeFileSync(path, JSON.stringify({ ...config, base_model_name_or_path: base, ...entries }));
    try {
      await load(folder, { engine: 'reference' });
    } catch (error) {
      assert.match((error as Error).message, message);
      return;
    }
    assert.unreachable();
  });
}

const layer = (topology: string, how: string) => `edition 1
${topology}
model Layer() {
  axis row, wide = 64, narrow = 32
  input x[row, narrow], y[row, wide]
  fc: linear[narrow -> wide]
  forward(x[row, narrow]) -> z[row, wide] { z = fc(x) }
  loss far = mean((forward(x) - y) ^ 2)
}
variant Cores of Layer { decompose fc as ${how} }
`;
const each = (names: readonly string[]) =>
  Object.fromEntries(names.map((name, k) => [`fc.weight.factors.factor_${k}`, `fc.weight.${name}`]));
const outsAndIns = ['U[1]', 'U[2]', 'U[3]', 'V[1]', 'V[2]', 'V[3]'];
const layers: readonly [string, string, string, Record<string, string>][] = [
  ['tltorch-blocktt', '', 'mpo[2*4*8, 4*4*2](b = (3, 4))', { 'fc.weight.factors.factor_{k}': 'fc.weight.T[{k+1}]' }],
  [
    'tltorch-cp',
    'topology cp_weighted[out[n], in[n]](r) { core S (r)  core U[k] (out[k], r) for k in 1..n  core V[k] (in[k], r) for k in 1..n }',
    'cp_weighted[2*4*8, 4*4*2](r = 5)',
    { 'fc.weight.weights': 'fc.weight.S', ...each(outsAndIns) },
  ],
  [
    'tltorch-tucker',
    'topology tucker_all[out[n], in[n]](p[1..n], q[1..n]) { core G (p[1..n], q[1..n])  core U[k] (out[k], p[k]) for k in 1..n  core V[k] (in[k], q[k]) for k in 1..n }',
    'tucker_all[2*4*8, 4*4*2](p = (2, 3, 4), q = (3, 2, 2))',
    { 'fc.weight.core': 'fc.weight.G', ...each(outsAndIns) },
  ],
];
for (const [name, topology, how, rules] of layers) {
  test(`${name}: cores that tltorch saved are those of a variant, by a map of names`, async () => {
    const file = work.write(`${name}.bond`, layer(topology, how));
    const names = work.write(`${name}.json`, JSON.stringify({ tensors: { 'fc.bias': 'fc.offset', ...rules } }));
    const model = await load(file, { variant: 'Cores', from: `${folders}${name}/cores.safetensors`, names, engine: 'reference' });
    const given = expected(name);
    const { z } = await model.call('forward', { x: { shape: [3, 32], data: given.read('x') } });
    assert.ok(far(z.data, given.read('y')) < 1e-12 * Math.max(1, ...given.read('y').map(Math.abs)), String(far(z.data, given.read('y'))));
  });
}

test.run();
