/**
 * Squeezing against truncation followed by the same training, with several seeds: the figures of docs/results/squeezing.md.
 *
 *   node bench/squeezing.ts --text FILE --out FOLDER [--seeds 5] [--before 600] [--after 260]
 *
 * One line of JSON for each arm and seed on the standard output, as soon as it is there.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    text: { type: 'string' },
    out: { type: 'string' },
    seeds: { type: 'string', default: '5' },
    before: { type: 'string', default: '600' },
    after: { type: 'string', default: '260' },
  },
});
const { text, out } = values;
if (text === undefined || out === undefined) throw new Error('wants --text FILE and --out FOLDER');
const [seeds, before, after] = [Number(values.seeds), Number(values.before), Number(values.after)];
const main = new URL('../bin/bondsmith.js', import.meta.url).pathname;
const bondsmith = (...args: string[]): string => execFileSync(process.execPath, [main, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 });

mkdirSync(out, { recursive: true });
const short = join(out, 'text.txt');
writeFileSync(short, readFileSync(text, 'utf8').slice(0, 400_000));
const settings = join(out, 'settings.json');
writeFileSync(
  settings,
  JSON.stringify({ optimiser: { kind: 'adamw', rate: 1e-3 }, evaluate: { every: 100000, rows: 8 }, checkpoint: { every: 10000 } }),
);
const program = join(out, 'program.bond');
const given = readFileSync(new URL('../examples/char-gpt/char-gpt.bond', import.meta.url), 'utf8');
writeFileSync(
  program,
  `${given}
variant Squeezed of Mpo(bond = 16) { squeeze b of block, b of head by 1 choosing largest every 20 steps }
`,
);

function trained(run: string, variant: string, seed: number, steps: number, ...more: string[]): void {
  const shape = ['--set', 'depth=2', '--set', 'context=64', '--size', 'time=64', '--batch', '8', '--threads', '1'];
  bondsmith(
    'train',
    program,
    '--variant',
    variant,
    '--text',
    short,
    ...shape,
    '--config',
    settings,
    '--seed',
    `${seed}`,
    '--steps',
    `${steps}`,
    '--out',
    run,
    ...more,
  );
}

function told(seed: number, arm: string, run: string): void {
  console.log(JSON.stringify({ seed, arm, ...JSON.parse(bondsmith('eval', run, '--json', '--threads', '1')) }));
}

for (let seed = 1; seed <= seeds; seed++) {
  const at = (name: string) => join(out, `${seed}-${name}`);
  for (const name of ['base', 'whole', 'cut-after', 'squeezed', 'cut']) rmSync(at(name), { recursive: true, force: true });
  const start = join(at('base'), 'checkpoint.safetensors');
  trained(at('base'), 'Bond16', seed, before);
  trained(at('whole'), 'Bond16', seed, after, '--from', start);
  told(seed, 'not made smaller', at('whole'));
  bondsmith('squeeze', at('whole'), '--to', '4', '--out', at('cut-after'));
  told(seed, 'truncated after', at('cut-after'));
  trained(at('squeezed'), 'Squeezed', seed, after, '--from', start);
  told(seed, 'squeezed on the way', at('squeezed'));
  bondsmith('squeeze', at('base'), '--to', '4', '--out', at('cut'));
  bondsmith('train', '--resume', at('cut'), '--steps', `${before + after}`, '--threads', '1');
  told(seed, 'truncated before', at('cut'));
}
