/**
 * `npm start`: trains a character transformer whose matrices are matrix product operators on Moby-Dick (or on any text) for about two
 * minutes, and shows what came out: loss and accuracy on held-out text, parameters against the dense model, a sample.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { compile, generate, train, vocabularyOf } from '../../runtime/index.ts';
import { againstDense, drawAccuracy, freeFolder, optionsOf } from '../show.ts';
import { mobyDick } from './moby-dick.ts';

const HELP = `npm start -- [options]

  --text FILE     a UTF-8 text of your own (default: Moby-Dick)
  --variant NAME  Bond4, Bond8, Bond16, Bond32, or CharGpt for the dense model (default Bond16)
  --steps COUNT   training steps (default 1200: about two minutes)
  --short         20 steps and a short sample, to see that everything works`;
const FILE = 'examples/char-gpt/char-gpt.bond';
const BATCH = 16;
/** Two blocks and 64 characters at a time: what two minutes suffice for. */
const SET = { context: 64, depth: 2 };

const options = optionsOf(['text', 'variant', 'steps'], HELP);
const variant = options.variant ?? 'Bond16';
const steps = Number(options.steps ?? (options.short ? 20 : 1200));
const out = freeFolder(options.short ? 'char-gpt-short' : 'char-gpt');

mkdirSync(out, { recursive: true });
const text = options.text ?? `${out}/moby-dick.txt`;
if (options.text === undefined) writeFileSync(text, mobyDick());

const { characters } = vocabularyOf(readFileSync(text, 'utf8'));
const vocab = characters.length;
const model = compile({ file: FILE, variant, set: { ...SET, vocab } });
console.log(`${variant} of ${FILE}: ${againstDense(model)}`);
console.log(`text: ${text}, ${vocab} different characters\n`);

const result = await train({
  file: FILE,
  variant,
  set: SET,
  text,
  out,
  steps,
  batch: BATCH,
  config: {
    optimiser: { rate: 1e-2 },
    schedule: { kind: 'cosine', warmup: Math.min(50, Math.floor(steps / 4)), final: 0.05 },
    clip: 1,
    evaluate: { every: Math.max(1, Math.floor(steps / 12)), rows: 10 * BATCH },
    checkpoint: { every: 100 },
  },
});
if (result.stopped === 'interrupted') {
  console.log(`stopped and saved; go on with\n  npx bondsmith train --resume ${out}`);
  process.exit(130);
}

const { next_token: loss, accuracy } = result.validation!;
console.log(`\nheld-out text: loss ${loss.toFixed(3)} nats a character, ${(100 * accuracy).toFixed(1)} % of the characters guessed right`);
// Where the text does not have these letters, it begins as it likes.
const prompt = [...'The '].every((letter) => characters.includes(letter)) ? 'The ' : undefined;
console.log('\nwhat it writes:\n');
await generate(out, { prompt, length: options.short ? 60 : 400, write: (part) => void process.stdout.write(part) });
console.log(`\n\npictures: ${drawAccuracy(result).join(', ')}`);
console.log(`
what to try next:
  npx bondsmith generate ${out} --prompt "Call me " --temperature 0.6
  npx bondsmith explain --run ${out}
  npm start -- --variant Bond4         fewer parameters
  npm start -- --variant CharGpt       the dense model
  npm start -- --text FILE             a text of your own
  npx bondsmith train --resume ${out} --steps ${2 * steps}`);
