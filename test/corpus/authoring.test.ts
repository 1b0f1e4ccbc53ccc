/** Six programs written with the documents alone (docs/results/authoring.md): each is what it was asked to be, and takes training steps. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model, NetworkTerm } from '../../compiler/values/model.ts';
import { nodeContext, nodeFiles } from '../../runtime/cli/host.ts';
import { compile, encodeTensors, train } from '../../runtime/index.ts';
import { corpusText, examples } from './programs.ts';
import '../verified.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith-authoring-'));
test.after(() => rmSync(folder, { recursive: true }));
for (const name of ['authoring.bond', 'models.bond']) writeFileSync(join(folder, name), corpusText(name));
const file = join(folder, 'authoring.bond');
const silent = () => {};
const quiet = { ...nodeContext(), out: silent, err: silent, terminal: { columns: 80, write: silent } };
const tiny = { vocab: 250, width: 16, heads: 2, depth: 2, context: 8 };

const networkOf = (model: Model, path: string) => model.weights.find((weight) => weight.path === path)!.terms.at(-1) as NetworkTerm;
const bonds = (term: NetworkTerm) => term.legs.filter(({ bond }) => bond !== undefined).map(({ size }) => size);
const namesOf = (model: Model, name: string) => model.parameters.find(({ names }) => names.includes(name))!.names;

const cases: Record<string, (model: Model) => void> = {
  Comb: (model) => {
    const { nodes } = networkOf(model, 'first.weight');
    assert.equal(
      nodes.map(({ name }) => name),
      ['B[1]', 'B[2]', 'B[3]', 'U[1]', 'U[2]', 'U[3]', 'D[1]', 'D[2]', 'D[3]'],
    );
  },
  Hierarchical: (model) => assert.is(networkOf(model, 'embed').nodes.length, 4 + 2 + 1),
  Gpt2Lora: (model) => {
    const free = model.parameters.filter(({ update }) => !update.frozen);
    assert.is(free.length, 2 * 2 * 2);
    assert.ok(free.every(({ role }) => role === 'adapter'));
  },
  Lens: (model) => assert.equal(bonds(networkOf(model, 'first.weight')), [2, 4, 8, 4, 2]),
  SharedRing: (model) => {
    assert.equal(
      namesOf(model, 'block[1].attn.key.weight.T[2]'),
      ['query', 'key'].map((name) => `block[1].attn.${name}.weight.T[2]`),
    );
    assert.is(namesOf(model, 'block[1].attn.value.weight.T[2]').length, 1);
  },
  SharedCore: (model) => {
    assert.is(namesOf(model, 'block[1].attn.key.weight.T[2]').length, 2);
    assert.is(namesOf(model, 'block[1].attn.key.weight.T[1]').length, 1);
  },
  Experts: (model) => {
    const name = (core: number) => `block[1].ffn.each[2].up.weight.T[${core}]`;
    assert.equal(
      [1, 2, 3].map((core) => namesOf(model, name(core)).length),
      [3, 1, 3],
    );
  },
};

for (const [name, asked] of Object.entries(cases)) {
  test(name, async () => {
    const set = name === 'Gpt2Lora' ? tiny : {};
    const model = compile({ file, variant: name, set }, quiet);
    asked(model);
    const data = join(folder, `${name}.safetensors`);
    nodeFiles().replace(data, encodeTensors(examples(model, { set, batch: 2, open: { time: 6 } })));
    const losses = model.entries.some((entry) => entry.name === 'next_token') ? { losses: { next_token: 1 } } : {};
    const config = { ...losses, evaluate: { every: 100, rows: 4 }, checkpoint: { every: 100 } };
    const { loss } = await train({ file, variant: name, set, data, out: join(folder, name), steps: 2, batch: 2, config }, quiet);
    assert.ok(Number.isFinite(loss), `${loss}`);
  });
}

test.run();
