/**
 * Models of the library against transformers, from checkpoints as it saves them (make.py): last hidden state, logits, loss, and the
 * gradients of every parameter. In f64 by the reference engine to 1e-9, in f32 by WASM to 1e-4, both of the largest value.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { familyOf } from '../../runtime/checkpoint/hub/config.ts';
import { renamed } from '../../runtime/checkpoint/hub/names.ts';
import type { TensorFile } from '../../runtime/checkpoint/safetensors.ts';
import { openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/node-files.ts';
import { load } from '../../runtime/index.ts';
import '../verified.ts';

const files = nodeFiles();
const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));

/** The tensors whose names begin so, without that. */
function under(file: TensorFile, prefix: string): TensorFile {
  const own = [...file.tensors].filter(([name]) => name.startsWith(prefix));
  const tensors = new Map(
    own.map(([name, tensor]) => [name.slice(prefix.length), { ...tensor, name: name.slice(prefix.length) }] as const),
  );
  return { ...file, tensors, read: (name) => file.read(prefix + name) };
}

function difference(found: ArrayLike<number>, wanted: ArrayLike<number>, rows: (k: number) => boolean = () => true): number {
  assert.is(found.length, wanted.length);
  let [most, largest] = [0, 0];
  for (let k = 0; k < wanted.length; k++) {
    largest = Math.max(largest, Math.abs(wanted[k]));
    if (rows(k)) most = Math.max(most, Math.abs(found[k] - wanted[k]));
  }
  return most / Math.max(largest, 1e-30);
}

for (const name of readdirSync(fixtures).sort()) {
  const folder = fixtures + name;
  const expected = openTensors(files, `${folder}/expected.safetensors`);
  const { loss, results } = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as { loss: string; results: string[] };
  const config = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')) as Record<string, unknown>;
  const family = familyOf(`${folder}/config.json`, config);
  const given = under(expected, 'input.');
  const inputs = Object.fromEntries([...given.tensors].map(([key, { shape }]) => [key, { shape, data: Int32Array.from(given.read(key)) }]));
  const real = inputs.real?.data;

  for (const [engine, limit] of [
    ['reference', 1e-9],
    ['wasm', 1e-4],
  ] as const) {
    test(`${name} by ${engine}: ${results.join(', ')}, ${loss} and its gradients are those of transformers`, async () => {
      const drops = Object.keys(family.options).filter((option) => option.endsWith('drop'));
      const model = await load(folder, { engine, set: Object.fromEntries(drops.map((option) => [option, 0])) });
      for (const result of results) {
        const wanted = expected.read(`result.${result}`);
        const [found] = Object.values(await model.call(result, inputs));
        // What stands in rows of padding is nobody's concern.
        const each = real === undefined || result === 'forward' ? 0 : wanted.length / real.length;
        const counts = Number.isInteger(each) && each > 0 && result !== 'scores' && result !== 'order';
        const far = difference(found.data, wanted, counts ? (k) => real![Math.floor(k / each)] === 1 : undefined);
        assert.ok(far < limit, `${result}: ${far}`);
      }
      const { loss: value, gradients } = await model.grad(loss, inputs);
      assert.ok(difference([value], expected.read('loss')) < limit, `loss ${value}, expected ${expected.read('loss')[0]}`);
      const wanted = renamed(under(expected, 'gradient.'), family);
      let compared = 0;
      for (const [path, gradient] of gradients) {
        if (!wanted.tensors.has(path)) continue;
        compared++;
        const far = difference(gradient, wanted.read(path));
        assert.ok(far < limit || Math.max(...wanted.read(path).map(Math.abs)) < 1e-14, `gradient of ${path}: ${far}`);
      }
      assert.is(compared, wanted.tensors.size, 'every parameter is compared');
    });
  }
}

test.run();
