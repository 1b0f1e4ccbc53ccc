/** Sizes are arguments: a step at another batch or context has the very kernels that it has, so an engine compiles nothing new for it. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileStep } from '../../compiler/index.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import { printKernel } from '../../compiler/values/print-kernel.ts';
import { inOrder } from '../../compiler/values/program.ts';
import { wasm } from '../../compiler/values/target.ts';
import '../verified.ts';

const corpus = readFileSync(new URL('../corpus/models.bond', import.meta.url), 'utf8');
const text = `edition 1
use "./models.bond" { CharGpt }
variant Dense of CharGpt(vocab = 12, width = 16, heads = 2, depth = 1, inner = 32, context = 64) {}
variant Cores of CharGpt(vocab = 12, width = 16, heads = 2, depth = 1, inner = 32, context = 64) {
  decompose block[*].{query, key, value, mix} as mpo[4*4, 4*4](b = 2)
  decompose block[*].up as mpo[4*8, 4*4](b = 2)
}`;

function kernelsOf(name: string, sizes: StepOptions['sizes'], mode: StepOptions['mode']): Map<string, string> {
  const { model, diagnostics } = check({ file: 'tiny.bond', text, load: () => corpus, name });
  assert.ok(model, diagnostics.map(({ message }) => message).join('\n'));
  const groups = [{ name: 'all', parameters: model!.parameters.map(({ id }) => id) }];
  const optimiser = { kind: 'adamw', clip: true, groups } as const;
  const step = compileStep(model!, { entries: [{ name: 'next_token', weight: 1 }], sizes, mode, optimiser });
  return new Map(inOrder(step).flatMap((part) => part.schedule(wasm).kernels.map((kernel) => [kernel.key, printKernel(kernel)])));
}

const fresh = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) =>
  [...after].filter(([key]) => !before.has(key)).map(([, kernel]) => kernel);

for (const name of ['Dense', 'Cores']) {
  for (const mode of ['train', 'eval'] as const) {
    test(`${name}, ${mode}: another batch has the same kernels`, () => {
      // Cores have other trees, and long sums other pieces, from some batches on.
      const [one, other] = (name === 'Dense' ? [4, 8] : [2, 3]).map((batch) => kernelsOf(name, { batch, time: 32 }, mode));
      assert.equal(fresh(one, other), []);
      assert.is(one.size, other.size);
    });
  }
}

test('a batch at which other trees are best has other products and nothing else', () => {
  const [four, eight] = [4, 8].map((batch) => kernelsOf('Cores', { batch, time: 32 }, 'train'));
  const made = [...fresh(four, eight), ...fresh(eight, four)];
  assert.ok(made.length > 0 && made.every((kernel) => /^kernel \w+ tiles/.test(kernel)), made.join('\n'));
});

test.run();
