/** Seven published architectures written from docs/language.md alone (docs/results/authoring.md): each trains what it should, twenty steps. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeContext, nodeFiles } from '../../runtime/cli/host.ts';
import { compile, describeModel, encodeTensors, train } from '../../runtime/index.ts';
import { corpusText, examples } from './programs.ts';
import '../verified.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith-cold-'));
test.after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'cold.bond');
writeFileSync(file, corpusText('cold.bond'));
const silent = () => {};
const quiet = { ...nodeContext(), out: silent, err: silent, terminal: { columns: 80, write: silent } };

/** What is trained, and what is drawn from the seed and stored nowhere. */
const counts: Record<string, readonly [trainable: number, seeded: number]> = {
  MetaTT: [208, 0],
  LoTR: [352, 0],
  TTLoraMixture: [1536, 0],
  QuanTA: [864, 0],
  BTT: [6164, 0],
  TeRA: [120, 640],
  MpoLibrary: [4340, 0],
};

for (const [variant, expected] of Object.entries(counts)) {
  test(variant, async () => {
    const model = compile({ file, variant }, quiet);
    const { trainable, seeded } = describeModel(model).parameters;
    assert.equal([trainable, seeded], expected);
    const data = join(folder, `${variant}.safetensors`);
    nodeFiles().replace(data, encodeTensors(examples(model, { set: {}, batch: 8, open: { time: 6 } })));
    const config = { evaluate: { every: 100, rows: 4 }, checkpoint: { every: 100 }, optimiser: { rate: 0.01 } };
    const after = (steps: number) =>
      train({ file, variant, data, out: join(folder, `${variant}-${steps}`), steps, batch: 4, config }, quiet).then(({ loss }) => loss!);
    const [first, last] = [await after(1), await after(20)];
    assert.ok(Number.isFinite(last) && last < first, `${first} at the first step, ${last} at the twentieth`);
  });
}

test.run();
