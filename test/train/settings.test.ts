/** Settings, schedules, progress and pictures: what the host computes and shows. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SettingsError } from '../../runtime/checkpoint/schema.ts';
import { readConfig } from '../../runtime/train/config.ts';
import { hostBits } from '../../runtime/train/host-values.ts';
import { compact, duration, progressOn, progressText } from '../../runtime/train/listeners/progress.ts';
import { chart, lossCurves } from '../../runtime/train/metrics.ts';
import { drawGates, rampValue, rateShare } from '../../runtime/train/schedule.ts';
import { bigramModel } from './fixture.ts';

test('defaults are complete, and reading them again changes nothing', () => {
  const config = readConfig({}, 'run.json');
  assert.equal(config.optimiser, { kind: 'adamw', rate: 3e-4, decay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  assert.equal(readConfig(JSON.parse(JSON.stringify(config)), 'run.json'), config);
  const sgd = readConfig(
    { optimiser: { kind: 'sgd' }, schedule: { kind: 'cosine' }, groups: { 'central of all': { rate: 1 } } },
    'run.json',
  );
  assert.equal(sgd.optimiser, { kind: 'sgd', rate: 3e-4, decay: 0, momentum: 0.9 });
  assert.equal(readConfig(JSON.parse(JSON.stringify(sgd)), 'run.json'), sgd);
  const named = readConfig(JSON.parse('{"groups": {"__proto__": {"rate": 1}, "constructor": {}}}'), 'run.json');
  assert.equal(Object.keys(named.groups), ['__proto__', 'constructor']);
});

test('every problem is named with its place and what was expected', () => {
  const wrong = {
    optimizer: {},
    optimiser: { kind: 'adamw', momentum: 0.9, rate: -1 },
    schedule: { kind: 'cosin', warmup: 1.5 },
    clip: 'no',
    groups: { all: 3 },
    stop: [],
    constructor: 1,
  };
  try {
    readConfig(wrong, 'my.json');
    assert.unreachable('should be refused');
  } catch (error) {
    assert.instance(error, SettingsError);
    assert.equal((error as SettingsError).message.split('\n'), [
      'my.json has 9 problems:',
      '  optimiser.rate is -1, expected a number above 0',
      '  optimiser.momentum is unknown; known here: kind, rate, decay, beta1, beta2, epsilon',
      '  groups["all"] is 3, expected an object in braces',
      '  schedule.kind is "cosin", expected "constant" or "cosine" or "linear"; did you mean `cosine`?',
      '  schedule.warmup is 1.5, expected a whole number at least 0',
      '  clip is "no", expected a number at least 0',
      '  stop is [], expected an object in braces',
      '  optimizer is unknown; did you mean `optimiser`?',
      '  constructor is unknown; known here: $schema, optimiser, groups, schedule, clip, accumulate, losses, evaluate, checkpoint, stop, events, teacher, data, sizes, memory',
    ]);
  }
  for (const value of [3, null, 'text', []]) assert.throws(() => readConfig(value, 'my.json'), /the file is .*, expected an object/);
});

test('rates: a line up, then constant, half a cosine, or a line down to the final share', () => {
  const schedule = (kind: 'constant' | 'cosine' | 'linear', final = 0) => ({ kind, warmup: 4, final });
  assert.equal(
    [0, 1, 2, 3].map((step) => rateShare(schedule('cosine'), step, 13)),
    [0.25, 0.5, 0.75, 1],
  );
  assert.is(rateShare(schedule('constant'), 12, 13), 1);
  assert.is(rateShare(schedule('linear'), 8, 13), 0.5);
  assert.is(rateShare(schedule('linear', 0.1), 12, 13), 0.1);
  assert.ok(Math.abs(rateShare(schedule('cosine', 0.2), 8, 13) - 0.6) < 1e-15);
  assert.is(rateShare(schedule('cosine', 0.2), 12, 13), 0.2);
});

test('ramps reach their end and stay there', () => {
  const ramp = { from: 8, to: 64, by: 8, every: { every: 500, unit: 'steps' } } as const;
  assert.equal(
    [0, 499, 500, 3500, 99999].map((step) => rampValue(ramp, step, 10)),
    [8, 8, 16, 64, 64],
  );
  const down = { from: 1, to: 0.25, by: -0.25, every: { every: 2, unit: 'epochs' } } as const;
  assert.equal(
    [0, 19, 20, 60, 1000].map((step) => rampValue(down, step, 10)),
    [1, 1, 0.75, 0.25, 0.25],
  );
});

test('gates: one draw a step, a function of seed, id and step, with the probability asked for', () => {
  const place = { file: 'a', from: 0, to: 0 };
  const draws = Array.from({ length: 4000 }, (_, step) => drawGates([{ id: 3, probability: 0.3, place }], [5, 0], step, 1)['gate/3']);
  const share = draws.filter(Boolean).length / draws.length;
  assert.ok(Math.abs(share - 0.3) < 4 * Math.sqrt((0.3 * 0.7) / 4000));
  assert.is(drawGates([{ id: 3, probability: 1, place }], [5, 0], 7, 1)['gate/3'], true);
  assert.is(drawGates([{ id: 3, probability: 0, place }], [5, 0], 7, 1)['gate/3'], false);
});

test('turns go forth and back, joint bits are the conjunction', () => {
  const turn = { id: 2, at: { every: 10, unit: 'steps' }, is: 'turn', values: [1, 2, 3], order: 'forth-and-back' } as const;
  const model = { ...bigramModel(), schedule: [turn] };
  const names = [1, 2, 3].map((value) => `turn/2=${value}`);
  const now = (step: number) => 1 + Object.values(hostBits(model, names, [0, 0], step, 1)).indexOf(true);
  assert.equal([0, 9, 10, 20, 30, 40, 50].map(now), [1, 1, 2, 3, 2, 1, 2]);
  assert.equal(hostBits(model, ['gate/0&turn/2=1'], [0, 0], 10, 1), { 'gate/0&turn/2=1': false });
});

test('progress: a bar where there is room, plain lines where there is no terminal', () => {
  const state = { step: 50, steps: 200, loss: 2.34567, validation: 2.5, unitsPerSecond: 12345, unit: 'tokens', secondsLeft: 125 };
  assert.is(
    progressText(state, 100),
    '[########----------------------]  50/200  loss 2.3457  validation 2.5000  12.3k tokens/s  2:05 left',
  );
  assert.ok(progressText(state, 40).length < 40);
  const written: string[] = [];
  const plain = progressOn({ columns: 100, write: (text) => void written.push(text) }, () => 0);
  const memory = { engine: 2 ** 22, state: 2 ** 20, training: 2 ** 23, evaluation: 0 };
  plain.hear({ is: 'begin', name: 'M', step: 0, steps: 200, unit: 'tokens', unitsPerStep: 1, memory });
  assert.equal(written.splice(0), [
    'predicted: 13 MiB of engine memory: 8 MiB a training step, 1 MiB parameters and their moments, 4 MiB scratch of threads\n',
  ]);
  for (let step = 1; step <= 200; step++) plain.hear({ is: 'step', step, measurement: { step, loss: 2, rate: 1e-3 } });
  assert.ok(written.length >= 20 && written.length <= 22 && written.every((line) => line.endsWith('\n')));
  const shown: string[] = [];
  const seen = { columns: 60, write: (text: string) => void shown.push(text), rewrite: (line: string) => void shown.push(`again ${line}`) };
  const live = progressOn(seen, () => 0);
  live.hear({ is: 'begin', name: 'M', step: 0, steps: 2, unit: 'tokens', unitsPerStep: 1, memory });
  shown.splice(0);
  live.hear({ is: 'doing', step: 0, what: 'evaluating' });
  live.hear({ is: 'warning', step: 0, text: 'a name' });
  const [first, ...others] = shown;
  assert.match(first, /^again .*evaluating/);
  assert.equal(others, [`again ${' '.repeat(first.length - 6)}`, 'again ', 'step 0: warning: a name\n']);
  assert.equal([0.5, 999, 1000, 123456, 5e9, Number.NaN].map(compact), ['1', '999', '1.00k', '123k', '5.00G', '-']);
  assert.equal([7, 125, 3723, Infinity].map(duration), ['0:07', '2:05', '1:02:03', '-']);
});

test('pictures of any measurements are whole', () => {
  for (const measured of [[], [{ step: 1, loss: 2 }], [1, 2, 3].map((step) => ({ step, loss: 3 - step, validation_loss: 2 }))]) {
    const picture = chart('a < b & c', 'step', 'loss', lossCurves(measured));
    assert.match(picture, /^<svg .*<\/svg>\n$/s);
    assert.not.match(picture, /NaN|undefined|Infinity/);
    assert.match(picture, /a &lt; b &amp; c/);
  }
});

test.run();
