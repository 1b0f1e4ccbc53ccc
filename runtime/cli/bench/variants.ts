/** Variants of a program against the model that they are of: forward and training, at each size of the batch. */
import { compileStep } from '../../../compiler/index.ts';
import type { StepOptions } from '../../../compiler/values/executable.ts';
import type { Model } from '../../../compiler/values/model.ts';
import type { Engine } from '../../engine/engine.ts';
import { inTurns, openRuns, type Run } from '../../plan/runs.ts';
import type { Context } from '../context.ts';
import { Problem } from '../context.ts';
import type { RunSettings } from '../prepare.ts';
import { loadModel } from '../program.ts';
import { stepOptions } from '../step-options.ts';
import { checkAgainstReference } from './agree.ts';
import { type Measured, measuredIn } from './record.ts';

export interface VariantsRequest {
  readonly file: string;
  readonly variants: readonly string[];
  readonly batches: readonly number[];
  readonly settings: RunSettings;
  readonly turns: number;
  progress(text: string): void;
}

/** Runs of each that are measured in turn. */
interface Timed {
  readonly name: string;
  readonly bytes: number;
  readonly run: Run;
  release(): void;
}
type Kind = 'forward' | 'training';

/** Throws Problem where results differ from the reference, or a model has no axis `batch`; MemoryLimit. */
export async function benchVariants(engine: Engine, request: VariantsRequest, context: Context): Promise<Measured[]> {
  const { batches, turns, progress } = request;
  const models = modelsOf(request, context);
  const found: Measured[] = [];
  for (const batch of batches) {
    for (const kind of ['forward', 'training'] as const) {
      const optionsOf = (model: Model) => optionsFor(model, kind, batch, request, context);
      if (batch === batches[0]) {
        progress(`${kind}: comparing results with the reference`);
        for (const [name, model] of models) await checkAgainstReference(engine, `${name} ${kind}`, model, optionsOf(model));
      }
      progress(`${kind} at batch ${batch}`);
      const timed: Timed[] = [];
      try {
        for (const [name, model] of models) timed.push(await opened(engine, `${name} ${kind}, batch ${batch}`, model, optionsOf(model)));
        const runs = timed.map(({ run }) => run);
        for (const [k, seconds] of inTurns(runs, turns, () => context.now()).entries()) {
          const { name, bytes } = timed[k]!;
          const one = measuredIn(name, seconds, { bytes });
          found.push({ ...one, examples: (1000 * batch) / one.milliseconds.median });
        }
      } finally {
        for (const one of timed) one.release();
      }
    }
  }
  return found;
}

/** By name: each variant, and before them the models without what variants change. */
function modelsOf({ file, variants, settings: { set } }: VariantsRequest, context: Context): Map<string, Model> {
  const found = variants.map((name) => [name, loadModel(context, { file, name, set }).model] as const);
  const quiet = { ...context, err: () => undefined };
  const dense = variants.map((name) => loadModel(quiet, { file, name, set, dense: true }).model);
  return new Map([...dense.map((model) => [model.name, model] as const), ...found]);
}

/** Forward is the function `forward`, or where there is none the evaluation of the loss. */
function optionsFor(model: Model, kind: Kind, batch: number, { file, settings }: VariantsRequest, context: Context): StepOptions {
  const open = model.axes.some(({ id, name, size }) => name === 'batch' && typeof size !== 'number' && size.open === id);
  if (!open) throw new Problem(`${file}: ${model.name} has no open axis batch`);
  const { config } = settings;
  const own = { ...settings, config: { ...config, sizes: { ...config.sizes, batch } } };
  const options = stepOptions(model, own, kind === 'forward', context);
  const isFunction = kind === 'forward' && model.entries.some((entry) => entry.kind === 'function' && entry.name === 'forward');
  return isFunction ? { ...options, entries: [{ name: 'forward', weight: 1 }] } : options;
}

async function opened(engine: Engine, name: string, model: Model, options: StepOptions): Promise<Timed> {
  const before = engine.usage().held;
  const runs = await openRuns(engine, [compileStep(model, options)]);
  return { name, bytes: engine.usage().held - before, run: runs.each[0]!, release: () => runs.release() };
}
