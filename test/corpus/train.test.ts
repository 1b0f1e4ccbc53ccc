/**
 * Every variant of the corpus trains ten steps through the command, its events included; at small sizes, with the same statements.
 * Seven of them in a short run, all in a long one. `CORPUS=full node test/corpus/train.test.ts [NAME ...]` trains them at the sizes of their papers: minutes and gigabytes each.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Context } from '../../runtime/cli/context.ts';
import { nodeContext, nodeFiles } from '../../runtime/cli/host.ts';
import { compile, encodeTensors, train } from '../../runtime/index.ts';
import { isLong } from '../long.ts';
import { type CorpusVariant, corpusText, corpusVariants, examples, variantsText } from './programs.ts';
import '../verified.ts';

const size = process.env.CORPUS === 'full' ? 'full' : 'small';
/** Of each kind one: shared experts, an event that chooses, a recipe, a tie, given weights, turns, a model of many networks. */
const sample = ['Mpoe', 'Opf', 'BertLora', 'TiedDecomposed', 'Images', 'Grow', 'Filters', 'Summed', 'Nested'];
const names = process.argv.length > 2 || isLong || size === 'full' ? process.argv.slice(2) : sample;
const folder = mkdtempSync(join(tmpdir(), 'bondsmith-corpus-'));
test.after(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'variants.bond');
writeFileSync(file, variantsText(size));
writeFileSync(join(folder, 'models.bond'), corpusText('models.bond'));
const silent = () => {};
const quiet: Context = { ...nodeContext(), out: silent, err: silent, terminal: { columns: 80, write: silent } };

/** The losses of models that have several: those to train. */
const losses: Readonly<Record<string, Record<string, number>>> = {
  Bert: { masked: 1, task: 1 },
  Albert: { masked: 1, sentence_order: 1 },
  Gpt2: { next_token: 1 },
};

/** Given weights for the tensors that a variant truncates: one matrix of the shape asked for. */
function weights(variant: CorpusVariant): string | undefined {
  if (variant.name !== 'Images') return undefined;
  const { rows = 32, cols = 32, hidden = 1024 } = variant.set;
  const path = join(folder, 'weights.safetensors');
  const matrix = (name: string, shape: readonly [number, number]) => ({
    name,
    shape,
    data: Float32Array.from({ length: shape[0] * shape[1] }, (_, k) => Math.sin(k) / 8),
  });
  nodeFiles().replace(path, encodeTensors([matrix('first.weight', [hidden, rows * cols]), matrix('second.weight', [hidden, hidden])]));
  return path;
}

for (const variant of corpusVariants(size).filter(({ name }) => names.length === 0 || names.includes(name))) {
  test(`${variant.name} of ${variant.model}`, async () => {
    const { name, set, model, batch } = variant;
    const from = weights(variant);
    const source = from === undefined ? {} : { source: new Set(['first.weight', 'second.weight']) };
    const compiled = compile({ file, variant: name, set, ...source }, quiet);
    const data = join(folder, `${name}.safetensors`);
    nodeFiles().replace(data, encodeTensors(examples(compiled, variant)));
    const config = {
      ...(losses[model] ? { losses: losses[model] } : {}),
      evaluate: { every: 100, rows: 4 },
      checkpoint: { every: 100 },
    };
    const out = join(folder, name);
    const result = await train(
      { file, variant: name, set, data, ...(from === undefined ? {} : { from }), out, steps: 10, batch, config },
      quiet,
    );
    if (size === 'full') console.log(`${name}: loss ${result.loss}`);
    assert.ok(Number.isFinite(result.loss), `${result.loss}`);
    rmSync(out, { recursive: true });
    rmSync(data);
  });
}

test.run();
