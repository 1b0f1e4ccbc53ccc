/** One stream of events: what a run tells, in order, and that nobody who listens can change a number. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { train } from '../../runtime/train/loop.ts';
import type { Listener, TrainEvent } from '../../runtime/train/stream.ts';
import { isLong } from '../long.ts';
import { bigramModel, memoryFiles, requestFor, testHost } from './fixture.ts';

const settings = { optimiser: { kind: 'adamw', rate: 0.03 }, evaluate: { every: 10, rows: 0 }, checkpoint: { every: 10 } };
const STEPS = isLong ? 1000 : 100;

async function runWith(listeners: readonly Listener[]) {
  const files = memoryFiles();
  const request = requestFor(bigramModel(), settings, { host: testHost(files), steps: STEPS, listeners });
  const { loss, best, validation } = await train(request);
  const { file, state } = openCheckpoint(files, request.folder.checkpoint);
  return { loss, best, validation, state, tensors: [...file.tensors.keys()].map((name) => [name, [...file.read(name)]] as const) };
}

test('no listener, and listeners that throw or try to write into events: the same losses and the same state', async () => {
  const alone = await runWith([]);
  let heard = 0;
  const warned: string[] = [];
  const found = await runWith([
    {
      name: 'broken.jsonl',
      hear: () => {
        heard++;
        throw new Error('the disk is full');
      },
    },
    {
      name: 'meddler',
      hear: (event) => {
        if (event.is === 'step') (event.measurement as { loss: number }).loss = 0;
        if (event.is === 'evaluation') (event.results as { loss: number }).loss = -1;
      },
    },
    { name: 'watcher', hear: (event) => void (event.is === 'warning' && warned.push(event.text)) },
  ]);
  assert.equal(found, alone);
  assert.ok(heard > STEPS);
  assert.is(warned.length, 2, warned.join('\n'));
  assert.match(warned[0], /broken.jsonl: the disk is full; the run goes on without it/);
});

test('events come in the order in which things happen', async () => {
  const events: TrainEvent[] = [];
  await runWith([{ name: 'all', hear: (event) => void events.push(event) }]);
  const kinds = events.map(({ is }) => is);
  assert.is(kinds[0], 'begin');
  assert.is(kinds.at(-1), 'end');
  const steps = events.filter((event) => event.is === 'step').map(({ step }) => step);
  assert.equal(
    steps,
    Array.from({ length: STEPS }, (_, k) => k + 1),
  );
  const evaluated = events.filter((event) => event.is === 'evaluation');
  assert.is(evaluated.length, STEPS / 10);
  for (const { step } of evaluated) {
    const of = events.filter((event) => event.step === step).map((event) => (event.is === 'doing' ? event.what : event.is));
    assert.ok(of.indexOf('evaluating') < of.indexOf('evaluation') && of.indexOf('evaluation') < of.indexOf('step'), of.join());
  }
  const saved = events.filter((event) => event.is === 'checkpoint' && event.which === 'checkpoint').map(({ step }) => step);
  assert.ok(saved.length >= STEPS / 10);
});

test.run();
