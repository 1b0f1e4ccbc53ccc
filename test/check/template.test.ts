/** A body that is asked again (compiler/check/bodies/template.ts) is the body that would be elaborated afresh: statements, names, paths, places, streams. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { elaborateEntries } from '../../compiler/check/bodies/entries.ts';
import { resolveChain } from '../../compiler/check/chain.ts';
import { instantiateModel } from '../../compiler/check/instantiate.ts';
import { Report } from '../../compiler/check/report.ts';
import { Program } from '../../compiler/check/scope.ts';
import { applyVariants } from '../../compiler/check/variant/index.ts';
import type { Entry } from '../../compiler/values/model.ts';
import { isLong } from '../long.ts';
import { corpusText } from './program.ts';

function entriesOf(text: string, name: string, afresh: boolean): Entry[] {
  const report = new Report();
  const load = (path: string) => corpusText(path.replace(/^\.\//, ''));
  const program = new Program({ file: 'main.bond', text, load }, report);
  const { item } = program.main.names.get(name)!;
  if (item.kind !== 'layer' && item.kind !== 'variant') throw new Error(`${name} is no model`);
  const { model, options, variants } = resolveChain(program, item, {}, new Set());
  const draft = instantiateModel(program, model, options, report, {})!;
  applyVariants(draft, variants);
  const entries = afresh ? elaborateEntries(draft, {}) : elaborateEntries(draft);
  assert.equal(
    report.diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  return entries;
}

function same(text: string, name: string): Entry[] {
  const [again, afresh] = [false, true].map((each) => JSON.stringify(entriesOf(text, name, each)));
  assert.ok(again === afresh, `${name}: other bodies`);
  return JSON.parse(again!) as Entry[];
}

const blocks = `edition 1
layer part[wide](p, shift = 0) {
  axis other = wide
  w: [other, wide] ~ normal(0.1)
  forward(x[.., wide]) -> y[.., wide] {
    for k in 1..2 {
      r[..] ~ bernoulli(1 - p)
      penalty size = p * mean(w * w)
      x = if training then r * x + shift else x
    }
    h[.., other] = w * x
    y = h[other = @wide]
  }
}
model Stack(width = 4, depth = 3) {
  axis batch
  input x[batch, width]
  block[l in 1..depth] {
    a: part[width](p = 0.1)
    b: part[width](p = 0.1, shift = l)
  }
  forward(x[batch, width]) -> y[batch, width] {
    y = x
    for c in block { y = c.b(c.a(c.a(y))) + c.a(y) }
  }
  loss first = mean(forward(x) * forward(x))
  loss second = mean(forward(2 * x) * x)
}`;

test('draws, penalties in loops, options that differ and repeated calls', () => {
  const [, first] = same(blocks, 'Stack');
  const sites = first!.train.statements.flatMap(({ expression }) => (expression.is === 'draw' ? [expression.site] : []));
  assert.is(new Set(sites).size, sites.length);
  // Three blocks, four calls of two draws, in each of two calls of `forward`.
  assert.is(sites.length, 3 * 4 * 2 * 2);
  assert.is(first!.train.penalties.length, 3 * 4 * 2 * 2);
});

test('models and variants of the corpus', () => {
  for (const name of ['Gpt2Lora', 'Experts', 'Hierarchical', 'SharedRing']) same(corpusText('authoring.bond'), name);
  for (const name of ['CharGpt', 'ConvNet']) same(corpusText('models.bond'), name);
  if (!isLong) return;
  const text = corpusText('variants.bond');
  const given = new Set(['Lora', 'Images']);
  for (const [, name] of text.matchAll(/^variant (\w+)/gm)) if (!given.has(name!)) same(text, name!);
});

test.run();
