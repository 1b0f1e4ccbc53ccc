/** Use of experts: told by every evaluation, and a warning where a router has collapsed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeContext } from '../../runtime/cli/host.ts';
import { encodeTensors, train } from '../../runtime/index.ts';
import type { Measurement } from '../../runtime/train/metrics.ts';
import { UsageWatch } from '../../runtime/train/usage.ts';
import '../verified.ts';

const shares = (router: string, ...values: readonly number[]) =>
  Object.fromEntries(values.map((value, k) => [`${router}.share[${k + 1}]`, value]));

test('collapsed: one expert has nearly all rows in three evaluations in a row; told once, and again after it recovered', () => {
  const watch = new UsageWatch();
  const [bad, good] = [shares('block[1].ffn.route', 0.02, 0.95, 0.03), shares('block[1].ffn.route', 0.2, 0.6, 0.2)];
  const told = [bad, bad, good, bad, bad, bad, bad, good, bad, bad, bad].map((found) => watch.observe({ loss: 1, ...found }).length);
  assert.equal(told, [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
});

test('the warning names the router, the expert and what to do; each router is watched for itself', () => {
  const watch = new UsageWatch();
  const found = { ...shares('a.route', 0.95, 0.05), ...shares('b.route', 0.5, 0.5), 'b.dropped': 1, loss: 1 };
  const told = [watch.observe(found), watch.observe(found), watch.observe(found)].flat();
  assert.is(told.length, 1);
  assert.match(told[0], /router a\.route has collapsed: expert 1 of 2 is chosen by 95 % of the rows.*raise its `balance`/);
});

test('two picks: one expert for every row is a collapse, all experts for every row are none', () => {
  const [watch, all] = [new UsageWatch(), new UsageWatch()];
  for (const expected of [0, 0, 1]) {
    assert.is(watch.observe(shares('r', 1, 0.4, 0.3, 0.3)).length, expected);
    assert.is(all.observe(shares('r', 1, 1)).length, 0);
  }
});

const text = `edition 1
model Small(width = 4) {
  axis batch
  input x[batch, width], y[batch, width]
  ffn: mixture[width, expert = 4, pick = 1](body = mlp[width, 8], router = switch(balance = 0.01, capacity = 1))
  loss error = mean((x + ffn(x) - y) ^ 2)
}
`;
const folder = mkdtempSync(join(tmpdir(), 'bondsmith-usage-'));
test.after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'small.bond'), text);

/** Lines of the metrics with an evaluation, and what was said. */
async function trained(name: string, x: Float32Array): Promise<{ lines: Measurement[]; said: string }> {
  const data = join(folder, `${name}.safetensors`);
  const shape = [x.length / 4, 4];
  writeFileSync(
    data,
    Buffer.concat([
      ...encodeTensors([
        { name: 'x', shape, data: x },
        { name: 'y', shape, data: x },
      ]),
    ]),
  );
  let said = '';
  const note = (line: string) => {
    said += `${line}\n`;
  };
  const terminal = { columns: 100, write: note };
  const context = { ...nodeContext(), terminal, out: note, err: note };
  const out = join(folder, name);
  const config = { evaluate: { every: 1, rows: 4 }, optimiser: { kind: 'adamw', rate: 1e-4 } } as const;
  await train({ file: join(folder, 'small.bond'), data, out, steps: 4, batch: 8, config }, context);
  const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return { lines: lines.map((line): Measurement => JSON.parse(line)).filter((line) => line.validation_loss !== undefined), said };
}

test('a run: shares sum to 1, dropped rows are counted, and all rows alike are a collapse', async () => {
  const varied = await trained(
    'varied',
    Float32Array.from({ length: 320 }, (_, k) => Math.sin(k * k)),
  );
  assert.is(varied.lines.length, 4);
  for (const line of varied.lines) {
    const own = [1, 2, 3, 4].map((k) => line[`validation_ffn.route.share[${k}]`]);
    assert.ok(Math.abs(own.reduce((sum, share) => sum + share, 0) - 1) < 1e-6);
    const dropped = own.reduce((sum, share) => sum + Math.max(0, share - 0.25), 0);
    assert.ok(Math.abs(line['validation_ffn.route.dropped'] - dropped) < 1e-6);
    assert.type(line['ffn.route.load'], 'number');
  }
  assert.not.match(varied.said, 'collapsed');
  const alike = await trained(
    'alike',
    Float32Array.from({ length: 320 }, (_, k) => Math.sin(k % 4)),
  );
  assert.match(alike.said, /step 3: warning: the router ffn\.route has collapsed/);
  assert.is(alike.said.split('collapsed').length, 2);
});

test.run();
