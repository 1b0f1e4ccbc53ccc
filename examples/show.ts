/** What the examples share: a free run folder, the summary of a model against its dense form, pictures of a run. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Model, RunResult } from '../runtime/index.ts';
import { chart, describeModel } from '../runtime/index.ts';

/** `runs/NAME`, or the first of `runs/NAME-2`, `runs/NAME-3`, ... that does not exist: no run is written over. */
export function freeFolder(name: string): string {
  for (let number = 1; ; number++) {
    const folder = number === 1 ? `runs/${name}` : `runs/${name}-${number}`;
    if (!existsSync(folder)) return folder;
  }
}

/** Options of an example as texts; a wrong one ends the program with exit code 2 and the help. */
export function optionsOf<const T extends string>(
  names: readonly T[],
  help: string,
): Partial<Record<T, string>> & { readonly short: boolean } {
  const text = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({ options: { ...text, short: { type: 'boolean' }, help: { type: 'boolean' } } });
    if (values.help === true) {
      console.log(help);
      process.exit(0);
    }
    const given = names.flatMap((name) => {
      const value: unknown = (values as Record<string, unknown>)[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    return { ...(Object.fromEntries(given) as Partial<Record<T, string>>), short: values.short === true };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

/** `65,432 parameters where the dense model has 820,000: 8.0 %`. */
export function againstDense(model: Model): string {
  const { total, dense } = describeModel(model).parameters;
  const percent = ((100 * total) / dense).toFixed(1);
  return `${total.toLocaleString('en')} parameters where the dense model has ${dense.toLocaleString('en')}: ${percent} %`;
}

/** Draws validation accuracy over steps beside the loss curve; yields the paths of both. */
export function drawAccuracy({ folder }: RunResult): string[] {
  const lines = readFileSync(`${folder}/metrics.jsonl`, 'utf8').trim().split('\n');
  const points = lines.flatMap((line): [number, number][] => {
    const { step, validation_accuracy: accuracy } = JSON.parse(line) as { step: number; validation_accuracy?: number };
    return accuracy === undefined ? [] : [[step, accuracy]];
  });
  const path = `${folder}/accuracy.svg`;
  writeFileSync(path, chart('held-out accuracy', 'step', 'accuracy', [{ label: 'validation', colour: '#e45756', points }]));
  return [`${folder}/loss.svg`, path];
}
