/** What the test's page does with `bondsmith/web`, told to the server that served it. */
import { BondsmithError, Refused, start, WorkerEnded } from '../../runtime/web/index.ts';
import { program, settings, text } from './given.ts';

const send = (result: unknown) => fetch('/result', { method: 'POST', body: JSON.stringify(result) });

async function work(): Promise<unknown> {
  const told: string[] = [];
  const began = performance.now();
  const bondsmith = start({ threads: 2, tell: (line) => told.push(line) });
  const refused = await bondsmith.load({ ...program, text: program.text.replace('up(y)', 'upp(y)') }).catch((error: unknown) => error);
  const cold = performance.now();
  const model = await bondsmith.load({ ...program, variant: 'Mpo' });
  const losses: number[] = [];
  let first = 0;
  await model.fit(text, {
    ...settings,
    onStep: ({ loss }) => {
      if (losses.push(loss) === 1) first = performance.now();
    },
  });
  const written = await model.generate({ length: 20, seed: 3 });
  const saved = await model.save();
  const again = await bondsmith.load(saved);
  const same = (await again.generate({ length: 20, seed: 3 })) === written;
  const stopped = await again.fit(text, { ...settings, steps: 100_000, signal: AbortSignal.timeout(200) });
  const waiting = again.fit(text, { ...settings, steps: 100_000 }).catch((error: unknown) => error);
  bondsmith.close();
  const ended = await waiting;
  let kept: Worker | undefined;
  const other = start({ worker: () => (kept = new Worker('/worker.js', { type: 'module' })) });
  await other.check(program);
  kept?.terminate();
  const killed = await other.ended;
  return {
    killed: killed.message.replace(/^.* ended: |; start another .*$/g, ''),
    isolated: crossOriginIsolated,
    told,
    refused: refused instanceof Refused && refused.diagnostics.map(({ code }) => code),
    losses,
    written,
    same,
    saved: saved.length,
    stopped: stopped.stopped,
    ended: ended instanceof WorkerEnded && ended.message,
    later: await again.generate().catch((error: unknown) => error instanceof BondsmithError && error.code),
    firstMessage: cold - began,
    firstStep: first - cold,
  };
}

await send(await work().catch((error: unknown) => ({ error: String(error instanceof Error ? error.stack : error) })));
