/** What a person is told at the end of a run. */
import { inBytes } from '../engine/engine.ts';
import { compact, duration } from '../train/listeners/progress.ts';
import type { RunResult } from './train.ts';

/** By a layer, under its path, or along a row: the metrics hold it, the last line would be long. */
const isReported = (name: string) => /[.[]/.test(name);
export function resultText({ stopped, step, loss, validation, seconds, unitsPerSecond, folder, memory, task = {} }: RunResult): string {
  const next = stopped === 'interrupted' ? `go on with: bondsmith train --resume ${folder}\n` : '';
  // No step was taken: a new run has its first values by then, a resumed one what it had.
  if (loss === undefined)
    return stopped === 'interrupted' ? `interrupted and saved before step ${step + 1}\n${next}` : `${folder} is as it was\n`;
  const how = { finished: 'finished', early: 'stopped early, the validation loss no longer fell', interrupted: 'interrupted and saved' }[
    stopped
  ];
  // A model of one loss has it under two names.
  const told = Object.entries(validation ?? {}).filter(
    ([name, value]) => !isReported(name) && (name === 'loss' || value !== validation?.loss),
  );
  const metrics = Object.entries(task).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  const measured = metrics.length === 0 ? '' : `\nof all held-out rows, by the best weights: ${metrics.join(', ')}`;
  const held = told.map(([name, value]) => `, validation ${name} ${value.toFixed(4)}`).join('');
  return `${how} after step ${step} in ${duration(seconds)} (${compact(unitsPerSecond)}/s, ${inBytes(memory.peak)}): loss ${loss.toFixed(4)}${held}${measured}\nsaved in ${folder}\n${next}`;
}
