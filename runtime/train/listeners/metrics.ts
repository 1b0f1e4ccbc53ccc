/** metrics.jsonl: one line for each step. A resumed run goes on behind the step that it resumed from. */
import type { Files } from '../../checkpoint/files.ts';
import { measurementLine, readMeasurements } from '../metrics.ts';
import type { Listener } from '../stream.ts';

export function metricsIn(files: Files, path: string): Listener {
  return {
    name: path,
    hear(event) {
      if (event.is === 'begin') {
        const past = readMeasurements(files, path, event.step).map(measurementLine);
        files.replace(path, [new TextEncoder().encode(past.join(''))]);
      }
      if (event.is === 'step') files.append(path, measurementLine(event.measurement));
    },
  };
}
