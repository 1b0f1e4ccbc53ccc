/** Results before times: what is fast and wrong is not worth a measurement. */
import { compileStep, SizeError } from '../../../compiler/index.ts';
import type { CompiledStep, StepOptions } from '../../../compiler/values/executable.ts';
import type { Model } from '../../../compiler/values/model.ts';
import { byName } from '../../../compiler/values/named.ts';
import { inOrder } from '../../../compiler/values/program.ts';
import type { Engine } from '../../engine/engine.ts';
import { openRuns } from '../../plan/runs.ts';
import { Problem } from '../context.ts';
import { openEngine } from '../engines.ts';

/** Of the largest number of a result: f32 against f64 through a whole step. */
const TOLERANCE = 2e-3;
/** The reference takes so many nanoseconds for each number that it computes: open axes are at most so long where they can be. */
const SMALL = 3;

/** Two runs each, since the second sees what the first changed. Throws Problem where a result differs. */
export async function checkAgainstReference(engine: Engine, name: string, model: Model, options: StepOptions): Promise<void> {
  const step = smallStep(model, options);
  const reference = await openEngine('reference', 0);
  const [ours, expected] = [await resultsOn(engine, step), await resultsOn(reference, step)];
  for (const [key, values] of expected) {
    const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
    const found = ours.get(key)!;
    const wrong = values.findIndex((value, k) => !(Math.abs(value - found[k]!) <= TOLERANCE * most));
    if (wrong < 0) continue;
    throw new Problem(`${name}: ${key} is ${found[wrong]} at ${wrong} where the reference has ${values[wrong]}; nothing was measured`);
  }
}

function smallStep(model: Model, options: StepOptions): CompiledStep {
  const sizes = Object.fromEntries([...byName(options.sizes)].map(([axis, size]) => [axis, Math.min(size, SMALL)]));
  try {
    return compileStep(model, { ...options, sizes });
  } catch (error) {
    if (error instanceof SizeError) return compileStep(model, options);
    throw error;
  }
}

async function resultsOn(engine: Engine, step: CompiledStep): Promise<Map<string, ArrayLike<number> & readonly number[]>> {
  const runs = await openRuns(engine, [step]);
  try {
    runs.each[0]!.fold();
    for (const tick of [0, 1]) runs.each[0]!.run(tick);
    const found = new Map<string, readonly number[]>();
    for (const part of inOrder(step)) {
      for (const [key, { type }] of part.places)
        if (key.startsWith('result ') && type.dtype === 'real') found.set(key, [...(await runs.read(key))]);
    }
    return found;
  } finally {
    runs.release();
  }
}
