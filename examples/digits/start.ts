/** Trains a network of ring and tree layers on handwritten digits and shows how many of the held-out ones it reads right. */
import { mkdirSync } from 'node:fs';
import { compile, encodeTensors, nodeFiles, train } from '../../runtime/index.ts';
import { againstDense, drawAccuracy, freeFolder, optionsOf } from '../show.ts';
import { digits } from './mnist.ts';

const HELP = `node examples/digits/start.ts [options]

  --variant NAME  RingAndTree, or Digits for the dense model (default RingAndTree)
  --steps COUNT   training steps (default 5000)
  --short         20 steps, to see that everything works`;
const FILE = 'examples/digits/digits.bond';

const options = optionsOf(['variant', 'steps'], HELP);
const variant = options.variant ?? 'RingAndTree';
const steps = options.short ? 20 : Number(options.steps ?? 5000);
const out = freeFolder('digits');

mkdirSync(out, { recursive: true });
const { training, test } = digits();
const [data, validation] = [`${out}/training.safetensors`, `${out}/test.safetensors`];
nodeFiles().replace(data, encodeTensors(training));
nodeFiles().replace(validation, encodeTensors(test));

console.log(`${variant} of ${FILE}: ${againstDense(compile({ file: FILE, variant }))}`);
console.log(`${training[0].shape[0]} digits to learn from, ${test[0].shape[0]} for the test\n`);
const result = await train({
  file: FILE,
  variant,
  data,
  validation,
  out,
  steps,
  batch: 50,
  config: {
    optimiser: { rate: 2e-3 },
    schedule: { kind: 'cosine', warmup: 50 },
    evaluate: { every: Math.max(1, Math.floor(steps / 10)), rows: 0 },
    checkpoint: { every: 500 },
  },
});
if (result.stopped === 'interrupted') {
  console.log(`stopped and saved; go on with\n  npx bondsmith train --resume ${out}`);
  process.exit(130);
}
console.log(`\n${(100 * result.validation!.accuracy).toFixed(2)} % of the test digits read right, after ${result.seconds.toFixed(0)} s`);
console.log(`pictures: ${drawAccuracy(result).join(', ')}`);
