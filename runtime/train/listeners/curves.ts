/** loss.svg: the curves of training and validation loss, drawn anew with each evaluation and at the end. */
import type { Files } from '../../checkpoint/files.ts';
import type { Measurement } from '../metrics.ts';
import { chart, lossCurves, readMeasurements } from '../metrics.ts';
import type { Listener } from '../stream.ts';

/** `metrics`: where the steps before a resume are. */
export function curvesIn(files: Files, path: string, metrics: string): Listener {
  let measured: Measurement[] = [];
  let name = '';
  return {
    name: path,
    hear(event) {
      if (event.is === 'begin') {
        name = event.name;
        measured = readMeasurements(files, metrics, event.step);
      }
      if (event.is === 'step') measured.push(event.measurement);
      const due = (event.is === 'step' && event.measurement.validation_loss !== undefined) || event.is === 'end';
      if (due) files.replace(path, [new TextEncoder().encode(chart(`${name}: loss`, 'step', 'loss', lossCurves(measured)))]);
    },
  };
}
