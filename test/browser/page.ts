/** What runs in the page: gets the task from the server that served it, does the steps in the WASM engine, sends the losses back. */
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { lossesOf } from './steps.ts';

const send = (result: unknown) => fetch('/result', { method: 'POST', body: JSON.stringify(result) });
try {
  const task = await (await fetch('/task')).json();
  await send({ losses: await lossesOf(task, await wasmEngine()) });
} catch (error) {
  await send({ error: String(error instanceof Error ? error.stack : error) });
}
