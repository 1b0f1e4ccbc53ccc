/** The canonical text of some kernels: a change of fusion changes exactly the kernels that it touches. UPDATE=1 rewrites the goldens. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { apply, coordinate, number, read } from '../../compiler/program/scalar.ts';
import { printKernel } from '../../compiler/values/print-kernel.ts';
import { Spell } from './spell-program.ts';

function matches(name: string, spell: Spell, ...outputs: number[]): void {
  const file = new URL(`./golden/${name}.txt`, import.meta.url);
  const text = `${spell
    .check(...outputs)
    .kernels.map(printKernel)
    .join('\n')}\n`;
  if (process.env.UPDATE === '1') writeFileSync(file, text);
  assert.ok(existsSync(file), `no golden ${name}: run with UPDATE=1`);
  assert.fixture(text, readFileSync(file, 'utf8'));
}

/** A layer with relu; the sizes do not enter its text. */
function layer(n: number, i: number, o: number): [Spell, number] {
  const s = new Spell({ n, i, o });
  const product = s.contract('ni,oi->no', s.source('ni'), s.source('oi'));
  return [s, s.map('no', ['no', 'o'], apply('max', apply('add', read(0), read(1)), number(0)), product, s.source('o'))];
}

test('a layer', () => matches('layer', ...layer(60, 7, 70)));
test('a layer of another size has the same text', () => matches('layer', ...layer(50, 300, 65)));

test('attention scores with their softmax', () => {
  const s = new Spell({ b: 2, h: 3, t: 5, u: 5, e: 4 });
  const scores = s.contract('bthe,buhe->bhtu', s.source('bthe'), s.source('buhe'));
  const masked = apply('select', apply('le', coordinate(3), coordinate(2)), apply('mul', number(0.5), read(0)), number(-1e30));
  const x = s.map('bhtu', ['bhtu'], masked, scores);
  const e = s.map('bhtu', ['bhtu', 'bht'], apply('exp', apply('sub', read(0), read(1))), x, s.max('bhtu', 'u', x));
  matches('attention', s, s.map('bhtu', ['bhtu', 'bht'], apply('div', read(0), read(1)), e, s.contract('bhtu->bht', e)));
});

test('a long total', () => {
  const s = new Spell({ j: 5000 });
  const x = s.source('j');
  matches('total', s, s.contract('j,j->', x, x));
});

test('an embedding and its gradient', () => {
  const s = new Spell({ n: 6, v: 5, i: 7 });
  const [ids, table, gradient] = [s.source('n', 'input', 'int', 5), s.source('vi'), s.source('ni')];
  const [n, i] = s.axes('ni');
  const lookup = { ids: 1, over: [0], axis: s.axes('v')[0] };
  const forward = s.builder.add('contract', [table, ids], { letters: [n, i], operands: [[lookup, 1]], result: [0, 1] });
  const backward = s.builder.add('contract', [gradient, ids], { letters: [n, i], operands: [[0, 1]], result: [lookup, 1] });
  matches('embedding', s, forward, backward);
});

test.run();
