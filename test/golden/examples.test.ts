/**
 * The examples at their own sizes: keys of the kernels and the checksum of the schedule alone. A refactoring changes none of them; a change
 * of one kernel shows which steps it touches. `UPDATE=1 node test/golden/examples.test.ts` writes them anew.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileStep } from '../../compiler/index.ts';
import type { CompiledStep, Executable, StepOptions } from '../../compiler/values/executable.ts';
import { wasm } from '../../compiler/values/target.ts';
import '../verified.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const examples: readonly (readonly [example: string, variants: readonly string[], loss: string, sizes: Readonly<Record<string, number>>])[] = [
  ['char-gpt', ['CharGpt', 'Bond8'], 'next_token', { batch: 8, time: 256 }],
  ['digits', ['Digits', 'RingAndTree'], 'task', { batch: 32 }],
];

function compiled(example: string, name: string, loss: string, sizes: StepOptions['sizes'], mode: StepOptions['mode']): CompiledStep {
  const file = `examples/${example}/${example}.bond`;
  const text = readFileSync(`${folder}../../${file}`, 'utf8');
  const { model, diagnostics } = check({ file, text, load: () => undefined, name });
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const groups = [{ name: 'all', parameters: model.parameters.map(({ id }) => id) }];
  const entries = (mode === 'train' ? [loss] : [loss, 'accuracy']).map((entry) => ({ name: entry, weight: 1 }));
  return compileStep(model, { entries, sizes, mode, optimiser: { kind: 'adamw', clip: true, groups } });
}

for (const [example, variants, loss, sizes] of examples) {
  test(example, () => {
    const lines: string[] = [];
    for (const name of variants) {
      for (const mode of ['train', 'eval'] as const) {
        const step = compiled(example, name, loss, sizes, mode);
        for (const [part, executable] of Object.entries(step) as [string, Executable][]) {
          const { kernels, launches, checksum } = executable.schedule(wasm);
          lines.push(`${name} ${mode} ${part}: ${launches.length} launches, schedule ${checksum}`, ...kernels.map(({ key }) => `  ${key}`));
        }
      }
    }
    const path = `${folder}examples/${example}.txt`;
    const text = `${lines.join('\n')}\n`;
    if (process.env.UPDATE === '1') writeFileSync(path, text);
    assert.ok(existsSync(path), `${path} is missing; UPDATE=1 writes it`);
    assert.fixture(text, readFileSync(path, 'utf8'));
  });
}

test.run();
