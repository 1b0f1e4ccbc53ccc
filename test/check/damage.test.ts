/**
 * Damaged programs: whatever is removed, doubled or exchanged, the checker answers with diagnostics, soon, and never throws. Names that
 * mean something to JavaScript are names like any other.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkText, corpusText } from './program.ts';

const models = corpusText('models.bond').split(/^(?=model |layer |fn )/m);
const named = (name: string) => models.find((part) => part.startsWith(`model ${name}`))!;
const small = named('CharGpt').replace('depth = 4', 'depth = 2').replace('width = 128', 'width = 8');
const programs = [small, named('ImageMlp'), named('ConvNet')].map((text) => `edition 1\n${text}`);
const tokens = (text: string) => text.match(/[A-Za-z_][A-Za-z0-9_]*'*|[0-9]+(\.[0-9]+)?|\.\.|->|<=|>=|==|\S/g)!;
const words = programs.map(tokens);

test('damaged programs are answered', () => {
  const program = fc.integer({ min: 0, max: words.length - 1 });
  const damage = fc.constantFrom('remove', 'double', 'exchange', 'other');
  fc.assert(
    fc.property(program, damage, fc.nat(), fc.nat(), (which, how, at, from) => {
      const list = [...words[which]];
      const k = at % list.length;
      const other = words[which][from % list.length];
      if (how === 'remove') list.splice(k, 1);
      else if (how === 'double') list.splice(k, 0, list[k]);
      else if (how === 'exchange') [list[k], list[(k + 1) % list.length]] = [list[(k + 1) % list.length], list[k]];
      else list[k] = other;
      const start = performance.now();
      const result = checkText(list.join(' '));
      assert.ok(performance.now() - start < 5000);
      assert.ok(result.diagnostics.every((d) => d.code !== '' && d.message !== ''));
    }),
    { numRuns: 300, seed: 1 },
  );
});

for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf']) {
  test(`\`${name}\` is a name`, () => {
    const good = `edition 1\nmodel M(${name} = 4) { axis batch input x[batch, ${name}] w: [${name}] ~ ones loss l = mean(x * w) }`;
    assert.equal(checkText(good).diagnostics, []);
    const bad = `edition 1\nmodel M(n = 4) { axis batch input x[batch, n] loss l = mean(${name}(x) + ${name}[n](x) + x.${name} + x * ${name}) }`;
    assert.ok(checkText(bad).diagnostics.length > 0);
    const member = `edition 1\nmodel M(n = 4) { axis batch input x[batch, n] ${name}: linear[n -> n] loss ${name}s = mean(${name}(x)) }`;
    assert.equal(checkText(member).diagnostics, []);
  });
}

test('texts that are nothing', () => {
  for (const text of ['', 'edition 1', 'model', '((((', 'model M() {', '\u0000', 'model M() { loss l = }']) checkText(text);
});

test('deep expressions and long sums', () => {
  const sum = Array.from({ length: 900 }, () => 'x').join(' + ');
  const result = checkText(`edition 1 model M(n = 4) { axis batch input x[batch, n] loss l = mean(${sum}) }`);
  assert.equal(result.diagnostics, []);
  const deep = `${'('.repeat(150)}x${')'.repeat(150)}`;
  assert.equal(checkText(`edition 1 model M(n = 4) { axis batch input x[batch, n] loss l = mean(${deep}) }`).diagnostics, []);
});

test('calls that grow without bound end', () => {
  const chain = Array.from({ length: 30 }, (_, k) => `fn f${k + 1}(x[..]) -> [..] = f${k}(x) + f${k}(x * ${k + 2})`).join('\n');
  const result = checkText(
    `edition 1 fn f0(x[..]) -> [..] = x * 2\n${chain}\nmodel M(n = 4) { axis batch input x[batch, n] loss l = mean(f30(x)) }`,
  );
  assert.ok(result.diagnostics.some((d) => d.code === 'B218'));
});

test.run();
