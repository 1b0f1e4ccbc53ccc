/**
 * A loop of one's own on the tape against the compiled step, in turn: a network of three layers, one of them a matrix product
 * operator. `node bench/tape.ts [steps] [batch]` prints processor time of a step in each, the mean (systems count it in ticks longer than a step), and how many times the tape takes it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine, shippedProfile } from '../runtime/cli/engines.ts';
import { examplesOf, tensorFeed } from '../runtime/data/tensors.ts';
import { load, nodeFiles } from '../runtime/index.ts';
import { readConfig } from '../runtime/train/config.ts';
import { openSession } from '../runtime/train/session.ts';

const [steps, batch] = [Number(process.argv[2] ?? 60), Number(process.argv[3] ?? 64)];
const folder = mkdtempSync(join(tmpdir(), 'bondsmith-tape-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'three.bond');
const program = `edition 1
model Three(pixel = 784, width = 256, classes = 10) {
  axis batch
  input image[batch, pixel], label[batch] in classes
  first: linear[pixel -> width]
  second: linear[width -> width]
  last: linear[width -> classes]
  forward(image[batch, pixel]) -> scores[batch, classes] { scores = last(relu(second(relu(first(image))))) }
  loss wrong = mean(cross_entropy[classes](forward(image), label))
}
variant Mpo of Three { decompose second as mpo[4^4, 4^4](b = 8) }
`;
nodeFiles().replace(file, [new TextEncoder().encode(program)]);
const config = readConfig({ clip: 0 }, 'bench');
const processor = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const image = { shape: [batch, 784], data: Float32Array.from({ length: batch * 784 }, (_, k) => Math.sin(k)) };
const label = { shape: [batch], data: Int32Array.from({ length: batch }, (_, k) => k % 10) };
for (const variant of ['Three', 'Mpo']) {
  const loaded = await load(file, { variant });
  const model = loaded.resolved;
  const engine = await openEngine('wasm', 0, { profile: shippedProfile('wasm') });
  const examples = examplesOf(model, new Map(Object.entries({ image, label })), 'rows');
  const feed = tensorFeed({ model, examples, held: examples, batch, seed: [1, 0] });
  const parameters = model.parameters.map(({ id }) => id);
  const groups = [{ name: 'all', parameters, rate: 3e-4, decay: 0.01 }];
  const session = await openSession({ model, engine, feed, config, groups, steps, seed: [1, 0] });
  session.load(model.parameters.map(({ names }) => loaded.weights.get(names[0])!));
  const tape = loaded.tape({ config });
  const own = async () => {
    await tape.record(() => tape.backward(tape.call('wrong', { image, label }).wrong));
    await tape.step();
  };
  const taken = { step: [] as number[], tape: [] as number[] };
  for (let k = 0; k < steps; k++) {
    for (const [name, once] of [
      ['step', () => session.step(k)],
      ['tape', own],
    ] as const) {
      const from = processor();
      await once();
      if (k >= 5) taken[name].push(processor() - from);
    }
  }
  const [step, other] = [mean(taken.step), mean(taken.tape)];
  console.log(
    `${variant}, batch ${batch}: compiled step ${step.toFixed(2)} ms, tape ${other.toFixed(2)} ms, ${(other / step).toFixed(2)} times`,
  );
}
process.exit(0);
