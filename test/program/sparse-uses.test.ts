/** What a weight made of cores costs where only a part of it, or a sum over it, is asked for. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileStep, table } from '../../compiler/index.ts';
import type { CompiledStep } from '../../compiler/values/executable.ts';
import type { Contract } from '../../compiler/values/program.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { makeRunner } from '../../runtime/train/runner.ts';
import '../verified.ts';

function modelOf(use: string, width: number, variant: string | undefined = 'V') {
  const text = `edition 1
    topology three[a, b, c](r, s) {
      core A (a, r)
      core B (r, b, s)
      core C (s, c)
    }
    model M(depth = 4, width = ${width}) {
      axis batch
      input x[batch, width], which[] in depth
      w: [depth, width', width] ~ normal(1 / sqrt(width))
      ${use}
    }
    variant V of M { decompose w as three(r = 4, s = 8) }`;
  const { model, diagnostics } = check({ file: 'm.bond', text, load: () => undefined, name: variant ?? 'M' });
  assert.ok(model, diagnostics.map(({ message }) => message).join('\n'));
  return model!;
}
const stepOf = (use: string, width: number) =>
  compileStep(modelOf(use, width), { entries: [{ name: 'l', weight: 1 }], sizes: { batch: 32 }, mode: 'eval' });

const indexed = (at: string) => `
      forward(x[batch, width], k[] in depth) -> y[batch, width'] { y[batch, width'] = w[depth = ${at}] * x }
      loss l = mean(forward(x, which) ^ 2)`;
const listed = `
      forward() -> s[] { s[] = w * w }
      loss l = forward()`;

/** Products of numbers in the contractions. */
function multiplications({ frozen, batch }: CompiledStep): number {
  const nodes = [frozen, batch].flatMap((part) => part?.program.nodes ?? []);
  return nodes.reduce((sum, { operation, attributes }) => {
    if (operation !== 'contract') return sum;
    const { letters, operands } = attributes as Contract;
    return operands.length < 2 ? sum : sum + letters.reduce((product, { size }) => product * size, 1);
  }, 0);
}

test('a constant index is a lookup in the cores', () => {
  const [fixed, data] = ['2', 'k'].map((at) => multiplications(stepOf(indexed(at), 1024)));
  assert.ok(fixed <= data && fixed < 2_000_000, `${fixed} multiply-adds, ${data} where data index`);
});

test('a sum over a square costs as much as the listed one', () => {
  const costs = [listed, "loss l = sum[depth, width', width](w * w)", 'loss l = sum(w * w)', 'loss l = sum(w ^ 2)'].map((use) =>
    multiplications(stepOf(use, 256)),
  );
  assert.ok(costs[0] > 0 && costs[0] < 200_000, String(costs[0]));
  assert.equal(
    costs,
    costs.map(() => costs[0]),
  );
});

test('values are those of the whole weight', async () => {
  const width = 6;
  const uses = [indexed('2'), indexed('k'), 'loss l = sum(w * w)', 'loss l = sum(w ^ 2)', listed];
  const found: number[] = [];
  const engine = referenceEngine(table);
  for (const use of uses) {
    const step = compileStep(modelOf(use, width), { entries: [{ name: 'l', weight: 1 }], sizes: { batch: 3 }, mode: 'eval' });
    const persistent = engine.allocate(step.batch.layout.size);
    engine.write(
      persistent,
      0,
      Float64Array.from({ length: persistent.elements }, (_, k) => Math.sin(k + 1)),
      'real',
    );
    const runner = await makeRunner(engine, step, persistent);
    runner.set(
      'x',
      Array.from({ length: 3 * width }, (_, k) => Math.cos(k)),
    );
    if (step.batch.places.has('input which')) runner.set('which', [2]);
    runner.run({ seed: [0, 0], tick: 0 });
    found.push(await runner.readNumber('loss'));
  }
  const close = (a: number, b: number) => assert.ok(a > 0 && Math.abs(a - b) < 1e-12 * a, `${a} and ${b}`);
  close(found[0], found[1]);
  close(found[2], found[3]);
  close(found[2], found[4]);
});

test.run();
