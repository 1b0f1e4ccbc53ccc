/** `freeze`, `train`, `keep`, `init`, `squeeze`, `choosing`: what becomes of the tensors and of the schedule. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { countMask, maskHolds } from '../../compiler/values/mask.ts';
import { corpus, count, freeNames, named, variant } from './variants.ts';

test('freeze, train only, except', () => {
  const model = corpus('Many');
  const free = freeNames(model);
  assert.equal(free, ['first.offset', 'second.offset', 'last.weight', 'last.offset', 'first.weight.T[2,1]', 'first.weight.T[2,2]']);
  const rails = corpus('Rails');
  assert.equal(
    rails.parameters.filter(({ update }) => !update.frozen).map(({ names }) => names),
    [['second.weight.R']],
  );
});

test('an outer variant overrides an inner one; gates that nothing uses are gone', () => {
  const model = variant(`variant A of ImageMlp { train first with probability 0.5\n freeze second }
variant B of A { train {first, second} }`);
  assert.ok(model.parameters.every(({ update }) => !update.frozen && update.gate === undefined));
  assert.equal(model.gates, []);
});

test('masks: `@b` means every leg of bond b, ramps become one event', () => {
  const model = corpus('Grow');
  const { update } = named(model, 'second.weight.T[2]');
  assert.ok(!update.frozen && update.where?.is === 'and');
  assert.is(update.where.of.length, 2);
  assert.equal(
    model.schedule.map(({ is }) => is),
    ['ramp'],
  );
  const fixed = variant('variant V of ImageMlp { decompose second as mpo[32*32, 32*32](b = 64)\n train T of second where @b < 8 }');
  const first = named(fixed, 'second.weight.T[1]');
  assert.ok(!first.update.frozen);
  assert.is(countMask(first.update.where!, [32, 32, 64]), 32 * 32 * 8);
});

test('masks: `@b[1]` is one leg; a bare `@b` on a core with several holds if the whole condition holds for each', () => {
  const where = (condition: string) => {
    const model = variant(
      `variant V of ImageMlp { decompose second as mpo[16*8*8, 16*8*8](b = 8)\n train T[2] of second where ${condition} }`,
    );
    const { update, legs } = named(model, 'second.weight.T[2]');
    assert.ok(!update.frozen && update.where !== undefined);
    const at = (b1: number, b2: number) =>
      maskHolds(
        update.where!,
        legs.map(({ name }) => (name === 'b[1]' ? b1 : name === 'b[2]' ? b2 : 0)),
        ({ from }) => from,
      );
    return Array.from({ length: 64 }, (_, k) => at(k >> 3, k & 7));
  };
  const wanted = (holds: (b1: number, b2: number) => boolean) => Array.from({ length: 64 }, (_, k) => holds(k >> 3, k & 7));
  assert.equal(
    where('@b[1] < 4'),
    wanted((b) => b < 4),
  );
  assert.equal(
    where('@b[1] < 4 or @b[2] == 7'),
    wanted((b, c) => b < 4 || c === 7),
  );
  assert.equal(
    where('@b[1] < @b[2]'),
    wanted((b, c) => b < c),
  );
  assert.equal(
    where('@b >= 4'),
    wanted((b, c) => b >= 4 && c >= 4),
  );
  assert.equal(where('not @b < 4'), where('@b >= 4'));
  assert.equal(
    where('(@b < 2 or @b > 5)'),
    wanted((b, c) => (b < 2 || b > 5) && (c < 2 || c > 5)),
  );
  assert.equal(
    where('@b < 2 or @b[2] > 5'),
    wanted((b, c) => (b < 2 || c > 5) && (c < 2 || c > 5)),
  );
  const each = variant(
    'variant V of ImageMlp { decompose second as mpo[16*8*8, 16*8*8](b = 8)\n keep T[k] of second where @b[max(k - 1, 1)] < k + 1 }',
  );
  const kept = [1, 2, 3]
    .map((k) => named(each, `second.weight.T[${k}]`))
    .map(({ keep, legs }) =>
      countMask(
        keep!,
        legs.map(({ size }) => size),
      ),
    );
  assert.equal(kept, [16 * 16 * 2, 64 * 8 * 3, 64 * 4]);
});

test('`keep ... orthogonal`: the leg that the place names; an outer variant may freeze it', () => {
  const inner = `variant A of ImageMlp {
  decompose second as mpo[16*8*8, 16*8*8](b = 8)
  keep T[k] of second orthogonal over b[min(k, 2)]
}`;
  const circular = /hands what is not orthogonal/;
  assert.throws(() => variant(inner), circular);
  const one = inner.replace('T[k]', 'T[1]').replace('min(k, 2)', '1');
  const { orthogonal, legs } = named(variant(one), 'second.weight.T[1]');
  assert.is(legs[orthogonal!]!.name, 'b[1]');
  const outer = variant(`${one}\nvariant B of A { freeze all except last }`);
  assert.ok(named(outer, 'second.weight.T[1]').update.frozen);
  assert.ok(named(outer, 'second.weight.T[1]').orthogonal !== undefined);
});

test('block sparsity: a value mask, counted', () => {
  const model = corpus('BlockSparse');
  const { keep } = named(model, 'second.weight');
  let wanted = 0;
  for (let i = 0; i < 16; i++) for (let j = 0; j < 16; j++) if (i === j || (i + j) % 4 === 0) wanted += 64 * 64;
  assert.is(countMask(keep!, [1024, 1024]), wanted);
});

test('turns: each core has its value, forth and back', () => {
  const model = corpus('Sweep');
  const [event] = model.schedule;
  assert.equal(event, { id: 0, at: { every: 200, unit: 'steps' }, is: 'turn', values: [1, 2, 3, 4, 5], order: 'forth-and-back' });
  assert.equal(named(model, 'second.weight.T[4]').update, { frozen: false, turn: { clock: 0, value: 4 } });
});

test('squeeze: bonds by weight, the stop rule, an outer variant takes bonds over', () => {
  const model = corpus('MpopCode');
  const squeezes = model.schedule.map((event) => (event.is === 'squeeze' ? [event.criterion, event.bonds.length, event.at.every] : []));
  assert.equal(squeezes, [
    ['error', 4, 10],
    ['largest', 3, 10],
  ]);
  assert.equal(model.schedule[0]!.is === 'squeeze' && model.schedule[0]!.while, {
    quantity: 'loss',
    f: 'lt',
    bound: { reference: true, plus: 0.03 },
  });
});

test('choosing: every candidate is made, nothing is decomposed yet', () => {
  const model = corpus('Opf');
  assert.is(count(model), 110_106_428 + 2 * 769, 'the published model, and the head for the next sentence');
  const [event] = model.schedule;
  assert.ok(event?.is === 'choose');
  assert.equal(
    event.groups.map(({ key, candidates }) => `${key} ${candidates.length}`),
    ['attn.query', 'attn.key', 'attn.value', 'attn.mix', 'ffn.up', 'ffn.down'].map((kind) => `block[l].${kind}.weight 12`),
  );
  const added = event.groups.flatMap(({ candidates }) => candidates.flatMap(({ adds }) => adds.map(({ id }) => id)));
  assert.equal(
    added,
    added.map((_, k) => model.parameters.length + k).sort((a, b) => a - b),
  );
  const [candidate] = event.groups[4]!.candidates;
  assert.is(
    candidate!.adds.reduce((sum, add) => sum + add.legs.reduce((product, { size }) => product * size, 1), 0),
    7_667_712,
  );
});

test('choosing: cores are stepped as the tensor was; without `every` the choice is made before the first step', () => {
  const text = `variant Half of Bert { train block[*].ffn.down.weight with probability 0.5 }
variant V of Half {
  train block[*].ffn.up.weight with probability 0.25
  decompose block[l].ffn.up as mpo[64*48, 32*24] choosing 3 over l by ablation
}`;
  const model = variant(text);
  const event = model.schedule.find(({ is }) => is === 'choose');
  assert.ok(event?.is === 'choose');
  assert.equal([event.at.every, event.take, event.until], [0, 3, 3]);
  for (const { weight, axes, adds } of event.groups[0]!.candidates) {
    const { update } = named(model, model.weights[weight]!.path);
    assert.ok(!update.frozen && update.gate !== undefined && model.gates[update.gate]!.probability === 0.25);
    assert.ok(adds.length === 2 && adds.every((add) => JSON.stringify(add.update) === JSON.stringify(update)));
    assert.equal(
      axes.map(({ size, factors }) => [size, factors]),
      [
        [3072, [64, 48]],
        [768, [32, 24]],
      ],
    );
  }
});

test('variant options, lets and requirements', () => {
  const text = `variant V(rank = 4) of ImageMlp {
  let half = rank div 2
  require half >= 2 "two at least"
  decompose second as low_rank(r = half)
}`;
  assert.is(named(variant(text), 'second.weight.U').legs[1]!.size, 2);
  assert.is(named(variant(text, { rank: 10 }), 'second.weight.U').legs[1]!.size, 5);
  assert.throws(() => variant(text, { rank: 2 }), /two at least/);
});

test.run();
