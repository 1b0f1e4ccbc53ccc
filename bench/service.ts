/**
 * How long an editor waits for the diagnostics of an edit: a file of some 500 lines (the corpus' models and variants with names of their own),
 * 200 random edits of it, each alone. Processor time on one core; `node bench/service.ts`.
 */
import { readFileSync } from 'node:fs';
import { Editor } from '../compiler/service/index.ts';
import { edited, random } from '../test/service/edits.ts';

const corpus = (name: string) => readFileSync(new URL(`../test/corpus/${name}`, import.meta.url), 'utf8').replace('edition 1\n', '');
const parts = ['models.bond', 'std.bond'].map(corpus);
const copies = (text: string, count: number) =>
  Array.from({ length: count }, (_, k) =>
    text.replace(/\b(model|layer|variant|topology|fn) ([A-Za-z_]\w*)/g, (_, kind, name) => `${kind} ${name}${k === 0 ? '' : k}`),
  );
const text = `edition 1\n${parts[0]}\n${parts[1]}\n${copies(parts[0]!, 6).slice(1).join('\n')}`;

function milliseconds(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const editor = new Editor('main.bond', () => undefined);
const first = milliseconds(() => void editor.open(text));
const next = random(1);
// Twenty edits for the compilers of V8.
const times = Array.from({ length: 220 }, () => {
  const edit = edited(text, next);
  const time = milliseconds(() => void editor.open(edit.text));
  editor.open(text);
  return time;
}).slice(20);
const sorted = [...times].sort((a, b) => a - b);
const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(0);
console.log(
  `${text.split('\n').length} lines; first ${first.toFixed(0)} ms; edits: median ${at(0.5)} ms, 90 % ${at(0.9)} ms, worst ${at(1)} ms`,
);
